"""Many tabs and many replicas refresh one session at once, with and without refresh token rotation."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.simulator import Fault
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World, settings_for

REPLICAS, TABS = 4, 25
ORIGIN = {"origin": FRONTEND}


def replicas(world: World) -> list[httpx.AsyncClient]:
    """Processes that share keys and a pool, and nothing else."""
    apps = [create_app(settings_for(), http=world.upstream, clock=world.clock) for _ in range(REPLICAS)]
    return [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SERVICE) for app in apps]


def cookie_header(browser: Browser) -> dict[str, str]:
    ours = [cookie for cookie in browser.http.cookies.jar if "sso_" in cookie.name]
    return {"cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in ours), **ORIGIN}


async def all_at_once(world: World, browser: Browser) -> list[httpx.Response]:
    headers = cookie_header(browser)
    asked = [replica.post("/auth/refresh", headers=headers) for replica in replicas(world) for _ in range(TABS)]
    return list(await asyncio.gather(*asked))


@pytest.mark.parametrize("grace", [5, 60])
async def test_with_a_grace_period_no_tab_of_any_replica_loses_the_session(grace: int) -> None:
    world = World(app_client={"refresh_rotation": True, "retry_grace_seconds": grace})
    browser = await world.signed_in("you@example.com")
    answers = await all_at_once(world, browser)
    assert [answer.status_code for answer in answers] == [200] * REPLICAS * TABS
    # Whichever answer arrives last, its cookies go on working.
    for answer in (answers[0], answers[-1]):
        browser.http.cookies.extract_cookies(answer)
        assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 200


async def test_each_replica_asks_cognito_once_for_all_its_tabs() -> None:
    world = World(app_client={"refresh_rotation": True, "retry_grace_seconds": 60})
    browser = await world.signed_in("you@example.com")
    before = world.token_requests()
    await all_at_once(world, browser)
    assert world.token_requests() - before == REPLICAS


async def test_without_a_grace_period_one_replica_wins_and_the_others_end_cleanly() -> None:
    world = World(app_client={"refresh_rotation": True, "retry_grace_seconds": 0})
    answers = await all_at_once(world, await world.signed_in("you@example.com"))
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count(None) == TABS
    assert codes.count("session_ended") == (REPLICAS - 1) * TABS


async def test_within_one_replica_no_grace_period_is_needed() -> None:
    world = World(app_client={"refresh_rotation": True, "retry_grace_seconds": 0})
    browser = await world.signed_in("you@example.com")
    asked = [browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN) for _ in range(TABS)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}


async def test_two_people_refreshing_at_once_never_share_an_answer(world: World) -> None:
    jane, you = await world.signed_in("jane@megasoft.example"), await world.signed_in("you@example.com")
    await asyncio.gather(*(one.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN) for one in (jane, you) * 10))
    assert (await jane.http.get(f"{SERVICE}/me")).json()["email"] == "jane@megasoft.example"
    assert (await you.http.get(f"{SERVICE}/me")).json()["email"] == "you@example.com"


async def test_a_tab_that_goes_away_does_not_take_the_others_answer_with_it(world: World) -> None:
    browser = await world.signed_in()
    world.simulator.faults.set("POST /oauth2/token", Fault(delay=0.05))
    leaving = asyncio.create_task(browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN))
    staying = asyncio.create_task(browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).status_code == 200


async def test_an_outage_keeps_the_session_and_its_cookies(world: World) -> None:
    browser = await world.signed_in()
    world.simulator.faults.set("POST /oauth2/token", Fault(status=500))
    answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
    assert (answer.status_code, answer.headers.get_list("set-cookie")) == (503, [])
    world.simulator.faults.clear()
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 200


async def test_the_absolute_end_holds_however_often_it_is_refreshed() -> None:
    world = World(sso_session_max_age=7200)
    browser = await world.signed_in("you@example.com")
    for _ in range(3):
        world.clock.advance(2000)
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
        assert answer.json()["expires_at"] <= 1_790_000_000 + 7200
    world.clock.advance(1201)
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)).status_code == 401


async def test_claims_are_replaced_at_a_refresh_and_never_merged(world: World) -> None:
    world.simulator.tamper.id_claims = lambda claims: {**claims, "cognito:groups": ["admins"]}
    browser = await world.signed_in()
    assert (await browser.http.get(f"{SERVICE}/me")).json()["groups"] == ["admins"]
    world.simulator.tamper.id_claims = None
    await browser.http.post(f"{SERVICE}/auth/refresh", headers=ORIGIN)
    assert (await browser.http.get(f"{SERVICE}/me")).json()["groups"] == []
