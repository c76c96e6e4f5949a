"""A frontend is taken off the list while somebody is away, and other things that change meanwhile."""

from __future__ import annotations

import httpx
import pytest

from cognito_sso.app import create_app
from tests.world import FRONTEND, ISSUER, POOL, SERVICE, World, settings_for

OLD = "https://old.example"


def restarted_without_the_old_frontend(world: World) -> None:
    app = create_app(settings_for(), http=world.upstream, clock=world.clock)
    world.roads._apps["login.app.example"] = httpx.ASGITransport(app)


@pytest.fixture
def two_frontends() -> World:
    return World(sso_frontends=f"{FRONTEND},{OLD}")


async def test_a_login_under_way_ends_on_the_default_frontend(two_frontends: World) -> None:
    browser = two_frontends.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com", "return_to": f"{OLD}/in"})
    restarted_without_the_old_frontend(two_frontends)
    await two_frontends.be(browser, "you@example.com")
    assert str(browser.page.url) == f"{FRONTEND}/"


async def test_a_sign_out_under_way_does_not_go_there_any_more(two_frontends: World) -> None:
    browser = await two_frontends.signed_in("you@example.com")
    out = await browser.http.post(f"{SERVICE}/auth/logout", json={"return_to": f"{OLD}/"}, headers={"origin": FRONTEND})
    restarted_without_the_old_frontend(two_frontends)
    await browser.goto(out.json()["logout_url"], follow=True)
    assert str(browser.page.url).startswith(SERVICE)


@pytest.mark.parametrize(("iss", "tokens"), [(f"{ISSUER}/{POOL}", 1), ("https://evil.example", 0), ("", 0)])
async def test_an_issuer_in_the_callback_must_be_the_pool(world: World, iss: str, tokens: int) -> None:
    """RFC 9207: the answer of another authorization server is not taken for ours (mix-up)."""
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
    await browser.press("Simulate Login", follow=False, local_part="you")
    while not browser.page.headers["location"].startswith(f"{SERVICE}/auth/callback"):
        await browser.goto(browser.page.headers["location"], follow=False)
    before = world.token_requests()
    await browser.goto(f"{browser.page.headers['location']}&iss={iss}", follow=False)
    assert world.token_requests() - before == tokens
    assert browser.page.status_code == (303 if tokens else 400)
