"""`cognito-sso serve` as a process of its own, behind stand-ins, with canaries in everything that is secret."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import httpx

from cognito_sso.demo.world import tenants_file
from cognito_sso.simulator import AppClient, Simulator
from cognito_sso.testing import listener, serving
from tests.browser import Browser
from tests.e2e.demo_process import REPOSITORY, measured_command
from tests.ports import free_port
from tests.world import CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, FRONTEND, POOL, PROVIDER, SERVICE, Roads

NOTHING_KEPT = httpx.Limits(max_keepalive_connections=0)  # a browser here is never closed
STARTS_SECONDS, ENDS_SECONDS = 60.0, 30.0
_BEGINNING = 24
_WORD = re.compile(r"[\w.~-]{12,}")
_TOKEN = re.compile(r"eyJ[\w-]{10,}|(?i:bearer)\s+[^\s\x22]{20,}")


class RunningService:
    """What a test sees of the process: its port, its log, its memory, and the secrets that must show up nowhere."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path, simulator: Simulator) -> None:
        self.port, self.simulator = port, simulator
        self.authorize_host, self.scalekit = "127.0.0.1", simulator.scalekit.url
        self.planted = {CLIENT_SECRET, quote(CLIENT_SECRET, safe=""), quote_plus(CLIENT_SECRET), COOKIE_KEY}
        self.canaries = set(self.planted)
        self._process, self._log = process, log

    def browser(self) -> Browser:
        """One that finds the service under its public name."""
        roads = {"login.app.example": _Door(self.port), "app.example": _Frontend()}
        return Browser(_Noting(Roads(roads, httpx.AsyncHTTPTransport(limits=NOTHING_KEPT)), self.canaries))

    def log_lines(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def command_line(self) -> str:
        return Path(f"/proc/{self._process.pid}/cmdline").read_text()

    def secrets(self) -> set[str]:
        """The planted ones, and all that Cognito was sent."""
        found = set(self.canaries)
        for entry in self.simulator.journal:
            for name in ("code", "code_verifier", "refresh_token", "token"):
                found |= set(entry.form.get(name, []))
            found.add(entry.headers.get("authorization", "").partition(" ")[2])
        return {secret for secret in found if len(secret) > 12}


class _Door(httpx.AsyncHTTPTransport):
    """The public https name, as the load balancer in front would reach the process."""

    def __init__(self, port: int) -> None:
        super().__init__(limits=NOTHING_KEPT)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        inner = httpx.Request(request.method, there, headers=request.headers, stream=request.stream)
        return await super().handle_async_request(inner)


class _Frontend(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="the app")


class _Noting(httpx.AsyncBaseTransport):
    """Notes what the browser is given to keep, and what it brings back: codes, states, sealed values."""

    def __init__(self, inner: httpx.AsyncBaseTransport, noted: set[str]) -> None:
        self._inner, self._noted = inner, noted

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        self._noted |= {one for name in ("code", "state", "nonce") if len(one := request.url.params.get(name, "")) > 12}
        for text in answer.headers.get_list("set-cookie"):
            name, _, value = text.partition(";")[0].partition("=")
            if name.startswith("__") and len(value) > 12:
                self._noted.add(value)
        return answer


@contextmanager
def running(folder: Path, *, program: Sequence[str] = (), **changed: str) -> Iterator[RunningService]:
    """`program` takes the place of the command."""
    at = listener()
    url = f"http://127.0.0.1:{at.getsockname()[1]}"
    client = AppClient(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        callback_urls=(f"{SERVICE}/auth/callback",),
        logout_urls=(f"{SERVICE}/auth/signed-out",),
        providers=(PROVIDER,),
    )
    simulator = Simulator(domain_url=url, issuer_url=url, scalekit_url=url, user_pool_id=POOL, clients=(client,))
    tenants, log, port = folder / "tenants.toml", folder / "service.log", free_port()
    tenants.write_text(tenants_file(simulator.people))
    settings = {
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET,
        "COGNITO_DOMAIN": url,
        "COGNITO_ISSUER": simulator.issuer,
        "COGNITO_IDENTITY_PROVIDER": PROVIDER,
        "SCALEKIT_ENVIRONMENT_URL": url,
        "SSO_PUBLIC_URL": SERVICE,
        "SSO_FRONTENDS": FRONTEND,
        "SSO_COOKIE_KEYS": COOKIE_KEY,
        "SSO_TENANTS_FILE": str(tenants),
        "SSO_LOG_LEVEL": "debug",
        "SSO_RATE_LIMIT": "1000000/second",
        "SSO_METRICS_PORT": "0",
        "SSO_DRAIN_SECONDS": "0",
        "COVERAGE_RCFILE": str(REPOSITORY / "pyproject.toml"),
        "COVERAGE_FILE": str(REPOSITORY / ".coverage"),
        **changed,
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))}
    with serving(simulator.app, at), log.open("wb") as told:
        command = [*(program or measured_command()), "serve", "--port", str(port)]
        process = subprocess.Popen(command, env={**others, **settings}, cwd=folder, stdout=told, stderr=told)
        try:
            _wait(port, process, log)
            yield RunningService(port, process, log, simulator)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(ENDS_SECONDS)


def leaks(service: RunningService) -> list[str]:
    """The log lines that hold a secret, a token, or are no JSON object of one line."""
    begun, planted = {secret[:_BEGINNING] for secret in service.secrets()}, service.planted
    return [line for line in service.log_lines() if not _is_json(line) or _tells(line, begun, planted)]


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _tells(line: str, begun: set[str], planted: set[str]) -> bool:
    """Whether it has a token, a planted secret, or a word that begins as one of the others: fields are cut short."""
    told = f"{line}\n{unquote(line)}"
    return (
        bool(_TOKEN.search(told))
        or any(secret in told for secret in planted)
        or not begun.isdisjoint(word[:_BEGINNING] for word in _WORD.findall(told))
    )


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the service did not start: {log.read_text('utf-8')}")
