"""The audit log: a line for each fact, in the published shape, that says who without saying their address."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from cognito_sso.cookies.base64url import encode as base64url
from cognito_sso.observability import Asked, AuditLog, EmailDigest, Person
from cognito_sso.observability.logs import JsonFormatter
from cognito_sso.settings import new_cookie_key
from cognito_sso.simulator import Fault
from cognito_sso.verify import REASONS
from cognito_sso.web.problems import PROBLEMS
from tests.browser import NAVIGATION, Browser
from tests.world import COOKIE_KEY, FRONTEND, SERVICE, World, settings_for

from .audited import AUDIT_METHODS, faults_of, schema, tell_one

JANE = "jane@megasoft.example"
VERIFIER = "v" * 43
BY_CODE = {"delivery": "code", "code_challenge": base64url(sha256(VERIFIER.encode()).digest()), "state": "s"}
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


class Heard(logging.Handler):
    """Lines as they are written, while their request is being answered."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


@pytest.fixture
def audited() -> Iterator[Heard]:
    yield from heard("cognito_sso.audit")


@pytest.fixture
def accessed() -> Iterator[Heard]:
    yield from heard("cognito_sso.access")


def heard(name: str) -> Iterator[Heard]:
    log, handler = logging.getLogger(name), Heard()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    log.setLevel(level)


def the(event: str, audited: Heard) -> dict[str, Any]:
    (line,) = [line for line in audited.lines if line["event"] == event]
    return line


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("name", AUDIT_METHODS)
def test_each_event_is_named_and_hostile_fields_stay_in_their_place(name: str, audited: Heard) -> None:
    hostile = 'x\n{"level": "info", "message": "login_completed", "sub": "admin"}'
    tell_one(name, hostile, Person(hostile, f"{hostile}@{hostile}", hostile))
    (line,) = audited.texts
    assert json.loads(line)["event"] == json.loads(line)["message"] == name
    assert "\n" not in line


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("name", AUDIT_METHODS)
def test_no_event_has_a_whole_address_sec_366(name: str, audited: Heard) -> None:
    tell_one(name, "x", Person("sub", JANE, "megasoft"))
    (line,) = audited.texts
    assert JANE not in line
    assert repr(Person("sub", JANE, "megasoft")) == "Person(sub='sub', tenant='megasoft')"


def test_the_schema_is_one_and_has_every_event() -> None:
    Draft202012Validator.check_schema(schema())
    assert {one["$ref"].rpartition("/")[2] for one in schema()["oneOf"]} == set(AUDIT_METHODS)


def test_the_schema_knows_every_error_code_and_every_reason_to_refuse_a_token() -> None:
    told = schema()["$defs"]
    assert told["code"]["enum"] == sorted(PROBLEMS)
    assert told["bearer_refused"]["properties"]["reason"]["enum"] == sorted([*REASONS, "keys_unavailable"])


async def test_a_line_fits_the_whole_schema_and_a_changed_one_does_not(world: World, audited: Heard) -> None:
    await world.signed_in(JANE)
    whole, line = Draft202012Validator(schema()), the("login_completed", audited)
    assert list(whole.iter_errors(line)) == []
    for wrong in (
        {**line, "email": JANE},
        {**line, "outcome": "failure"},
        {**line, "domain": JANE},
        {**line, "client": 1},
        {name: value for name, value in line.items() if name != "tenant"},
    ):
        assert not whole.is_valid(wrong)
        assert faults_of(wrong)


async def test_a_sign_in_says_who_which_company_from_where_and_how_it_ended(world: World, audited: Heard) -> None:
    await world.signed_in(JANE)
    started, completed = the("login_started", audited), the("login_completed", audited)
    assert (started["sub"], started["outcome"]) == (None, "success")
    assert completed["sub"]
    assert completed["outcome"] == "success"
    for line in (started, completed):
        assert (line["tenant"], line["domain"], line["client"]) == ("megasoft", "megasoft.example", "127.0.0.1")
    assert started["email_digest"] == completed["email_digest"] == world.services.email_digest.of(JANE)


def grant_of(browser: Browser) -> dict[str, str]:
    """What a program sends for the code that this browser was sent back with (RFC 6749 section 4.1.3)."""
    code = httpx.URL(browser.visited[-2].headers["location"]).params["code"]
    return {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}


@pytest.mark.parametrize("delivery", ["tokens", "code"])
async def test_tokens_that_are_handed_out_are_a_sign_in_too(world: World, audited: Heard, delivery: str) -> None:
    wish = BY_CODE if delivery == "code" else {"delivery": "tokens"}
    browser = await world.signed_in(JANE, **wish, return_to=f"{FRONTEND}/in")
    if delivery == "code":
        assert (await world.script().post("/auth/token", data=grant_of(browser))).status_code == 200
    line = the("login_completed", audited)
    assert (line["delivery"], line["tenant"], line["seconds"]) == (delivery, "megasoft", 0.0)


async def test_an_account_that_a_program_takes_in_anothers_place_is_a_sign_in_of_that_account(
    world: World, audited: Heard
) -> None:
    browser = await world.signed_in(JANE)
    await browser.goto(f"{SERVICE}/login/start", params={"email": "omar@megasoft.example", **BY_CODE})
    audited.texts.clear()
    answer = await world.script().post("/auth/token", data={**grant_of(browser), "other_account": "accept"})
    assert answer.status_code == 200
    assert the("login_completed", audited)["email_digest"] == world.services.email_digest.of(JANE)


async def test_a_login_that_the_company_began_or_that_began_again_says_so(world: World, audited: Heard) -> None:
    browser = world.browser()
    token = world.simulator.mint_idp_initiated_login(JANE)
    await browser.goto(f"{SERVICE}/login/initiated", params={"idp_initiated_login": token}, follow=False)
    line = the("login_started", audited)
    assert (line["initiated"], line["restarted"], line["tenant"]) == (True, False, "megasoft")
    await browser.follow()
    audited.texts.clear()
    state = httpx.URL(browser.visited[0].headers["location"]).params["state"]
    quirk = {"state": state, "error": "invalid_request", "error_description": "Already found an entry for username"}
    await browser.goto(f"{SERVICE}/auth/callback", params=quirk, follow=False)
    line = the("login_started", audited)
    assert (line["initiated"], line["restarted"], line["tenant"]) == (False, True, "megasoft")


async def test_a_sign_out_says_whether_the_refresh_token_was_revoked(world: World, audited: Heard) -> None:
    for fault, revoked in ((None, True), (Fault(status=500), False)):
        browser = await world.signed_in(JANE)
        audited.texts.clear()
        if fault:
            world.simulator.faults.set("POST /oauth2/revoke", fault)
        answer = await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
        assert answer.status_code == 200
        assert the("signed_out", audited)["revoked"] is revoked
    assert the("provider_failed", audited)["reason"].startswith("revocation: ")


async def test_a_token_that_is_not_active_is_told_with_the_reason(world: World, audited: Heard) -> None:
    assert (await world.script().post("/auth/introspect", data={"token": "x"})).json() == {"active": False}
    assert the("bearer_refused", audited)["reason"] == "malformed"


async def test_a_sign_out_names_the_person_even_where_the_refresh_cookie_is_lost(world: World, audited: Heard) -> None:
    browser = await world.signed_in(JANE)
    sub = (await browser.http.get(f"{SERVICE}/me")).json()["sub"]
    browser.http.cookies.delete("__Secure-sso_refresh")
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
    line = the("signed_out", audited)
    assert (line["sub"], line["tenant"], line["revoked"]) == (sub, "megasoft", False)
    assert line["email_digest"] == world.services.email_digest.of(JANE)


async def test_a_token_that_a_gateway_shows_us_is_refused_with_its_request_and_no_name(
    world: World, audited: Heard
) -> None:
    headers = {"authorization": "Bearer x", "x-request-id": "abc-123", "traceparent": TRACEPARENT}
    await world.script().get("/auth/verify", headers=headers)
    line = the("bearer_refused", audited)
    assert (line["request_id"], line["client"], line["trace_id"]) == ("abc-123", "127.0.0.1", TRACE_ID)
    assert (line["sub"], line["email_digest"]) == (None, None)


async def test_the_client_is_the_proxys_word_only_where_it_is_trusted(audited: Heard) -> None:
    for trusted, client in (("127.0.0.1", "203.0.113.7"), ("10.0.0.0/8", "127.0.0.1")):
        audited.texts.clear()
        world = World(sso_trusted_proxies=trusted)
        headers = {**NAVIGATION, "x-forwarded-for": "203.0.113.7"}
        await world.script().get("/auth/callback", headers=headers)
        assert the("login_refused", audited)["client"] == client


class TestDigest:
    def test_is_the_same_on_every_replica_and_another_for_another_address(self) -> None:
        keys = settings_for().cookie_keys
        one, other = EmailDigest(keys[0]), EmailDigest(settings_for(sso_cookie_keys=COOKIE_KEY).cookie_keys[0])
        assert one.of(JANE) == other.of(JANE)
        assert len({one.of(email) for email in (JANE, "omar@megasoft.example", "")}) == 3

    def test_needs_the_key(self) -> None:
        keys = settings_for(sso_cookie_keys=new_cookie_key()).cookie_keys
        assert EmailDigest(keys[0]).of(JANE) != EmailDigest(settings_for().cookie_keys[0]).of(JANE)

    def test_changes_with_the_first_cookie_key_only(self) -> None:
        fresh = new_cookie_key()
        behind = settings_for(sso_cookie_keys=f"{COOKIE_KEY},{fresh}").cookie_keys
        before = settings_for(sso_cookie_keys=f"{fresh},{COOKIE_KEY}").cookie_keys
        digest = EmailDigest(settings_for().cookie_keys[0])
        known = digest.of(JANE)
        digest.use(behind[0])
        assert digest.of(JANE) == known
        digest.use(before[0])
        assert digest.of(JANE) != known

    def test_is_no_seal_of_a_cookie_and_no_hash_of_the_key(self) -> None:
        key = settings_for().cookie_keys[0]
        assert key.hex() not in repr(vars(EmailDigest(key)))


class TestTraceparent:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            TRACEPARENT.upper(),
            TRACEPARENT.replace("00-", "ff-", 1),
            f"00-{'0' * 32}-b7ad6b7169203331-01",
            f"00-{TRACE_ID}-{'0' * 16}-01",
            f"00-{TRACE_ID}-01",
            TRACEPARENT + "x",
            "canary",
        ],
    )
    def test_of_another_form_is_none(self, header: str) -> None:
        assert Asked({"headers": [(b"traceparent", header.encode())]}).trace_id is None

    def test_of_a_later_version_counts(self) -> None:
        assert Asked({"headers": [(b"traceparent", b"cc-" + TRACEPARENT[3:].encode() + b"-more")]}).trace_id == TRACE_ID

    def test_that_comes_twice_is_none(self) -> None:
        assert Asked({"headers": [(b"traceparent", TRACEPARENT.encode())] * 2}).trace_id is None

    async def test_goes_into_every_line_and_not_to_cognito(self, world: World, audited: Heard, accessed: Heard) -> None:
        browser = world.browser()
        browser.http.headers["traceparent"] = TRACEPARENT
        await world.sign_in(browser, JANE)
        assert len(audited.lines) == len(accessed.lines) == 2
        assert {line["trace_id"] for line in (*audited.lines, *accessed.lines)} == {TRACE_ID}
        (sent,) = world.simulator.journal.of("POST", "/oauth2/token")
        assert "traceparent" not in sent.headers


def test_an_audit_log_that_nobody_reads_still_tells_the_metrics() -> None:
    told: list[str] = []
    log = logging.getLogger("cognito_sso.audit")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        AuditLog(digest=EmailDigest(b"k" * 32), also=lambda event, _: told.append(event)).bearer_refused(reason="x")
    finally:
        log.setLevel(level)
    assert told == ["bearer_refused"]


def test_nothing_of_the_transport_is_needed_to_know_the_client() -> None:
    assert Asked({"headers": [], "client": None}).client is None


@pytest.mark.parametrize(("path", "lines"), [("/auth/verify", 1), ("/me", 2)])
async def test_a_flood_of_bad_tokens_is_a_short_line_or_two_for_each_sec_470(
    world: World, caplog: pytest.LogCaptureFixture, path: str, lines: int
) -> None:
    """However long they are: what is written grows with the number of requests alone."""
    caplog.set_level(logging.INFO, logger="cognito_sso")
    for _ in range(100):
        await world.script().get(path, headers={"authorization": "Bearer " + "eyJ" * 2_500, "user-agent": "x" * 4_000})
    written = [JsonFormatter().format(record) for record in caplog.records if record.name.startswith("cognito_sso")]
    assert len(written) == 100 * lines
    assert max(map(len, written)) < 500
