"""Planted canaries: nothing secret in an answer, a URL or a log line, whatever happens on the way."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from urllib.parse import quote, unquote

import httpx
import pytest

from cognito_sso.observability.logs import JsonFormatter, TextFormatter
from cognito_sso.simulator import Fault
from tests.browser import NAVIGATION, Browser
from tests.world import CLIENT_SECRET, COOKIE_KEY, FRONTEND, SERVICE, World

JANE = "jane@megasoft.example"
AUTHORIZE_HOST, SERVICE_HOST = "acme.auth.eu-north-1.amazoncognito.com", "login.app.example"


class Eavesdropper(httpx.AsyncBaseTransport):
    """Hears every request and answer of the browser, and what Cognito is asked."""

    def __init__(self, world: World) -> None:
        self.heard: list[httpx.Response] = []
        self._roads = world.roads

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._roads.handle_async_request(request)
        await answer.aread()
        answer.request = request
        self.heard.append(answer)
        return answer

    def ours(self) -> Iterator[httpx.Response]:
        return (answer for answer in self.heard if answer.request.url.host == SERVICE_HOST)


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for chatty in ("httpx", "httpcore"):  # as configure_logging does
        monkeypatch.setattr(logging.getLogger(chatty), "level", logging.WARNING)
    logging.getLogger("httpx").manager._clear_cache()  # type: ignore[attr-defined]
    return caplog


def lines_of(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(
        formatter.format(record) for record in caplog.records for formatter in (JsonFormatter(), TextFormatter())
    )


async def everything_that_happens(world: World, eavesdropper: Eavesdropper) -> Browser:
    """A sign-in, somebody else's, every outage, refreshes, sign-outs, refusals; and Bearer tokens."""
    browser, csrf = Browser(eavesdropper), {"origin": FRONTEND}
    http, script = browser.http, httpx.AsyncClient(transport=eavesdropper, base_url=SERVICE)
    await world.sign_in(browser, JANE, return_to="/orders?x=1")
    await browser.goto(
        next(str(one.request.url) for one in browser.visited if one.request.url.path == "/auth/callback")
    )
    await http.get(f"{SERVICE}/me")
    await http.post(f"{SERVICE}/auth/refresh", headers=csrf)
    await browser.goto(f"{SERVICE}/login/start", params={"email": "omar@megasoft.example"})
    await browser.goto(f"{SERVICE}/login/start", params={"email": "hank@globex.example"})
    for fault in (
        Fault(status=500),
        Fault(hang=True),
        Fault(status=200, body='{"access_token": "canary-a"}'),
        Fault(status=400, body='{"error": "canary"}'),
    ):
        world.simulator.faults.set("POST /oauth2/token", fault)
        await http.post(f"{SERVICE}/auth/refresh", headers=csrf)
        await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
        world.simulator.faults.clear()
    state = httpx.URL(
        (await http.get(f"{SERVICE}/login/start", params={"email": JANE}, headers=NAVIGATION)).headers["location"]
    ).params["state"]
    await http.get(
        f"{SERVICE}/auth/callback",
        params={"error": "x", "error_description": "canary-description", "state": state},
        headers=NAVIGATION,
    )
    world.simulator.tamper.id_claims = lambda claims: {**claims, "nonce": "canary-nonce"}
    await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
    world.simulator.tamper.id_claims = None
    tokens = world.simulator.mint(JANE)
    for token in (tokens["access_token"], tokens["id_token"], tokens["refresh_token"], "canary-bearer-canary-bearer"):
        await script.get("/me", headers={"authorization": f"Bearer {token}"})
        await script.get("/me/eyJhbGciOiJub25lIn0", params={"code": token})
    await script.post("/login/start", json={"email": "canary-local@megasoft.example\r\n"})
    await script.post("/login/start", content=b'{"email": "canary-body', headers={"content-type": "application/json"})
    await http.post(f"{SERVICE}/auth/logout", json={"return_to": "https://canary.example"}, headers=csrf)
    await http.post(f"{SERVICE}/auth/logout", json={"return_to": "/bye"}, headers=csrf)
    await browser.goto(f"{SERVICE}/auth/signed-out")
    return browser


def secrets_of(world: World, eavesdropper: Eavesdropper) -> set[str]:
    """Everything that was secret in all of it: what Cognito was sent and said, and what the browser keeps."""
    secrets = {CLIENT_SECRET, quote(CLIENT_SECRET, safe=""), COOKIE_KEY}
    for entry in world.simulator.journal:
        for name in ("code", "code_verifier", "refresh_token", "token"):
            secrets |= set(entry.form.get(name, []))
        secrets.add(entry.headers.get("authorization", "").partition(" ")[2])
    for answer in eavesdropper.heard:
        secrets |= {text.partition("=")[2].partition(";")[0] for text in answer.headers.get_list("set-cookie")}
        secrets.add(answer.request.headers.get("authorization", "").partition(" ")[2])
        if answer.request.url.path == "/auth/callback":
            secrets |= {answer.request.url.params.get(name, "") for name in ("code", "state")}
        if answer.request.url.path == "/oauth2/authorize":
            secrets |= {answer.request.url.params.get(name, "") for name in ("state", "nonce", "code_challenge")}
    return {secret for secret in secrets if len(secret) > 8}


async def test_nothing_secret_is_in_a_log_line_sec_363_sec_364(world: World, logs: pytest.LogCaptureFixture) -> None:
    eavesdropper = Eavesdropper(world)
    await everything_that_happens(world, eavesdropper)
    lines, secrets = lines_of(logs), secrets_of(world, eavesdropper)
    assert len(secrets) > 40
    assert not [secret for secret in secrets if secret in lines or secret in unquote(lines)]
    assert not re.search(r"eyJ[\w-]{10,}|Bearer\s+\S{20,}", lines)
    assert "canary" not in lines
    for address in (JANE, "omar@megasoft.example", "hank@globex.example", "canary-local"):
        assert address not in lines
    assert "megasoft.example" in lines  # the domain is what an operator needs


async def test_nothing_secret_is_in_an_answer_or_where_it_leads_cve_2021_29651_cve_2024_39315(world: World) -> None:
    eavesdropper = Eavesdropper(world)
    await everything_that_happens(world, eavesdropper)
    secrets = secrets_of(world, eavesdropper)
    for answer in eavesdropper.ours():
        leads = httpx.URL(answer.headers.get("location", ""))
        if leads.host == AUTHORIZE_HOST:  # state, nonce and challenge are for Cognito to know
            leads = leads.copy_with(query=None)
        for secret in secrets:
            assert secret not in answer.text, answer.request.url
            assert secret not in unquote(str(leads)), answer.request.url
        assert "eyJ" not in answer.text
        assert "canary-" not in answer.text
        set_cookies = " ".join(text for text in answer.headers.get_list("set-cookie"))
        assert JANE not in set_cookies


async def test_every_answer_that_sets_a_cookie_is_stored_nowhere_cve_2025_48947(world: World) -> None:
    eavesdropper = Eavesdropper(world)
    await everything_that_happens(world, eavesdropper)
    assert {answer.headers["cache-control"] for answer in eavesdropper.ours()} == {"no-store"}
    assert {answer.headers["referrer-policy"] for answer in eavesdropper.ours()} == {"no-referrer"}


async def test_a_session_cookie_comes_only_with_a_finished_login_or_refresh_sec_276(world: World) -> None:
    eavesdropper = Eavesdropper(world)
    await everything_that_happens(world, eavesdropper)
    for answer in eavesdropper.ours():
        given = [
            text
            for text in answer.headers.get_list("set-cookie")
            if re.match(r"__(Host|Secure)-sso_(session|refresh)=[^;]", text)
        ]
        if given:
            assert (answer.request.url.path, answer.status_code) in {("/auth/callback", 303), ("/auth/refresh", 200)}


async def test_the_events_of_a_sign_in_are_all_told_sec_366(world: World, logs: pytest.LogCaptureFixture) -> None:
    await everything_that_happens(world, Eavesdropper(world))
    events = {json.loads(JsonFormatter().format(record)).get("event") for record in logs.records}
    assert events >= {
        *("login_started", "login_completed", "login_refused", "identity_differs", "session_refreshed", "signed_out"),
        *("request_refused", "provider_failed"),
    }


async def test_every_line_of_a_request_names_it_and_its_path_without_the_query(world: World) -> None:
    stream, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        await world.script().get("/me?code=canary", headers={"x-request-id": "abc-123", "authorization": "Bearer x"})
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    lines = [
        one for text in stream.getvalue().splitlines() if (one := json.loads(text))["logger"].startswith("cognito_sso")
    ]
    assert [line["logger"] for line in lines] == ["cognito_sso.audit", "cognito_sso.access"]
    assert {line["request_id"] for line in lines} == {"abc-123"}
    assert (lines[-1]["path"], lines[-1]["method"], lines[-1]["status"]) == ("/me", "GET", 401)


class TestABugOfOurs:
    SECRETS = ("canary-local-variable", "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.x")

    @pytest.fixture
    def broken(self, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
        def bug(*_: object, **__: object) -> None:
            raise RuntimeError(f"a bug with {self.SECRETS[1]}")

        monkeypatch.setattr("cognito_sso.cookies.SealedCookie.read", bug)
        return world

    async def test_is_a_500_that_says_nothing_but_its_request_id(
        self, broken: World, logs: pytest.LogCaptureFixture
    ) -> None:
        answer = await broken.script().get("/me", headers={"x-request-id": "abc-123"})
        assert answer.status_code == 500
        assert (answer.json()["code"], answer.json()["request_id"]) == ("internal_error", "abc-123")
        for word in ("RuntimeError", "bug", "Traceback", ".py", "eyJ"):
            assert word not in answer.text
        traceback = [json.loads(JsonFormatter().format(record)) for record in logs.records if record.exc_info]
        assert len(traceback) == 1
        assert "RuntimeError" in traceback[0]["traceback"]
        assert "eyJ" not in traceback[0]["traceback"]

    async def test_has_every_header_that_the_other_answers_have(self, broken: World) -> None:
        fine = await broken.script().get("/healthz")
        answer = await broken.script().get("/me")
        for name in fine.headers:
            if name not in ("content-length", "content-type", "x-request-id"):
                assert answer.headers[name] == fine.headers[name]

    async def test_can_be_read_by_a_frontend_and_by_nobody_else_sec_329(self, broken: World) -> None:
        answer = await broken.script().get("/me", headers={"origin": FRONTEND})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, FRONTEND)
        answer = await broken.script().get("/me", headers={"origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control")]

    async def test_is_a_page_for_a_person(self, broken: World) -> None:
        answer = await broken.script().get("/me", headers=NAVIGATION)
        assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
        assert "internal_error" in answer.text

    @pytest.mark.parametrize("path", ["/auth/verify", "/auth/verify/protected?groups=x"])
    async def test_lets_nobody_through_a_gateway_and_is_answered_like_any_other(
        self, broken: World, logs: pytest.LogCaptureFixture, path: str
    ) -> None:
        for method in ("GET", "POST"):
            answer = await broken.script().request(method, path, headers={"x-request-id": "abc-123"})
            assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
            assert (answer.json()["code"], answer.json()["request_id"]) == ("internal_error", "abc-123")
            assert (answer.headers["cache-control"], answer.headers["x-request-id"]) == ("no-store", "abc-123")
            assert "x-auth-request-user" not in answer.headers
            assert "bug" not in answer.text
        assert [record for record in logs.records if record.exc_info]
