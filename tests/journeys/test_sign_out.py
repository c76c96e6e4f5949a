"""What signing out ends, and what it cannot: each row of the table in docs/security.md."""

from __future__ import annotations

import httpx
import pytest

from cognito_sso.simulator import Fault
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World

ORIGIN = {"origin": FRONTEND}
JANE = "jane@megasoft.example"


async def signed_out(world: World, browser: Browser, **body: str) -> httpx.Response:
    """As the frontend does: asks where to go, and goes there."""
    answer = await browser.http.post(f"{SERVICE}/auth/logout", json=body, headers=ORIGIN)
    return await browser.goto(answer.json()["logout_url"])


def access_token_of(world: World, browser: Browser) -> str:
    session = world.services.session_cookies.read_session(
        {one.name: one.value or "" for one in browser.http.cookies.jar}
    )
    assert session is not None
    return session.access_token


def refresh_token_of(world: World, browser: Browser) -> str:
    grant = world.services.session_cookies.read_grant({one.name: one.value or "" for one in browser.http.cookies.jar})
    assert grant is not None
    return grant.refresh_token


async def verified(world: World, token: str) -> int:
    return (await world.script().get("/auth/verify", headers={"authorization": f"Bearer {token}"})).status_code


async def test_it_ends_this_browsers_session(world: World) -> None:
    browser = await world.signed_in()
    await signed_out(world, browser)
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401
    assert not browser.cookie_names() & {"__Host-sso_session", "__Secure-sso_refresh", "__Host-sso_signed_out"}


async def test_it_ends_the_refresh_token_and_cognitos_answers_for_the_access_token(world: World) -> None:
    browser = await world.signed_in()
    access, refresh = access_token_of(world, browser), refresh_token_of(world, browser)
    await signed_out(world, browser)
    renewed = await world.script().post("/auth/token", json={"grant_type": "refresh_token", "refresh_token": refresh})
    assert renewed.json()["error"] == "invalid_grant"
    described = await world.script().get("/me", headers={"authorization": f"Bearer {access}"})
    assert described.status_code == 401


async def test_it_ends_cognitos_session_so_that_the_next_person_is_asked(world: World) -> None:
    browser = await world.signed_in("you@example.com")
    await signed_out(world, browser)
    await browser.goto(f"{SERVICE}/login/start", params={"email": "somebody@example.com"})
    assert "IdP Simulator" in browser.page.text


async def test_it_ends_where_the_person_wanted_to_be(world: World) -> None:
    browser = await world.signed_in()
    page = await signed_out(world, browser, return_to=f"{FRONTEND}/bye")
    assert str(page.url) == f"{FRONTEND}/bye"


async def test_it_cannot_end_an_access_token_for_those_who_verify_it_themselves(world: World) -> None:
    browser = await world.signed_in()
    token = access_token_of(world, browser)
    await signed_out(world, browser)
    assert await verified(world, token) == 204
    world.clock.advance(3601)
    assert await verified(world, token) == 401


async def test_it_cannot_end_a_copy_of_the_session_cookie_before_it_expires(world: World) -> None:
    browser, thief = await world.signed_in(), world.browser()
    copied = {one.name: one.value or "" for one in browser.http.cookies.jar if "sso_session" in one.name}
    await signed_out(world, browser)
    header = {"cookie": "; ".join(f"{name}={value}" for name, value in copied.items())}
    assert (await thief.http.get(f"{SERVICE}/me", headers=header)).status_code == 200
    world.clock.advance(3601)
    assert (await thief.http.get(f"{SERVICE}/me", headers=header)).status_code == 401


async def test_it_cannot_end_the_session_at_the_companys_identity_provider(world: World) -> None:
    browser = await world.signed_in(JANE)
    await signed_out(world, browser)
    await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
    assert str(browser.page.url) == f"{FRONTEND}/"


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(abort=True), Fault(hang=True), Fault(body="nonsense")], ids=str
)
async def test_a_revocation_that_fails_keeps_nobody_signed_in_here(world: World, fault: Fault) -> None:
    browser = await world.signed_in()
    world.simulator.faults.set("POST /oauth2/revoke", fault)
    await signed_out(world, browser)
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 401


async def test_signing_out_twice_or_without_a_session_is_no_error(world: World) -> None:
    browser = world.browser()
    for _ in range(2):
        assert str((await signed_out(world, browser)).url) == f"{FRONTEND}/"
