"""Counts in memory: a window that slides as the shared one does, few of them, and cheap."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from cognito_sso.rate_limit import RateLimit
from cognito_sso.web.counts import CountsInMemory
from tests.world import Clock

from .spending import LIMIT, spent

A_MOMENT = 0.001  # more than is lost to rounding


async def spent_before_an_edge() -> CountsInMemory:
    """By "a", in the last second of a period; now it is the next one's first."""
    clock = Clock()
    counts = CountsInMemory(clock=clock)
    clock.advance(60 - clock() % 60 - 1)
    await spent(counts, 3)
    clock.advance(2)
    return counts


async def test_there_is_room_for_as_many_as_the_limit_says() -> None:
    assert await spent(CountsInMemory(clock=Clock()), 5, "a") == [True, True, True, False, False]


async def test_each_limit_and_each_name_has_a_count_of_its_own() -> None:
    counts = CountsInMemory(clock=Clock())
    await spent(counts, 3, "a")
    assert await counts.spend(LIMIT, "b")
    assert await counts.spend(RateLimit(3, 61), "a")
    assert not await counts.spend(LIMIT, "a")


async def test_the_window_slides_so_that_two_bursts_around_its_edge_are_not_twice_the_limit() -> None:
    counts = await spent_before_an_edge()
    assert sum(await spent(counts, 3)) == 1


async def test_two_periods_later_nothing_is_left_of_it() -> None:
    clock = Clock()
    counts = CountsInMemory(clock=clock)
    await spent(counts, 3, "a")
    clock.advance(120)
    assert await spent(counts, 4, "a") == [True, True, True, False]


@given(
    most=st.integers(1, 6),
    seconds=st.integers(1, 90),
    steps=st.lists(st.floats(0, 100).map(lambda step: round(step, 1)), min_size=1, max_size=60),
)
async def test_it_counts_as_the_library_does_that_counts_for_replicas(
    most: int, seconds: int, steps: list[float]
) -> None:
    clock = Clock()
    counts, library = CountsInMemory(clock=clock), SlidingWindowCounterRateLimiter(MemoryStorage())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time", clock)
        for step in steps:
            clock.advance(step)
            told = await library.hit(RateLimitItemPerSecond(most, seconds), "a")
            assert await counts.spend(RateLimit(most, seconds), "a") is told


@given(
    most=st.integers(1, 30),
    seconds=st.integers(1, 600),
    steps=st.lists(st.floats(0, 100), min_size=1, max_size=60),
)
async def test_whoever_waits_as_told_finds_room_and_a_second_less_would_not_do(
    most: int, seconds: int, steps: list[float]
) -> None:
    clock, limit = Clock(), RateLimit(most, seconds)
    counts = CountsInMemory(clock=clock)
    for step in steps:
        clock.advance(step)
        while await counts.spend(limit, "a"):
            pass
        wait = await counts.seconds_until_room(limit, "a")
        assert 1 <= wait <= seconds + 1
        if wait > 1:
            clock.advance(wait - 1 - A_MOMENT)
            assert not await counts.spend(limit, "a")
            clock.advance(A_MOMENT - wait + 1)
        clock.advance(wait + A_MOMENT)
        assert await counts.spend(limit, "a")


async def test_a_flood_of_addresses_leaves_no_more_counts_than_there_may_be() -> None:
    counts = CountsInMemory(most=100, clock=Clock())
    for number in range(1_000):
        await spent(counts, 1, f"{number}")
    assert len(counts) == 100
    assert await spent(counts, 3, "999") == [True, True, False]
    assert await spent(counts, 3, "0") == [True, True, True]


async def test_whoever_comes_again_and_again_is_counted_through_a_flood() -> None:
    counts, often = CountsInMemory(most=100, clock=Clock()), RateLimit(15, 60)
    told = []
    for number in range(1_000):
        await spent(counts, 1, f"{number}")
        if number % 50 == 0:
            told.append(await counts.spend(often, "who comes again"))
    assert told == [True] * 15 + [False] * 5


async def test_what_counts_no_longer_makes_room_first_and_a_little_at_a_time() -> None:
    clock = Clock()
    counts = CountsInMemory(most=100, clock=clock)
    for number in range(50):
        await spent(counts, 1, f"{number}")
    clock.advance(120)
    sizes = []
    for number in range(20):
        await spent(counts, 1, f"new {number}")
        sizes.append(len(counts))
    assert sizes[0] > 40
    assert sizes[-1] == 20


async def test_what_still_counts_is_not_dropped_while_there_is_room() -> None:
    counts = await spent_before_an_edge()
    await spent(counts, 1, "new")
    assert sum(await spent(counts, 3)) == 1


async def test_who_is_refused_leaves_no_trace() -> None:
    counts = CountsInMemory(clock=Clock())
    await spent(counts, 3, "a")
    before = await counts.seconds_until_room(LIMIT, "a")
    await spent(counts, 1_000, "a")
    assert (len(counts), await counts.seconds_until_room(LIMIT, "a")) == (1, before)


async def test_a_clock_that_is_put_right_by_a_little_forgets_nobody() -> None:
    clock = Clock()
    counts = CountsInMemory(clock=clock)
    clock.advance(60 - clock() % 60 + 0.01)
    await spent(counts, 3, "a")
    clock.advance(-0.02)
    assert await spent(counts, 1, "a") == [False]


async def test_a_clock_that_is_set_back_locks_nobody_out_for_good() -> None:
    clock = Clock()
    counts = CountsInMemory(clock=clock)
    await spent(counts, 3, "a")
    clock.advance(-86_400)
    assert await spent(counts, 4, "a") == [True, True, True, False]


async def test_nothing_is_waited_for_and_no_task_is_left() -> None:
    before = asyncio.all_tasks()
    spending = CountsInMemory().spend(LIMIT, "a")
    with pytest.raises(StopIteration, match="True"):
        spending.send(None)
    assert asyncio.all_tasks() == before
