"""Who may call from where: the frontends' exact origins, our own pages, and programs without cookies."""

from __future__ import annotations

import httpx
import pytest

from tests.world import FRONTEND, SERVICE, World

OTHER_FRONTEND = "https://other.example:8443"
EVIL = "https://evil.example"
STRANGERS_SEC_326 = {
    "evil": EVIL,
    "null": "null",
    "suffix": f"{FRONTEND}.evil.example",
    "prefix": "https://evilapp.example",
    "port": f"{FRONTEND}:8443",
    "default-port": f"{FRONTEND}:443",
    "http": "http://app.example",
    "upper-case": "https://APP.example",
    "trailing-dot": f"{FRONTEND}.",
    "trailing-slash": f"{FRONTEND}/",
    "encoded": f"{FRONTEND}%60.evil.example",
    "underscore": f"{FRONTEND}_.evil.example",
    "sub-domain": "https://sub.app.example",
    "idn": "https://xn--pp-3ia.example",
    "empty": "",
    "space-before": f" {FRONTEND}",
    "two-in-one": f"{FRONTEND} {EVIL}",
    "comma": f"{FRONTEND}, {EVIL}",
    "file": "file://",
    "extension": "chrome-extension://abcdefghijklmnop",
    "userinfo": "https://user@app.example",
    "wildcard": "*",
    "long": "https://" + "a" * 8000,
    "not-ascii": "https://app.examplé".encode("latin-1").decode("latin-1"),
}
POSTS = ("/login/start", "/auth/refresh", "/auth/logout")
GETS = (
    "/me",
    "/login",
    "/login/start?email=jane@megasoft.example",
    "/auth/callback",
    "/auth/signed-out",
    "/healthz",
    "/readyz",
    "/nope",
)


@pytest.fixture
def world() -> World:
    return World(sso_frontends=f"{FRONTEND},{OTHER_FRONTEND}")


def acah(answer: httpx.Response) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("origin", STRANGERS_SEC_326.values(), ids=STRANGERS_SEC_326)
async def test_a_stranger_is_told_nothing_sec_326(world: World, origin: str) -> None:
    browser, header = await world.with_session(), origin.encode("latin-1")
    before = world.token_requests()
    for path in GETS:
        answer = await browser.http.get(SERVICE + path, headers=[(b"origin", header)])
        assert acah(answer) == []
        assert "Origin" in answer.headers["vary"]
    for path in POSTS:
        answer = await browser.http.post(
            SERVICE + path, json={"email": "you@example.com"}, headers=[(b"origin", header)]
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert acah(answer) == []
        assert "set-cookie" not in answer.headers
        asked = [(b"origin", header), (b"access-control-request-method", b"POST")]
        preflight = await browser.http.options(SERVICE + path, headers=asked)
        assert (preflight.status_code, acah(preflight)) == (403, [])
    assert world.token_requests() == before
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200


@pytest.mark.parametrize("origin", [FRONTEND, OTHER_FRONTEND, SERVICE])
async def test_a_frontend_may_read_every_answer_sec_326_sec_329(world: World, origin: str) -> None:
    browser = await world.with_session()
    answers = [await browser.http.get(SERVICE + path, headers={"origin": origin}) for path in GETS]
    answers += [await browser.http.post(SERVICE + path, content=b"{", headers={"origin": origin}) for path in POSTS]
    answers += [await browser.http.put(f"{SERVICE}/me", headers={"origin": origin})]
    assert {answer.status_code for answer in answers} >= {200, 302, 303, 400, 404, 405}
    for answer in answers:
        assert answer.headers.get_list("access-control-allow-origin") == [origin]
        assert answer.headers.get_list("access-control-allow-credentials") == ["true"]
        assert "Origin" in answer.headers["vary"]
        assert "x-request-id" in answer.headers["access-control-expose-headers"]


async def test_two_origins_are_none_sec_326(world: World) -> None:
    browser = await world.with_session()
    for origins in ([FRONTEND, EVIL], [EVIL, FRONTEND], [FRONTEND, FRONTEND]):
        headers = [("origin", origin) for origin in origins]
        assert acah(await browser.http.get(f"{SERVICE}/me", headers=headers)) == []
        assert (await browser.http.post(f"{SERVICE}/auth/logout", headers=headers)).status_code == 403


async def test_a_preflight_names_only_what_is_documented_sec_327(world: World) -> None:
    asked = {
        "origin": FRONTEND,
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization, x-evil",
        "access-control-request-private-network": "true",
    }
    for path in (*POSTS, "/me", "/nope"):
        answer = await world.script().options(path, headers=asked)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-methods"] == "GET, POST"
        assert "x-evil" not in answer.headers["access-control-allow-headers"]
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert int(answer.headers["access-control-max-age"]) <= 600
        assert "access-control-allow-private-network" not in answer.headers
        assert "*" not in "".join(answer.headers[name] for name in acah(answer))


MEDIA_TYPES = (
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""),
    *("application/json", "application/json; charset=x"),
)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": EVIL, "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", POSTS)
async def test_no_other_site_changes_anything_sec_321_sec_322_sec_325_cve_2021_32677(
    world: World, path: str, headers: dict[str, str]
) -> None:
    browser = await world.with_session()
    asked = len(world.simulator.journal)
    for media_type in MEDIA_TYPES:
        sent = {**headers, **({"content-type": media_type} if media_type else {})}
        for body in (b'{"email": "you@example.com"}', b"email=you@example.com", b""):
            answer = await browser.http.post(SERVICE + path, content=body, headers=sent)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers
    assert len(world.simulator.journal) == asked
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": FRONTEND},
        {"origin": FRONTEND, "sec-fetch-site": "same-site"},
        {"origin": OTHER_FRONTEND, "sec-fetch-site": "cross-site"},
        {"origin": SERVICE, "sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},  # our own pages, which send no referrer
        {"sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
async def test_a_frontend_and_our_own_pages_may_sign_out(world: World, headers: dict[str, str]) -> None:
    browser = await world.with_session()
    assert (await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=headers)).status_code == 200
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401


async def test_a_program_without_cookies_needs_no_origin(world: World) -> None:
    answer = await world.script().post("/login/start", json={"email": "you@example.com"})
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["null", EVIL])
async def test_an_origin_that_is_told_has_to_be_known_without_cookies_too(world: World, origin: str) -> None:
    body = {"email": "you@example.com"}
    answer = await world.script().post("/login/start", json=body, headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "none"}, {"sec-fetch-site": "cross-site"}], ids=str)
async def test_signing_out_by_link_or_image_is_impossible_sec_320(world: World, headers: dict[str, str]) -> None:
    browser = await world.with_session()
    for path in ("/auth/logout", "/auth/refresh"):
        answer = await browser.http.get(SERVICE + path, headers=headers)
        assert answer.status_code == 405
        assert "set-cookie" not in answer.headers
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200


async def test_no_header_or_field_overrides_the_method_sec_324(world: World) -> None:
    browser = await world.with_session()
    override = {"x-http-method-override": "POST", "x-method-override": "POST"}
    assert (await browser.http.get(f"{SERVICE}/auth/logout?_method=POST", headers=override)).status_code == 405
    answer = await browser.http.post(
        f"{SERVICE}/auth/logout", json={"_method": "GET"}, headers={"x-http-method-override": "GET", "origin": EVIL}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
async def test_me_is_the_same_for_everybody_from_another_site_sec_330_sec_331(world: World, site: str) -> None:
    signed_in, nobody = await world.with_session(), world.browser()
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}
    answers = [await one.http.get(f"{SERVICE}/me?callback=x", headers=headers) for one in (signed_in, nobody)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert "set-cookie" not in answers[0].headers


async def test_me_cannot_be_run_as_a_script_sec_330(world: World) -> None:
    browser = await world.with_session()
    answer = await browser.http.get(f"{SERVICE}/me?callback=alert")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-site"
    assert answer.text.startswith("{")
