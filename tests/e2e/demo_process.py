"""`cognito-sso demo --verbose` as a process of its own, and what its log must never say."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import coverage
import httpx

from tests.ports import free_ports

REPOSITORY = Path(__file__).parents[2]
ENDS_SECONDS = 20  # the service gives requests under way 15 to finish
SHORTEST_SECRET = 12  # shorter values are names and flags

_TOKEN = re.compile(r"eyJ[\w-]+")
_FULL_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.\w+")


class DemoProcess:
    """Started when made. The person at the keyboard sees `welcome`; the log goes to a file."""

    def __init__(self, folder: Path) -> None:
        service, stand_ins, frontend = free_ports(3)
        self.service = f"http://localhost:{service}"
        self.stand_ins = f"http://localhost:{stand_ins}"
        self.company_pages = f"http://127.0.0.1:{stand_ins}"
        self.frontend = f"http://localhost:{frontend}"
        self.control = Control(self.stand_ins)
        self.secrets: set[str] = set()
        self.has_signed_in = False
        self._log = folder / "demo.log"
        ports = [f"--service-port={service}", f"--stand-ins-port={stand_ins}", f"--frontend-port={frontend}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*measured_command(), "demo", "--verbose", *ports],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.welcome = self._read_welcome()

    def log_lines(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def end(self) -> int:
        """Ctrl-C, and the exit code."""
        self.control.close()
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(ENDS_SECONDS)
        finally:
            self._process.kill()
            self._process.communicate()

    def _read_welcome(self) -> str:
        assert self._process.stdout is not None
        welcome = ""
        for line in self._process.stdout:
            welcome += line
            if "Ctrl-C" in line:
                return welcome
        self._process.communicate()
        raise AssertionError(f"the demo did not start: {self._log.read_text('utf-8')}")


class Control:
    """The stand-ins' control API, and what it tells of the requests they got."""

    def __init__(self, stand_ins: str) -> None:
        self._http = httpx.Client(base_url=f"{stand_ins}/_control", trust_env=False)

    def fail(self, endpoint: str, **fault: Any) -> None:
        self._http.put("/faults", json={"endpoint": endpoint, **fault}).raise_for_status()

    def clear(self) -> None:
        self._http.delete("/faults").raise_for_status()
        self._http.delete("/journal").raise_for_status()

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        journal = self._http.get("/journal").raise_for_status().json()["requests"]
        return [entry for entry in journal if (entry["method"], entry["path"]) == (method, path)]

    def close(self) -> None:
        self._http.close()


def leaks(lines: list[str], secrets: set[str]) -> list[str]:
    """The log lines that hold a token, an e-mail address, or one of the values that browsers were given."""
    told = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    return [
        line
        for line in lines
        if _TOKEN.search(line) or _FULL_EMAIL.search(line) or any(secret in line for secret in told)
    ]


def measured_command() -> list[str]:
    """The installed command; measured too where the tests are measured."""
    script = str(Path(sys.executable).with_name("cognito-sso"))
    measured = [sys.executable, "-m", "coverage", "run"] if coverage.Coverage.current() else []
    return [*measured, script]
