"""From the e-mail field, through the company's own page, to who they are; and out again."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import Newcomer
from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE, OMAR, YOU = "jane@megasoft.example", "omar@megasoft.example", "you@example.com"


async def test_the_demo_says_what_to_open_and_whom_to_sign_in_as(person: Person) -> None:
    for told in (person.demo.frontend, f"{person.demo.service}/login", person.demo.stand_ins, JANE, YOU):
        assert told in person.demo.welcome


async def test_a_person_types_the_company_address_and_sees_who_they_are(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")
    await person.gives_the_password(JANE)
    await person.is_signed_in_as(JANE)
    await expect(person.page.get_by_role("heading", name="Jane Doe")).to_be_focused()
    await person.sees(company="megasoft", provider="ScalekitIdPRouter", groups="none")
    await expect(person.page.locator(person.fact("Connection"))).to_contain_text("conn_")


async def test_nothing_of_the_sign_in_stays_in_the_address_bar_or_in_reach_of_scripts(person: Person) -> None:
    await person.signs_in(JANE)
    assert person.page.url == f"{person.demo.frontend}/"
    assert await person.page.evaluate("document.cookie") == ""
    assert await person.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"


async def test_at_the_idp_simulator_they_are_whoever_they_say(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(YOU)
    await expect(person.page.get_by_role("heading", name="IdP Simulator")).to_be_visible()
    await expect(person.page.get_by_label("Email, the part before the @")).to_have_value("you")
    await person.simulates(first_name="Zoë", last_name="O'Hara <b>")
    await person.is_signed_in_as(YOU)
    await expect(person.page.get_by_role("heading", name="Zoë O'Hara <b>")).to_be_visible()
    await person.sees(company="test-organization")


async def test_the_idp_simulator_takes_custom_attributes_and_can_be_reset(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(YOU)
    add = person.page.get_by_role("button", name="Add Attribute")
    await expect(add).to_be_disabled()
    await person.page.get_by_label("Attribute 1, key").fill("department")
    await person.page.get_by_label("Attribute 1, value").fill("Research")
    await add.click()
    await expect(person.page.get_by_label("Attribute 2, key")).to_be_focused()
    await person.page.get_by_label("First name").fill("Somebody else")
    await person.page.get_by_role("button", name="Reset").click()
    await expect(person.page.get_by_label("First name")).to_have_value("John")
    await expect(person.page.get_by_label("Attribute 1, key")).to_have_value("")
    await person.simulates()
    await person.is_signed_in_as(YOU)


async def test_a_reload_keeps_the_session(person: Person) -> None:
    await person.signs_in(JANE)
    await person.page.reload()
    await person.is_signed_in_as(JANE)


async def test_a_second_tab_is_signed_in_too_and_signing_out_signs_both_out(person: Person) -> None:
    await person.signs_in(JANE)
    second = await person.context.new_page()
    await second.goto(person.demo.frontend)
    await expect(second.get_by_role("heading", name="Jane Doe")).to_be_visible()
    await person.signs_out()
    await expect(person.page.get_by_role("status")).to_have_text("You are signed out.")
    await expect(second.get_by_role("status")).to_have_text("You were signed out in another tab.")
    await expect(second.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


async def test_signing_in_in_one_tab_lets_the_waiting_tab_in(person: Person) -> None:
    waiting = await person.context.new_page()
    await waiting.goto(person.demo.frontend)
    await expect(waiting.get_by_label("Work e-mail")).to_be_visible()
    await person.signs_in(JANE)
    await expect(waiting.get_by_role("heading", name="Jane Doe")).to_be_visible()


async def test_two_tabs_can_be_on_their_way_to_different_companies(person: Person) -> None:
    second = await person.context.new_page()
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")
    await second.goto(f"{person.demo.service}/login?email={YOU}")
    await second.get_by_role("button", name="Continue").click()
    await expect(second.get_by_role("heading", name="IdP Simulator")).to_be_visible()
    await person.gives_the_password(JANE)
    await person.is_signed_in_as(JANE)
    await second.get_by_role("button", name="Simulate Login").click()
    await expect(second.get_by_role("main")).to_contain_text(YOU)


async def test_signing_out_ends_here_at_cognito_and_for_the_refresh_token(person: Person) -> None:
    await person.signs_in(JANE)
    await person.signs_out()
    assert len(person.demo.control.requests("POST", "/oauth2/revoke")) == 1
    assert len(person.demo.control.requests("GET", "/logout")) == 1
    await person.page.reload()
    await person.is_signed_out()
    kept = {cookie.get("name") for cookie in await person.context.cookies()}
    assert not kept & {"sso_session", "sso_refresh", "cognito"}


async def test_after_signing_out_somebody_else_can_sign_in(person: Person) -> None:
    await person.signs_in(JANE)
    await person.signs_out()
    await person.types_the_address(OMAR)
    await person.is_asked_to_sign_in_at("Megasoft")
    await person.gives_the_password(OMAR)
    await person.is_signed_in_as(OMAR)
    await expect(person.page.get_by_role("heading", name="Omar Haddad")).to_be_visible()


async def test_within_cognitos_hour_the_same_person_is_asked_nothing(person: Person) -> None:
    await person.signs_in(JANE)
    await person.forgets_the_session()
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.is_signed_in_as(JANE)


async def test_people_in_two_browsers_have_nothing_to_do_with_each_other(newcomer: Newcomer) -> None:
    jane, you = await newcomer(), await newcomer()
    await jane.signs_in(JANE)
    await you.signs_in(YOU)
    await jane.signs_out()
    await you.page.reload()
    await you.is_signed_in_as(YOU)


@pytest.mark.parametrize("where", ["frontend", "service"])
async def test_a_wrong_address_is_told_beside_the_field_and_what_was_typed_is_kept(person: Person, where: str) -> None:
    person.may_be_refused(400)
    await person.page.goto({"frontend": person.demo.frontend, "service": f"{person.demo.service}/login"}[where])
    await person.types_the_address("jane@megasoft")
    field = person.page.get_by_label("Work e-mail")
    await expect(person.page.get_by_role("alert")).to_contain_text("e-mail")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("jane@megasoft")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")
