"""By keyboard alone, and with JavaScript switched off."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from .conftest import Newcomer
from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE, YOU = "jane@megasoft.example", "you@example.com"


async def tabs_to(page: Page, role: str, name: str) -> None:
    """Presses Tab until it is there, as somebody without a mouse does."""
    target = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    for _ in range(30):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches the {role} {name}")


async def test_by_keyboard_alone_through_the_services_own_page_and_the_company(person: Person) -> None:
    keyboard = person.page.keyboard
    await person.page.goto(f"{person.demo.service}/login")
    await expect(person.page.get_by_label("Work e-mail")).to_be_focused()
    await keyboard.type(JANE)
    await keyboard.press("Enter")
    await person.is_asked_to_sign_in_at("Megasoft")
    await expect(person.page.get_by_label("Password")).to_be_focused()
    await keyboard.type("anything")
    await tabs_to(person.page, "button", "Sign in")
    await keyboard.press("Enter")
    await person.is_signed_in_as(JANE)
    await tabs_to(person.page, "button", "Sign out")
    await keyboard.press("Space")
    await person.is_signed_out()


async def test_by_keyboard_alone_through_the_app_and_the_idp_simulator(person: Person) -> None:
    keyboard = person.page.keyboard
    await person.opens_the_app()
    await expect(person.page.get_by_label("Work e-mail")).to_be_focused()
    await keyboard.type(YOU)
    await keyboard.press("Enter")
    await expect(person.page.get_by_role("heading", name="IdP Simulator")).to_be_visible()
    await tabs_to(person.page, "textbox", "First name")
    await keyboard.type("Ada")
    await tabs_to(person.page, "button", "Simulate Login")
    await keyboard.press("Enter")
    await person.is_signed_in_as(YOU)
    await expect(person.page.get_by_role("heading", name="Ada Doe")).to_be_visible()


async def test_enter_in_a_field_of_the_idp_simulator_simulates_the_login(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(YOU)
    await person.page.get_by_label("Last name").press("Enter")
    await person.is_signed_in_as(YOU)


async def test_without_javascript_the_whole_way_through_the_idp_simulator(newcomer: Newcomer) -> None:
    person = await newcomer(java_script_enabled=False)
    await person.page.goto(f"{person.demo.service}/login")
    await person.types_the_address(YOU)
    await person.page.get_by_label("Attribute 1, key").fill("department")
    await person.page.get_by_label("Attribute 1, value").fill("Research")
    await person.page.get_by_role("button", name="Add Attribute").click()
    await expect(person.page.get_by_label("Attribute 1, value")).to_have_value("Research")
    await expect(person.page.get_by_label("Attribute 2, key")).to_be_visible()
    await person.simulates(first_name="Grace", last_name="Hopper")
    await expect(person.page).to_have_url(f"{person.demo.frontend}/")
    profile = await person.context.request.get(f"{person.demo.service}/me")
    assert (await profile.json())["given_name"] == "Grace"


async def test_without_javascript_an_error_of_the_idp_simulator_can_be_chosen_and_left(newcomer: Newcomer) -> None:
    person = await newcomer(java_script_enabled=False)
    person.may_be_refused(403)
    await person.page.goto(f"{person.demo.service}/login")
    await person.types_the_address(YOU)
    await person.page.get_by_label("Select a scenario").select_option("Error")
    await person.page.get_by_role("button", name="Show").click()
    await person.page.get_by_label("User not found").check()
    await person.page.get_by_role("button", name="Continue").click()
    await person.is_told("You were not let in", "access_denied")
    await person.page.get_by_role("button", name="Try again").click()
    await person.simulates()
    await expect(person.page).to_have_url(f"{person.demo.frontend}/")


async def test_without_javascript_the_company_page_lets_people_in(newcomer: Newcomer) -> None:
    person = await newcomer(java_script_enabled=False)
    await person.page.goto(f"{person.demo.service}/login")
    await person.types_the_address(JANE)
    await person.gives_the_password(JANE)
    await expect(person.page).to_have_url(f"{person.demo.frontend}/")
    assert (await person.context.request.get(f"{person.demo.service}/me")).status == 200
