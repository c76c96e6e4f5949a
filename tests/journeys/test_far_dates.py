"""No date is too far: in tokens they are refused, and a clock that is there goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import FRONTEND, NOON, SERVICE, World

YOU = "you@example.com"
FAR = {
    "2038": 2**31,
    "2106": 2**32,
    "the last of 9999": 253_402_300_799,
    "10000": 253_402_300_800,
    "beyond what a float tells apart": 2**53,
    "beyond 64 bits": 2**64,
    "1e18": 10**18,
    "1e18, a float": 1e18,
    "1e300": 1e300,
    "1970": 0,
    "before 1970": -1,
    "long before": -(10**18),
}


@pytest.mark.parametrize("at", FAR.values(), ids=FAR)
@pytest.mark.parametrize("claim", ["exp", "iat", "auth_time", "nbf"])
async def test_a_token_of_a_far_date_makes_no_500_sec_522(world: World, claim: str, at: Any) -> None:
    token = world.simulator.mint_access_token(YOU, claims={claim: at})
    bearer, script = {"authorization": f"Bearer {token}"}, world.script()
    for path in ("/me", "/auth/verify"):
        answer = await script.get(path, headers=bearer)
        assert answer.status_code == (200 if path == "/me" else 204) if is_harmless(claim, at) else 401
    introspected = await script.post("/auth/introspect", data={"token": token})
    assert (introspected.status_code, introspected.json()["active"]) == (200, is_harmless(claim, at))


def is_harmless(claim: str, at: float) -> bool:
    """When somebody signed in decides nothing, but has to be a time; and `nbf` may be long ago."""
    return 0 <= at < 2**53 if claim == "auth_time" else claim == "nbf" and 0 <= at <= NOON


@pytest.mark.parametrize("at", FAR.values(), ids=FAR)
async def test_an_id_token_of_a_far_date_signs_nobody_in_and_makes_no_500_sec_522(world: World, at: Any) -> None:
    world.simulator.tamper.id_claims = lambda old: {**old, "exp": at, "iat": at}
    browser = await world.signed_in(YOU)
    assert (browser.page.status_code, "id_token_refused" in browser.page.text) == (403, True)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(2**31 - 1, id="the last second of 32 bits"),
        pytest.param(2**32 + 1, id="2106"),
        pytest.param(253_402_214_400, id="the last day of 9999"),
        pytest.param(1_774_746_000 - 1, id="before a summer time begins"),
        pytest.param(1_483_228_800 - 1, id="in the leap second of 2016"),
    ],
)
async def test_whoever_lives_then_signs_in_and_out_sec_522(world: World, now: int) -> None:
    world.clock.seconds = now
    browser = await world.signed_in(YOU)
    assert (await browser.http.get(f"{SERVICE}/me")).json()["expires_at"] > now
    world.clock.advance(1_800)
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 200
    assert (await browser.http.get(f"{SERVICE}/auth/verify")).status_code == 204
    ended = await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
    assert ended.status_code == 200
