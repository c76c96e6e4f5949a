"""Two replicas whose operator gave each a cookie key of its own: clean answers, and something to see."""

from __future__ import annotations

import logging

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.observability.logs import FIELDS
from cognito_sso.settings import new_cookie_key
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World, settings_for


class Stranger:
    """A replica of the same service with another key."""

    def __init__(self, world: World) -> None:
        self.app = create_app(settings_for(sso_cookie_keys=new_cookie_key()), http=world.upstream, clock=world.clock)

    def led_here(self, browser: Browser) -> Browser:
        other = Browser(httpx.ASGITransport(self.app, raise_app_exceptions=False))
        other.http.cookies = browser.http.cookies
        return other

    def unknown_keys(self) -> float | None:
        registry = self.app.state.services.metrics.registry
        return registry.get_sample_value("cognito_sso_cookies_of_unknown_keys_total")


@pytest.fixture
def stranger(world: World) -> Stranger:
    return Stranger(world)


def reason(caplog: pytest.LogCaptureFixture) -> object:
    told = [record for record in caplog.records if record.name == "cognito_sso.audit"]
    return getattr(told[-1], FIELDS)["reason"]


async def test_a_callback_there_is_explained_counted_and_told_apart_from_somebody_late_sec_525(
    world: World, stranger: Stranger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="cognito_sso.audit")
    browser = world.browser()
    start = await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"}, follow=False)
    back = {"code": "x", "state": httpx.URL(start.headers["location"]).params["state"]}

    answer = await stranger.led_here(browser).goto(f"{SERVICE}/auth/callback", params=back)

    assert answer.status_code == 400
    assert "login_expired" in answer.text
    assert "set-cookie" not in answer.headers, "the replica that has the key could still finish this"
    assert world.token_requests() == 0
    assert stranger.unknown_keys() == 1
    assert reason(caplog) == "the login cookie can't be opened"

    late = await stranger.led_here(world.browser()).goto(f"{SERVICE}/auth/callback", params=back)
    assert late.status_code == 400
    assert reason(caplog) == "no login cookie for this state"


@pytest.mark.parametrize("asked", ["GET /auth/verify", "GET /me", "POST /auth/refresh"])
async def test_a_session_is_none_there_and_counted_sec_525(world: World, stranger: Stranger, asked: str) -> None:
    there = stranger.led_here(await world.with_session()).http
    method, path = asked.split()
    answer = await there.request(method, SERVICE + path, headers={"origin": FRONTEND})
    assert answer.status_code == 401
    assert stranger.unknown_keys() == 1


@pytest.mark.parametrize("cookie", ["", "x", "AAAA" * 7, "%%%", "é"])
async def test_garbage_is_no_cookie_of_another_key(stranger: Stranger, cookie: str) -> None:
    transport = httpx.ASGITransport(stranger.app)
    async with httpx.AsyncClient(transport=transport, base_url=SERVICE) as script:
        await script.get("/me", headers={"cookie": f"__Host-sso_session={cookie}".encode()})
    assert stranger.unknown_keys() == 0
