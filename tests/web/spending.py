"""Spending what a limit has, wherever it is counted."""

from __future__ import annotations

from cognito_sso.rate_limit import RateLimit
from cognito_sso.web.counts import Counts

LIMIT = RateLimit(3, 60)


async def spent(counts: Counts, times: int, name: str = "a") -> list[bool]:
    """Whether there was room, each time."""
    return [await counts.spend(LIMIT, name) for _ in range(times)]
