"""Is this JWT genuine and fresh? For those of another issuer than a pool, such as Scalekit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from cognito_sso.verify.claims import check_types, is_time
from cognito_sso.verify.compact import read_claims_and_signature, read_header, split
from cognito_sso.verify.errors import TokenError
from cognito_sso.verify.jwks import JwksCache, KeyPolicy
from cognito_sso.verify.observer import Observer
from cognito_sso.verify.verifier import is_signed, prepare

SKEW_SECONDS = 60.0


class JwtVerifier:
    """RS256 by a key of one issuer, read as strictly as a pool's tokens (RFC 7519 section 7.2, RFC 8725)."""

    def __init__(
        self,
        *,
        issuer: str,
        jwks_uri: str,
        http: httpx.AsyncClient | None = None,
        clock: Callable[[], float] = time.time,
        key_policy: KeyPolicy | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys = JwksCache(
            issuer=issuer,
            prepare=prepare,
            uri=jwks_uri,
            http=http,
            clock=clock,
            policy=key_policy,
            observer=observer,
        )

    async def claims(self, token: object, *, longest_age: float) -> Mapping[str, Any]:
        """The claims of a token issued at most `longest_age` seconds ago. Raises `TokenError`, `KeysUnavailable`."""
        signed, header_segment, claims_segment, signature_segment = split(token)
        header = read_header(header_segment)
        claims, signature = read_claims_and_signature(claims_segment, signature_segment)
        if claims.get("iss") != self._issuer:
            raise TokenError("issuer")
        now = self._clock()
        key = self._keys.held(header.kid, now) or await self._keys.find(header.kid)
        if not is_signed(signed, signature, key):
            raise TokenError("signature")
        check_types(claims)
        _check_times(claims, now=now, longest_age=longest_age)
        return claims


def _check_times(claims: Mapping[str, Any], *, now: float, longest_age: float) -> None:
    """Of claims whose types are checked: `nbf` is a time, or not there (RFC 7519 section 4.1.5)."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if not (is_time(issued) and is_time(expires)):
        raise TokenError("time_claim")
    if now >= expires or expires - issued > longest_age:
        raise TokenError("expired")
    if max(issued, claims.get("nbf", 0)) > now + SKEW_SECONDS:
        raise TokenError("not_yet_valid")
