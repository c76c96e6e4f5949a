"""A start that is called off ends at once, though it is the first process of a container.

From such a process Linux keeps every signal that it has no handler for (pid_namespaces(7)).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ports import free_port

from .served import COMMAND, process_environment

AS_FIRST = ("unshare", "--fork", "--pid", "--kill-child")


def can_be_first() -> bool:
    return os.geteuid() == 0 and subprocess.run([*AS_FIRST, "true"], check=False).returncode == 0


@pytest.mark.skipif(not can_be_first(), reason="a PID namespace of its own needs root on Linux")
def test_a_start_that_is_called_off_ends_at_once(tmp_path: Path) -> None:
    command = [*AS_FIRST, COMMAND, "serve", "--port", str(free_port())]
    with subprocess.Popen(
        command, env=process_environment(), cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as outside:
        children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
        while outside.poll() is None:
            with suppress(OSError):  # it has just ended
                for first in children.read_text().split():
                    os.kill(int(first), signal.SIGTERM)
            time.sleep(0.02)
        assert outside.stderr is not None
        log = outside.stderr.read()
    assert outside.returncode == 128 + signal.SIGTERM
    assert "running on" not in log
    assert "Traceback" not in log
