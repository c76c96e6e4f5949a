"""Cognito remembers a browser for an hour: the next person to type an address there may get the last one's account."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE, OMAR = "jane@megasoft.example", "omar@megasoft.example"


async def omar_types_his_address_where_jane_was(person: Person) -> None:
    """Jane's session here has gone, but nobody told Cognito."""
    await person.signs_in(JANE)
    await person.forgets_the_session()
    await person.opens_the_app()
    await person.types_the_address(OMAR)
    await expect(person.page.get_by_role("heading", level=1)).to_have_text(f"You are signed in as {JANE}")
    await expect(person.page.get_by_text("another account was still signed in")).to_contain_text(OMAR)


async def test_nobody_is_signed_in_before_they_say_who_they_are(person: Person) -> None:
    await omar_types_his_address_where_jane_was(person)
    await person.opens_the_app()
    await person.is_signed_out()


async def test_use_another_account_leads_to_their_own_sign_in(person: Person) -> None:
    await omar_types_his_address_where_jane_was(person)
    await person.page.get_by_role("button", name="Use another account").click()
    await person.is_asked_to_sign_in_at("Megasoft")
    await person.gives_the_password(OMAR)
    await person.is_signed_in_as(OMAR)
    await expect(person.page.get_by_role("heading", name="Omar Haddad")).to_be_visible()


async def test_continue_signs_in_as_the_one_who_is_shown(person: Person) -> None:
    await omar_types_his_address_where_jane_was(person)
    await person.page.get_by_role("button", name="Continue").click()
    await person.is_signed_in_as(JANE)


async def test_the_question_can_be_answered_by_keyboard(person: Person) -> None:
    await omar_types_his_address_where_jane_was(person)
    await person.page.keyboard.press("Tab")
    await expect(person.page.get_by_role("button", name="Continue")).to_be_focused()
    await person.page.keyboard.press("Tab")
    await expect(person.page.get_by_role("button", name="Use another account")).to_be_focused()
    await person.page.keyboard.press("Enter")
    await person.is_asked_to_sign_in_at("Megasoft")
