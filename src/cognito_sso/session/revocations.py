"""Giving back refresh tokens that nobody is to have: behind the answer's back, which never waits for it."""

from __future__ import annotations

import asyncio

from cognito_sso.cognito import CognitoClient
from cognito_sso.errors import ProviderUnavailable
from cognito_sso.observability import AuditLog

MOST_AT_ONCE = 20  # Cognito takes 120 a second of a whole pool, and sign-outs come first


class Revocations:
    """Best effort: one that fails, or would be one too many, is told to the audit log and not tried again."""

    def __init__(self, *, cognito: CognitoClient, audit: AuditLog) -> None:
        self._cognito = cognito
        self._audit = audit
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, refresh_token: str | None) -> None:
        if refresh_token is None:
            return
        if len(self._under_way) >= MOST_AT_ONCE:
            self._audit.provider_failed(reason="revocation: too many at once")
            return
        task = asyncio.create_task(self._revoke(refresh_token))
        self._under_way.add(task)  # the event loop itself would forget it
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Waits for those under way, each of which has a deadline of its own."""
        await asyncio.gather(*self._under_way)

    async def _revoke(self, refresh_token: str) -> None:
        try:
            await self._cognito.revoke(refresh_token)
        except ProviderUnavailable as error:
            self._audit.provider_failed(reason=f"revocation: {error.reason}")
