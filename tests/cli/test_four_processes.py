"""Four real processes that share nothing but their settings, and a person's tabs that refresh through all of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from cognito_sso.settings import new_cookie_key
from cognito_sso.simulator import AppClient, Simulator
from cognito_sso.testing import listener, serving
from tests.browser import Browser

PROCESSES, TABS = 4, 25
GRACE_SECONDS = 60


@pytest.fixture
def ports() -> list[int]:
    sockets = [listener() for _ in range(PROCESSES)]
    found = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return found


@pytest.fixture
def stand_ins(ports: list[int]) -> Iterator[Simulator]:
    at = listener()
    url = f"http://127.0.0.1:{at.getsockname()[1]}"
    client = AppClient(
        client_id="k6tana1l8b0bvhk9gfixkurr6",
        callback_urls=(f"http://localhost:{ports[0]}/auth/callback",),
        refresh_rotation=True,
        retry_grace_seconds=GRACE_SECONDS,
    )
    simulator = Simulator(domain_url=url, issuer_url=url, scalekit_url=url, clients=(client,))
    with serving(simulator.app, at):
        yield simulator


@pytest.fixture
def processes(ports: list[int], stand_ins: Simulator, tmp_path: Path) -> Iterator[list[str]]:
    """The URLs of four services with the same settings."""
    settings = {
        "COGNITO_USER_POOL_ID": "eu-north-1_6m0O668r5",
        "COGNITO_CLIENT_ID": "k6tana1l8b0bvhk9gfixkurr6",
        "COGNITO_DOMAIN": stand_ins.issuer.rpartition("/")[0],
        "COGNITO_ISSUER": stand_ins.issuer,
        "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
        "SSO_PUBLIC_URL": f"http://localhost:{ports[0]}",
        "SSO_FRONTENDS": f"http://localhost:{ports[0]}",
        "SSO_COOKIE_KEYS": new_cookie_key(),
        "SSO_LOG_LEVEL": "warning",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))}
    program = Path(sys.executable).with_name("cognito-sso")
    with ExitStack() as stack:
        for port in ports:
            command = [program, "serve", "--port", str(port)]
            process = stack.enter_context(subprocess.Popen(command, env={**others, **settings}, cwd=tmp_path))
            stack.callback(process.send_signal, signal.SIGTERM)
        yield [f"http://localhost:{port}" for port in ports]


async def test_no_session_is_lost_when_all_tabs_refresh_through_all_processes_at_once(processes: list[str]) -> None:
    await ready(processes)
    browser = Browser(httpx.AsyncHTTPTransport())
    await browser.goto(f"{processes[0]}/login/start", params={"email": "you@example.com"})
    await browser.press("Simulate Login", local_part="you")
    await browser.http.aclose()
    ours = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar if one.name.startswith("sso_"))
    headers = {"cookie": ours, "origin": processes[0]}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as tabs:
        asked = [tabs.post(f"{process}/auth/refresh", headers=headers) for process in processes for _ in range(TABS)]
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [200] * PROCESSES * TABS
        last = "; ".join(cookie.partition(";")[0] for cookie in answers[-1].headers.get_list("set-cookie"))
        me = await tabs.get(f"{processes[1]}/me", headers={"cookie": last})
        assert me.json()["email"] == "you@example.com"


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
