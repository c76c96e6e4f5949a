"""Every number of the catalogue of attacks is answered, and every answer is where it is said to be."""

from __future__ import annotations

import re
from functools import cache

from tests.catalogue import NOT_APPLICABLE, NUMBERS, PROVEN_BY
from tests.project.repository import ROOT, text_of


@cache
def proven() -> frozenset[int]:
    """The numbers that tests, their names and their tables of cases bear."""
    found: set[int] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name != "catalogue.py":
            found |= {int(number) for number in re.findall(r"(?i:sec)[_-](\d{3})", path.read_text("utf-8"))}
    return frozenset(found)


def test_every_number_is_answered() -> None:
    answered = proven() | set(PROVEN_BY) | set(NOT_APPLICABLE)
    assert [number for number in NUMBERS if number not in answered] == []


def test_no_excuse_stands_for_what_is_proven() -> None:
    assert set(NOT_APPLICABLE) & (proven() | set(PROVEN_BY)) == set()


def test_every_proof_is_where_it_is_said_to_be() -> None:
    for number, place in PROVEN_BY.items():
        path, _, name = place.partition(": ")
        assert name in text_of(path), number
