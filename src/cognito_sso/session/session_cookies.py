"""The session in the browser: one cookie says who it is, one, sent to /auth only, renews it; two guard the second."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from cognito_sso.cookies import CookieTooLarge, SealedCookie
from cognito_sso.session.cookie_payload import (
    grant_from,
    grant_payload,
    profile_from,
    session_from,
    session_payload,
    smaller_and_smaller,
)
from cognito_sso.session.profile import Profile
from cognito_sso.session.session import RefreshGrant, Session

SESSION_COOKIE_BUDGET = 3_800  # bytes of name and value: room for attributes, and for proxies that count them


class SessionCookies:
    """Reads, writes and ends sessions. A browser may lose either of the first two; each is good on its own.

    `held` names the session that this host gave the browser. A cookie for /auth can't be the host's alone (`__Host-`
    wants the path /), so a sibling's site can set a refresh cookie for the whole domain, with a session of the
    attacker's: without its name in `held` it is none.

    `ended` names the session that was signed out of: an answer to a refresh that was still on its way then may put
    the others back, and must not bring the session back with them.
    """

    def __init__(
        self,
        *,
        session: SealedCookie,
        refresh: SealedCookie,
        held: SealedCookie,
        ended: SealedCookie,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._refresh = refresh
        self._held = held
        self._ended = ended
        self._clock = clock

    def read_session(self, cookies: Mapping[str, str]) -> Session | None:
        payload = self._session.read(cookies)
        if payload is None:
            return None
        session = session_from(payload)
        return None if self._has_ended(cookies, session.id) else session

    def read_profile(self, cookies: Mapping[str, str]) -> Profile | None:
        """Of the same session, for those who have no use for its access token."""
        payload = self._session.read(cookies)
        if payload is None:
            return None
        session_id, profile = profile_from(payload)
        return None if self._has_ended(cookies, session_id) else profile

    def read_grant(self, cookies: Mapping[str, str]) -> RefreshGrant | None:
        payload = self._refresh.read(cookies)
        if payload is None:
            return None
        grant = grant_from(payload)
        is_ours = self._held.read(cookies) == grant.session_id.encode()
        return grant if is_ours and not self._has_ended(cookies, grant.session_id) else None

    def write(self, session: Session, grant: RefreshGrant | None) -> list[str]:
        """The `Set-Cookie` values. Raises `CookieTooLarge`. Without a grant there is nothing to renew with."""
        now = int(self._clock())
        written = self._fitting(session, max_age=max(1, session.profile.expires_at - now))
        if grant is None:
            return [written, self._refresh.clear(), self._held.clear()]
        max_age = max(1, grant.ends_at - now)
        return [
            written,
            self._refresh.write(grant_payload(grant), max_age=max_age),
            self._held.write(grant.session_id.encode(), max_age=max_age),
        ]

    def end(self, cookies: Mapping[str, str], *, for_seconds: int) -> list[str]:
        """Clears all, and remembers for as long as they could live that this session is over."""
        grant, session = self.read_grant(cookies), self.read_session(cookies)
        ended = grant.session_id if grant else session.id if session else None
        remembered = [self._ended.write(ended.encode(), max_age=for_seconds)] if ended else []
        return [*self.clear(), *remembered]

    def clear(self) -> list[str]:
        return [self._session.clear(), self._refresh.clear(), self._held.clear()]

    def clear_session(self) -> str:
        return self._session.clear()

    def has_session_cookie(self, cookies: Mapping[str, str]) -> bool:
        return self._session.name() in cookies

    def _fitting(self, session: Session, *, max_age: int) -> str:
        for candidate in smaller_and_smaller(session):
            with suppress(CookieTooLarge):
                return self._session.write(session_payload(candidate), max_age=max_age, budget=SESSION_COOKIE_BUDGET)
        raise CookieTooLarge("session")

    def _has_ended(self, cookies: Mapping[str, str], session_id: str) -> bool:
        return self._ended.read(cookies) == session_id.encode()
