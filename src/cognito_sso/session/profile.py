"""Who somebody is, as `/me` tells it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognito_sso.verify import Claims

REFRESH_MARGIN_SECONDS = 60
REFRESH_MARGIN_SHARE = 0.1  # of a short-lived token's life


@dataclass(frozen=True)
class Profile:
    """Times are in seconds since 1970. `groups` are without Cognito's own group of the provider."""

    sub: str
    email: str | None
    email_verified: bool
    name: str | None
    given_name: str | None
    family_name: str | None
    username: str | None
    groups: tuple[str, ...]
    provider: str | None
    connection_id: str | None
    tenant: str | None
    auth_time: int | None
    expires_at: int
    refresh_at: int

    @classmethod
    def of(cls, claims: Claims, *, tenant: str | None, expires_at: int, now: float) -> Profile:
        """From an ID token's claims; `expires_at` is the session's end."""
        return cls(
            sub=claims.sub,
            email=claims.email,
            email_verified=claims.email_verified,
            name=claims.name,
            given_name=claims.given_name,
            family_name=claims.family_name,
            username=claims.username,
            groups=claims.groups,
            provider=claims.provider,
            connection_id=claims.connection_id,
            tenant=tenant,
            auth_time=claims.auth_time,
            expires_at=expires_at,
            refresh_at=refresh_time(now=now, expires_at=expires_at),
        )

    @classmethod
    def of_bearer(
        cls, claims: Claims, user_info: Mapping[str, Any], *, provider: str | None, tenant: str | None, now: float
    ) -> Profile:
        """From an access token's claims and userInfo, which says `"true"` where it means true."""
        return cls(
            sub=claims.sub,
            email=_text(user_info, "email"),
            email_verified=user_info.get("email_verified") in ("true", True),
            name=_text(user_info, "name"),
            given_name=_text(user_info, "given_name"),
            family_name=_text(user_info, "family_name"),
            username=claims.username,
            groups=claims.groups,
            provider=provider,
            connection_id=claims.connection_id,
            tenant=tenant,
            auth_time=claims.auth_time,
            expires_at=claims.expires_at,
            refresh_at=refresh_time(now=now, expires_at=claims.expires_at),
        )


def refresh_time(*, now: float, expires_at: int) -> int:
    """When to refresh: a margin before the end, and up to as much again by chance, so that tabs don't all at once."""
    margin = min(REFRESH_MARGIN_SECONDS, max(0.0, expires_at - now) * REFRESH_MARGIN_SHARE)
    return int(expires_at - margin - random.uniform(0, margin))  # noqa: S311 (spreads load, hides nothing)


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None
