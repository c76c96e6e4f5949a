"""Where the rate limits count: in this process; `shared_counts` has the other place."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from cognito_sso.rate_limit import RateLimit

MOST_COUNTS: Final = 65_536  # some 25 MB
_MOST_GO_AT_ONCE: Final = 4


class Counts(Protocol):
    """Sliding windows. The last whole period counts for as much of it as the window still covers, as if even."""

    async def spend(self, limit: RateLimit, *names: str) -> bool:
        """Counts one more of what `names` say, if the limit has room for it."""

    async def seconds_until_room(self, limit: RateLimit, *names: str) -> int:
        """How long to wait at least, in whole seconds."""

    async def aclose(self) -> None: ...


class Window(NamedTuple):
    """How many there were in the period before the one of that number since 1970, and in that one."""

    period: int
    previous: int
    current: int

    def at(self, period: int) -> Window:
        if self.period - 1 <= period <= self.period:  # a clock may be put right by a little
            return self
        return Window(period, self.current if period == self.period + 1 else 0, 0)

    def has_room(self, limit: RateLimit, passed: float) -> bool:
        """Whether one more may be, when that part of the period has passed, from 0 to 1."""
        return self.previous * (1 - passed) + self.current < limit.most

    def part_until_room(self, limit: RateLimit) -> float:
        """The part of the period that has to have passed; 1 where the next one is to be waited for."""
        return 1 - (limit.most - self.current) / max(self.previous, 1)


class CountsInMemory:
    """Never more than `most`: whoever has come longest ago makes room, and does so first if that counts no longer."""

    def __init__(self, *, most: int = MOST_COUNTS, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        # A plain dict is slow to tell its oldest.
        self._windows = OrderedDict[tuple[RateLimit, tuple[str, ...]], Window]()

    def __len__(self) -> int:
        return len(self._windows)

    async def spend(self, limit: RateLimit, *names: str) -> bool:
        now, key = self._clock(), (limit, names)
        window, passed = self._window(key, now)
        has_room = window.has_room(limit, passed)
        if has_room:
            if key not in self._windows:
                self._make_room(now)
            self._windows[key] = window._replace(current=window.current + 1)
        self._windows.move_to_end(key)
        return has_room

    async def seconds_until_room(self, limit: RateLimit, *names: str) -> int:
        window, passed = self._window((limit, names), self._clock())
        # At that very moment it is still taken.
        return max(0, math.floor((window.part_until_room(limit) - passed) * limit.seconds)) + 1

    async def aclose(self) -> None:
        """Nothing is open."""

    def _window(self, key: tuple[RateLimit, tuple[str, ...]], now: float) -> tuple[Window, float]:
        """As it is now, and the part of its period that has passed."""
        period, seconds = divmod(now, key[0].seconds)
        window = self._windows.get(key)
        return Window(int(period), 0, 0) if window is None else window.at(int(period)), seconds / key[0].seconds

    def _make_room(self, now: float) -> None:
        """For one: a few at a time, or whoever comes first after a flood would wait for all of it to go."""
        for _ in range(_MOST_GO_AT_ONCE):
            if len(self._windows) < self._most and not self._oldest_is_past(now):
                return
            self._windows.popitem(last=False)

    def _oldest_is_past(self, now: float) -> bool:
        if not self._windows:
            return False
        (limit, _), oldest = next(iter(self._windows.items()))
        return now >= (oldest.period + 2) * limit.seconds
