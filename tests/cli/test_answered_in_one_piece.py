"""What the server writes of a response that it got whole is what ASGI's messages would have come to, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.testing import Cognito
from tests.gateways.asking import bearer, cookies_of
from tests.world import FRONTEND, World

from .listening import Messages, listening

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
FIRST_LINES = [
    b"GET /me HTTP/1.1",
    b"HEAD /me HTTP/1.1",
    b"GET /me?x=%ff HTTP/1.1",
    b"GET /me HTTP/1.0",
    b"GET http://x/me HTTP/1.1",
    b"POST /me HTTP/1.1",
    b"GET /healthz HTTP/1.1",
    b"GET /readyz HTTP/1.1",
    b"GET /login HTTP/1.1",
    b"HEAD /login HTTP/1.1",
    b"GET /login/start?email=nobody HTTP/1.1",
    b"HEAD /login/start?email=jane@megasoft.example HTTP/1.1",
    b"GET /auth/callback HTTP/1.1",
    b"GET /auth/callback?code=a&state=b HTTP/1.1",
    b"GET /auth/verify HTTP/1.1",
    b"HEAD /auth/verify/below HTTP/1.1",
    b"GET /auth/verify/../me HTTP/1.1",
    b"GET /openapi.json HTTP/1.1",
    b"GET /nothing HTTP/1.1",
    b"OPTIONS /me HTTP/1.1",
    b"QUERY /me HTTP/1.1",
]

Says = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture
async def whole(world: World) -> AsyncIterator[Says]:
    async with listening(world.app) as port:
        yield lambda request: said(port, request)


@pytest.fixture
async def messages(world: World) -> AsyncIterator[Says]:
    async with listening(Messages(world)) as port:
        yield lambda request: said(port, request)


async def said(port: int, request: bytes) -> bytes:
    """Everything that comes for a request which asks to be hung up on, or for several; without the dates."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"date: "))


def asked(first_line: bytes, *lines: bytes, body: bytes = b"", leaving: bool = True) -> bytes:
    fixed = [b"Host: x", b"X-Request-Id: one", *([b"Connection: close"] if leaving else [])]
    return b"\r\n".join([first_line, *fixed, *lines, b"", body])


@pytest.mark.parametrize("first_line", FIRST_LINES, ids=[line.decode() for line in FIRST_LINES])
async def test_every_kind_of_answer(whole: Says, messages: Says, first_line: bytes) -> None:
    answer = await whole(asked(first_line))

    assert answer == await messages(asked(first_line))
    assert answer.startswith(b"HTTP/1.1 ")
    assert answer.count(b"connection: close") == 1


@pytest.mark.parametrize("path", [b"/me", b"/auth/verify"])
async def test_to_whom_it_concerns(world: World, whole: Says, messages: Says, path: bytes) -> None:
    jane = cookies_of(await world.signed_in("jane@megasoft.example"))
    token = bearer(Cognito(world.simulator).access_token())
    for name, value in (jane, token):
        for origin in (f"Origin: {FRONTEND}".encode(), b"Origin: https://evil.example"):
            request = asked(b"GET %b HTTP/1.1" % path, b"%b: %b" % (name, value), origin)
            assert await whole(request) == await messages(request)


@pytest.mark.parametrize(
    "body", [b"email=nobody", b"email=%zz", b"x" * 20_000, b""], ids=["no address", "nonsense", "too much", "nothing"]
)
async def test_what_has_a_body(whole: Says, messages: Says, body: bytes) -> None:
    length = b"Content-Length: %d" % len(body)
    request = asked(b"POST /login/start HTTP/1.1", FORM.strip(), length, body=body)

    assert await whole(request) == await messages(request)


async def test_who_wants_to_be_asked_for_the_body(whole: Says, messages: Says) -> None:
    ask = [FORM.strip(), b"Content-Length: 12", b"Expect: 100-continue"]
    request = asked(b"POST /login/start HTTP/1.1", *ask, body=b"email=nobody")

    answer = await whole(request)

    assert answer == await messages(request)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4")


async def test_several_on_one_connection(whole: Says, messages: Says) -> None:
    request = b"".join(asked(line, leaving=False) for line in FIRST_LINES[6:9] * 5) + asked(FIRST_LINES[0])

    answer = await whole(request)

    assert answer == await messages(request)
    assert answer.count(b"HTTP/1.1 200 OK") == 15
    assert answer.count(b"connection: close") == 1


async def test_a_server_that_drains(world: World) -> None:
    answers = []
    for app in (world.app, Messages(world)):
        async with listening(app, headers=[("connection", "close")]) as port:
            answers.append(await said(port, asked(b"GET /me HTTP/1.1", leaving=False)))

    assert answers[0] == answers[1]
    assert answers[0].count(b"connection: close") == 1


async def test_what_can_not_stand_in_a_head_is_not_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(request: Request) -> Response:
        response = Response("fine")
        response.raw_headers.append((b"x-user", b"jane\r\nset-cookie: a=b"))
        return response

    monkeypatch.setattr(world.app, "handler", answer)
    async with listening(world.app) as port:
        said_of_it = await said(port, asked(b"GET /me HTTP/1.1"))

    assert said_of_it.startswith(b"HTTP/1.1 500 ")
    assert b"set-cookie" not in said_of_it


async def test_who_hangs_up_while_we_think_is_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    thinking, thought = asyncio.Event(), asyncio.Event()

    async def answer(request: Request) -> Response:
        thinking.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        thought.set()
        return Response("too late")

    monkeypatch.setattr(world.app, "handler", answer)
    async with listening(world.app) as port, asyncio.timeout(10):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked(b"GET /me HTTP/1.1"))
        await thinking.wait()
        writer.close()
        await thought.wait()

    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_who_does_not_read_is_written_no_more_than_is_on_its_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = 0

    async def answer(request: Request) -> Response:
        nonlocal answered
        answered += 1
        return Response(b"x" * 100_000)

    monkeypatch.setattr(world.app, "handler", answer)
    requests = [asked(b"GET /me HTTP/1.1", leaving=False)] * 299 + [asked(b"GET /me HTTP/1.1")]
    async with listening(world.app, send_buffer=65_536) as port, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"".join(requests))
        seen = -1
        while seen < answered:
            seen = answered
            await asyncio.sleep(0.3)
        assert 0 < seen < 150
        everything = b""
        while part := await reader.read(1_000_000):
            everything += part
        writer.close()
    assert everything.count(b"HTTP/1.1 200 OK") == answered == 300


async def test_no_message_is_made(whole: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the server's next version may have gone back to them unnoticed."""
    monkeypatch.setattr(Response, "__call__", lambda *_: pytest.fail("taken apart"))

    assert (await whole(asked(b"GET /healthz HTTP/1.1"))).startswith(b"HTTP/1.1 200 OK\r\n")
