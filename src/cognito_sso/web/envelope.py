"""What every response is sent in: request id, security headers, an access log line; and a net for our own mistakes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from cognito_sso.observability import Asked
from cognito_sso.observability.logs import FIELDS
from cognito_sso.web.layers import Handler

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
    """The outermost layer. `ended` is told each answered request's path, status and seconds."""

    def __init__(self, handler: Handler, *, https: bool, ended: Callable[[str, int, float], None]) -> None:
        self._handler = handler
        self._ended = ended
        self._headers = [*HEADERS, *([HSTS] if https else [])]

    async def __call__(self, request: Request) -> Response:
        with Asked(request.scope) as asked:
            return await self._answered(request, asked)

    async def _answered(self, request: Request, asked: Asked) -> Response:
        started_at, status = time.perf_counter(), 0
        try:
            response = await self._handler(request)
            self._complete(response.raw_headers, asked.request_id)
            status = response.status_code
            return response
        finally:
            seconds = time.perf_counter() - started_at
            self._ended(request.scope["path"], status, seconds)
            _tell(request.scope, asked, status, seconds)

    def _complete(self, headers: list[tuple[bytes, bytes]], request_id: str) -> None:
        present = {name for name, _ in headers}
        headers += [header for header in self._headers if header[0] not in present]
        headers.append((b"x-request-id", request_id.encode()))


class SafetyNet:
    """A layer close to the routes, so that its answer too passes every other and a frontend can read it.

    `internal_error` makes the answer where a route raises what nobody expected; what it was, only the log is told.
    """

    def __init__(self, handler: Handler, *, internal_error: Callable[[Request], Response]) -> None:
        self._handler = handler
        self._internal_error = internal_error

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._handler(request)
        except Exception:
            _log.exception("unexpected")
            return self._internal_error(request)


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
