"""How often one client address may begin, finish and redeem sign-ins, and one session be renewed."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from cognito_sso.errors import TooManyRequests
from cognito_sso.login.transaction import LIFETIME_SECONDS
from cognito_sso.rate_limit import RateLimit
from cognito_sso.web.client_address import counted_address
from cognito_sso.web.counts import Counts

START, CALLBACK, TOKEN = "/login/start", "/auth/callback", "/auth/token"
REFRESH, LOGOUT = "/auth/refresh", "/auth/logout"
_ONE_RETURN = RateLimit(1, LIFETIME_SECONDS)
_RENEWALS = RateLimit(30, 60)  # the shortest access token lives for five; many tabs may ask each for itself


class RateLimits:
    """`limit` is for each endpoint and each address. Every refusal is told to `refused`.

    Each of the requests may cost one to Cognito, whose quotas everybody shares.
    """

    def __init__(
        self, limit: RateLimit, *, counts: Counts, refused: Callable[[str], None] = lambda _endpoint: None
    ) -> None:
        self._limit = limit
        self._counts = counts
        self._refused = refused

    async def aclose(self) -> None:
        await self._counts.aclose()

    async def count(self, request: Request, endpoint: str) -> None:
        """Raises `TooManyRequests` where the request's address has none left."""
        if (address := counted_address(request)) is not None:
            await self._count(self._limit, endpoint, address)

    async def count_refresh(self, session_id: str) -> None:
        """Raises `TooManyRequests`. Not by address, which a whole company may share, nor by a limit for signing in."""
        await self._count(_RENEWALS, REFRESH, session_id)

    async def count_return(self, request: Request, login_id: str) -> None:
        """A login's first way back was paid for when it started, however many come back at once; any more count."""
        if not await self._counts.spend(_ONE_RETURN, CALLBACK, login_id):
            await self.count(request, CALLBACK)

    async def _count(self, limit: RateLimit, endpoint: str, whose: str) -> None:
        if await self._counts.spend(limit, endpoint, whose):
            return
        self._refused(endpoint)
        wait = await self._counts.seconds_until_room(limit, endpoint, whose)
        raise TooManyRequests(f"more than {limit} at {endpoint}", retry_after_seconds=wait)
