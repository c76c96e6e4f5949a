"""Every threat has a defence in a module that is there, and a test that is there."""

from __future__ import annotations

import re

import pytest

from tests.project.repository import ROOT, rows

PAGE = "docs/threat-model.md"
THREATS = rows(PAGE, "Threat")


@pytest.mark.parametrize("cells", THREATS, ids=lambda cells: cells[0])
def test_a_threat_has_its_module_and_its_test(cells: list[str]) -> None:
    _, defence, module, tests = cells
    assert defence
    assert all(path.startswith(("../src/", "../requirements/")) for path in links(module))
    assert all(path.startswith("../tests/") for path in links(tests))
    for path in (*links(module), *links(tests)):
        assert (ROOT / "docs" / path).is_file(), path


def links(cell: str) -> list[str]:
    found = re.findall(r"\]\(([^)]+)\)", cell)
    assert found
    return found
