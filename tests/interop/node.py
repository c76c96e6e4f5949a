"""Runs one of the scripts beside this file: JSON in, JSON out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LONGEST_SECONDS = 60


def node(script: str, given: dict[str, Any]) -> dict[str, Any]:
    command = ["node", script]
    ended = subprocess.run(
        command, cwd=HERE, input=json.dumps(given), capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer
