"""What every response is sent in: request id, security headers, an access log line; and a net for our own mistakes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognito_sso.observability import Asked
from cognito_sso.observability.logs import FIELDS

_access_log = logging.getLogger("cognito_sso.access")
_log = logging.getLogger("cognito_sso")

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # The URL of the callback has a code in it: no other site is ever told where somebody came from.
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Origin, Cookie, Authorization"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000")


class Envelope:
    """Pure ASGI, outermost. `ended` is told each answered request's path, status and seconds."""

    def __init__(
        self, app: ASGIApp, *, https: bool, ended: Callable[[str, int, float], None] = lambda *_: None
    ) -> None:
        self._app = app
        self._ended = ended
        self._headers = [*HEADERS, *([HSTS] if https else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with Asked(scope) as request:
            await self._answer(scope, receive, send, request)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request: Asked) -> None:
        started_at, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._completed(message.get("headers", []), request.request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started_at
            self._ended(scope["path"], status, seconds)
            _tell(scope, request, status, seconds)

    def _completed(self, headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
        present = {name for name, _ in headers}
        missing = [header for header in self._headers if header[0] not in present]
        return [*headers, *missing, (b"x-request-id", request_id.encode())]


class SafetyNet:
    """Pure ASGI, innermost, so that its answer too passes every layer and a frontend can read it.

    `internal_error` makes the answer where a route raises what nobody expected; what it was, only the log is told.
    """

    def __init__(self, app: ASGIApp, *, internal_error: Callable[[Request], Response]) -> None:
        self._app = app
        self._internal_error = internal_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answered = False

        async def noting_send(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception:
            _log.exception("unexpected")
            if answered:
                raise
            await self._internal_error(Request(scope))(scope, receive, send)


def _tell(scope: Scope, request: Asked, status: int, seconds: float) -> None:
    if not _access_log.isEnabledFor(logging.INFO):
        return
    # The path only: the callback's query has the code in it.
    fields = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "client": request.client,
    }
    _access_log.info("request", extra={FIELDS: fields})
