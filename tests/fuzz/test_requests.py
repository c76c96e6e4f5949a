"""Requests at random, the same each time: no 5xx, and no invariant broken. `make figures` asks a hundred thousand."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator

import pytest
from starlette.types import Message

from tests.figures import tried
from tests.fuzz.grammar import Grammar, Request
from tests.invariants import BUT_FOR_GATEWAYS, EVERYWHERE, OVER_HTTPS
from tests.world import CLIENT_SECRET, COOKIE_KEY, FRONTEND, World

REQUESTS, ROUNDS = int(os.environ.get("FUZZED_REQUESTS", "30000")), 10
SEED = 20261122
# A form shows what was typed into it: the grammar's own made-up token is no secret.
PLANTED = re.compile(
    "|".join(map(re.escape, (CLIENT_SECRET, COOKIE_KEY))) + r"|eyJ(?!hbGciOiJub25lIn0)[\w-]{10,}|Traceback|\.py\b"
)
LEADS_TO = re.compile(
    r"(https://app\.example/|https://login\.app\.example/|https://acme\.auth\.eu-north-1\.amazoncognito\.com/)"
)
SESSION = re.compile(r"__(Host|Secure)-sso_(session|refresh)=[^;]")
GATEWAY = {(name.encode(), value.encode()) for name, value in EVERYWHERE.items()}
ALWAYS = GATEWAY | {(name.encode(), value.encode()) for name, value in (BUT_FOR_GATEWAYS | OVER_HTTPS).items()}


@pytest.fixture
def silent() -> Iterator[None]:
    """What is logged is read in tests/blackbox; here it would cost more than the requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("silent")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_whatever_is_asked_is_answered_sec_528(round_: int) -> None:
    world = World(sso_rate_limit="1000000/second")
    browser = await world.with_session()
    tokens = world.simulator.mint()
    cookies = [f"{one.name}={one.value}" for one in browser.http.cookies.jar]
    grammar = Grammar(SEED + round_, cookies=cookies, bearers=[tokens["access_token"], tokens["id_token"]])
    secrets = {*tokens.values(), *(one.partition("=")[2] for one in cookies)} - {"Bearer"}
    for _ in range(REQUESTS // ROUNDS):
        request = grammar.request()
        tried["requests"] += 1
        holds(
            request, await answered(world, request), {one for one in secrets if isinstance(one, str) and len(one) > 20}
        )


async def answered(world: World, request: Request) -> list[Message]:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode("utf-8", "replace"),
        "query_string": request.query,
        "root_path": "",
        "headers": [(b"host", b"login.app.example"), *request.headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await world.app(scope, receive, send)
    return sent


def holds(request: Request, sent: list[Message], secrets: set[str]) -> None:
    """The invariants, as cheap as a hundred thousand answers ask for."""
    status, headers = sent[0]["status"], sent[0]["headers"]
    body = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    assert status < 500, request
    for_gateway = request.path.startswith("/auth/verify") and status in (204, 401, 403)
    assert {pair for pair in headers if pair in ALWAYS} >= (GATEWAY if for_gateway else ALWAYS), request
    found = {name: value.decode("latin-1") for name, value in headers}
    leads = found.get("location", "")
    assert not leads or LEADS_TO.match(leads), request
    assert found.get("access-control-allow-origin", FRONTEND) == FRONTEND, request
    if request.path != "/openapi.json" and not for_gateway:
        told = body + leads.partition("?")[0]
        assert not PLANTED.search(told), request
        assert not [secret for secret in secrets if secret in told], request
    assert may_open_a_session(request, status) or not SESSION.search(found.get("set-cookie", "")), request


def may_open_a_session(request: Request, status: int) -> bool:
    return (request.path, status) in {("/auth/refresh", 200), ("/auth/callback", 303)}
