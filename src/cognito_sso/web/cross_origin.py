"""Who may call from where: CORS for the frontends' exact origins; nobody else changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from cognito_sso.web.layers import Handler

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PREFLIGHT_MAX_AGE_SECONDS = b"600"
_METHODS = b"GET, POST"
_REQUEST_HEADERS = b"authorization, content-type, x-request-id"
_MAY_READ = (
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b"retry-after, www-authenticate, x-request-id"),
)


class CrossOrigin:
    """A layer. `refused` makes the answer for a request that must not be.

    A browser can't be made to lie about `Origin` and `Sec-Fetch-Site`. Where it sends neither it is no browser, and a
    request that changes something is let through only if it has no cookie to abuse.
    """

    def __init__(self, handler: Handler, *, origins: Iterable[str], refused: Callable[[Request], Response]) -> None:
        self._handler = handler
        self._origins = frozenset(origin.encode() for origin in origins)
        self._refused = refused

    async def __call__(self, request: Request) -> Response:
        scope = request.scope
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        allowed = len(origins) == 1 and origins[0] in self._origins
        if scope["method"] == "OPTIONS" and any(n == b"access-control-request-method" for n, _ in scope["headers"]):
            response = self._preflight(allowed)
        elif allowed or _is_harmless(scope, origins):
            response = await self._handler(request)
        else:
            response = self._refused(request)
        if allowed:
            response.raw_headers += [(b"access-control-allow-origin", origins[0]), *_MAY_READ]
        return response

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
    if scope["method"] in _SAFE_METHODS and scope["path"] != "/me":
        return True
    sites = [value for name, value in scope["headers"] if name == b"sec-fetch-site"]
    if scope["method"] in _SAFE_METHODS:
        return sites in ([], [b"same-origin"], [b"none"])
    # Our own pages send no referrer, and therefore the origin `null`: Sec-Fetch-Site tells them.
    if origins not in ([], [b"null"]):
        return False
    if sites:
        return sites == [b"same-origin"]
    return not origins and not any(name == b"cookie" for name, _ in scope["headers"])
