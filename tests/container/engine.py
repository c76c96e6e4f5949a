"""A Docker engine, and the repository's compose file on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_ports

REPOSITORY = Path(__file__).parents[2]
IMAGE = "cognito-sso"
LOCKED_DOWN = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
LONGEST_COMMAND_SECONDS = 300
LONGEST_TEST_SECONDS = 600  # the first one of all builds the image
MANY = "100000/minute"  # of requests: all of a test's people come from one address


def docker() -> str | None:
    return os.environ.get("DOCKER") or shutil.which("docker")


@cache
def engine_answers() -> bool:
    program = docker()
    if program is None or compose_command() is None:
        return False
    return subprocess.run([program, "info"], capture_output=True, check=False).returncode == 0


@cache
def compose_command() -> tuple[str, ...] | None:
    """Docker's own plug-in, or the older program beside it."""
    program = docker()
    if program and subprocess.run([program, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return (program, "compose")
    older = shutil.which("docker-compose")
    return (older,) if older else None


def run(*command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Both outputs in one, as a person at a terminal sees them."""
    ended = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_COMMAND_SECONDS,
        check=False,
        **options,
    )
    assert not check or ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}"
    return ended


def in_docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return run(str(docker()), *arguments, check=check)


def build(folder: Path = REPOSITORY, *arguments: str, tag: str = IMAGE) -> str:
    """What the builder said."""
    return in_docker("build", "--tag", tag, *arguments, str(folder)).stdout


def inspected(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(in_docker("inspect", name).stdout)
    return found[0]


class Demo:
    """`docker compose up` on ports that are free."""

    def __init__(self) -> None:
        service, stand_ins, frontend = free_ports(3)
        self.service = f"http://localhost:{service}"
        self.stand_ins = f"http://cognito.localhost:{stand_ins}"
        self.frontend = f"http://localhost:{frontend}"
        self._project = f"cognito-sso-test-{os.getpid()}"
        self.network = f"{self._project}_default"
        self._containers: dict[str, str] = {}
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self._project,
            "SERVICE_PORT": str(service),
            "STAND_INS_PORT": str(stand_ins),
            "FRONTEND_PORT": str(frontend),
            "SSO_RATE_LIMIT": MANY,
        }

    def compose(self, *arguments: str, check: bool = True) -> str:
        command = compose_command()
        assert command is not None
        return run(*command, *arguments, check=check, cwd=REPOSITORY, env=self._environment).stdout

    def container(self, part: str) -> str:
        """Its id, which it keeps when it is started anew."""
        if part not in self._containers:
            self._containers[part] = self.compose("ps", "-q", part).split()[-1]
        return self._containers[part]

    def inside(self, part: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return in_docker("exec", self.container(part), *command, check=check)

    def log(self, part: str) -> str:
        return in_docker("logs", self.container(part)).stdout

    def is_ready(self, part: str) -> bool:
        return self.inside(part, "python", "-m", "cognito_sso.healthy", "--ready", check=False).returncode == 0

    def control(self, method: str, path: str, **body: Any) -> Any:
        """The stand-ins' control API."""
        with httpx.Client(transport=_Loopback(), trust_env=False) as client:
            answer = client.request(method, f"{self.stand_ins}/_control{path}", json=body or None)
        return answer.raise_for_status().json()

    def token_requests(self) -> list[dict[str, Any]]:
        journal = self.control("GET", "/journal")["requests"]
        return [entry for entry in journal if (entry["method"], entry["path"]) == ("POST", "/oauth2/token")]


def _on_this_machine(request: httpx.Request) -> httpx.Request:
    """As browsers do (RFC 6761 section 6.3): every `*.localhost` is this machine. The Host header stays what it was."""
    if not request.url.host.endswith(".localhost"):
        return request
    return httpx.Request(
        request.method,
        request.url.copy_with(host="127.0.0.1"),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


class _Loopback(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(_on_this_machine(request))


class Loopback(httpx.AsyncHTTPTransport):
    """The whole demo's network, as a browser on this machine sees it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(_on_this_machine(request))
