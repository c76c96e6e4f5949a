"""Reading what a stranger sends: each parameter once, in UTF-8, bounded; everything else is a clear refusal."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from cognito_sso.cookies import read_cookies
from cognito_sso.errors import NavigationRequired, RequestInvalid
from cognito_sso.session.bearer import LONGEST_CREDENTIALS

LONGEST_BODY_BYTES = 16_384
LONGEST_QUERY_BYTES = 8_192
MOST_PARAMETERS = 50
_NAVIGATION, _DOCUMENT = (None, b"navigate"), (None, b"document", b"empty")  # as browsers say it, where they do
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def query_of(request: Request) -> dict[str, str]:
    query: bytes = request.scope["query_string"]
    if len(query) > LONGEST_QUERY_BYTES:
        raise RequestInvalid("the query is too long")
    return _parameters(query, "query")


def cookies_of(request: Request) -> dict[str, str]:
    return read_cookies([value.decode("latin-1") for name, value in request.scope["headers"] if name == b"cookie"])


def credentials_of(request: Request) -> list[str]:
    """The `Authorization` headers; one that is too long is there, and says nothing."""
    values = [value for name, value in request.scope["headers"] if name == b"authorization"]
    return [value.decode("latin-1") if len(value) <= LONGEST_CREDENTIALS else "" for value in values]


async def form_or_json(request: Request) -> tuple[dict[str, str], bool]:
    """The body's parameters, and whether a script sent them, which is answered in JSON and never redirected."""
    media_type = media_type_of(request)
    body = await body_of(request)
    if media_type == FORM:
        return _parameters(body, "form"), _header(request, b"sec-fetch-mode") not in _NAVIGATION
    if media_type == JSON or (not media_type and not body):
        return _json_members(body), True
    raise RequestInvalid(f"the body must be {FORM} or {JSON}")


async def body_of(request: Request, *, longest: int = LONGEST_BODY_BYTES) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > longest:
                raise RequestInvalid("the body is too long")
    except ClientDisconnect:
        raise RequestInvalid("the body ends too early") from None
    return bytes(body)


def media_type_of(request: Request) -> str:
    return (_header(request, b"content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()


def is_only_a_look(request: Request) -> bool:
    """HEAD, as scanners of e-mails send it, or a browser that wants to be early (Fetch standard, Sec-Purpose).

    Nothing may happen for either.
    """
    if request.method == "HEAD":
        return True
    told = [value for name, value in request.scope["headers"] if name in (b"sec-purpose", b"purpose")]
    return any(b"prefetch" in purpose or b"prerender" in purpose for purpose in told)


def require_navigation(request: Request) -> None:
    """Raises `NavigationRequired` where a browser says that a script, a frame or an image asks (Fetch Metadata)."""
    mode, destination = _header(request, b"sec-fetch-mode"), _header(request, b"sec-fetch-dest")
    if mode not in _NAVIGATION or destination not in _DOCUMENT:
        raise NavigationRequired("this address is for the browser's address bar; scripts use POST /login/start")


def wants_page(request: Request) -> bool:
    """Whether a person is looking: the browser navigates, or HTML is what is asked for."""
    mode = _header(request, b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    return b"text/html" in (_header(request, b"accept") or b"")


def _header(request: Request, name: bytes) -> bytes | None:
    """The first of that name; Starlette's own way decodes every header that it passes."""
    for given, value in request.scope["headers"]:
        if given == name:
            return bytes(value)
    return None


def _parameters(text: bytes, where: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise RequestInvalid(f"the {where} can't be read") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise RequestInvalid(f"a parameter of the {where} stands twice")
    return parameters


def _json_members(body: bytes) -> dict[str, str]:
    try:
        # RFC 8259 section 8.1: UTF-8, where given bytes json would try UTF-16 and UTF-32 too.
        members: Any = json.loads(body.decode() or "{}", object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise RequestInvalid("the body is not JSON") from None
    if not isinstance(members, dict):
        raise RequestInvalid("the body must be a JSON object")
    present = {name: value for name, value in members.items() if value is not None}
    if not all(isinstance(value, str) and value.isprintable() for value in present.values()):
        raise RequestInvalid("every member of the body must be a text")
    return present


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RequestInvalid("a member of the body stands twice")
    return members
