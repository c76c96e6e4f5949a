"""What a sibling's site can do with cookies for the whole domain: keep a session from being renewed, and no more."""

from __future__ import annotations

import pytest

from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World

ORIGIN = {"origin": FRONTEND}
REFRESH = "__Secure-sso_refresh"
JANE, MALLORY = "jane@megasoft.example", "you@example.com"


async def mallorys_grant(world: World) -> str:
    """A good refresh cookie, of somebody who is glad to give it away."""
    mallory = await world.signed_in(MALLORY)
    return next(str(one.value) for one in mallory.http.cookies.jar if one.name == REFRESH)


def toss(browser: Browser, value: str) -> None:
    """As `evil.app.example` does: browsers keep `__Host-` cookies from it, and `__Secure-` ones not."""
    browser.http.cookies.set(REFRESH, value, domain=".app.example", path="/auth")


async def who_is_signed_in(browser: Browser) -> str | None:
    answer = await browser.http.get(f"{SERVICE}/me", headers=ORIGIN)
    return str(answer.json()["email"]) if answer.status_code == 200 else None


async def test_who_is_signed_out_is_not_signed_in_as_the_attacker(world: World) -> None:
    """A frontend that opens asks `/me`, and with 401 `/auth/refresh`: so it would come about by itself."""
    victim = world.browser()
    toss(victim, await mallorys_grant(world))
    answer = await victim.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert await who_is_signed_in(victim) is None


@pytest.mark.parametrize("lost", [True, False], ids=["with the own grant gone", "beside the own grant"])
async def test_who_is_signed_in_does_not_become_the_attacker(world: World, lost: bool) -> None:
    victim = await world.signed_in(JANE)
    if lost:
        victim.http.cookies.delete(REFRESH)
    toss(victim, await mallorys_grant(world))
    seen = []
    for _ in range(3):
        await victim.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
        seen.append(await who_is_signed_in(victim))
    assert MALLORY not in seen


async def test_signing_out_does_not_revoke_what_was_tossed_in(world: World) -> None:
    victim, grant = world.browser(), await mallorys_grant(world)
    toss(victim, grant)
    await victim.http.post(f"{SERVICE}/auth/logout", json={}, headers=ORIGIN)
    assert world.simulator.journal.of("POST", "/oauth2/revoke") == []


async def test_after_a_sign_in_of_ones_own_it_is_ones_own_session_that_is_renewed(world: World) -> None:
    victim = world.browser()
    await world.sign_in(victim, JANE)
    await world.sign_in(victim, JANE)
    assert (await victim.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 200
    assert await who_is_signed_in(victim) == JANE
