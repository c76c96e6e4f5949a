"""Sign-ins that start at the company, and frontends on another site, where no cookie of ours can go."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cognito_sso.testing import listener, serving
from tests.ports import free_ports
from tests.run import browser_path

from .conftest import CHROMIUM_FLAGS
from .person import Person

# Debian's Chromium blocks third-party cookies by itself, and so does every browser's private mode.
THIRD_PARTY_COOKIES_ALLOWED = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE = "jane@megasoft.example"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDEEM = """async ([service, code, code_verifier]) => {
  const body = JSON.stringify({ grant_type: 'authorization_code', code, code_verifier });
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(service + '/auth/token', { method: 'POST', headers, body });
  return [answer.status, await answer.json()];
}"""
COOKIES_SENT_TO = "async origin => (await fetch(origin, { credentials: 'include' })).text()"
WHO = """async ([service, token]) => {
  const answer = await fetch(service + '/me', { headers: { Authorization: 'Bearer ' + token } });
  return [answer.status, await answer.json()];
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def permissive_profile(chromium: Browser, tmp_path: Path) -> AsyncIterator[BrowserContext]:
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(THIRD_PARTY_COOKIES_ALLOWED))
    context = await chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=browser_path(), args=list(CHROMIUM_FLAGS)
    )
    yield context
    await context.close()


async def test_the_tile_on_the_companys_start_page_leads_into_the_app(person: Person) -> None:
    await person.page.goto(f"{person.demo.company_pages}/idp/megasoft")
    await person.page.get_by_label("Work e-mail").fill(JANE)
    await person.page.get_by_label("Password").fill("anything at all")
    await person.page.get_by_role("button", name="Sign in").click()
    await person.page.get_by_role("link", name="Open your application").click()
    await person.is_signed_in_as(JANE)


async def test_the_idp_simulators_own_scenario_starts_a_fresh_login(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address("you@example.com")
    await person.page.get_by_label("Select a scenario").select_option("IDP Initiated SSO")
    await person.page.get_by_role("button", name="Simulate Login").click()
    # It was only a hint: the service has begun a login of its own, and the company is asked.
    await expect(person.page.get_by_label("Select a scenario")).to_have_value("login")
    await person.simulates()
    await person.is_signed_in_as("you@example.com")


async def test_a_frontend_on_another_site_needs_no_third_party_cookie(person: Person) -> None:
    person.may_be_refused(404)  # a style sheet as a page has no icon
    await block_third_party_cookies(person.page)
    with cookie_mirror() as port:
        assert await third_party_cookies_sent(person.page, port) == ""
    elsewhere = person.demo.frontend.replace("localhost", "127.0.0.1")
    code = await code_brought_to(person, f"{elsewhere}/style.css")
    status, tokens = await person.page.evaluate(REDEEM, [person.demo.service, code, VERIFIER])
    assert (status, tokens["user"]["email"]) == (200, JANE)
    status, profile = await person.page.evaluate(WHO, [person.demo.service, tokens["access_token"]])
    assert (status, profile["tenant"]) == (200, "megasoft")
    assert not [cookie for cookie in await person.context.cookies() if cookie.get("name") == "sso_session"]
    person.may_be_refused(400)
    status, refused = await person.page.evaluate(REDEEM, [person.demo.service, code, VERIFIER])
    assert (status, refused["error"]) == (400, "invalid_grant")


async def test_a_browser_that_allows_third_party_cookies_sends_them_until_they_are_blocked(
    permissive_profile: BrowserContext,
) -> None:
    """The control of the test above: what blocks there is what blocks here, where nothing else does."""
    page = permissive_profile.pages[0]
    with cookie_mirror() as port:
        assert await third_party_cookies_sent(page, port) == "witness=seen"
        await block_third_party_cookies(page)
        assert await third_party_cookies_sent(page, port) == ""
        await page.goto(f"http://localhost:{port}")
        assert await page.locator("body").inner_text() == "witness=seen", "on its own site it is sent"


async def test_a_command_line_tool_is_brought_its_code_on_loopback(person: Person) -> None:
    (port,) = free_ports(1)
    person.expects_complaints("ERR_CONNECTION_REFUSED")  # no tool listens in this test: the browser's address tells
    url = f"{person.demo.service}/login/start?{urlencode(wish(f'http://127.0.0.1:{port}/done'))}"
    await person.page.goto(url)
    async with person.page.expect_request(lambda request: request.url.startswith(f"http://127.0.0.1:{port}/")) as asked:
        await person.answers_the_company(JANE)
    code = parse_qs(urlsplit((await asked.value).url).query)["code"][0]
    person.demo.secrets.add(code)
    async with httpx.AsyncClient(base_url=person.demo.service, trust_env=False) as tool:
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        assert (await tool.post("/auth/token", data=grant)).json()["user"]["email"] == JANE


def wish(return_to: str) -> dict[str, str]:
    return {
        "email": JANE,
        "delivery": "code",
        "code_challenge": CHALLENGE,
        "state": "a state of its own",
        "return_to": return_to,
    }


async def code_brought_to(person: Person, return_to: str) -> str:
    await person.page.goto(f"{person.demo.service}/login/start?{urlencode(wish(return_to))}")
    await person.answers_the_company(JANE)
    await person.page.wait_for_url(f"{return_to}?**")
    query = parse_qs(urlsplit(person.page.url).query)
    assert query["state"] == ["a state of its own"]
    return query["code"][0]


@contextmanager
def cookie_mirror() -> Iterator[int]:
    """A server that answers with the cookies it was sent, to scripts of any origin. Yields its port."""

    async def mirror(request: Request) -> Response:
        headers = {
            "access-control-allow-origin": request.headers.get("origin", ""),
            "access-control-allow-credentials": "true",
        }
        return PlainTextResponse(request.headers.get("cookie", ""), headers=headers)

    at = listener()
    with serving(Starlette(routes=[Route("/{any:path}", mirror)]), at):
        yield at.getsockname()[1]


async def third_party_cookies_sent(page: Page, port: int) -> str:
    """What a page of one site sends along to another that has set a cookie for just that."""
    await page.context.add_cookies(
        [{"name": "witness", "value": "seen", "domain": "localhost", "path": "/", "secure": True, "sameSite": "None"}]
    )
    await page.goto(f"http://127.0.0.1:{port}")
    return str(await page.evaluate(COOKIES_SENT_TO, f"http://localhost:{port}"))


async def block_third_party_cookies(page: Page) -> None:
    """As Safari does always, Firefox by default, and Chromium for those who choose so."""
    controls: dict[str, Any] = {
        "enableThirdPartyCookieRestriction": True,
        "disableThirdPartyCookieMetadata": True,
        "disableThirdPartyCookieHeuristics": True,
    }
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.setCookieControls", controls)
