"""`/auth/verify`: a gateway's question, answered before everything else that a request passes through."""

from __future__ import annotations

import logging
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from cognito_sso.observability import answered, answering
from cognito_sso.routes.answers import lean_router
from cognito_sso.routes.documentation import answers, documented
from cognito_sso.services import services_of
from cognito_sso.session import ForwardAuth
from cognito_sso.session.forward_auth import Verdict
from cognito_sso.web.layers import Handler
from cognito_sso.web.wire import Headers, header_lines

router = lean_router("gateways")
PATH, _BELOW = "/auth/verify", "/auth/verify/"
_SPELLED_OUT = (PATH.encode(), _BELOW.encode())
_LEADS_OUT = re.compile(r"[/\\]\.\.?(?:[/\\;]|\Z)")
ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Origin, Cookie, Authorization"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
NO_LENGTH = (b"content-length", b"0")
_LINES_ALWAYS, _NO_LENGTH_LINE = header_lines(ALWAYS), header_lines([NO_LENGTH])
_log = logging.getLogger("cognito_sso")


class ForwardAuthFront:
    """A layer outside of those that tell anybody anything: no body is read, no cookie set, just the verdict said.

    Some gateways append the path that they protect: who may pass does not depend on it, nor on its query, so no filter
    is looked at either.
    """

    def __init__(self, handler: Handler, *, forward_auth: ForwardAuth) -> None:
        self._handler = handler
        self._forward_auth = forward_auth

    async def __call__(self, request: Request) -> Response:
        scope = request.scope
        path = scope["path"]
        if path != PATH and not path.startswith(_BELOW):
            return await self._handler(request)
        query = scope["query_string"] if path == PATH else b""
        token = answering(scope)
        try:
            if _has_two_readings(scope):
                return _said(self._forward_auth.of_two_readings())
            return _said(await self._forward_auth.verdict(scope["headers"], query))
        except Exception:
            _log.exception("unexpected; tried once more")
            # By the long way, whose net has an answer for a mistake of ours, with everything that an answer has.
            once_more = {**scope, "method": "GET", "path": PATH, "query_string": query}
            return await self._handler(Request(once_more, request.receive))
        finally:
            answered(token)


def _said(verdict: Verdict) -> Response:
    response = Response(status_code=verdict.status)
    length = [] if verdict.status == 204 else [NO_LENGTH]  # RFC 9110 section 8.6: not with a 204
    response.raw_headers = [*verdict.headers, *length, *ALWAYS]
    return response


def _has_two_readings(scope: Scope) -> bool:
    """Whether a gateway that closes this path to browsers may take it for one that is open.

    nginx and Caddy read `/auth/verify/..%2fcallback` as `/auth/callback`, and send it on as it was written; the answer
    has the access token, which no script may read. Others compare what was written, as in `/auth/%76erify`.
    """
    path, raw = scope["path"], scope.get("raw_path")  # which not every server keeps
    if raw is not None and raw[: len(_BELOW)] not in _SPELLED_OUT:
        return True
    return path != PATH and _LEADS_OUT.search(path) is not None


class VerdictsAtOnce:
    """What the server may answer without asking the app: verdicts that need no waiting, and tell nobody anything.

    The front gives the same answers. Whatever else there is to do, it does: audit events, fetches of keys, paths below.
    """

    target = PATH.encode()

    def __init__(self, forward_auth: ForwardAuth) -> None:
        self._forward_auth = forward_auth

    def __call__(self, target: bytes, headers: Headers, /) -> tuple[int, bytes] | None:
        """The status and the header lines, for the target of a GET and its headers; None: the front is to be asked."""
        path, _, query = target.partition(b"?")
        if path != self.target or b"#" in query:
            return None
        verdict = self._forward_auth.verdict_at_once(headers, query)
        if verdict is None:
            return None
        if not verdict.lines:
            verdict.lines = header_lines(verdict.headers)
        length = b"" if verdict.status == 204 else _NO_LENGTH_LINE
        return verdict.status, verdict.lines + length + _LINES_ALWAYS


@router.get(
    PATH,
    status_code=204,
    summary="May this request pass? For gateways",
    openapi_extra=documented(
        query=(
            ("groups", "Any of these, separated by commas.", "staff,admins"),
            ("domains", "Any of these e-mail domains.", "megasoft.example"),
            ("scope", "All of these scopes of the access token.", "orders/read"),
            ("tenant", "Any of these tenants.", "megasoft"),
        )
    ),
    responses={
        **answers(
            204, "Yes: who it is stands in `X-Auth-Request-User`, `-Email`, `-Groups`, `-Tenant`, `-Access-Token`."
        ),
        401: {"description": "Nobody is signed in, or the token is not good."},
        403: {"description": "Somebody, but a filter says no, or is not known."},
    },
)
async def verify(request: Request) -> Response:
    """The same verdict, where the front is not in front."""
    verdict = await services_of(request).forward_auth.verdict(request.headers.raw, request.scope["query_string"])
    response = Response(status_code=verdict.status)
    response.raw_headers += verdict.headers
    return response
