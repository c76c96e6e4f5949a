"""A login that somebody else starts: an IdP's tile, or a link. It is a hint where to sign in, and never a sign-in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cognito_sso.errors import InitiatedLoginRefused, ProviderUnreachable
from cognito_sso.seen import Seen
from cognito_sso.verify import JwtVerifier, KeysUnavailable, TokenError

LONGEST_AGE_SECONDS = 300  # Scalekit's own lifetime for it


@dataclass(frozen=True)
class InitiatedLogin:
    """Whom to sign in, and where they want to be: a candidate for `return_to`, chosen by a stranger."""

    email: str = field(repr=False)
    return_to: str | None


class InitiatedLogins:
    """Reads Scalekit's `idp_initiated_login` (its documentation, IdP-initiated SSO) and OpenID Connect's own form.

    Scalekit's JWT has no `jti`, so digests of those seen are remembered until they expire, in this process. Another
    replica would take one a second time, and only start the same login again.
    """

    def __init__(self, *, issuer: str, verifier: JwtVerifier, clock: Callable[[], float] = time.time) -> None:
        self._issuer = issuer
        self._verifier = verifier
        self._seen = Seen(seconds=2 * LONGEST_AGE_SECONDS, clock=clock)

    async def read(self, query: Mapping[str, str]) -> InitiatedLogin | None:
        """Whom to sign in, or None where the request says nothing of it. Raises `InitiatedLoginRefused`."""
        if "error" in query:
            raise InitiatedLoginRefused("Scalekit told an error")
        if "idp_initiated_login" in query:
            return await self._from_scalekit(query["idp_initiated_login"])
        if "iss" in query:
            return self._from_third_party(query)
        return None

    async def _from_scalekit(self, jwt: str) -> InitiatedLogin:
        try:
            claims = await self._verifier.claims(jwt, longest_age=LONGEST_AGE_SECONDS)
        except TokenError as error:
            raise InitiatedLoginRefused(f"the JWT: {error.code}") from error
        except KeysUnavailable as error:
            raise ProviderUnreachable("Scalekit's keys can't be had") from error
        if not self._seen.is_first(hashlib.sha256(jwt.encode()).digest()):
            raise InitiatedLoginRefused("the JWT was used before")
        email, relay_state = claims.get("login_hint"), claims.get("relay_state")
        if not isinstance(email, str):
            raise InitiatedLoginRefused("the JWT has no login_hint")
        return InitiatedLogin(email, relay_state if isinstance(relay_state, str) else None)

    def _from_third_party(self, query: Mapping[str, str]) -> InitiatedLogin:
        """OpenID Connect Core section 4."""
        if query["iss"] != self._issuer:
            raise InitiatedLoginRefused("iss is not the configured issuer")
        return InitiatedLogin(query.get("login_hint", ""), query.get("target_link_uri"))
