"""The stand-ins' own time, which a test can move without waiting."""

from collections.abc import Callable


class Clock:
    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds
