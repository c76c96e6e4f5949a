"""People with many groups and long names, and the 4,096 bytes that a browser keeps."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_sso.session.session_cookies import SESSION_COOKIE_BUDGET
from tests.world import SERVICE, World

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Smythe"


def with_groups(world: World, groups: list[str], **id_claims: str) -> None:
    def id_token(claims: dict[str, Any]) -> None:
        claims.update({"cognito:groups": groups, **id_claims})

    def access_token(claims: dict[str, Any]) -> None:
        claims["cognito:groups"] = groups

    world.simulator.tamper.id_claims, world.simulator.tamper.access_claims = id_token, access_token


async def session_cookie_size(world: World) -> tuple[int, dict[str, Any]]:
    browser = await world.signed_in()
    (cookie,) = [cookie for cookie in browser.http.cookies.jar if cookie.name == "__Host-sso_session"]
    return len(cookie.name) + len(cookie.value or ""), (await browser.http.get(f"{SERVICE}/me")).json()


async def test_forty_groups_and_long_names_fit_and_nothing_is_dropped(world: World) -> None:
    groups = [f"engineering-department-{number:02}" for number in range(40)]
    with_groups(world, groups, given_name=LONG_NAME, family_name=LONG_NAME, name=f"{LONG_NAME} {LONG_NAME}")
    size, profile = await session_cookie_size(world)
    assert size <= SESSION_COOKIE_BUDGET
    assert profile["groups"] == groups
    assert (profile["given_name"], profile["family_name"]) == (LONG_NAME, LONG_NAME)


@pytest.mark.parametrize(("number", "dropped"), [(50, "nothing"), (55, "name"), (65, "token")])
async def test_past_that_the_parts_of_the_name_go_first_and_then_the_access_token(
    world: World, number: int, dropped: str
) -> None:
    groups = [f"engineering-department-{one:03}" for one in range(number)]
    with_groups(world, groups, given_name=LONG_NAME, family_name=LONG_NAME)
    size, profile = await session_cookie_size(world)
    assert size <= SESSION_COOKIE_BUDGET
    assert profile["groups"] == groups
    assert (profile["given_name"] is None) == (dropped != "nothing")
    assert (size < 3_400) == (dropped == "token")


async def test_a_hundred_long_groups_are_told_before_the_redirect_and_not_by_a_browser_that_drops_the_cookie(
    world: World,
) -> None:
    with_groups(world, [f"engineering-department-{number:03}" for number in range(100)])
    browser = await world.signed_in()
    assert browser.page.status_code == 403
    assert "session_too_large" in browser.page.text
    assert not [name for name in browser.cookie_names() if "sso_session" in name or "sso_refresh" in name]
