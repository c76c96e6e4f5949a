"""A Valkey, or a Redis, of a test's own on loopback."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.run import STORES

PASSWORD = "p@ss/word:%canary"


@contextmanager
def running(folder: Path, *options: str, port: int = 0) -> Iterator[int]:
    """Its port, once it takes requests. `--port 0 --tls-port {port}` among the options makes it speak TLS alone."""
    port = port or free_port()
    program = next(filter(None, map(shutil.which, STORES)))
    chosen = [option.replace("{port}", str(port)) for option in options] or ["--port", str(port)]
    quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]
    command = [program, *quiet, *chosen]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "Ready to accept connections" in line:
                    break
            else:
                raise AssertionError(f"it did not start: {lines}")
            yield port
        finally:
            process.kill()
