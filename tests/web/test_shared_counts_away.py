"""A store of counts that is away stops nobody, is left alone, and is told of once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from cognito_sso.testing import listener
from cognito_sso.web.shared_counts import REST_SECONDS, SECONDS_BETWEEN_LOG_LINES, SharedCounts

from .spending import LIMIT, spent


class Away:
    """Counts whose storage is nowhere, or takes connections and never says a word."""

    def __init__(self, *, silent: bool = False, deadline_seconds: float = 5.0) -> None:
        self.at = listener()
        port = self.at.getsockname()[1]
        if not silent:
            self.at.close()
        self.failures, self.seconds = 0, 0.0
        self.counts = SharedCounts(
            f"async+redis://:canary@127.0.0.1:{port}",
            failed=self._failed,
            deadline_seconds=deadline_seconds,
            monotonic=lambda: self.seconds,
        )

    def _failed(self) -> None:
        self.failures += 1

    async def aclose(self) -> None:
        await self.counts.aclose()
        self.at.close()


@pytest.mark.parametrize("make", [Away, lambda: Away(silent=True, deadline_seconds=0.01)], ids=["refuses", "is silent"])
async def test_a_storage_that_is_away_has_room_for_everybody(
    make: Callable[[], Away], caplog: pytest.LogCaptureFixture
) -> None:
    away = make()
    assert await spent(away.counts, 10, "a") == [True] * 10
    assert away.failures == 1, "it was asked again at once"
    assert [record.message for record in caplog.records] == ["rate limits are not counted"]
    assert "canary" not in str(vars(caplog.records[0]))
    assert await away.counts.seconds_until_room(LIMIT, "a") == 60
    await away.aclose()


async def test_it_is_asked_again_after_a_rest_and_told_of_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    away = Away()
    for _ in range(int(SECONDS_BETWEEN_LOG_LINES / REST_SECONDS) + 1):
        await spent(away.counts, 3, "a")
        away.seconds += REST_SECONDS
    assert (away.failures, len(caplog.records)) == (13, 2)
    await away.aclose()


async def test_one_asks_whether_it_is_back_and_the_others_do_not_wait() -> None:
    away = Away(silent=True, deadline_seconds=0.01)
    await away.counts.spend(LIMIT, "a")
    away.seconds += REST_SECONDS
    asking = [asyncio.create_task(away.counts.spend(LIMIT, "a")) for _ in range(20)]
    assert await asyncio.gather(*asking) == [True] * 20
    assert away.failures == 2
    await away.aclose()
