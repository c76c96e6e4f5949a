"""Making an endpoint fail on purpose: errors, nonsense, slowness, lost connections."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IN_PROCESS = "cognito_sso.simulator"
HANG_SECONDS = 600.0
DRIP_BYTES = 16

Sleep = Callable[[float], Awaitable[None]]


class ConnectionLost(Exception):
    """The stand-in hung up."""


class NeverAnswers(Exception):
    """The stand-in would keep the caller waiting for ever."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What one endpoint does instead of, or on top of, its work. Times are seconds.

    status, body  answer this and do no work; without a status the real answer is sent
    headers       added to whatever is answered
    delay         wait before doing anything
    drip          send the body in small pieces, this long apart
    abort         hang up without doing the work
    lose_answer   do the work, then hang up: the caller cannot know it happened
    hang          never answer; in-process this is a read timeout at once
    times         how often this happens; None means until cleared
    """

    status: int | None = None
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float | None = None
    abort: bool = False
    lose_answer: bool = False
    hang: bool = False
    times: int | None = None


class Faults:
    """The faults now in force, by endpoint: "POST /oauth2/token"."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._in_force: dict[str, Fault] = {}
        self._left: dict[str, int | None] = {}

    def set(self, endpoint: str, fault: Fault) -> None:
        self._in_force[endpoint] = fault
        self._left[endpoint] = fault.times

    def clear(self, endpoint: str | None = None) -> None:
        for name in [endpoint] if endpoint else list(self._in_force):
            self._in_force.pop(name, None)

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._take(f"{scope['method']} {scope['path']}")
        if fault is None:
            await app(scope, receive, send)
        else:
            await self._play(fault, app, scope, receive, send)

    def _take(self, endpoint: str) -> Fault | None:
        fault, left = self._in_force.get(endpoint), self._left.get(endpoint)
        if fault is None or left is None:
            return fault
        self._left[endpoint] = left - 1
        if left <= 1:
            del self._in_force[endpoint]
        return fault

    async def _play(self, fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.delay:
            await self._sleep(fault.delay)
        if fault.hang:
            await self._hang(scope)
        if fault.lose_answer:
            await app(scope, receive, _unheard)
        if fault.abort or fault.lose_answer:
            await _hang_up(scope, send)
        answer = app if fault.status is None else Response(fault.body, fault.status, dict(fault.headers))
        await answer(scope, receive, self._altered(send, fault))

    async def _hang(self, scope: Scope) -> None:
        if not _in_process(scope):
            await self._sleep(HANG_SECONDS)
        raise NeverAnswers

    def _altered(self, send: Send, fault: Fault) -> Send:
        async def altered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *_extra_headers(fault)]}
            elif fault.drip is not None:
                return await self._drip(message, fault.drip, send)
            return await send(message)

        return altered

    async def _drip(self, message: Message, pause: float, send: Send) -> None:
        body: bytes = message.get("body", b"")
        for start in range(0, len(body), DRIP_BYTES):
            await self._sleep(pause)
            piece = body[start : start + DRIP_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})


def _extra_headers(fault: Fault) -> list[tuple[bytes, bytes]]:
    if fault.status is not None:
        return []
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fault.headers.items()]


async def _unheard(message: Message) -> None:
    pass


async def _hang_up(scope: Scope, send: Send) -> None:
    if not _in_process(scope):
        # A server gives up the connection only when an answer it has begun cannot be finished.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    raise ConnectionLost


def _in_process(scope: Scope) -> bool:
    return IN_PROCESS in scope.get("extensions", {})
