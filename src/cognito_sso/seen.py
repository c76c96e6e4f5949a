"""What came before: so that what may count once counts once, in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_REMEMBERED: Final = 10_000


class Seen:
    """Remembers each for `seconds`; where there are more than 10,000, the oldest is forgotten."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def is_first(self, one: bytes) -> bool:
        """Whether it was not seen before. From now on it was."""
        now = self._clock()
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if one in self._until:
            return False
        if len(self._until) >= MOST_REMEMBERED:
            self._until.popitem(last=False)
        self._until[one] = now + self._seconds
        return True
