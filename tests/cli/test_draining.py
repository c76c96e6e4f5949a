"""How a replica ends: load balancers notice first, what was begun is finished, and whoever insists is heeded."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cognito_sso.cli.serve import server_config
from cognito_sso.simulator import AppClient, Fault, Simulator
from cognito_sso.testing import listener, serving
from tests.browser import NAVIGATION, Browser
from tests.ports import free_port

from .served import SET, Served

LONG = "300"  # far longer than any test waits: whoever ends within it did not wait


class Pool:
    """Stand-ins on loopback, whose token endpoint answers when it is let go."""

    def __init__(self) -> None:
        self.port, self._at = free_port(), listener()
        url = f"http://127.0.0.1:{self._at.getsockname()[1]}"
        self.asked, self._let_go = threading.Event(), threading.Event()
        service = f"http://localhost:{self.port}"
        client = AppClient(client_id=SET["COGNITO_CLIENT_ID"], callback_urls=(f"{service}/auth/callback",))
        self.simulator = Simulator(
            domain_url=url, issuer_url=url, scalekit_url=url, clients=(client,), sleep=self._wait
        )
        self.settings = {
            "COGNITO_CLIENT_SECRET": "",
            "COGNITO_DOMAIN": url,
            "COGNITO_ISSUER": self.simulator.issuer,
            "SSO_PUBLIC_URL": service,
            "SSO_FRONTENDS": service,
        }

    @contextmanager
    def up(self) -> Iterator[None]:
        with serving(self.simulator.app, self._at):
            yield

    def holds_answers_back(self) -> None:
        self.simulator.faults.set("POST /oauth2/token", Fault(delay=1))

    def lets_go(self) -> None:
        self._let_go.set()

    async def _wait(self, _seconds: float) -> None:
        self.asked.set()
        await asyncio.to_thread(self._let_go.wait)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool()
    with pool.up():
        yield pool
        pool.lets_go()


def served(pool: Pool, folder: Path, drain_seconds: str) -> Served:
    return Served(folder, port=pool.port, **pool.settings, SSO_DRAIN_SECONDS=drain_seconds)


async def in_a_callback(pool: Pool) -> tuple[Browser, asyncio.Task[httpx.Response]]:
    """Somebody whose code is at Cognito, which lets them wait."""
    browser = Browser(httpx.AsyncHTTPTransport())
    await browser.goto(f"{pool.settings['SSO_PUBLIC_URL']}/login/start", params={"email": "you@example.com"})
    pool.holds_answers_back()
    signing_in = asyncio.create_task(browser.press("Simulate Login", local_part="you"))
    assert await asyncio.to_thread(pool.asked.wait, 20)
    return browser, signing_in


async def came_true(what: str, of: Served) -> None:
    """Waits until `/readyz` says so, or `gone`."""
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as new_connections:
        while what not in await readiness(new_connections, of.port):
            await asyncio.sleep(0.02)


async def readiness(http: httpx.AsyncClient, port: int) -> str:
    try:
        return (await http.get(f"http://localhost:{port}/readyz", headers={"connection": "close"})).text
    except httpx.TransportError:  # refused, or closed in the moment that the listener went
        return "gone"


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_after_sigterm_it_is_not_ready_but_answers_until_it_is_told_again(
    pool: Pool, tmp_path: Path, second: signal.Signals
) -> None:
    with served(pool, tmp_path, LONG) as service:
        async with httpx.AsyncClient(trust_env=False, base_url=pool.settings["SSO_PUBLIC_URL"]) as kept_open:
            before = await kept_open.get("/readyz")
            assert (before.json(), before.headers.get("connection")) == ({"status": "ready"}, None)
            service.send(signal.SIGTERM)
            await came_true("draining", service)
            answer = await kept_open.get("/healthz")
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        async with httpx.AsyncClient(trust_env=False, base_url=pool.settings["SSO_PUBLIC_URL"]) as newcomer:
            start = await newcomer.get("/login/start", params={"email": "you@example.com"}, headers=NAVIGATION)
            assert start.status_code == 302
        code, log = service.ended_by(second)
    assert code == 1
    assert "draining for 300 s" in log
    assert "ended at once" in log


async def test_a_callback_under_way_is_finished_after_the_listener_has_closed(pool: Pool, tmp_path: Path) -> None:
    with served(pool, tmp_path, "1") as service:
        browser, signing_in = await in_a_callback(pool)
        service.send(signal.SIGTERM)
        await came_true("gone", service)
        pool.lets_go()
        with pytest.raises(httpx.ConnectError):  # the frontend of this test is the service itself
            await signing_in
        callback = browser.visited[-1]
        await browser.http.aclose()
        code, log = service.ended()
    assert (callback.url.path, callback.status_code) == ("/auth/callback", 303)
    assert "sso_session" in callback.headers["set-cookie"]
    assert code == 0
    assert "Traceback" not in log


async def test_ctrl_c_does_not_wait_for_load_balancers(pool: Pool, tmp_path: Path) -> None:
    with served(pool, tmp_path, LONG) as service:
        assert service.ended_by(signal.SIGINT)[0] == 0


async def test_a_second_signal_does_not_wait_for_a_callback(pool: Pool, tmp_path: Path) -> None:
    with served(pool, tmp_path, "0") as service:
        browser, signing_in = await in_a_callback(pool)
        service.send(signal.SIGTERM)
        await came_true("gone", service)
        code, log = service.ended_by(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            await signing_in
        await browser.http.aclose()
    assert code == 1
    assert "ended at once" in log
    assert "Traceback" not in log


def test_connections_are_kept_open_longer_than_load_balancers_keep_them_idle() -> None:
    assert server_config(object()).timeout_keep_alive > 60  # nginx's keepalive_timeout, and the idle timeout of an ALB
