"""A session, and the grant that renews it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cognito_sso.cognito import TokenSet
from cognito_sso.session.profile import Profile
from cognito_sso.verify import Claims


@dataclass(frozen=True)
class Session:
    """Who is signed in. Comes only out of `Session.open`, or of the sealed cookie that it was written to."""

    profile: Profile
    access_token: str = field(repr=False)

    @classmethod
    def open(cls, claims: Claims, tokens: TokenSet, *, tenant: str | None, ends_at: int, now: float) -> Session:
        """From a verified ID token. `ends_at` is the absolute end, in seconds since 1970, whatever is refreshed."""
        expires_at = min(int(now) + tokens.expires_in, ends_at)
        return cls(Profile.of(claims, tenant=tenant, expires_at=expires_at, now=now), tokens.access_token)


@dataclass(frozen=True)
class RefreshGrant:
    """What a session is renewed with: the refresh token, whose it is, and the session's absolute end."""

    refresh_token: str = field(repr=False)
    sub: str
    email: str = field(repr=False)
    ends_at: int
