"""The list of what is inside (CycloneDX 1.6), from the lock that the image installs: `make sbom`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
LOCK = REPOSITORY / "requirements" / "server.txt"


def sbom() -> dict[str, Any]:
    """The same for the same lock: no time, no serial number."""
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--output-format=JSON"]
    project = f"--pyproject={REPOSITORY / 'pyproject.toml'}"
    ran = subprocess.run([*command, "--sv=1.6", project, str(LOCK)], capture_output=True, text=True, check=True)
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


if __name__ == "__main__":
    sys.stdout.write(json.dumps(sbom(), indent=2) + "\n")
