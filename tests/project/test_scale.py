"""The page about scale says what the arithmetic says, of the figures that it gives itself."""

from __future__ import annotations

import re

import pytest

from benchmarks.capacity import Costs, People, cookie_megabits, cores, quotas, replicas, table
from tests.project.repository import rows, text_of

PAGE = "docs/scale.md"
PEOPLE = People()


def measured() -> Costs:
    microseconds = {cells[0]: float(cells[4].split()[0]) for cells in rows(PAGE, "Request")}
    (cookie,) = re.findall(r"session cookie of (\d[\d,]*) bytes", text_of(PAGE))
    return Costs(
        start=microseconds["`/login/start`"] / 1e6,
        callback=microseconds["`/auth/callback`"] / 1e6,
        refresh=microseconds["`/auth/callback`"] / 1e6,  # the same work: one token request, one token to verify
        question=microseconds["`/auth/verify`, session cookie"] / 1e6,
        session_cookie=int(cookie.replace(",", "")),
    )


def test_the_quotas_of_the_page_are_computed() -> None:
    assert [f"| {' | '.join(cells)} |" for cells in rows(PAGE, "Quota")] == table(PEOPLE)


def test_the_replicas_and_the_bandwidth_of_the_page_are_computed() -> None:
    text, costs = text_of(PAGE), measured()

    assert f"**{cores(PEOPLE, costs):.1f} cores**" in text
    assert f"**{replicas(PEOPLE, costs)} replicas**" in text
    assert f"**{cookie_megabits(PEOPLE, costs):.0f} Mbit/s**" in text


def test_a_peak_is_what_its_formula_says() -> None:
    assert PEOPLE.peak() == pytest.approx(1_000_000 * 0.2 / 3600 * 1.5)
    assert PEOPLE.peak(3) == pytest.approx(3 * PEOPLE.peak())


def test_ten_thousand_a_day_need_nothing_to_be_asked_for() -> None:
    assert {quota.verdict for quota in quotas(People(sign_ins=10_000))} == {"enough"}


def test_refreshing_half_as_often_is_what_brings_a_million_under_the_quota_of_the_domain() -> None:
    def of_the_domain(people: People) -> str:
        return quotas(people)[-1].verdict

    assert of_the_domain(PEOPLE) == "not enough: see below"
    assert of_the_domain(People(refreshes_per_sign_in=1.5)) == "enough"
