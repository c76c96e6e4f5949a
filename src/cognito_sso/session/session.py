"""A session, and the grant that renews it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cognito_sso.cognito import TokenSet
from cognito_sso.session.profile import Profile
from cognito_sso.verify import Claims

SESSION_ID_BYTES = 12


@dataclass(frozen=True)
class Session:
    """Who is signed in. Comes only out of `Session.open`, or of the sealed cookie that it was written to."""

    id: str
    profile: Profile
    access_token: str = field(repr=False)

    @classmethod
    def open(
        cls, claims: Claims, tokens: TokenSet, *, tenant: str | None, ends_at: int, now: float, session_id: str = ""
    ) -> Session:
        """From a verified ID token. `ends_at` is the absolute end, in seconds since 1970, whatever is refreshed.

        A refreshed session keeps its `session_id`; a new one is made otherwise.
        """
        expires_at = min(int(now) + tokens.expires_in, ends_at)
        profile = Profile.of(claims, tenant=tenant, expires_at=expires_at, now=now)
        return cls(session_id or secrets.token_urlsafe(SESSION_ID_BYTES), profile, tokens.access_token)


@dataclass(frozen=True)
class RefreshGrant:
    """What a session is renewed with: the refresh token, whose it is, and the session's absolute end."""

    refresh_token: str = field(repr=False)
    session_id: str
    sub: str
    email: str = field(repr=False)
    ends_at: int
