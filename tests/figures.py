"""What the hostile tests tried, counted while they run; as a plugin of pytest (`make figures`) it tells the figures.

A test adds to `tried`; what gets through fails its test, and is counted by that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

tried: Counter[str] = Counter()


@dataclass(frozen=True)
class Figure:
    """`tests` by the beginning of their ids; with `each_case` their cases are what is counted."""

    tried: str
    got_through: str
    tests: tuple[str, ...]
    each_case: bool = False


FIGURES = {
    "tokens": Figure(
        "forged or malformed tokens tried",
        "accepted",
        (
            "tests/blackbox/test_bearer_tokens.py",
            "tests/verify/test_attacks.py",
            "tests/verify/test_mutations.py",
            "tests/advisories/test_jose.py",
        ),
    ),
    "redirects": Figure("hostile redirects tried", "escaped", ("tests/blackbox/test_redirects.py",)),
    "faults": Figure(
        "faults injected",
        "sessions or logins lost",
        (
            "tests/journeys/test_what_comes_back.py::TestAnOutage",
            "tests/journeys/test_what_comes_back.py::TestRefreshing",
            "tests/journeys/test_refresh_races.py",
            "tests/faults",
        ),
        each_case=True,
    ),
    "requests": Figure(
        "requests fuzzed or malformed", "answered by 5xx", ("tests/fuzz", "tests/blackbox/test_raw_requests.py")
    ),
    "lines": Figure("log lines read for secrets", "secrets found", ("tests/blackbox",)),
}


_ended: dict[str, list[str]] = {"passed": [], "failed": []}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed or report.when == "call":
        _ended.setdefault(report.outcome, []).append(report.nodeid)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.section("figures")
    for line in told(_ended["passed"], _ended["failed"]):
        terminalreporter.write_line(line)


def told(passed: list[str], failed: list[str]) -> list[str]:
    """One line for each figure, of the ids of the tests that ended."""
    lines = []
    for name, figure in FIGURES.items():
        count = sum(one.startswith(figure.tests) for one in passed) if figure.each_case else tried[name]
        through = sum(one.startswith(figure.tests) for one in failed)
        lines.append(f"{count:>9,} {figure.tried}: {through} {figure.got_through}")
    return lines
