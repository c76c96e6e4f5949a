"""The audit finds what it is there for, explains only what is still locked, and never calls silence good news."""

from __future__ import annotations

import pytest

from tests.project.repository import text_of
from tests.supply.audit import EXPLAINED, unexplained_flaws, verdict

BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": []}]}
ECDSA = {"name": "ecdsa", "version": "0.19", "vulns": [{"id": "PYSEC-2", "aliases": ["CVE-2024-23342"]}]}
UNKNOWN = {"name": "y", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize("found", [[BAD], [ECDSA, BAD], [UNKNOWN, BAD]], ids=["alone", "beside", "half"])
def test_an_unexplained_flaw_is_told_sec_552(found: list[dict[str, object]]) -> None:
    assert unexplained_flaws(found) == ["x 1: PYSEC-1"]
    assert "PYSEC-1" in verdict(found, unexplained_flaws(found))


def test_an_explained_one_is_not() -> None:
    assert unexplained_flaws([ECDSA]) == []
    assert verdict([ECDSA], []).startswith("1 of 1")


@pytest.mark.parametrize("found", [[], [UNKNOWN]], ids=["nothing", "unknown"])
def test_silence_is_no_good_news(found: list[dict[str, object]]) -> None:
    assert verdict(found, []).startswith("not audited")


def test_what_is_explained_is_still_locked() -> None:
    assert "ecdsa==" in text_of("requirements/server.txt")
    assert all("ecdsa" in why for why in EXPLAINED.values())
