"""Writes docs/advisories.md: `python -m tests.advisories`."""

from pathlib import Path

from tests.advisories.page import written

Path(__file__).parents[2].joinpath("docs", "advisories.md").write_text(written(), "utf-8")
