"""The cookies and headers of Cognito's hosted domain."""

import os
import re
import uuid
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognito_sso.simulator.signing import Claims, b64url

SESSION = "cognito"
CSRF_STATE = "csrf-state"
CSRF_STATE_LEGACY = "csrf-state-legacy"
XSRF_TOKEN = "XSRF-TOKEN"  # noqa: S105 - the cookie's name

SIGN_IN_SECONDS = 300
RANDOM_BYTES = 128
RANDOM_VALUE = re.compile(r"[A-Za-z0-9_-]{171}")

SameSite = Literal["lax", "none"]

DOMAIN_HEADERS = {
    "X-Application-Context": "application:prod:8443",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "Strict-Transport-Security": "max-age=31536000 ; includeSubDomains",
    "X-Frame-Options": "DENY",
    "Server": "Server",
}


def random_value() -> str:
    """128 random bytes: Cognito's `csrf-state`, and the nonce it makes up when an app sends none."""
    return b64url(os.urandom(RANDOM_BYTES))


@dataclass(frozen=True)
class DomainCookies:
    """Over http a client may drop `Secure` cookies, and `SameSite=None` needs `Secure`: there both give way."""

    secure: bool

    def set(
        self,
        response: Response,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        same_site: SameSite | None = "lax",
    ) -> None:
        same_site = "lax" if same_site == "none" and not self.secure else same_site
        response.set_cookie(name, value, max_age=max_age, secure=self.secure, httponly=True, samesite=same_site)

    def clear(self, response: Response, name: str) -> None:
        self.set(response, name, "", max_age=0)

    def start_round_trip(self, response: Response, csrf_state: str) -> None:
        self.set(response, CSRF_STATE, csrf_state, max_age=SIGN_IN_SECONDS, same_site="none")
        self.set(response, CSRF_STATE_LEGACY, csrf_state, max_age=SIGN_IN_SECONDS, same_site=None)


def csrf_state_of(request: Request) -> str | None:
    """The value that binds a sign-in to this browser."""
    value = request.cookies.get(CSRF_STATE) or request.cookies.get(CSRF_STATE_LEGACY) or ""
    return value if RANDOM_VALUE.fullmatch(value) else None


@dataclass(frozen=True)
class HostedSession:
    """Who signed in interactively, at which client, through which provider; within the hour that is reused silently."""

    client_id: str
    provider: str
    username: str
    auth_time: int

    def as_payload(self) -> Claims:
        return {"c": self.client_id, "p": self.provider, "u": self.username, "t": self.auth_time}

    @classmethod
    def from_payload(cls, payload: Claims) -> "HostedSession":
        return cls(payload["c"], payload["p"], payload["u"], payload["t"])


class DomainHeaders:
    """Middleware: the header set of the hosted domain, and a new XSRF-TOKEN, on every answer."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._flags = "; Path=/; Secure; HttpOnly; SameSite=Lax" if secure else "; Path=/; HttpOnly; SameSite=Lax"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, with_headers)

    def _dress(self, headers: MutableHeaders) -> None:
        headers["x-amz-cognito-request-id"] = str(uuid.uuid4())
        for name, value in DOMAIN_HEADERS.items():
            headers.setdefault(name, value)
        if "xsrf-token=" not in headers.get("set-cookie", "").lower():
            headers.append("set-cookie", f"{XSRF_TOKEN}={uuid.uuid4()}{self._flags}")
