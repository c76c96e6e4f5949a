"""Where the rate limits count: in this process, or in a Valkey or Redis that replicas share; if it fails, nowhere."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from cognito_sso.observability.logs import FIELDS

if TYPE_CHECKING:
    from valkey.asyncio import BlockingConnectionPool

IN_MEMORY = "memory://"
MOST_COUNTS = 65_536  # some 25 MB
MOST_CONNECTIONS = 8
DEADLINE_SECONDS = 0.25
REST_SECONDS = 5.0
SECONDS_BETWEEN_LOG_LINES = 60.0

_log = logging.getLogger("cognito_sso")


class BoundedMemory(MemoryStorage):
    """The library's counts in memory, but never more than `most` of them: the oldest make room.

    The library looks at every count on every hit, to forget what has expired: with 20,000 addresses a hit holds the
    event loop for 4 ms, and nothing bounds their number. Here a hit looks at the oldest alone.
    """

    def __init__(self, *, most: int = MOST_COUNTS) -> None:
        super().__init__()
        self.expirations: OrderedDict[str, float] = OrderedDict()  # a plain dict is slow to tell its oldest
        self._most = most

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if key not in self.expirations:
            self._make_room(now)
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]

    def _make_room(self, now: float) -> None:
        while self.expirations:
            oldest, expires_at = next(iter(self.expirations.items()))
            if expires_at > now and len(self.expirations) < self._most:
                return
            del self.expirations[oldest], self.storage[oldest]


def shared_pool(url: str) -> BlockingConnectionPool:
    """Connections to a Valkey or Redis, opened when they are needed and waited for when all are taken."""
    from valkey.asyncio import BlockingConnectionPool  # a sixth of all imports, and most count in memory

    is_tls = url.startswith(("rediss:", "valkeys:"))
    # This client takes any host's certificate for the right one, unless it is told to look.
    tls = {"ssl_check_hostname": True} if is_tls else {}
    return BlockingConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, timeout=DEADLINE_SECONDS, **tls)


class Counts:
    """Sliding windows that are counted in `storage`: `memory://`, or a URL of a Valkey or Redis.

    A storage that fails or is slow counts as having room. It is then left alone for `REST_SECONDS`, so that sign-ins do
    not wait for it one by one, and `failed` is called.
    """

    def __init__(
        self,
        storage: str = IN_MEMORY,
        *,
        failed: Callable[[], None] = lambda: None,
        deadline_seconds: float = DEADLINE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = None if storage == IN_MEMORY else shared_pool(storage.removeprefix("async+"))
        # Its own parsing of the URL is left out: it wants a port, and an error of it shows the password.
        self._windows = SlidingWindowCounterRateLimiter(
            RedisStorage("async+valkey://", wrap_exceptions=True, connection_pool=self._pool)  # type: ignore[arg-type]
            if self._pool
            else BoundedMemory()
        )
        self._failed = failed
        self._deadline_seconds = deadline_seconds
        self._monotonic = monotonic
        self._resting_until = self._silent_until = -math.inf
        self._is_away = False

    async def spend(self, limit: RateLimitItem, *names: str) -> bool:
        """Counts one more of what `names` say, if the limit has room for it."""
        if self._pool is None:  # in memory nothing is waited for, and nothing fails: a deadline costs more than it
            return await self._windows.hit(limit, *names)
        now = self._monotonic()
        if now < self._resting_until:
            return True
        if self._is_away:  # one asks whether it is back; the others go on meanwhile
            self._resting_until = now + REST_SECONDS
        try:
            async with asyncio.timeout(self._deadline_seconds):
                has_room = await self._windows.hit(limit, *names)
        except (StorageError, OSError) as error:
            self._rest(error)
            return True
        self._is_back()
        return has_room

    async def seconds_until_room(self, limit: RateLimitItem, *names: str) -> int:
        """How long to wait at least, in whole seconds; the limit's whole period where the storage does not tell."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                stats = await self._windows.get_window_stats(limit, *names)
        except (StorageError, OSError):
            return limit.get_expiry()
        # At that very moment it is still taken.
        return max(0, math.floor(stats.reset_time - time.time())) + 1

    async def aclose(self) -> None:
        if self._pool:
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
