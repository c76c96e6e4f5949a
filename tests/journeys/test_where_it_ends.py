"""However it is asked, a browser ends on a frontend: the whole way, judged as the browser would."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from cognito_sso.login.tenants import Routing
from tests.browser import NAVIGATION
from tests.login.hostile_targets import HOSTILE_TARGETS, ODD_BUT_OURS
from tests.login.whatwg import origin_of, origins_by_node
from tests.world import FRONTEND, SERVICE, World

OTHER = "https://other.example:8443"
CSRF = {"origin": FRONTEND}
JSON = {"content-type": "application/json"}
YOU = "you@example.com"


@pytest.fixture
def world() -> World:
    return World(sso_frontends=f"{FRONTEND},{OTHER}")


async def test_a_hostile_target_starts_nothing_sec_300_sec_301(world: World) -> None:
    script = world.script()
    for target in HOSTILE_TARGETS:
        wish = {"email": YOU, "return_to": target}
        encodable = target.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        answers = [
            await script.get("/login", params={"return_to": encodable}),
            await script.get("/login", params={"return_to": encodable}, headers=NAVIGATION),
            await script.get("/login/start", params={**wish, "return_to": encodable}),
            await script.get("/login/start", params={**wish, "return_to": encodable}, headers=NAVIGATION),
            await script.post("/login/start", data={**wish, "return_to": encodable}),
            await script.post("/login/start", content=json.dumps(wish), headers=JSON),
            await script.post("/auth/logout", content=json.dumps({"return_to": target}), headers=JSON),
            await script.post("/auth/logout", data={"return_to": encodable}),
        ]
        for answer in answers:
            assert answer.status_code == 400, ascii(target)
            assert "location" not in answer.headers
            assert "set-cookie" not in answer.headers
            assert "evil.example" not in answer.text


async def test_twice_encoded_is_no_better_sec_300(world: World) -> None:
    for target in HOSTILE_TARGETS:
        encoded = httpx.QueryParams({"x": target.encode("utf-8", "surrogatepass").decode("utf-8", "replace")})
        double = str(encoded).removeprefix("x=")
        answer = await world.script().get("/login/start", params={"email": YOU, "return_to": double})
        assert answer.status_code in (302, 400)
        if answer.status_code == 302:  # an encoded path of the frontend's own
            assert double.startswith(("/", FRONTEND, OTHER))


async def test_the_whole_way_ends_on_a_frontend_for_each_target_that_is_taken_sec_300(world: World) -> None:
    browser = await world.signed_in(YOU)
    locations = []
    for target in ODD_BUT_OURS:
        await browser.goto(f"{SERVICE}/login/start", params={"email": YOU, "return_to": target}, follow=False)
        while browser.page.request.url.path != "/auth/callback":
            await browser.goto(browser.page.headers["location"], follow=False)
        assert browser.page.status_code == 303
        locations.append(browser.page.headers["location"])
    assert {origin_of(location, SERVICE) for location in locations} <= {FRONTEND, OTHER}
    assert set(origins_by_node(locations, SERVICE) or [FRONTEND]) <= {FRONTEND, OTHER}


async def test_signing_out_ends_on_a_frontend_too_sec_301(world: World) -> None:
    locations = []
    for target in ODD_BUT_OURS:
        browser = world.browser()
        answer = await browser.http.post(f"{SERVICE}/auth/logout", json={"return_to": target}, headers=CSRF)
        assert answer.status_code == 200
        await browser.goto(answer.json()["logout_url"], follow=False)
        assert browser.page.headers["location"] == f"{SERVICE}/auth/signed-out"
        await browser.goto(f"{SERVICE}/auth/signed-out?return_to=https://evil.example", follow=False)
        locations.append(browser.page.headers["location"])
        assert "__Host-sso_signed_out" not in browser.cookie_names()
    assert {origin_of(location, SERVICE) for location in locations} <= {FRONTEND, OTHER}
    assert set(origins_by_node(locations, SERVICE) or [FRONTEND]) <= {FRONTEND, OTHER}


@pytest.mark.parametrize("cookie", [b"", b"garbage", b"\xff", b"eyJyZXR1cm5fdG8iOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9"])
async def test_a_signed_out_cookie_that_is_not_ours_leads_to_the_first_frontend(world: World, cookie: bytes) -> None:
    answer = await world.script().get("/auth/signed-out", headers=[(b"cookie", b"__Host-sso_signed_out=" + cookie)])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FRONTEND}/")


async def test_another_account_after_the_tenants_have_changed_starts_at_the_login_page(tmp_path: Path) -> None:
    world = World(tenants=tmp_path / "t.toml", sso_unlisted_domains="refuse")
    browser = world.browser()
    await browser.http.post(f"{SERVICE}/auth/logout", json={"email": "jane@megasoft.example"}, headers=CSRF)
    world.services.tenants.use(Routing())
    await browser.goto(f"{SERVICE}/auth/signed-out", follow=False)
    assert browser.page.headers["location"] == f"{SERVICE}/login"


@pytest.mark.parametrize("email", ["", "x", "a@b@c.example", "x" * 300])
async def test_signing_out_towards_no_address_is_refused_and_nobody_is_signed_out(world: World, email: str) -> None:
    browser = await world.with_session()
    answer = await browser.http.post(f"{SERVICE}/auth/logout", json={"email": email}, headers=CSRF)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_email")
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200


async def test_the_logout_names_the_client_and_the_one_registered_target_sec_443(world: World) -> None:
    answer = await world.script().post("/auth/logout", json={})
    url = httpx.URL(answer.json()["logout_url"])
    assert dict(url.params) == {"client_id": "k6tana1l8b0bvhk9gfixkurr6", "logout_uri": f"{SERVICE}/auth/signed-out"}


async def test_signing_out_revokes_the_refresh_token_once_sec_440(world: World) -> None:
    browser = await world.with_session()
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=CSRF)
    assert len(world.simulator.journal.of("POST", "/oauth2/revoke")) == 1
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=CSRF)
    assert len(world.simulator.journal.of("POST", "/oauth2/revoke")) == 1


async def test_signing_out_clears_logins_under_way_too(world: World) -> None:
    browser = await world.with_session()
    await browser.goto(f"{SERVICE}/login/start", params={"email": YOU}, follow=False)
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=CSRF)
    assert not [name for name in browser.cookie_names() if "login" in name or "session" in name or "refresh" in name]


class TestTheLoginPage:
    async def test_keeps_what_was_typed_and_says_what_to_mend(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login", params={"return_to": "/orders"})
        await browser.press("Continue", email='"><script>alert(1)</script>@x')
        assert browser.page.status_code == 400
        assert "invalid_email" in browser.page.text
        assert "<script>" not in browser.page.text
        await browser.press("Continue", email=YOU)
        await world.be(browser, YOU)
        assert str(browser.page.url) == f"{FRONTEND}/orders"

    async def test_is_where_a_start_without_an_address_leads_a_person(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start")
        assert (browser.page.url.path, browser.page.status_code) == ("/login", 200)
        await browser.goto(f"{SERVICE}/login/start", params={"return_to": "/orders"})
        assert (browser.page.status_code, 'value="/orders"' in browser.page.text) == (200, True)

    async def test_is_not_shown_for_a_target_that_will_be_refused(self, world: World) -> None:
        for path in ("/login", "/login/start"):
            answer = await world.script().get(path, params={"return_to": "https://evil.example"}, headers=NAVIGATION)
            assert answer.status_code == 400
            assert "evil.example" not in answer.text

    async def test_a_program_without_an_address_is_told(self, world: World) -> None:
        answer = await world.script().get("/login/start")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_email")

    async def test_an_address_in_the_link_is_filled_in_and_inert_sec_381(self, world: World) -> None:
        page = await world.script().get("/login", params={"email": "{{7*7}}${x}%s<b>@x.example"}, headers=NAVIGATION)
        assert "49" not in page.text.replace("254", "")
        assert "<b>" not in page.text


@pytest.mark.parametrize("public_url", ["http://localhost:8000", "http://127.0.0.1:8000"])
async def test_on_an_http_loopback_the_cookies_have_no_prefix_and_no_secure_flag(public_url: str) -> None:
    world = World(sso_public_url=public_url, sso_frontends="http://localhost:3000")
    script = httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url=public_url)
    answer = await script.get("/login/start", params={"email": YOU})
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("sso_login_")
    assert "Secure" not in cookie
    assert "HttpOnly; SameSite=Lax" in cookie
    assert "strict-transport-security" not in answer.headers
    page = await script.get("/login")
    assert "http://localhost:*" in page.headers["content-security-policy"]
