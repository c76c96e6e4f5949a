"""Four real processes that share nothing but their settings, and a person's tabs that refresh through all of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cognito_sso.settings import new_cookie_key
from cognito_sso.simulator import AppClient, Simulator
from cognito_sso.testing import listener, serving
from tests.browser import Browser
from tests.ports import free_ports

PROCESSES, TABS = 4, 25
CLIENT_ID = "k6tana1l8b0bvhk9gfixkurr6"


@pytest.fixture(scope="module")
def ports() -> list[int]:
    return free_ports(PROCESSES)


@pytest.fixture(scope="module")
def stand_ins(ports: list[int]) -> Iterator[Simulator]:
    """Their clock stands still, in the past, so that a grace period ends when a test says so."""
    at, now = listener(), time.time() - 600
    url = f"http://127.0.0.1:{at.getsockname()[1]}"
    client = AppClient(
        client_id=CLIENT_ID, callback_urls=(f"http://localhost:{ports[0]}/auth/callback",), refresh_rotation=True
    )
    simulator = Simulator(domain_url=url, issuer_url=url, scalekit_url=url, clients=(client,), clock=lambda: now)
    with serving(simulator.app, at):
        yield simulator


@pytest.fixture(scope="module")
def processes(ports: list[int], stand_ins: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The URLs of four services with the same settings."""
    settings = {
        "COGNITO_USER_POOL_ID": "eu-north-1_6m0O668r5",
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_DOMAIN": stand_ins.issuer.rpartition("/")[0],
        "COGNITO_ISSUER": stand_ins.issuer,
        "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
        "SSO_PUBLIC_URL": f"http://localhost:{ports[0]}",
        "SSO_FRONTENDS": f"http://localhost:{ports[0]}",
        "SSO_COOKIE_KEYS": new_cookie_key(),
        "SSO_DRAIN_SECONDS": "0",
        "SSO_LOG_LEVEL": "warning",
        "SSO_METRICS_PORT": "0",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))}
    program = Path(sys.executable).with_name("cognito-sso")
    folder = tmp_path_factory.mktemp("processes")
    with ExitStack() as stack:
        for port in ports:
            command = [program, "serve", "--port", str(port)]
            process = stack.enter_context(subprocess.Popen(command, env={**others, **settings}, cwd=folder))
            stack.callback(process.send_signal, signal.SIGTERM)
        urls = [f"http://localhost:{port}" for port in ports]
        asyncio.run(ready(urls))
        yield urls


class Tabs:
    """A person's tabs, spread over the processes."""

    def __init__(self, processes: list[str], http: httpx.AsyncClient) -> None:
        self._processes = processes
        self._http = http
        self._cookies = ""

    async def sign_in(self) -> None:
        browser = Browser(httpx.AsyncHTTPTransport())
        await browser.goto(f"{self._processes[0]}/login/start", params={"email": "you@example.com"})
        await browser.press("Simulate Login", local_part="you")
        await browser.http.aclose()
        ours = (one for one in browser.http.cookies.jar if one.name.startswith("sso_"))
        self._cookies = "; ".join(f"{one.name}={one.value}" for one in ours)

    async def refresh_all_at_once(self) -> list[httpx.Response]:
        asked = [self.refresh(process) for process in self._processes for _ in range(TABS)]
        return list(await asyncio.gather(*asked))

    async def refresh(self, process: str, cookies: str = "") -> httpx.Response:
        headers = {"cookie": cookies or self._cookies, "origin": self._processes[0]}
        return await self._http.post(f"{process}/auth/refresh", headers=headers)

    async def all_know(self, cookies: str, email: str) -> None:
        """Every process does, by its cookies."""
        for process in self._processes:
            answer = await self._http.get(f"{process}/me", headers={"cookie": cookies})
            assert answer.json()["email"] == email


@pytest_asyncio.fixture
async def tabs(processes: list[str]) -> AsyncIterator[Tabs]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield Tabs(processes, http)


def rotating(stand_ins: Simulator, *, grace_seconds: int) -> None:
    clients = stand_ins.pool.clients
    clients[CLIENT_ID] = replace(clients[CLIENT_ID], retry_grace_seconds=grace_seconds)


def cookies_of(answer: httpx.Response) -> str:
    return "; ".join(cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("grace_seconds", [5, 60])
async def test_within_the_grace_period_no_tab_of_any_process_loses_the_session(
    tabs: Tabs, processes: list[str], stand_ins: Simulator, grace_seconds: int
) -> None:
    rotating(stand_ins, grace_seconds=grace_seconds)
    await tabs.sign_in()
    answers = await tabs.refresh_all_at_once()
    assert [answer.status_code for answer in answers] == [200] * PROCESSES * TABS
    # Whichever answer the browser hears last, of whichever process: its cookies are good everywhere.
    for answer in answers[::TABS]:
        await tabs.all_know(cookies_of(answer), "you@example.com")
    stand_ins.clock.advance(grace_seconds - 1)
    assert (await tabs.refresh(processes[1])).status_code == 200, "a tab that slept, with the old cookies"
    stand_ins.clock.advance(1)
    assert (await tabs.refresh(processes[2])).json()["code"] == "session_ended", "the grace period is over"
    for answer in answers[::TABS]:
        assert (await tabs.refresh(processes[3], cookies_of(answer))).status_code == 200


async def test_without_a_grace_period_one_process_wins_and_the_others_say_so_cleanly(
    tabs: Tabs, processes: list[str], stand_ins: Simulator
) -> None:
    rotating(stand_ins, grace_seconds=0)
    await tabs.sign_in()
    answers = await tabs.refresh_all_at_once()
    renewed = [answer for answer in answers if answer.status_code == 200]
    ended = [answer for answer in answers if answer.status_code == 401]
    assert renewed
    assert len(renewed) + len(ended) == PROCESSES * TABS
    assert len({answer.request.url for answer in renewed}) == 1, "tabs of one process share one request"
    assert {answer.json()["code"] for answer in ended} == {"session_ended"}
    for cookie in ended[0].headers.get_list("set-cookie"):
        assert "Max-Age=0" in cookie
    # The session itself lives on, for whoever got the new cookies.
    await tabs.all_know(cookies_of(renewed[0]), "you@example.com")
    assert (await tabs.refresh(processes[3], cookies_of(renewed[0]))).status_code == 200


async def ready(processes: list[str]) -> None:
    async with httpx.AsyncClient(trust_env=False) as probe, asyncio.timeout(60):
        for process in processes:
            while True:
                try:
                    if (await probe.get(f"{process}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
