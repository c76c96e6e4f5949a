"""How many in how long, as `SSO_RATE_LIMIT` writes it: `30/minute`. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_WRITTEN: Final = re.compile(
    r"\s*([0-9]{1,9})\s*(?:/|per)\s*([1-9][0-9]{0,8})?\s*(second|minute|hour|day)s?\s*", re.IGNORECASE
)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


class RateLimit(NamedTuple):
    """As many as `most` in each `seconds`."""

    most: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> RateLimit:
        """Of `30/minute`, `5 per second`, `100/5minutes`. Raises `ValueError`, without the text."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError("must be one limit such as 30/minute")
        most, periods, period = written.groups(default="1")
        limit = cls(int(most), int(periods) * _SECONDS[period.lower()])
        if limit.most < 1:
            raise ValueError("must allow at least one")
        return limit

    def __str__(self) -> str:
        return f"{self.most} in {self.seconds} seconds"
