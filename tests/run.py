"""Runs the tests, measured, with a real browser where one can be had: `python -m tests.run [pytest's arguments]`.

What this machine can't run is left out and told, but in CI (`CI=true`) nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
INTEROP = REPOSITORY / "tests" / "interop"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STORES = ("valkey-server", "redis-server")
LOWEST_COVERAGE = 95  # percent, lines and branches, of a full run
SIDE_BY_SIDE = ("-n", "2", "--no-loadscope-reorder")
"""For pytest-xdist. More processes than cores would be in each other's way."""

LEFT_OUT = {
    "e2e": "the tests in a real browser (no Chromium: `apt-get install chromium`, or set CHROMIUM to its path)",
    "valkey": "the tests of counts that replicas share (no valkey-server or redis-server)",
    "container": "the tests in containers (no Docker engine with Compose answers; DOCKER is the program's path)",
    "node": "the tests with npm packages (no node and npm, or `npm ci` failed in tests/interop)",
}


def main(arguments: Sequence[str]) -> int:
    missing = missing_marks(chosen_mark(arguments))
    for mark in missing:
        tell(f"Left out: {LEFT_OUT[mark]}. To run them then:  make test, or .venv/bin/python -m tests.run -m {mark}")
    if missing and os.environ.get("CI") == "true":
        tell("In CI nothing may be left out.")
        return 1
    ended = run_measured([*arguments, *deselecting(missing, arguments)])
    is_full = not arguments and not missing
    return ended or (report() if is_full else 0)


def chosen_mark(arguments: Sequence[str]) -> str | None:
    """The expression of `-m`, which asks for less than everything."""
    return arguments[arguments.index("-m") + 1] if "-m" in arguments[:-1] else None


def missing_marks(chosen: str | None) -> list[str]:
    """The marks of the tests that were asked for but can't run here, after trying to get what they need."""
    needed = {
        "container": have_engine,
        "e2e": have_browser,
        "node": have_node_packages,
        "valkey": have_valkey,
    }
    return [mark for mark, is_there in needed.items() if asks_for(mark, chosen) and not is_there()]


def asks_for(mark: str, chosen: str | None) -> bool:
    return chosen in (None, mark) or (chosen.startswith("not ") and mark not in chosen)


def deselecting(missing: Sequence[str], arguments: Sequence[str]) -> list[str]:
    if not missing:
        return []
    expression = " and ".join(f"not {mark}" for mark in missing)
    chosen = chosen_mark(arguments)
    return ["-m", f"({chosen}) and {expression}" if chosen else expression]


def browser_path() -> str | None:
    chosen = os.environ.get("CHROMIUM")
    return chosen or next(filter(None, map(shutil.which, BROWSERS)), None)


def have_browser() -> bool:
    if browser_path() is None and can_install():
        tell("No Chromium here: installing Debian's (apt-get install chromium) for the browser tests ...")
        install("chromium")
    return browser_path() is not None


def have_valkey() -> bool:
    if not any(map(shutil.which, STORES)) and can_install():
        tell("No Valkey here: installing Debian's redis-server ...")
        install("redis-server")
    return any(map(shutil.which, STORES))


def can_install() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def install(package: str) -> None:
    """Failing is no error here: whoever asked looks whether it is there."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        subprocess.run(["apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False)


def have_engine() -> bool:
    from tests.container.engine import engine_answers  # imports httpx, which only this needs

    return engine_answers()


def have_node_packages() -> bool:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    if npm_has_installed(INTEROP):
        return True
    tell("Getting the npm packages of tests/interop (npm ci) ...")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    return subprocess.run(command, cwd=INTEROP, check=False).returncode == 0


def npm_has_installed(folder: Path) -> bool:
    """What the lock file says now, not what an older one said."""
    installed = folder / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def run_measured(arguments: Sequence[str]) -> int:
    coverage("erase")
    command = [sys.executable, "-m", "pytest", *SIDE_BY_SIDE, *arguments]
    environment = {**os.environ, "COVERAGE_PROCESS_START": str(REPOSITORY / "pyproject.toml")}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def report() -> int:
    """What a full run went through, held to a number. (After any other: `coverage combine`, `coverage report`.)"""
    return coverage("combine", "--quiet") or coverage("report", f"--fail-under={LOWEST_COVERAGE}")


def coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=REPOSITORY, check=False).returncode


def tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (whoever ran `make test` reads it)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
