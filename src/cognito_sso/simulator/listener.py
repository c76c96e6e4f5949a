"""One ASGI app for every origin: reads a request whole, notes it in the journal, hands it to the host it names."""

import asyncio
from collections.abc import Mapping
from email.utils import formatdate

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.faults import Faults
from cognito_sso.simulator.journal import Entry, Journal

MAX_BODY_BYTES = 64 * 1024
MAX_QUERY_BYTES = 16 * 1024
OWN_PATHS = ("/_control/", "/_static/")


class Listener:
    def __init__(
        self,
        *,
        hosts: Mapping[str, ASGIApp],
        origins: Mapping[str, str],
        journal: Journal,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._hosts = hosts
        self._origins = origins
        self._journal = journal
        self._faults = faults
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)  # a stand-in that never suspends would hide the races of whoever calls it
        host = _without_default_port(scope)
        if host not in self._hosts:
            await PlainTextResponse("No stand-in answers for this Host.", 421)(scope, receive, send)
            return
        body = await _whole_body(receive)
        if refusal := _too_much(scope, body):
            await refusal(scope, receive, send)
        elif scope["path"].startswith(OWN_PATHS):
            await self._hosts[host](scope, _replay(body, receive), send)
        else:
            entry = self._journal.open_entry(self._origins[host], scope, body, self._clock.now())
            answered = _noting_status(entry, _saying_the_time(self._clock, send))
            await self._faults.serve(self._hosts[host], scope, _replay(body, receive), answered)


def _without_default_port(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "").lower()
    return host.removesuffix(":443" if scope.get("scheme") == "https" else ":80")


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _too_much(scope: Scope, body: bytes) -> Response | None:
    if len(body) > MAX_BODY_BYTES:
        return PlainTextResponse("Request Entity Too Large", 413)
    if len(scope["query_string"]) > MAX_QUERY_BYTES:
        return PlainTextResponse("URI Too Long", 414)
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body again; after that the caller's own silence, until it goes away."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def _noting_status(entry: Entry, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
        await send(message)

    return noting


def _saying_the_time(clock: Clock, send: Send) -> Send:
    """`Date` by the stand-ins' clock, where the answer has none."""

    async def saying(message: Message) -> None:
        if message["type"] == "http.response.start" and "date" not in Headers(scope=message):
            date = formatdate(clock.now(), usegmt=True).encode()
            message = {**message, "headers": [*message.get("headers", []), (b"date", date)]}
        await send(message)

    return saying


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
