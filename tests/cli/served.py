"""`cognito-sso serve` as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.log_scan import scan
from tests.ports import free_port

COMMAND = str(Path(sys.executable).with_name("cognito-sso"))
SECRET, KEY = "canary-client-secret", "hJ3kqk3c0H4l0nB0m1bJ5l2mQ9uXz8r7sV6tY5wE4aE"
SET = {
    "COGNITO_USER_POOL_ID": "eu-north-1_6m0O668r5",
    "COGNITO_CLIENT_ID": "k6tana1l8b0bvhk9gfixkurr6",
    "COGNITO_CLIENT_SECRET": SECRET,
    "COGNITO_DOMAIN": "http://localhost:1",
    "COGNITO_ISSUER": "http://localhost:1/eu-north-1_6m0O668r5",
    "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
    "SSO_PUBLIC_URL": "http://localhost:8000",
    "SSO_FRONTENDS": "http://localhost:8002,http://localhost:8003",
    "SSO_COOKIE_KEYS": KEY,
    "SSO_DRAIN_SECONDS": "0",
    "SSO_METRICS_PORT": "0",
}


def process_environment(**changed: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COGNITO_", "SSO_", "SCALEKIT_"))}
    return {**kept, **SET, **changed}


class Served:
    """The service as a process that answers. `changed` are settings."""

    def __init__(self, folder: Path, *, port: int = 0, **changed: str) -> None:
        self.port = port or free_port()
        command = [COMMAND, "serve", "--port", str(self.port)]
        environment = process_environment(**changed)
        self._process = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        self._log = ""
        for line in self._process.stderr:
            self._log += line
            if "running on" in line:
                return
        self._process.communicate()
        raise AssertionError(f"the service did not start: {self._log}")

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended_by(signal.SIGKILL)

    def status(self, path: str, method: str = "GET") -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert "server" not in answer.headers
                assert bool(answer.read()) == (method != "HEAD")
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """The exit code and all that was logged."""
        if self._process.returncode is None:
            self.send(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """The same, where it ends by itself."""
        if self._process.returncode is None:
            self._log += self._process.communicate(timeout=20)[1]
            scan.read(self._log.splitlines())
        return self._process.returncode, self._log
