"""Each gateway as we ship its configuration: who gets through to the app, and what the app is told about them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cognito_sso.testing import Cognito
from tests.gateways.stage import JANE, Stage, mad

Opened = Callable[..., Stage]


@pytest.fixture(scope="session")
def session(stage: Stage) -> str:
    return stage.session()


def reached(stage: Stage) -> int:
    return len(stage.app.requests)


# Who gets through


def test_a_sign_in_through_the_gateway_ends_in_the_app(stage: Stage, session: str) -> None:
    reply = stage.get("/orders?page=2", session)

    assert reply.status == 200
    told = reply.identity
    assert told.pop("user")[0]
    assert told.pop("access-token")[0].count(".") == 2
    assert told == {"email": [JANE], "groups": ["staff"], "tenant": ["megasoft"]}
    assert reply.seen["path"] == "/orders"


def test_a_bearer_gets_through_and_what_is_not_known_is_empty_or_not_there(stage: Stage) -> None:
    reply = stage.get("/orders", stage.bearer())

    assert reply.status == 200
    told = {name: values for name, values in reply.identity.items() if values != [""]}
    assert told.pop("user")[0]
    assert told == {"groups": ["staff"], "tenant": ["megasoft"]}


def test_nobody_gets_through_without_either(stage: Stage) -> None:
    before = reached(stage)
    for path in (
        "/",
        "/orders",
        "//",
        "/a/../b",
        "/%61dmin",
        "/auth",
        "/authx",
        "/loginx",
        "/mex",
        "/me/x/../../orders",
    ):
        assert stage.get(path).status in (400, 401, 404), path

    assert reached(stage) == before


BAD = (
    "expired an hour ago",
    "an ID token",
    "with algorithm none",
    "for another app client",
    "a machine's",
    "opaque text",
)


@pytest.mark.parametrize("name", BAD)
def test_nobody_gets_through_with_a_bad_token(stage: Stage, session: str, name: str) -> None:
    before = reached(stage)
    token = f"Authorization: Bearer {Cognito(stage.simulator).bad_access_token(name)}"

    assert stage.get("/", token).status == 401
    assert stage.get("/", token, session).status == 401
    assert reached(stage) == before


def test_nobody_gets_through_with_two_tokens_or_two_sessions(stage: Stage, session: str) -> None:
    before = reached(stage)

    assert stage.get("/", stage.bearer(), stage.bearer()).status in (400, 401)
    assert stage.get("/", "Authorization: Bearer x", stage.bearer()).status in (400, 401)
    assert stage.get("/", stage.bearer(), "Authorization: Bearer x").status in (400, 401)
    assert stage.get("/", session, session).status in (400, 401)
    assert reached(stage) == before


def test_a_refusal_says_that_a_token_is_wanted_and_is_not_kept(stage: Stage) -> None:
    reply = stage.get("/orders")

    assert reply.status == 401
    assert reply.header("www-authenticate") == "Bearer"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("set-cookie") is None


def test_a_preflight_carries_no_cookie_and_does_not_get_through(stage: Stage) -> None:
    headers = ("Origin: https://elsewhere.example", "Access-Control-Request-Method: POST")

    assert stage.get("/orders", *headers, method="OPTIONS").status == 401


def test_the_apps_own_refusals_are_its_own(stage: Stage) -> None:
    for status in (401, 403, 404, 500, 503):
        reply = stage.get("/orders", stage.bearer(), f"X-Answer-With: {status}")
        assert reply.status == status
        assert reply.seen["path"] == "/orders"


def test_the_body_goes_to_the_app_and_not_to_the_service(stage: Stage) -> None:
    stage.sso.requests.clear()
    reply = stage.get("/orders", stage.bearer(), "Content-Type: text/plain", method="POST", body=b"x" * 200_000)

    assert (reply.status, reply.seen["method"], reply.seen["body_bytes"]) == (200, "POST", 200_000)
    (asked,) = stage.sso.of("/auth/verify")
    headers = dict(asked["headers"])
    assert headers.get(b"content-length", b"0") == b"0"
    assert b"transfer-encoding" not in headers


def test_the_service_is_told_of_the_credentials_and_nothing_the_client_says_of_itself(stage: Stage) -> None:
    stage.sso.requests.clear()
    stage.get("/orders", stage.bearer(), "X-Auth-Request-User: admin", "X-Custom: canary", "Cookie: theme=dark")

    (asked,) = stage.sso.of("/auth/verify")
    names = {name.decode() for name, _ in asked["headers"]}
    assert {"authorization", "cookie"} <= names
    assert not [name for name in names if name.startswith("x-auth")]
    assert "x-custom" not in names or stage.gateway.name == "caddy"  # it sends all that is left


# What a client calls itself

SPOOFS: dict[str, list[str]] = {
    "as it is": ["X-Auth-Request-User: admin"],
    "in lower case": ["x-auth-request-user: admin", "x-auth-request-groups: admins"],
    "in upper case": ["X-AUTH-REQUEST-USER: admin", "X-AUTH-REQUEST-GROUPS: admins"],
    "in mixed case": ["x-AuTh-ReQuEsT-uSeR: admin"],
    "all five": [
        "X-Auth-Request-User: admin",
        "X-Auth-Request-Email: admin@globex.example",
        "X-Auth-Request-Groups: admins",
        "X-Auth-Request-Tenant: globex",
        "X-Auth-Request-Access-Token: eyJ.eyJ.x",
    ],
    "twice": ["X-Auth-Request-User: admin", "X-Auth-Request-User: root"],
    "twice in two cases": ["X-Auth-Request-User: admin", "x-auth-request-user: root"],
    "empty and then not": ["X-Auth-Request-Email:", "X-Auth-Request-Email: admin@globex.example"],
    "with underscores": ["X_Auth_Request_User: admin", "X_Auth_Request_Groups: admins", "x_auth_request_email: a@b.c"],
    "with one underscore": [
        "X-Auth-Request_User: admin",
        "X-Auth_Request-Groups: admins",
        "X_Auth-Request-Email: a@b.c",
    ],
    "with dots": ["X.Auth.Request.User: admin", "X-Auth.Request-Groups: admins", "x.auth.request.email: a@b.c"],
    "with other marks": ["X!Auth!Request!User: admin", "X~Auth~Request~Email: a@b.c", "X-Auth-Request+Groups: admins"],
    "with a space before the colon": ["X-Auth-Request-User : admin"],
    "with a tab before the colon": ["X-Auth-Request-Email\t: a@b.c"],
    "with a space in front": [" X-Auth-Request-User: admin"],
    "folded into another": ["X-Custom: a\r\n X-Auth-Request-User: admin"],
    "with a bare line feed": ["X-Custom: a\nX-Auth-Request-Email: a@b.c"],
    "with a bare carriage return": ["X-Custom: a\rX-Auth-Request-Email: a@b.c"],
    "with a NUL": ["X-Auth-Request-User\0: admin"],
    "beyond ASCII": ["X-Auth-Request-Us\xe9r: admin", "X\u00ad-Auth-Request-User: admin"],
    "named by Connection": ["Connection: X-Auth-Request-User, X-Auth-Request-Groups", "X-Auth-Request-User: admin"],
    "named by Connection alone": ["Connection: close, X-Auth-Request-User, Cookie, Authorization"],
    "a Trailer": ["Trailer: X-Auth-Request-User"],
    "forwarded": ["X-Forwarded-User: admin", "Forwarded: for=127.0.0.1", "X-Original-URL: /auth/verify"],
}


@pytest.mark.parametrize("words", SPOOFS)
def test_what_a_client_calls_itself_lets_nobody_in(stage: Stage, words: str) -> None:
    before = reached(stage)

    assert stage.get("/orders", *SPOOFS[words]).status in (0, 400, 401)
    assert reached(stage) == before


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("words", SPOOFS)
@pytest.mark.parametrize("who", ["a session", "a bearer"])
def test_what_a_client_calls_itself_does_not_reach_the_app(
    stage: Stage, session: str, words: str, who: str, where: str
) -> None:
    credentials = session if who == "a session" else stage.bearer()
    truth = stage.get("/orders", credentials).identity
    headers = [*SPOOFS[words], credentials] if where == "before" else [credentials, *SPOOFS[words]]
    reply = stage.get("/orders", *headers)

    if reply.status in (0, 400, 401):  # refused altogether is fine too
        return
    assert reply.status == 200
    assert reply.identity == truth


def test_a_trailer_of_a_chunked_body_is_no_header(stage: Stage) -> None:
    head = (
        f"POST /orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{stage.bearer()}\r\n"
        "Transfer-Encoding: chunked\r\nTrailer: X-Auth-Request-Email\r\n\r\n"
    )
    reply = stage.send(
        head.encode() + b"5\r\nhello\r\n0\r\nX-Auth-Request-Email: a@b.c\r\nX_Auth_Request_User: admin\r\n\r\n"
    )

    if reply.status != 400:
        assert reply.status == 200
        assert reply.identity.get("email", [""]) == [""]
        assert "admin" not in reply.identity["user"]


def test_a_second_request_hidden_in_the_first_is_asked_about_too(stage: Stage) -> None:
    before = reached(stage)
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\nX-Auth-Request-User: admin\r\n\r\n"
    for framing in (
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
    ):
        head = f"POST /orders HTTP/1.1\r\nHost: localhost\r\n{framing}\r\nConnection: close\r\n\r\n0\r\n\r\n"
        assert stage.send(head.encode() + hidden).status in (0, 400, 401)

    assert reached(stage) == before


# What is not for browsers

INTERNAL = (
    "/auth/verify",
    "/auth/verify/",
    "/auth/verify/orders",
    "/auth/verify?groups=staff",
    "/auth/introspect",
    "/auth/%76erify",
    "/auth//verify",
    "/auth/./verify",
    "/auth/x/../verify",
    "/auth%2Fverify",
    "/auth/verify%2F",
    "/auth/%2e/verify",
    "//auth/verify",
    "/login/../auth/verify",
    "/auth/verify%00",
    "/auth/verify;x",
    "/auth\\verify",
    "/auth/verify/../callback",
    "/auth/verify/..%2fcallback",
    "/auth/verify/%2e%2e/callback",
    "/auth/verify%2f..%2fcallback",
    "/auth/verify/x/../../callback",
    "/_sso/verify",
)


@pytest.mark.parametrize("path", INTERNAL)
def test_verify_tells_no_browser_its_access_token(stage: Stage, session: str, path: str) -> None:
    reply = stage.get(path, session)

    assert not [name for name, _ in reply.headers if "auth-request" in name.lower()]
    assert reply.status in (400, 403, 404) or (reply.status == 200 and reply.seen), reply


def test_the_session_cookie_does_not_reach_the_app(stage: Stage, session: str) -> None:
    (secret,) = re.findall(r"sso_session=([^;]+)", session)
    for cookies in (session, f"{session}; theme=dark", session.replace("Cookie: ", "Cookie: theme=dark; ")):
        reply = stage.get("/orders", cookies)
        assert reply.status == 200
        kept = [value for name, value in reply.seen["headers"] if name == "cookie"]
        assert secret not in str(kept)
        if stage.gateway.redirects and "theme" in cookies:  # the others can't take one of many, and take all
            assert "theme=dark" in kept[0].split("; ")


COLLECTED = {
    # A browser sends the refresh cookie below /auth/, and what is there for the gateway may not be there for it.
    "a path that the browser takes for one of ours": ("/auth/..%2forders", "__Secure-sso_refresh=canary"),
    "the same, and without https": ("/auth/..%2forders", "theme=dark; sso_refresh=canary; a=b"),
    "a second one of no prefix, from a sibling's site": ("/orders", "__Host-sso_session=canary; sso_session=x"),
    "two refresh cookies": ("/auth/..%2forders", "__Secure-sso_refresh=canary; __Secure-sso_refresh=canary"),
    "all of them": ("/orders", "__Secure-sso_refresh=canary;__Host-sso_session=canary;sso_refresh=canary"),
}


@pytest.mark.parametrize("trick", COLLECTED)
def test_no_cookie_that_makes_a_session_reaches_the_app_by_a_trick(stage: Stage, trick: str) -> None:
    path, cookies = COLLECTED[trick]
    reply = stage.get(path, stage.bearer(), f"Cookie: {cookies}")

    assert reply.status == 400 or "canary" not in str(reply.seen["headers"])


# Refused, and out of order


def test_a_filter_that_says_no_keeps_people_out(gateway: str, opened: Opened) -> None:
    stage = opened(gateway, filters="groups=admins")
    session = stage.bearer()

    assert stage.get("/orders").status == 401
    assert stage.get("/orders", session).status == 403
    assert reached(stage) == 0


def test_a_filter_that_says_yes_lets_people_in(gateway: str, opened: Opened) -> None:
    stage = opened(gateway, filters="groups=admins,staff")

    assert stage.get("/orders", stage.bearer()).status == 200
    assert stage.get("/orders?groups=admins&x=,", stage.bearer()).status == 200
    assert stage.get("/orders").status == 401


def test_without_the_service_nobody_gets_in(gateway: str, opened: Opened) -> None:
    stage = opened(gateway, is_up=False)

    assert stage.get("/orders", stage.bearer()).status >= 500
    assert stage.get("/orders").status >= 500
    assert reached(stage) == 0


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 400, 404, 405, 418, 429, 500, 502, 503])
def test_whatever_else_the_service_answers_lets_nobody_in(gateway: str, opened: Opened, status: int) -> None:
    stage = opened(gateway, sso=mad)
    before = reached(stage)

    assert stage.get("/orders", f"Authorization: Bearer {status}").status >= 300
    assert reached(stage) == before


def test_a_cookie_of_the_answer_goes_to_nobody(gateway: str, opened: Opened) -> None:
    reply = opened(gateway, sso=mad).get("/orders", "X-Auth-Request-Email: a@b.c")

    assert reply.status == 200
    assert reply.header("set-cookie") is None
    assert reply.identity["user"] == ["x"]
    assert "a@b.c" not in reply.identity.get("email", []), "a header that the answer lacks must not be the client's"
    assert "x-other" not in str(reply.seen["headers"])
