"""A person signs in."""

from __future__ import annotations

from tests.world import FRONTEND, SERVICE, World


async def test_an_employee_ends_signed_in_where_they_wanted_to_be(world: World) -> None:
    browser = await world.signed_in(return_to=f"{FRONTEND}/orders?page=2#top")
    assert str(browser.visited[-2].headers["location"]) == f"{FRONTEND}/orders?page=2#top"
    profile = (await browser.http.get(f"{SERVICE}/me")).json()
    assert profile["email"] == "jane@megasoft.example"
    assert profile["tenant"] == "megasoft"
