"""The session in the browser: one cookie says who it is, another, sent to /auth only, renews it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from cognito_sso.cookies import SealedCookie
from cognito_sso.session.packed_token import pack, segments_of, unpack
from cognito_sso.session.profile import Profile
from cognito_sso.session.session import RefreshGrant, Session
from cognito_sso.verify import Claims

_LENGTH_BYTES = 2
_PAYLOAD_SEGMENT = 1
# What the access token says too is not kept twice: with 40 groups that is a third of the cookie.
_ALSO_IN_ACCESS_TOKEN = ("sub", "username", "auth_time", "groups")


class SessionCookies:
    """Reads, writes and clears both. A browser may lose either; each is good on its own."""

    def __init__(self, *, session: SealedCookie, refresh: SealedCookie, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._refresh = refresh
        self._clock = clock

    def read_session(self, cookies: Mapping[str, str]) -> Session | None:
        payload = self._session.read(cookies)
        return None if payload is None else _session_from(payload)

    def read_grant(self, cookies: Mapping[str, str]) -> RefreshGrant | None:
        payload = self._refresh.read(cookies)
        if payload is None:
            return None
        length = int.from_bytes(payload[:_LENGTH_BYTES], "big")
        members = json.loads(payload[_LENGTH_BYTES : _LENGTH_BYTES + length])
        return RefreshGrant(refresh_token=unpack(payload[_LENGTH_BYTES + length :]), **members)

    def write(self, session: Session, grant: RefreshGrant | None) -> list[str]:
        """Both `Set-Cookie` values. Raises `CookieTooLarge`. Without a grant the refresh cookie is cleared."""
        now = int(self._clock())
        expires_in = max(1, session.profile.expires_at - now)
        written = self._session.write(_session_payload(session), max_age=expires_in)
        if grant is None:
            return [written, self._refresh.clear()]
        return [written, self._refresh.write(_grant_payload(grant), max_age=max(1, grant.ends_at - now))]

    def clear(self) -> list[str]:
        return [self._session.clear(), self._refresh.clear()]

    def clear_session(self) -> str:
        return self._session.clear()

    def has_session_cookie(self, cookies: Mapping[str, str]) -> bool:
        return self._session.name() in cookies


def _session_payload(session: Session) -> bytes:
    token = pack(session.access_token)
    told = _told_by(token)
    profile = {name: value for name, value in asdict(session.profile).items() if told.get(name, ...) != value}
    return _with_length(profile) + token


def _session_from(payload: bytes) -> Session:
    length = int.from_bytes(payload[:_LENGTH_BYTES], "big")
    profile, token = json.loads(payload[_LENGTH_BYTES : _LENGTH_BYTES + length]), payload[_LENGTH_BYTES + length :]
    members = {**_told_by(token), **profile}
    members["groups"] = tuple(members["groups"])
    return Session(Profile(**members), unpack(token))


def _grant_payload(grant: RefreshGrant) -> bytes:
    return _with_length({"sub": grant.sub, "email": grant.email, "ends_at": grant.ends_at}) + pack(grant.refresh_token)


def _with_length(members: Mapping[str, Any]) -> bytes:
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


def _told_by(packed_token: bytes) -> dict[str, Any]:
    """Members of the profile as the access token has them. They are left out only where they are the same."""
    segments = segments_of(packed_token)
    try:
        claims = Claims(json.loads(segments[_PAYLOAD_SEGMENT]))
        return {name: getattr(claims, name) for name in _ALSO_IN_ACCESS_TOKEN}
    except (LookupError, ValueError, TypeError, AttributeError):
        return {}  # not one of Cognito's access tokens: the profile is kept whole
