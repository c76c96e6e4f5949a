"""CPU time as the kernel counts it: of a server for each request, of a worker for each operation, of a start."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).parents[1]
CORES = sorted(os.sched_getaffinity(0))
CORE, OTHER_CORE = CORES[-1], CORES[0]  # what is measured, with wrk; what only has to be there
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 32
WRK_SECONDS = 2
LONGEST_START_SECONDS = 30

# As where it is installed: every module is compiled by the start before. (`pip install` does it for all but our own,
# which are a checkout here.)
_COMPILED_ONCE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

Cost = Callable[[], float]
"""Seconds of CPU for one request, operation or start; or bytes."""


class BenchmarkError(Exception):
    """What was to be measured did not do its work."""


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads that a process has or had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        raise BenchmarkError("the process has ended")
    return int(found[1]) * 1024


@dataclass(frozen=True)
class Asked:
    """A request, and the status it must be answered with. `script` is Lua for wrk where each request is another."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    status: int = 200
    script: Path | None = None


class Process:
    """A child on one core; it says a line when it is up."""

    def __init__(self, stack: ExitStack, command: Sequence[str], *, core: int = CORE) -> None:
        self._child = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(self.end)
        self.pid = self._child.pid  # taskset becomes the command

    def line(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline().strip()
        if not line:
            raise BenchmarkError(f"{self._child.args} has ended")
        return line

    def tell(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def end(self) -> None:
        self._child.kill()
        self._child.wait()


class Server(Process):
    """Says its port. Each path of it is a contender."""

    def __init__(self, stack: ExitStack, command: Sequence[str], *, core: int = CORE) -> None:
        super().__init__(stack, command, core=core)
        self.port = int(self.line())
        self._sent = 0

    def cost_of(self, asked: Asked) -> Cost:
        """CPU seconds of the server for one request. The first ones, which warm it up, are not counted."""
        self.answer([asked])
        self._cost(asked)
        return lambda: self._cost(asked)

    def answer(self, all_of: Iterable[Asked]) -> None:
        """One after the other, each with the status that it must be answered with; before anything is measured."""
        with closing(_connection(self.port)) as connection:
            for asked in all_of:
                if (status := _answer_status(connection, asked)) != asked.status:
                    raise BenchmarkError(f"{asked.path} answered {status}, not {asked.status}")

    def _cost(self, asked: Asked) -> float:
        before = cpu_seconds(self.pid)
        requests = self._load(asked)
        return (cpu_seconds(self.pid) - before) / requests

    def _load(self, asked: Asked) -> int:
        command = ["taskset", "--cpu-list", str(CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s"]
        command += ["--timeout", f"{LONGEST_START_SECONDS}s"]  # a busy machine is no fault
        for name, value in asked.headers.items():
            command += ["-H", f"{name}: {value}"]
        url = f"http://127.0.0.1:{self.port}{asked.path}"
        # A script goes on where it stopped, so that what the server remembers is what it will not be asked again.
        script = ["-s", str(asked.script), url, "--", str(self._sent)] if asked.script else [url]
        told = subprocess.run([*command, *script], check=True, capture_output=True, text=True).stdout
        requests = int(re.search(r"(\d+) requests in", told)[1])  # type: ignore[index]
        if requests == 0 or "Non-2xx" in told or "Socket errors" in told:
            raise BenchmarkError(told)
        self._sent += requests + 2 * CONNECTIONS
        return requests


class Worker(Process):
    """Is told an operation's name, does it for a while, and says what one took."""

    def cost_of(self, operation: str) -> Cost:
        self._cost(operation)
        return lambda: self._cost(operation)

    def _cost(self, operation: str) -> float:
        self.tell(operation)
        return float(self.line())


def start_costs(
    command: Callable[[int], Sequence[str]], environment: Mapping[str, str], ready: str
) -> tuple[Cost, Cost]:
    """CPU seconds from nothing to the first good answer at the path `ready`; resident bytes then."""
    return (
        lambda: _started(command, environment, ready, cpu_seconds),
        lambda: _started(command, environment, ready, resident_bytes),
    )


def _started(
    command: Callable[[int], Sequence[str]],
    environment: Mapping[str, str],
    ready: str,
    measured: Callable[[int], float],
) -> float:
    port = free_port()
    child = subprocess.Popen(
        ["taskset", "--cpu-list", str(CORE), *command(port)],
        cwd="/",
        env={**_COMPILED_ONCE, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(child, port, ready)
        return measured(child.pid)
    finally:
        child.kill()
        child.wait()


def _wait_until_ready(child: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + LONGEST_START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), closing(_connection(port)) as connection:
            if _answer_status(connection, Asked(path)) == 200:
                return
        time.sleep(0.01)
    raise BenchmarkError(f"{child.args!r} was never ready")


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_START_SECONDS)


def _answer_status(connection: http.client.HTTPConnection, asked: Asked) -> int:
    connection.request(asked.method, asked.path, headers=dict(asked.headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status
