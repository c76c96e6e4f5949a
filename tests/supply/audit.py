"""What is locked, held against the published advisories: `make audit`.

pip-audit asks the Python package index. Where that tells no advisories, this says so and proves nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
LOCKS = ("server", "tracing", "test", "bench", "build", "lock")
# Each with the reason why it does no harm here, and the test that holds the reason.
EXPLAINED = {
    "CVE-2024-23342": "ecdsa comes along with python-jose and is never imported: tests/supply/test_ecdsa.py",
}


def main() -> int:
    ended = 0
    for lock in LOCKS:
        found = audited(REPOSITORY / "requirements" / f"{lock}.txt")
        unexplained = unexplained_flaws(found)
        print(f"{lock}.txt: {verdict(found, unexplained)}")  # noqa: T201 (whoever ran `make audit` reads it)
        ended |= bool(unexplained)
    return ended


def audited(lock: Path) -> list[dict[str, Any]]:
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--no-deps",
        "--format=json",
        "--progress-spinner=off",
    ]
    ran = subprocess.run([*command, "-r", str(lock)], capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except ValueError:
        return []
    return found


def unexplained_flaws(found: Iterable[dict[str, Any]]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {flaw['id']}"
        for package in found
        for flaw in package.get("vulns", ())
        if not {flaw["id"], *flaw.get("aliases", ())} & set(EXPLAINED)
    ]


def verdict(found: list[dict[str, Any]], unexplained: list[str]) -> str:
    examined = [package for package in found if "skip_reason" not in package]
    if unexplained:
        return "; ".join(unexplained)
    if not examined:
        return "not audited: no advisories can be had from here"
    return f"{len(examined)} of {len(found)} packages examined, nothing unexplained"


if __name__ == "__main__":
    sys.exit(main())
