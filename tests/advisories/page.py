"""docs/advisories.md, as it follows from the list."""

from __future__ import annotations

from tests.advisories.flaws import GROUPS, Flaw

OPENING = """\
# Published flaws, and our tests

Flaws that were published of systems like this one, each with a test that bears its id and shows that we are immune. \
A row without one fails CI. This page is written by `make advisories`.
"""


def written() -> str:
    return "\n".join([OPENING, *(_group(title, flaws) for title, flaws in GROUPS.items())])


def _group(title: str, flaws: tuple[Flaw, ...]) -> str:
    rows = [f"| {', '.join(flaw.ids)} | {flaw.found_in} | {flaw.flaw} | {_link(flaw.test)} |" for flaw in flaws]
    return "\n".join([f"## {title}\n", "| Id | Found in | Flaw | Our test |", "|---|---|---|---|", *rows, ""])


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[`{name}`](../{path})"
