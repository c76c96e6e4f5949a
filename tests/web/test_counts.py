"""Counts in memory stay few and cheap; a storage that is away stops nobody, is left alone, and is told of once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from limits import parse

from cognito_sso.testing import listener
from cognito_sso.web.counts import REST_SECONDS, SECONDS_BETWEEN_LOG_LINES, BoundedMemory, Counts
from tests.world import Clock

LIMIT = parse("3/minute")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The library takes the time from `time.time`."""
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


async def spent(counts: Counts, times: int, *names: str) -> list[bool]:
    return [await counts.spend(LIMIT, *names) for _ in range(times)]


async def test_there_is_room_for_as_many_as_the_limit_says(clock: Clock) -> None:
    assert await spent(Counts(), 5, "a") == [True, True, True, False, False]


async def test_the_window_slides_so_that_two_bursts_around_its_edge_are_not_twice_the_limit(clock: Clock) -> None:
    counts = Counts()
    clock.advance(60 - clock() % 60 - 1)
    await spent(counts, 3, "a")
    clock.advance(2)
    assert sum(await spent(counts, 3, "a")) == 1


async def test_whoever_waits_as_told_finds_room(clock: Clock) -> None:
    counts = Counts()
    for _ in range(20):
        while await counts.spend(LIMIT, "a"):
            clock.advance(0.3)
        wait = await counts.seconds_until_room(LIMIT, "a")
        assert 1 <= wait <= 60
        clock.advance(wait)
        assert await counts.spend(LIMIT, "a")


async def test_a_flood_of_addresses_leaves_no_more_counts_than_there_may_be(clock: Clock) -> None:
    memory = BoundedMemory(most=100)
    for number in range(1_000):
        await memory.incr(f"{number}", 60)
    assert (len(memory.storage), len(memory.expirations), len(memory.locks)) == (100, 100, 0)
    assert await memory.get("999") == 1


async def test_what_has_expired_makes_room_first(clock: Clock) -> None:
    memory = BoundedMemory(most=100)
    for number in range(50):
        await memory.incr(f"{number}", 60)
    clock.advance(61)
    await memory.incr("new", 60)
    assert list(memory.storage) == ["new"]


async def test_a_hit_starts_no_task_that_would_look_at_every_count() -> None:
    counts = Counts()
    before = asyncio.all_tasks()
    await spent(counts, 5, "a")
    assert asyncio.all_tasks() == before


class Away:
    """Counts whose storage is nowhere, or takes connections and never says a word."""

    def __init__(self, *, silent: bool = False, deadline_seconds: float = 5.0) -> None:
        self.at = listener()
        port = self.at.getsockname()[1]
        if not silent:
            self.at.close()
        self.failures, self.seconds = 0, 0.0
        self.counts = Counts(
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
