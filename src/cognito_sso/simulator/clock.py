"""The stand-ins' own time, which a test can move without waiting."""

from collections.abc import Callable


class Clock:
    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._source() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
