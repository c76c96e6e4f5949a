"""What a program says in an interpreter of its own, where nothing has been imported yet."""

from __future__ import annotations

import subprocess
import sys


def said_by(program: str) -> str:
    """Its standard output. A program that fails fails the test."""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
