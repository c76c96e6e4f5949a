"""Every bad end is a page that says what happened, with a way on that works."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import Newcomer
from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE, YOU = "jane@megasoft.example", "you@example.com"
SIGN_IN_ENDED = ("This sign-in has ended", "login_expired")
SIGN_IN_FAILED = ("Your company's sign-in did not work", "provider_error")
ERRORS_OF_THE_SIMULATOR = {
    "Invalid user credentials": ("You were not let in", "access_denied"),
    "User not found": ("You were not let in", "access_denied"),
    "Server error": SIGN_IN_FAILED,
}


@pytest.mark.parametrize("error", ERRORS_OF_THE_SIMULATOR)
async def test_an_error_of_the_idp_simulator_is_explained_and_trying_again_works(person: Person, error: str) -> None:
    person.may_be_refused(403)
    await person.opens_the_app()
    await person.types_the_address(YOU)
    await person.simulates_the_error(error)
    await person.is_told(*ERRORS_OF_THE_SIMULATOR[error])
    await expect(person.page.locator("body")).not_to_contain_text(error)
    await person.page.get_by_role("button", name="Try again").click()
    await expect(person.page.get_by_label("Email, the part before the @")).to_have_value("you")
    await person.simulates()
    await person.is_signed_in_as(YOU)


async def test_whoever_cancels_at_the_company_can_use_another_address(person: Person) -> None:
    person.may_be_refused(403)
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.page.get_by_role("button", name="Cancel").click()
    await person.is_told("You were not let in", "access_denied")
    await person.page.get_by_role("button", name="Use another e-mail").click()
    await person.types_the_address(YOU)
    await person.simulates()
    await person.is_signed_in_as(YOU)


@pytest.mark.parametrize("email", ["peter@initech.example", "who@nobody.example"], ids=["disabled", "unknown"])
async def test_a_company_that_cannot_sign_in_is_explained_and_another_address_works(person: Person, email: str) -> None:
    person.may_be_refused(403)
    await person.opens_the_app()
    await person.types_the_address(email)
    await person.is_told(*SIGN_IN_FAILED)
    await person.page.get_by_role("button", name="Use another e-mail").click()
    await person.types_the_address(JANE)
    await person.answers_the_company(JANE)
    await person.is_signed_in_as(JANE)


async def test_an_address_that_another_company_asserts_lets_nobody_in(person: Person) -> None:
    """Shady Ventures' own directory says that its Jane has Megasoft's address."""
    person.may_be_refused(403)
    await person.opens_the_app()
    await person.types_the_address("mallory@shady.example")
    await person.is_asked_to_sign_in_at("Shady Ventures")
    await person.page.get_by_label("Work e-mail").fill(JANE)
    await person.page.get_by_label("Password").fill("anything")
    await person.page.get_by_role("button", name="Sign in").click()
    await person.is_told("That is another company's account", "tenant_mismatch")
    await person.opens_the_app()
    await person.is_signed_out()


async def test_back_after_signing_in_ends_in_the_app(person: Person) -> None:
    person.may_be_refused(400)
    await person.signs_in(JANE)
    await person.page.go_back()
    if "/idp/" in person.page.url:  # a sign-in page that is over says so, and the app is one step further
        await expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        await person.page.go_forward()
    await person.is_signed_in_as(JANE)


async def test_a_reloaded_callback_leads_whoever_is_signed_in_to_the_app(person: Person) -> None:
    await person.signs_in(JANE)
    asked_before = len(person.demo.control.requests("POST", "/oauth2/token"))
    await person.page.goto(person.callbacks[-1])
    await person.is_signed_in_as(JANE)
    assert len(person.demo.control.requests("POST", "/oauth2/token")) == asked_before


async def test_a_callback_from_the_history_is_explained_after_signing_out(person: Person) -> None:
    person.may_be_refused(400)
    await person.signs_in(JANE)
    await person.signs_out()
    await person.page.goto(person.callbacks[-1])
    await person.is_told(*SIGN_IN_ENDED)


async def test_a_callback_opened_in_another_browser_signs_nobody_in_but_the_one_who_began(newcomer: Newcomer) -> None:
    jane, stranger = await newcomer(), await newcomer()
    await is_held_up_at_the_callback(jane)
    stranger.may_be_refused(400)
    await stranger.page.goto(jane.callbacks[-1])
    await stranger.is_told(*SIGN_IN_ENDED)
    await stranger.page.get_by_role("link", name="Sign in again").click()
    await stranger.types_the_address(YOU)
    await stranger.simulates()
    await stranger.is_signed_in_as(YOU)
    await jane.page.reload()
    await jane.is_signed_in_as(JANE)


async def test_while_cognito_is_out_of_reach_nothing_is_lost_and_a_reload_gets_in(person: Person) -> None:
    await is_held_up_at_the_callback(person)
    await person.page.reload()
    await person.is_signed_in_as(JANE)


async def test_while_cognito_is_out_of_reach_trying_again_gets_in_too(person: Person) -> None:
    await is_held_up_at_the_callback(person)
    await person.page.get_by_role("button", name="Try again").click()
    await person.is_signed_in_as(JANE)


async def test_the_apps_own_page_stays_usable_while_the_service_is_away(person: Person) -> None:
    await person.opens_the_app()
    await person.context.route(re.compile("/login/start"), lambda route: route.abort("connectionrefused"))
    person.expects_complaints("ERR_CONNECTION_REFUSED")
    await person.types_the_address(JANE)
    await expect(person.page.get_by_role("alert")).to_contain_text("be reached")
    await person.context.unroute(re.compile("/login/start"))
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")


@pytest.mark.parametrize(
    ("address", "title", "code"),
    [
        ("/nowhere", "There is nothing here", "not_found"),
        ("/auth/logout", "Not in this way", "method_not_allowed"),
        ("/login?return_to=https://evil.example/", "This link leads somewhere else", "invalid_return_to"),
        ("/auth/callback", *SIGN_IN_ENDED),
    ],
    ids=["no-such-page", "sign-out-by-link", "return-to-elsewhere", "bare-callback"],
)
async def test_a_bad_link_into_the_service_is_explained_and_leads_to_the_sign_in(
    person: Person, address: str, title: str, code: str
) -> None:
    person.may_be_refused(400, 404, 405)
    await person.page.goto(person.demo.service + address)
    await person.is_told(title, code)
    await person.page.get_by_role("link", name="Sign in").click()
    await expect(person.page.get_by_label("Work e-mail")).to_be_focused()


async def is_held_up_at_the_callback(person: Person) -> None:
    """Jane is back from Megasoft, with a code that Cognito does not take just now."""
    person.may_be_refused(502, 503, 504)
    person.demo.control.fail("POST /oauth2/token", abort=True, times=1)
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.gives_the_password(JANE)
    await person.is_told("Sign-in is out of reach", "provider_unavailable")
