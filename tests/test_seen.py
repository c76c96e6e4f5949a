"""What may count once: within its time, and within bounds."""

from __future__ import annotations

import pytest

from cognito_sso.seen import MOST_REMEMBERED, Seen
from tests.world import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen(clock: Clock) -> Seen:
    return Seen(seconds=600, clock=clock)


def test_each_is_the_first_until_its_time_is_over(seen: Seen, clock: Clock) -> None:
    assert seen.is_first(b"one")
    clock.advance(599)
    assert not seen.is_first(b"one")
    clock.advance(1)
    assert seen.is_first(b"one")


def test_what_is_forgotten_takes_no_later_one_along(seen: Seen, clock: Clock) -> None:
    seen.is_first(b"one")
    clock.advance(500)
    seen.is_first(b"later")
    clock.advance(100)
    seen.is_first(b"makes room")
    assert not seen.is_first(b"later")


def test_where_there_are_too_many_the_first_that_came_are_forgotten(seen: Seen) -> None:
    for number in range(MOST_REMEMBERED + 5):
        assert seen.is_first(b"%d" % number)
    assert not seen.is_first(b"5")
    assert seen.is_first(b"4")
    assert len(seen._until) == MOST_REMEMBERED
