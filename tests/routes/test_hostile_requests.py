"""Every request a stranger can send gets a 4xx with a code: never a 500, never a redirect off the list."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message

from cognito_sso.routes import ROUTERS
from tests.browser import NAVIGATION
from tests.invariants import is_well_formed
from tests.raw import raw_request
from tests.world import FRONTEND, SCALEKIT, SERVICE, World

GETS = ("/login", "/login/start", "/auth/callback", "/me", "/auth/signed-out", "/healthz", "/readyz")
POSTS = ("/login/start", "/auth/refresh", "/auth/logout", "/auth/token")
PATHS = sorted({*GETS, *POSTS})
ALLOWED = {
    path: {method for router in ROUTERS for route in router.routes if route.path == path for method in route.methods}
    | ({"HEAD"} if path in GETS else set())
    for path in PATHS
}


async def sent(world: World, method: str, target: str | bytes, headers: Any = (), body: bytes = b"") -> httpx.Response:
    raw = target.encode("latin-1") if isinstance(target, str) else target
    pairs = headers.items() if isinstance(headers, dict) else headers
    encoded = [tuple(one.encode("latin-1") if isinstance(one, str) else one for one in pair) for pair in pairs]
    answer = await raw_request(world.app, method, raw, encoded, body)  # type: ignore[arg-type]
    is_well_formed(answer)
    return answer


class TestMethods:
    @pytest.mark.parametrize(
        "method",
        [
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "TRACE",
            "CONNECT",
            "PROPFIND",
            "OPTIONS",
            "HEAD",
            "get",
            "GETT",
            "X" * 8000,
        ],
        ids=lambda method: method[:10],
    )
    async def test_a_method_that_is_not_for_an_address_is_told_which_are_sec_404(
        self, world: World, method: str
    ) -> None:
        for path in PATHS:
            if method in ALLOWED[path]:
                continue
            answer = await sent(world, method, path)
            assert answer.status_code == 405
            assert set(answer.headers["allow"].split(", ")) == ALLOWED[path]
            assert "set-cookie" not in answer.headers

    async def test_head_consumes_no_code_and_starts_no_login_sec_234(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"}, follow=False)
        state = httpx.URL(browser.page.headers["location"]).params["state"]
        before = dict(browser.http.cookies)
        for path in (
            "/login/start?email=you@example.com",
            f"/auth/callback?code=x&state={state}",
            "/auth/signed-out",
            "/login/initiated?iss=https://acme-dev.scalekit.dev&login_hint=you@example.com",
        ):
            answer = await browser.http.head(SERVICE + path, headers=NAVIGATION)
            assert (answer.status_code, answer.content) == (204, b"")
        assert dict(browser.http.cookies) == before
        assert len(world.simulator.journal) == 0

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/login", "/me", "/docs", "/openapi.json"])
    async def test_head_says_of_a_page_what_get_does(self, world: World, path: str) -> None:
        get, head = [await sent(world, method, path) for method in ("GET", "HEAD")]
        assert head.status_code == get.status_code
        assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}

    @pytest.mark.parametrize(
        "purpose",
        [
            {"sec-purpose": "prefetch"},
            {"sec-purpose": "prefetch;prerender"},
            {"purpose": "prefetch"},
            {"sec-purpose": "prerender"},
        ],
        ids=str,
    )
    async def test_a_prefetch_does_nothing(self, world: World, purpose: dict[str, str]) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"}, follow=False)
        before, asked = dict(browser.http.cookies), len(world.simulator.journal)
        for path in ("/login/start?email=you@example.com", "/auth/callback?code=x&state=y", "/auth/signed-out"):
            answer = await browser.http.get(SERVICE + path, headers={**NAVIGATION, **purpose})
            assert (answer.status_code, answer.content) == (204, b"")
        assert dict(browser.http.cookies) == before
        assert len(world.simulator.journal) == asked


ODD_QUERIES = [
    *(
        b"",
        b"?",
        b"?=",
        b"?&&&",
        b"?a",
        b"?%",
        b"?%zz",
        b"?%ff",
        b"?email=%ff",
        b"?email=%ED%A0%80",
        b"?email=%00",
        b"?email=\xe9",
        b"?email[]=x",
    ),
    *(
        b"?email=a@b.example&email=a@b.example",
        b"?return_to=/&return_to=/",
        b"?state=x&state=y",
        b"?code=x&code=x&state=y",
        b"?delivery=x",
    ),
    *(
        b"?return_to[]=/",
        b"?return_to=%0d%0aSet-Cookie:x",
        b"?email=x%0d%0aLocation:%20//evil.example",
        b"?delivery=tokens&delivery=session",
    ),
    *(
        b"?" + b"a" * 8191,
        b"?" + b"a" * 8192,
        b"?" + b"a=b&" * 100_000,
        b"?" + b"%" * 5000,
        b"?email=" + b"@" * 8000,
        b"?" + b"&".join(b"%d=x" % n for n in range(51)),
    ),
    *(
        b"?code=&state=",
        b"?code=x",
        b"?state=x",
        b"?error=",
        b"?error=x&error_description=%3Cscript%3E",
        b"?code=" + b"x" * 8000 + b"&state=x",
    ),
    *(b"?__proto__=x", b"?email={{7*7}}@x.example", b"?email=${jndi:ldap://x}@y.example", b"?email=%s%n@x.example"),
]


@pytest.mark.parametrize("headers", [{}, NAVIGATION, {"accept": "text/html"}], ids=["program", "navigation", "html"])
@pytest.mark.parametrize("query", ODD_QUERIES, ids=lambda query: ascii(query[:40]))
async def test_no_query_is_too_odd_sec_230_sec_304_sec_379_sec_463(
    world: World, query: bytes, headers: dict[str, str]
) -> None:
    for path in GETS:
        await sent(world, "GET", path.encode() + query, headers)
    assert world.token_requests() == 0


DEEP = b'{"a":' * 100_000
ODD_BODIES: list[tuple[str, bytes]] = [
    ("application/json", body)
    for body in (
        *(
            b"",
            b" ",
            b"null",
            b"[]",
            b"1",
            b'"x"',
            b"{",
            b"{}",
            b'{"a":}',
            b"\xff",
            b"\0",
            b"\xef\xbb\xbf{}",
            b"NaN",
            b"[" * 16_000,
            DEEP[:16_000],
        ),
        *(
            b'{"email": 1}',
            b'{"email": ["a@b.example"]}',
            b'{"email": {"x": 1}}',
            b'{"email": true}',
            b'{"email": null}',
            b'{"email": NaN}',
        ),
        *(
            b'{"email": "a@b.example", "email": "c@d.example"}',
            b'{"return_to": ["/"]}',
            b'{"email": "\\ud800@b.example"}',
            b'{"email": "a\\u0000@b.example"}',
        ),
        *(
            b'{"n": ' + b"9" * 5000 + b"}",
            b'{"email": "' + b"a" * 20_000 + b'"}',
            b'{"\xc3\xa9": "x"}',
            b"{" * 20_000,
            b'{"return_to": "//evil.example"}',
        ),
        *(
            '{"email": "a@b.example"}'.encode("utf-16"),
            b'{"delivery": "x"}',
            b'{"email": "a@b.example", "return_to": "https://evil.example"}',
        ),
    )
]
ODD_BODIES += [
    ("application/x-www-form-urlencoded", body)
    for body in (
        *(
            b"",
            b"=",
            b"&",
            b"%",
            b"%ff",
            b"email=%ED%A0%80",
            b"\xff",
            b"\0",
            b"email=a@b.example&email=c@d.example",
            b"email[]=x",
            b"a" * 20_000,
        ),
        *(
            b"&".join(b"%d=x" % number for number in range(51)),
            b"a=b&" * 4000,
            b"return_to=//evil.example",
            b"return_to=%0d%0ax",
            b"delivery=x",
        ),
    )
]
ODD_BODIES += [
    *(
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@b.example\r\n--x--\r\n',
        ),
    ),
    *(
        (media_type, b'{"email": "a@b.example"}')
        for media_type in (
            "text/plain",
            "text/html",
            "application/xml",
            "application/octet-stream",
            "x",
            "",
            ";",
            "/",
            "application/jsonx",
        )
    ),
    *(
        (media_type, b"{}")
        for media_type in (
            "APPLICATION/JSON",
            "application/json;charset=utf-16",
            "application/json; charset=\xe9",
            " application/json ",
        )
    ),
]


@pytest.mark.parametrize(("media_type", "body"), ODD_BODIES, ids=lambda value: ascii(value[:40]))
async def test_no_body_is_too_odd_sec_463_sec_507(world: World, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode("latin-1")), (b"origin", FRONTEND.encode())]
    for path in POSTS:
        answer = await sent(world, "POST", path, headers, body)
        assert answer.status_code in (200, 303, 400, 401)
        assert "evil.example" not in answer.headers.get("location", "")
        assert b"evil.example" not in answer.content
    assert world.token_requests() == 0


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_that_never_ends_is_read_no_further_than_16_kib_sec_407(world: World, path: str) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"a" * 1024

    headers = {"content-type": "application/json", "origin": FRONTEND}
    answer = await world.script().post(path, content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert given < 20


@pytest.mark.parametrize("path", POSTS)
async def test_a_caller_who_hangs_up_within_the_body_makes_no_traceback_sec_470(
    world: World, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    answered: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await world.app(
        {**scope, "http_version": "1.1", "scheme": "https", "root_path": "", "raw_path": path.encode()}, receive, send
    )
    assert answered[0]["status"] == 400
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


ODD_HEADERS: list[list[tuple[bytes, bytes]]] = [
    [(b"cookie", value)]
    for value in (
        b"",
        b";",
        b"=",
        b";;;;",
        b"\xff=\xff",
        b"a" * 65_536,
        b"a=b;" * 1000,
        b"\0",
        b"__Host-sso_session",
        b"__Host-sso_session=;" * 50,
    )
]
ODD_HEADERS += [[(b"cookie", b"; ".join(b"__Host-sso_login_%08x=x" % number for number in range(300)))]]
ODD_HEADERS += [[(b"cookie", b"__Host-sso_login_\xff\xfe,=x; __Host-sso_login_=y; __Host-sso_login_../=z")]]
ODD_HEADERS += [
    [(b"x-request-id", value)]
    for value in (b"", b"a" * 65_536, b"a\r\nSet-Cookie: x", b"\xff", b"'; DROP TABLE x; --", b"../..", b"a b")
]
ODD_HEADERS += [
    [(b"x-request-id", b"a"), (b"x-request-id", b"b")],
    [(b"accept", b"\xff")],
    [(b"accept", b"*/*;q=" * 5000)],
]
ODD_HEADERS += [
    [(name, value)]
    for name in (b"sec-fetch-mode", b"sec-fetch-dest", b"sec-fetch-site", b"sec-purpose", b"content-type")
    for value in (b"", b"\xff", b"x" * 9000)
]
ODD_HEADERS += [
    [(b"expect", b"100-continue")],
    [(b"range", b"bytes=0-1,2-3,4-")],
    [(b"content-length", b"x")],
    [(b"transfer-encoding", b"xchunked")],
    [(b"upgrade", b"websocket")],
]


@pytest.mark.parametrize("headers", ODD_HEADERS, ids=lambda headers: ascii(headers)[:60])
async def test_no_header_is_too_odd_sec_273_sec_365(world: World, headers: list[tuple[bytes, bytes]]) -> None:
    for path in PATHS:
        for method in ALLOWED[path]:
            target = path + ("?email=you@example.com" if method == "GET" else "")
            answer = await sent(world, method, target, headers)
            assert answer.headers["x-request-id"].replace("-", "").isalnum()
            assert len(answer.headers["x-request-id"]) <= 64


async def test_a_request_id_of_the_callers_is_kept_where_it_is_one_sec_365(world: World) -> None:
    assert (await sent(world, "GET", "/me", {"x-request-id": "abc-123"})).headers["x-request-id"] == "abc-123"
    fresh = {(await sent(world, "GET", "/me")).headers["x-request-id"] for _ in range(50)}
    assert len(fresh) == 50


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/nope",
            "/me/",
            "//me",
            "/me/..",
            "/./me",
            "/ME",
            "/%6de",
            "/me%00",
            "/me;x",
            "/login/",
            "/login/start/",
            "/auth",
            "/auth/",
            "/auth/callback/",
        ),
        *(
            "/.env",
            "/.git/config",
            "/metrics",
            "/debug",
            "/redoc",
            "/docs/oauth2-redirect",
            "/static/x",
            "/%2e%2e/etc/passwd",
            "/\xff",
            "/%ff",
            "//evil.example/%2f..",
            "/" + "a" * 8000,
        ),
    ],
    ids=lambda path: ascii(path[:30]),
)
async def test_nothing_is_there_and_nothing_leads_elsewhere_sec_336_cve_2022_36087(world: World, path: str) -> None:
    for host in ("login.app.example", "evil.example"):
        answer = await sent(world, "GET", path, {"host": host})
        if path == "/%6de":
            assert answer.status_code == 401  # the same address as /me, whatever the client escapes
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "location" not in answer.headers


HOSTS = [
    *(
        "evil.example",
        "login.app.example:8443",
        "LOGIN.APP.EXAMPLE",
        "login.app.example.",
        "user@login.app.example",
        "127.0.0.1",
        "[::1]",
        "",
        " ",
        "a b",
        "\t",
    ),
    *(
        "login.app.example@evil.example",
        "login.app.example\\@evil.example",
        "evil.example#",
        "evil.example/",
        "x" * 9000,
        "\xe9vil.example",
        "login_app.example",
    ),
]
FORWARDED = {
    **{f"x-forwarded-{name}": "evil.example" for name in ("host", "server", "prefix", "for")},
    "x-forwarded-proto": "http",
    "x-forwarded-port": "666",
    "forwarded": "for=6.6.6.6;host=evil.example;proto=http",
    **dict.fromkeys(("x-original-url", "x-rewrite-url", "x-host", "x-original-host", "x-forwarded-uri"), "/evil"),
    **dict.fromkeys(("x-real-ip", "true-client-ip", "cf-connecting-ip"), "6.6.6.6"),
    "x-forwarded-scheme": "http",
    "front-end-https": "off",
}


def shape(answer: httpx.Response) -> tuple[Any, ...]:
    """An answer without what is random in it."""
    location = httpx.URL(answer.headers.get("location", ""))
    kept = {name: value for name, value in location.params.items() if name not in ("state", "nonce", "code_challenge")}
    cookies = [text.partition("; ")[2] for text in answer.headers.get_list("set-cookie")]
    body = answer.text.replace(answer.headers["x-request-id"], "")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("location", "set-cookie", "x-request-id", "content-length")
    }
    return answer.status_code, str(location.copy_with(query=None)), kept, cookies, body, headers


@pytest.mark.parametrize("trusted", [None, "10.0.0.0/8"], ids=["no-proxy", "another-proxy"])
@pytest.mark.parametrize(
    "headers",
    [*({"host": host} for host in HOSTS), FORWARDED, *({name: value} for name, value in FORWARDED.items())],
    ids=lambda headers: ascii(headers)[:60],
)
async def test_host_and_forwarded_headers_of_anybody_change_nothing_sec_400_sec_401_cve_2026_48710(
    trusted: str | None, headers: dict[str, str]
) -> None:
    world = World(**({"sso_trusted_proxies": trusted} if trusted else {}))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for path in (
        "/login",
        "/login/start?email=you@example.com",
        "/auth/callback?code=x&state=y",
        "/auth/signed-out",
        "/me",
        "/nope",
    ):
        for kind in ([], [(b"accept", b"text/html")]):
            assert shape(await sent(world, "GET", path, raw + kind)) == shape(await sent(world, "GET", path, kind))


async def test_a_trusted_proxy_tells_who_asks_and_nothing_else_sec_402(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World(sso_trusted_proxies="127.0.0.1/32,10.0.0.0/8")
    plain = shape(await sent(world, "GET", "/login/start?email=you@example.com"))
    for told, client in (
        ("1.2.3.4, 5.6.7.8, 10.1.1.1", "5.6.7.8"),
        ("evil\x1b, 5.6.7.8", "5.6.7.8"),
        ("5.6.7.8" + ", 10.1.1.1" * 1000, "5.6.7.8"),
    ):
        caplog.clear()
        headers = {**FORWARDED, "x-forwarded-for": told}
        assert shape(await sent(world, "GET", "/login/start?email=you@example.com", headers)) == plain
        (line,) = [one for one in caplog.records if one.name == "cognito_sso.access"]
        assert line.fields["client"] == client  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "garbage", ["", ",", "x", "\xff", "::1%eth0", "[::1", "1.2.3.4:99999999", "\x1b[2J", "999.999.999.999"]
)
async def test_a_trusted_proxy_that_tells_garbage_does_no_harm(garbage: str) -> None:
    world = World(sso_trusted_proxies="127.0.0.1")
    assert (await sent(world, "GET", "/me", [(b"x-forwarded-for", garbage.encode("latin-1"))])).status_code == 401


@pytest.mark.parametrize("agent", ["kube-probe/1.0", "GoogleHC/1.0", "ELB-HealthChecker/2.0", ""])
async def test_no_user_agent_opens_a_door_cve_2026_34457(world: World, agent: str) -> None:
    assert shape(await sent(world, "GET", "/me", {"user-agent": agent})) == shape(await sent(world, "GET", "/me"))


async def test_underscores_in_header_names_are_no_hyphens_cve_2025_64484(world: World) -> None:
    token = world.simulator.mint()["access_token"]
    assert (
        await sent(world, "GET", "/me", {"x_forwarded_email": "a@b.example", "x-forwarded-access-token": token})
    ).status_code == 401


class TestScriptsFramesAndImages:
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
            {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
            {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
            {"sec-fetch-mode": "navigate", "sec-fetch-dest": "embed"},
            {"sec-fetch-mode": "websocket", "sec-fetch-dest": "websocket"},
            {"sec-fetch-mode": "same-origin"},
        ],
        ids=str,
    )
    async def test_are_never_answered_by_a_redirect_sec_339(self, world: World, headers: dict[str, str]) -> None:
        for path in (
            "/login/start?email=you@example.com",
            "/login/start",
            "/auth/callback?code=x&state=y",
            "/auth/signed-out",
            f"/login/initiated?iss={SCALEKIT}&login_hint=you@example.com",
        ):
            answer = await sent(world, "GET", path, headers)
            assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
            assert "navigation_required" in answer.text

    async def test_a_form_that_a_script_sends_is_answered_in_json(self, world: World) -> None:
        headers = {"sec-fetch-mode": "cors", "sec-fetch-site": "same-site", "origin": FRONTEND}
        started = await world.script().post("/login/start", data={"email": "you@example.com"}, headers=headers)
        assert (started.status_code, set(started.json())) == (200, {"authorization_url", "expires_at"})
        assert started.json()["expires_at"] == world.clock() + 600  # as long as its cookie
        ended = await world.script().post("/auth/logout", data={"return_to": "/"}, headers=headers)
        assert (ended.status_code, set(ended.json())) == (200, {"logout_url"})

    async def test_a_form_that_a_person_sends_is_answered_by_303_sec_250(self, world: World) -> None:
        for headers in ({}, {**NAVIGATION, "sec-fetch-site": "same-origin"}):
            for path in ("/login/start", "/auth/logout"):
                answer = await world.script().post(path, data={"email": "you@example.com"}, headers=headers)
                assert answer.status_code == 303
                assert answer.content == b""


async def test_nothing_a_caller_adds_goes_into_the_authorize_url_sec_216_sec_374(world: World) -> None:
    added = {
        **dict.fromkeys(
            (
                "state",
                "nonce",
                "code_challenge",
                "client_id",
                "scope",
                "response_type",
                "response_mode",
                "prompt",
                "ui_locales",
            ),
            "evil",
        ),
        "redirect_uri": "https://evil.example",
        "identity_provider": "Evil",
        "idp_identifier": "evil",
        "login_hint": "evil",
        "resource": "evil",
    }
    email = "a&identity_provider=Evil#?=%26@example.com"
    for answer in (
        await world.script().get("/login/start", params={"email": email, **added}),
        await world.script().post("/login/start", data={"email": email, **added}),
    ):
        url = httpx.URL(answer.headers["location"])
        assert sorted(name for name, _ in url.params.multi_items()) == sorted(
            (
                "client_id",
                "redirect_uri",
                "response_type",
                "scope",
                "state",
                "nonce",
                "code_challenge",
                "code_challenge_method",
                "identity_provider",
                "login_hint",
            )
        )
        assert (url.params["identity_provider"], url.params["login_hint"]) == ("ScalekitIdPRouter", email)
        assert url.params["redirect_uri"] == f"{SERVICE}/auth/callback"
        assert "evil" not in str(url).replace("Evil", "")


async def test_what_is_routed_is_what_is_hinted_sec_371(world: World) -> None:
    for typed, canonical in {
        "Jane@MEGASOFT.example": "Jane@megasoft.example",
        " x@Straße.example ": "x@xn--strae-oqa.example",
    }.items():
        answer = await world.script().get("/login/start", params={"email": typed})
        assert httpx.URL(answer.headers["location"]).params["login_hint"] == canonical


async def test_every_domain_is_answered_alike_unless_unlisted_ones_are_refused_sec_375(
    world: World, tmp_path: Any
) -> None:
    answers = [
        await world.script().get("/login/start", params={"email": f"x@{domain}"})
        for domain in ("megasoft.example", "nobody.example")
    ]
    assert shape(answers[0])[0] == shape(answers[1])[0] == 302
    strict = World(tenants=tmp_path / "listed.toml", sso_unlisted_domains="refuse")
    answer = await strict.script().get("/login/start", params={"email": "x@nobody.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "domain_not_served")
    page = await strict.script().get("/login/start", params={"email": "x@nobody.example"}, headers=NAVIGATION)
    assert (page.status_code, "domain_not_served" in page.text) == (403, True)
    assert 'value="x@nobody.example"' in page.text


async def test_fuzzed_requests_are_answered_sec_528(world: World) -> None:
    """A thousand at random, the same each time; what a grammar makes of what matters to the service."""
    chance = random.Random(20260822)
    browser = await world.with_session()
    values = [
        "",
        "x",
        "é",
        "you@example.com",
        "/",
        "//evil.example",
        "https://app.example/",
        "\r\n",
        "\0",
        "eyJhbGciOiJub25lIn0.e30.",
        "a" * 3000,
        "%ff",
        "null",
        "{}",
    ]
    names = [
        "email",
        "return_to",
        "delivery",
        "code",
        "state",
        "error",
        "error_description",
        "code_challenge",
        "grant_type",
        "refresh_token",
        "x",
    ]
    header_names = [
        "cookie",
        "authorization",
        "origin",
        "content-type",
        "accept",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-dest",
        "x-request-id",
    ]
    header_values = [
        *values,
        "text/html",
        "application/json",
        "application/x-www-form-urlencoded",
        "cors",
        "navigate",
        "same-origin",
        FRONTEND,
        "Bearer x",
    ]
    cookies = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar)
    for _ in range(1000):
        path, method = chance.choice(PATHS), chance.choice(["GET", "POST", "POST", "PUT", "HEAD", "OPTIONS"])
        members = {chance.choice(names): chance.choice(values) for _ in range(chance.randrange(4))}
        headers = [
            (
                chance.choice(header_names).encode(),
                chance.choice([*header_values, cookies]).encode("latin-1").replace(b"\r\n", b""),
            )
            for _ in range(chance.randrange(4))
        ]
        query = str(httpx.QueryParams(members)).encode()
        body = chance.choice([b"", query, json.dumps(members).encode(), b"\xff", b"["])
        await sent(world, method, path.encode() + b"?" + query, headers, body)


def test_the_list_of_addresses_is_whole() -> None:
    ours = {route.path for router in ROUTERS for route in router.routes}
    assert set(PATHS) <= ours
