"""The repository as its own tests see it: its files, its Markdown, its tables."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "cognito_sso"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IN_CODE = re.compile(r"`([^`]+)`")


@cache
def files() -> tuple[Path, ...]:
    """Every file that git has or would take: tracked, and untracked but not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    paths = {ROOT / name for name in listed.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def pages() -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix == ".md")


def modules() -> tuple[Path, ...]:
    return tuple(sorted(SOURCES.rglob("*.py")))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [block for found, block in _FENCE.findall(text_of(name)) if found == language]


def rows(name: str, first_column: str) -> list[list[str]]:
    """The cells of the page's one table whose first heading is `first_column`."""
    lines = iter(text_of(name).splitlines())
    heading = f"| {first_column} |"
    if not any(line.startswith(heading) for line in lines):
        raise LookupError(f"{name} has no table that begins with {first_column}")
    next(lines)  # the rule below the headings
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def code(cell: str) -> str:
    """What stands between the first backticks of a cell."""
    found = _IN_CODE.search(cell)
    return found[1] if found else ""


def codes(cell: str) -> list[str]:
    return _IN_CODE.findall(cell)
