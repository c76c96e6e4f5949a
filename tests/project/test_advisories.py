"""Every published flaw on the list has a test that bears its id, and the page says so."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.advisories.flaws import GROUPS, Flaw
from tests.advisories.page import written
from tests.project.repository import text_of

FLAWS = [flaw for flaws in GROUPS.values() for flaw in flaws]


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.ids[0])
def test_a_flaw_has_a_test_that_bears_its_id(flaw: Flaw) -> None:
    path, _, name = flaw.test.partition("::")
    defined = {
        node.name
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in defined
    assert flaw.marks[0].replace(".", "_") in name


def test_no_id_stands_twice() -> None:
    assert [one for one, times in Counter(one for flaw in FLAWS for one in flaw.ids).items() if times > 1] == []


def test_the_page_is_the_list() -> None:
    assert text_of("docs/advisories.md") == written(), "make advisories"
