"""Rate limits that replicas count together, in a Valkey or Redis; while it fails, nowhere."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from valkey.asyncio import BlockingConnectionPool

from cognito_sso.observability.logs import FIELDS
from cognito_sso.rate_limit import RateLimit

MOST_CONNECTIONS = 8
DEADLINE_SECONDS = 0.25
REST_SECONDS = 5.0
SECONDS_BETWEEN_LOG_LINES = 60.0

_log = logging.getLogger("cognito_sso")


class SharedCounts:
    """Sliding windows at the URL of a Valkey or Redis, whose connections are opened when they are needed.

    A storage that fails or is slow counts as having room. It is then left alone for `REST_SECONDS`, so that sign-ins do
    not wait for it one by one, and `failed` is called.
    """

    def __init__(
        self,
        url: str,
        *,
        failed: Callable[[], None] = lambda: None,
        deadline_seconds: float = DEADLINE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = _pool(url.removeprefix("async+"))
        # Its own parsing of the URL is left out: it wants a port, and an error of it shows the password.
        storage = RedisStorage("async+valkey://", wrap_exceptions=True, connection_pool=self._pool)  # type: ignore[arg-type]
        self._windows = SlidingWindowCounterRateLimiter(storage)
        self._failed = failed
        self._deadline_seconds = deadline_seconds
        self._monotonic = monotonic
        self._resting_until = self._silent_until = -math.inf
        self._is_away = False

    async def spend(self, limit: RateLimit, *names: str) -> bool:
        now = self._monotonic()
        if now < self._resting_until:
            return True
        if self._is_away:  # one asks whether it is back; the others go on meanwhile
            self._resting_until = now + REST_SECONDS
        try:
            async with asyncio.timeout(self._deadline_seconds):
                has_room = await self._windows.hit(_item(limit), *names)
        except (StorageError, OSError) as error:
            self._rest(error)
            return True
        self._is_back()
        return has_room

    async def seconds_until_room(self, limit: RateLimit, *names: str) -> int:
        """The limit's whole period where the storage does not tell."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                stats = await self._windows.get_window_stats(_item(limit), *names)
        except (StorageError, OSError):
            return limit.seconds
        # At that very moment it is still taken.
        return max(0, math.floor(stats.reset_time - time.time())) + 1

    async def aclose(self) -> None:
        await self._pool.disconnect()

    def _rest(self, error: Exception) -> None:
        now = self._monotonic()
        self._is_away, self._resting_until = True, now + REST_SECONDS
        self._failed()
        if now >= self._silent_until:
            self._silent_until = now + SECONDS_BETWEEN_LOG_LINES
            cause = error.storage_error if isinstance(error, StorageError) else error
            _log.error("rate limits are not counted", extra={FIELDS: {"reason": type(cause).__name__}})

    def _is_back(self) -> None:
        if self._is_away:
            self._is_away, self._resting_until, self._silent_until = False, -math.inf, -math.inf
            _log.warning("rate limits are counted again")


def _pool(url: str) -> BlockingConnectionPool:
    """Where all connections are taken, one is waited for."""
    is_tls = url.startswith(("rediss:", "valkeys:"))
    # This client takes any host's certificate for the right one, unless it is told to look.
    tls = {"ssl_check_hostname": True} if is_tls else {}
    return BlockingConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, timeout=DEADLINE_SECONDS, **tls)


def _item(limit: RateLimit) -> RateLimitItem:
    return RateLimitItemPerSecond(limit.most, limit.seconds)
