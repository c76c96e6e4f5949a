"""A limit as an operator writes it: read in one way, or refused with what is wrong."""

from __future__ import annotations

import pytest

from cognito_sso.rate_limit import RateLimit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("30/minute", RateLimit(30, 60)),
        ("5 per second", RateLimit(5, 1)),
        ("100/5minutes", RateLimit(100, 300)),
        (" 2 Per 3 Hours ", RateLimit(2, 10_800)),
        ("1/day", RateLimit(1, 86_400)),
    ],
)
def test_a_number_and_a_period(text: str, limit: RateLimit) -> None:
    assert RateLimit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "30", "minute", "30/0minutes", "-1/minute", "1e3/minute", "30/month", "٣/minute"])
def test_anything_else_is_told_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="must be one limit such as 30/minute"):
        RateLimit.parse(text)


def test_nobody_can_be_let_in_never() -> None:
    with pytest.raises(ValueError, match="must allow at least one"):
        RateLimit.parse("0/minute")
