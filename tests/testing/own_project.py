"""Somebody else's project, whose tests use our plugin: written to a folder and run by a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import coverage

REPOSITORY = Path(__file__).parents[2]
SETTINGS = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
PLUGIN = "cognito_sso.testing.plugin"


def run(folder: Path, files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Its output and exit code. Warnings are errors there too."""
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "pytest.ini").write_text(SETTINGS, "utf-8")
    command = [*_python(), "-m", "pytest", "-p", "no:cacheprovider", *_plugin(), "-q", "-rA", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _python() -> list[str]:
    """Measured too where the tests are measured."""
    if coverage.Coverage.current() is None:
        return [sys.executable]
    data = f"--data-file={REPOSITORY / '.coverage'}"
    return [sys.executable, "-m", "coverage", "run", f"--rcfile={REPOSITORY / 'pyproject.toml'}", data]


def _plugin() -> list[str]:
    """Where the package was installed before it said that it has a plugin, pytest has to be told."""
    is_known = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    return [] if is_known else ["-p", PLUGIN]
