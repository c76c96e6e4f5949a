"""Who may call from where: CORS for the frontends' exact origins; nobody else changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PREFLIGHT_MAX_AGE_SECONDS = b"600"
_METHODS = b"GET, POST"
_REQUEST_HEADERS = b"authorization, content-type, x-request-id"
_EXPOSED = b"retry-after, www-authenticate, x-request-id"


class CrossOrigin:
    """Pure ASGI. `refused` makes the answer for a request that must not be.

    A browser can't be made to lie about `Origin` and `Sec-Fetch-Site`. Where it sends neither it is no browser, and a
    request that changes something is let through only if it has no cookie to abuse.
    """

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], refused: Callable[[Request], Response]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        origins = [value for name, value in headers if name == b"origin"]
        allowed = len(origins) == 1 and origins[0] in self._origins
        if allowed:
            send = _with_cors(send, origins[0])
        if scope["method"] == "OPTIONS" and any(name == b"access-control-request-method" for name, _ in headers):
            await self._preflight(allowed)(scope, receive, send)
        elif allowed or _is_harmless(scope, origins):
            await self._app(scope, receive, send)
        else:
            await self._refused(Request(scope))(scope, receive, send)

    def _preflight(self, allowed: bool) -> Response:  # noqa: FBT001 (the verdict it answers with)
        response = Response(status_code=204 if allowed else 403)
        if allowed:
            response.raw_headers += [
                (b"access-control-allow-methods", _METHODS),
                (b"access-control-allow-headers", _REQUEST_HEADERS),
                (b"access-control-max-age", _PREFLIGHT_MAX_AGE_SECONDS),
            ]
        return response


def _is_harmless(scope: Scope, origins: list[bytes]) -> bool:
    """A request from no allowed origin: harmless if it is our own page's, or reads nothing and changes nothing."""
    sites = [value for name, value in scope["headers"] if name == b"sec-fetch-site"]
    if scope["method"] in _SAFE_METHODS:
        return scope["path"] != "/me" or sites in ([], [b"same-origin"], [b"none"])
    # Our own pages send no referrer, and therefore the origin `null`: Sec-Fetch-Site tells them.
    if origins not in ([], [b"null"]):
        return False
    if sites:
        return sites == [b"same-origin"]
    return not origins and not any(name == b"cookie" for name, _ in scope["headers"])


def _with_cors(send: Send, origin: bytes) -> Send:
    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", []),
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", _EXPOSED),
            ]
        await send(message)

    return send_with_cors
