"""RequireToken: a route that only verified access tokens reach, with RFC 6750 answers. Imports FastAPI."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from fastapi import HTTPException, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from cognito_sso.verify.claims import Claims
from cognito_sso.verify.errors import InsufficientError, KeysUnavailable, TokenError
from cognito_sso.verify.verifier import TokenVerifier, several

__all__ = ["RequireToken"]

_CREDENTIALS: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
_IS_BEARER: Final = re.compile(r"bearer(?![!#$%&'*+.^_`|~0-9a-z-])", re.IGNORECASE)


class RequireToken(SecurityBase):
    """`Depends(RequireToken(verifier, scopes=["orders/read"]))` hands the route the token's `Claims`.

    Every one of `scopes` is required and one of `groups`, if any are given. Answers 401 without a good token, 403 when
    it lacks a requirement, 400 for malformed or several credentials (RFC 6750 §3.1), and 503 while no keys can be had.
    Tokens in the query or the body are not looked at (RFC 9700 §4.3.2).
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        *,
        scopes: Collection[str] = (),
        groups: Collection[str] = (),
        connection_id: str | None = None,
        machine: bool = False,
        realm: str | None = None,
    ) -> None:
        self.verifier = verifier
        self.scopes, self.groups = several("scopes", scopes), several("groups", groups)
        self.connection_id, self.machine = connection_id, machine
        self._realm = realm
        self.model = HTTPBearerModel(bearerFormat="JWT", description="An access token of the Cognito user pool.")
        self.scheme_name = "CognitoAccessToken"

    async def __call__(self, request: Request) -> Claims:
        """Raises `HTTPException` and nothing else for a token that is refused."""
        token = self._token(request)
        try:
            return await self.verifier.access_token(
                token,
                scopes=self.scopes,
                groups=self.groups,
                connection_id=self.connection_id,
                machine=self.machine,
            )
        except InsufficientError as e:
            raise self._insufficient() from e
        except TokenError as e:
            raise self._answer(401, "invalid_token", "The access token is not valid.") from e
        except KeysUnavailable as e:
            raise _unavailable(e) from e

    def _token(self, request: Request) -> str:
        credentials = request.headers.getlist("authorization")
        if len(credentials) > 1:
            raise self._answer(400, "invalid_request", "More than one Authorization header was sent.")
        if not credentials or _IS_BEARER.match(credentials[0]) is None:
            raise self._answer(401, None, "An access token is required.")
        found = _CREDENTIALS.fullmatch(credentials[0])
        if found is None:
            raise self._answer(400, "invalid_request", "The Authorization header is malformed.")
        return found[1]

    def _insufficient(self) -> HTTPException:
        scope = {"scope": " ".join(self.scopes)} if self.scopes else {}
        return self._answer(403, "insufficient_scope", "The access token does not allow this.", **scope)

    def _answer(self, status: int, error: str | None, detail: str, **parameters: str) -> HTTPException:
        """One answer per kind: which check failed is nobody's business but the log's."""
        named = {"realm": self._realm, "error": error, **parameters}
        challenge = ", ".join(f'{name}="{_quoted(value)}"' for name, value in named.items() if value is not None)
        headers = {"WWW-Authenticate": f"Bearer {challenge}".strip(), "Cache-Control": "no-store"}
        return HTTPException(status, detail=_problem(status, error or "token_required", detail), headers=headers)


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    """The members of RFC 9457, inside FastAPI's own error body."""
    return {"type": "about:blank", "status": status, "code": code, "detail": detail}


def _unavailable(error: KeysUnavailable) -> HTTPException:
    headers = {"Retry-After": str(max(1, round(error.retry_after))), "Cache-Control": "no-store"}
    return HTTPException(
        503, detail=_problem(503, "keys_unavailable", "Tokens cannot be verified now."), headers=headers
    )


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
