"""One endpoint of Cognito hangs, and takes nothing from the others, nor from whoever needs none of them."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import httpx
import pytest

from cognito_sso.cognito import Patience
from cognito_sso.cognito.client import TOKEN_PLACES, USER_INFO_PLACES
from cognito_sso.cognito.patience import Bulkhead
from cognito_sso.errors import ProviderUnreachable
from tests.upstream.misbehaving_cognito import FAULTS, JWKS, REVOKE, TOKEN, USER_INFO
from tests.upstream.stage import YOU, Service, Stage
from tests.world import FRONTEND, SERVICE

CALLBACKS = 500
ENDLESS = Patience(sign_in=600, user_info=600, place=600)
NO_WAITING = Patience(sign_in=600, user_info=600, place=0.01)


async def callbacks(service: Service) -> list[asyncio.Task[httpx.Response]]:
    """As many people at once, each with a login and a code of their own."""
    logins = [await service.script().get("/login/start", params={"email": YOU}) for _ in range(CALLBACKS)]
    return [asyncio.create_task(callback(service, login, number)) for number, login in enumerate(logins)]


async def callback(service: Service, login: httpx.Response, number: int) -> httpx.Response:
    state = httpx.URL(login.headers["location"]).params["state"]
    cookie = login.headers["set-cookie"].partition(";")[0]
    back = {"code": f"code-{number}", "state": state}
    return await service.script(cookie=cookie).get("/auth/callback", params=back)


async def until(stage: Stage, endpoint: str, requests: int) -> None:
    async with asyncio.timeout(60):
        while len(stage.cognito.requests(endpoint)) < requests:
            await asyncio.sleep(0.01)


async def everybody_else_is_served(stage: Stage, service: Service) -> None:
    token = stage.cognito.simulator.mint(YOU)["access_token"]
    browser, bearer = await stage.signed_in(service), service.script(authorization=f"Bearer {token}")
    assert (await browser.http.get(f"{SERVICE}/auth/verify")).status_code == 204
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200
    assert (await bearer.get("/auth/verify")).status_code == 204
    assert (await bearer.get("/me")).status_code == 200
    assert (await service.script().get("/healthz")).status_code == 200
    before = len(stage.cognito.requests(JWKS))
    await service.app.state.services.verifier.prefetch()
    assert len(stage.cognito.requests(JWKS)) == before + 1
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
    assert len(stage.cognito.requests(REVOKE)) == 1


async def test_while_500_callbacks_hang_everybody_else_is_served_sec_461_sec_517(stage: Stage) -> None:
    service = await stage.ready(ENDLESS)
    stage.cognito.faults[TOKEN] = FAULTS["hangs"]
    waiting = await callbacks(service)
    await until(stage, TOKEN, TOKEN_PLACES)

    await everybody_else_is_served(stage, service)

    assert len(stage.cognito.requests(TOKEN)) == TOKEN_PLACES, "more requests than places"
    assert not any(task.done() for task in waiting)
    stage.cognito.faults.clear()
    stage.cognito.hang_up()
    answers = Counter([(await task).json()["code"] for task in waiting])
    assert answers == {"provider_unavailable": TOKEN_PLACES, "grant_rejected": CALLBACKS - TOKEN_PLACES}
    assert len(set(stage.cognito.requests(TOKEN))) == CALLBACKS, "a code was sent twice, or not at all"


async def test_who_finds_no_place_is_told_soon_and_keeps_the_code_sec_518(stage: Stage) -> None:
    service = await stage.ready(NO_WAITING)
    stage.cognito.faults[TOKEN] = FAULTS["hangs"]
    waiting = await callbacks(service)
    await until(stage, TOKEN, TOKEN_PLACES)
    async with asyncio.timeout(60):
        while sum(task.done() for task in waiting) < CALLBACKS - TOKEN_PLACES:
            await asyncio.sleep(0.01)

    refused = [task.result() for task in waiting if task.done()]
    assert {(one.status_code, one.headers["retry-after"]) for one in refused} == {(503, "5")}
    assert not any("set-cookie" in one.headers for one in refused), "a login was ended whose code was never sent"
    assert len(stage.cognito.requests(TOKEN)) == TOKEN_PLACES
    stage.cognito.hang_up()
    await asyncio.gather(*waiting)


async def test_a_hanging_user_info_holds_up_no_sign_in(stage: Stage) -> None:
    service = await stage.ready(ENDLESS)
    stage.cognito.faults[USER_INFO] = FAULTS["hangs"]
    tokens = [stage.cognito.simulator.mint(YOU)["access_token"] for _ in range(USER_INFO_PLACES * 3)]
    asking = [asyncio.create_task(service.script(authorization=f"Bearer {token}").get("/me")) for token in tokens]
    await until(stage, USER_INFO, USER_INFO_PLACES)

    stage.service = service
    browser = await stage.signed_in(service)
    refreshed = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})

    assert refreshed.status_code == 200
    assert len(stage.cognito.requests(USER_INFO)) == USER_INFO_PLACES
    stage.cognito.faults.clear()
    stage.cognito.hang_up()
    answers = Counter([(await task).status_code for task in asking])
    assert answers == {503: USER_INFO_PLACES, 200: USER_INFO_PLACES * 2}


async def test_nothing_is_left_of_those_who_gave_up(stage: Stage) -> None:
    """A caller that goes away, as one that is shut down, gives its place back."""
    service = await stage.ready(ENDLESS)
    before = asyncio.all_tasks()
    stage.cognito.faults[TOKEN] = FAULTS["hangs"]
    waiting = await callbacks(service)
    await until(stage, TOKEN, TOKEN_PLACES)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    stage.cognito.faults.clear()
    browser = await stage.signed_in(service)
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 200
    stage.cognito.hang_up()
    async with asyncio.timeout(60):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.01)


async def test_those_who_find_no_place_are_not_all_refused_in_one_moment() -> None:
    """Each refusal is some work, and in one turn of the event loop they would all be done before anything else."""
    bulkhead, turns = Bulkhead("token", places=1, wait_seconds=0.2), itertools.count()
    refused_in: Counter[int] = Counter()
    turn = next(turns)

    async def turning() -> None:
        nonlocal turn
        while True:
            turn = next(turns)
            await asyncio.sleep(0)

    async def too_late() -> None:
        with pytest.raises(ProviderUnreachable):
            async with bulkhead:
                pass
        refused_in[turn] += 1

    async with bulkhead:
        turner = asyncio.create_task(turning())
        await asyncio.gather(*(too_late() for _ in range(200)))
        turner.cancel()
    assert refused_in.total() == 200
    assert max(refused_in.values()) < 50
