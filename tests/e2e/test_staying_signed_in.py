"""The app renews the session before it expires, and says so when it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import expect

from cognito_sso.demo.world import CLIENT_ID, CLIENT_SECRET

from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE = "jane@megasoft.example"
ALMOST_AN_HOUR = "00:59:30"  # the stand-in's tokens live an hour


def refreshes(person: Person) -> list[str]:
    """The refresh tokens that Cognito was given, oldest first."""
    forms = [entry["form"] for entry in person.demo.control.requests("POST", "/oauth2/token")]
    return [form["refresh_token"][0] for form in forms if form["grant_type"] == ["refresh_token"]]


def revoke(person: Person, refresh_token: str) -> None:
    """As an administrator, or the person on another device, would."""
    person.demo.secrets.add(refresh_token)
    form = {"token": refresh_token}
    url = f"{person.demo.stand_ins}/oauth2/revoke"
    httpx.post(url, data=form, auth=(CLIENT_ID, CLIENT_SECRET), trust_env=False).raise_for_status()


async def almost_an_hour_passes(person: Person) -> None:
    """In the browser; then its clock is right again, as the service's is. Ends when no tab waits for its turn."""
    await person.page.clock.fast_forward(ALMOST_AN_HOUR)
    await person.page.clock.set_system_time(datetime.now(UTC))
    await person.page.evaluate("navigator.locks.request('refresh', () => {})")


async def test_the_session_is_renewed_before_it_expires(person: Person) -> None:
    await person.page.clock.install()
    await person.signs_in(JANE)
    async with person.page.expect_response("**/auth/refresh") as renewed:
        await almost_an_hour_passes(person)
    assert (await renewed.value).status == 200
    assert len(refreshes(person)) == 1
    await person.is_signed_in_as(JANE)


async def test_refreshing_by_hand_says_that_it_worked(person: Person) -> None:
    await person.signs_in(JANE)
    await person.page.get_by_role("button", name="Refresh now").click()
    await expect(person.page.get_by_role("status")).to_have_text("Your session was refreshed.")
    assert len(refreshes(person)) == 1


async def test_two_tabs_renew_the_session_once(person: Person) -> None:
    await person.page.clock.install()
    await person.signs_in(JANE)
    second = await person.context.new_page()
    await second.goto(person.demo.frontend)
    await expect(second.get_by_role("heading", name="Jane Doe")).to_be_visible()
    await almost_an_hour_passes(person)
    for tab in (person.page, second):
        await expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
    assert len(refreshes(person)) == 1


async def test_a_lost_session_cookie_is_won_back_by_the_refresh_cookie(person: Person) -> None:
    await person.signs_in(JANE)
    await person.context.clear_cookies(name="sso_session")
    await person.page.reload()
    await person.is_signed_in_as(JANE)


async def test_when_the_refresh_token_is_revoked_the_person_is_told_and_can_sign_in_again(person: Person) -> None:
    await person.signs_in(JANE)
    await person.page.get_by_role("button", name="Refresh now").click()
    await expect(person.page.get_by_role("status")).to_have_text("Your session was refreshed.")
    revoke(person, refreshes(person)[0])
    await person.page.get_by_role("button", name="Refresh now").click()
    await expect(person.page.get_by_role("status")).to_have_text("Your session ended. Please sign in again.")
    await person.is_signed_out()
    await person.page.reload()
    await person.is_signed_out()
    await person.types_the_address(JANE)
    await person.is_signed_in_as(JANE)


async def test_the_app_keeps_trying_while_cognito_is_away(person: Person) -> None:
    person.may_be_refused(502, 503, 504)
    await person.page.clock.install()
    await person.signs_in(JANE)
    person.demo.control.fail("POST /oauth2/token", status=503)
    await person.page.get_by_role("button", name="Refresh now").click()
    await expect(person.page.get_by_role("status")).to_contain_text("Trying again")
    await person.is_signed_in_as(JANE)
    person.demo.control.clear()
    async with person.page.expect_response(lambda answer: "/auth/refresh" in answer.url and answer.ok):
        await person.page.clock.fast_forward("00:01:10")
    await expect(person.page.get_by_role("status")).to_be_empty()
