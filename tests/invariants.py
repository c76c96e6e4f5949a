"""What holds for every answer there is, whatever was asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

import httpx

from cognito_sso.web.problems import PROBLEMS
from tests.world import FRONTEND

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-site",
    "cache-control": "no-store",
    "vary": "Origin, Cookie, Authorization",
}
BUT_FOR_GATEWAYS = {"cross-origin-opener-policy": "same-origin"}
OVER_HTTPS = {"strict-transport-security": "max-age=31536000"}
LEADS_TO = ("app.example", "login.app.example", "acme.auth.eu-north-1.amazoncognito.com")
UPSTREAM = (502, 503, 504)
INSIDES = ("Traceback", "starlette", "fastapi", "httpx", "pydantic", "uvicorn", "python", ".py")
_TOKEN = re.compile(r"eyJ[\w-]{10,}|Bearer\s+[^\s\x22]{20,}")
_GIVEN_SESSION = re.compile(r"__(Host|Secure)-sso_(session|refresh)=[^;]")
_ATTRIBUTES = re.compile(r"; Path=(/|/auth); Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$")


def is_well_formed(
    answer: httpx.Response,
    *,
    secrets: Iterable[str] = (),
    hosts: Iterable[str] = LEADS_TO,
    for_gateway: bool = False,
    may_be: Iterable[int] = (),
    opens_session: bool = False,
) -> None:
    """`for_gateway`: of `/auth/verify`. `may_be`: statuses of 500 and above that are right here."""
    assert answer.status_code < 500 or answer.status_code in may_be, answer.text
    _has_the_headers(answer, for_gateway=for_gateway)
    _tells_nothing(answer, secrets)
    _is_a_problem_if_it_says_so(answer)
    _sets_cookies_as_it_should(answer, opens_session=opens_session)
    leads = answer.headers.get("location")
    if leads is not None:
        assert httpx.URL(leads).host in hosts, leads
    assert answer.headers.get("access-control-allow-origin") in (None, FRONTEND)
    if not for_gateway:
        assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", answer.headers["x-request-id"])


def _has_the_headers(answer: httpx.Response, *, for_gateway: bool) -> None:
    for name, value in {**EVERYWHERE, **({} if for_gateway else {**BUT_FOR_GATEWAYS, **OVER_HTTPS})}.items():
        assert answer.headers.get_list(name) == [value], name
    (policy,) = answer.headers.get_list("content-security-policy")
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert not {"server", "x-powered-by"} & set(answer.headers)


def _tells_nothing(answer: httpx.Response, secrets: Iterable[str]) -> None:
    leads = answer.headers.get("location", "")
    if "/oauth2/authorize" in leads:  # state, nonce and challenge are for Cognito to know
        leads = leads.partition("?")[0]
    told = "\n".join((answer.text, leads, unquote(leads)))
    for secret in secrets:
        assert secret not in told, f"a secret that begins with {secret[:4]}"
    if answer.headers.get("content-type", "").partition(";")[0] != "text/html":
        assert not [word for word in INSIDES if word in told]
    assert not _TOKEN.search(told)


def _is_a_problem_if_it_says_so(answer: httpx.Response) -> None:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    if not is_problem or not answer.content:  # an answer to HEAD has no content
        return
    members = answer.json()
    assert members["status"] == answer.status_code
    assert members["code"] in PROBLEMS
    assert members["request_id"] == answer.headers["x-request-id"]
    assert members["type"] == f"urn:cognito-sso:problem:{members['code']}"
    assert {"title", "detail"} < set(members)


def _sets_cookies_as_it_should(answer: httpx.Response, *, opens_session: bool) -> None:
    for text in answer.headers.get_list("set-cookie"):
        assert text.startswith(("__Host-sso_", "__Secure-sso_"))
        assert _ATTRIBUTES.search(text), text
        assert "Domain" not in text
        assert len(text) <= 4096
        assert ("Path=/auth;" if text.startswith("__Secure-") else "Path=/;") in text
        assert opens_session or not _GIVEN_SESSION.match(text), "only a success opens a session"
