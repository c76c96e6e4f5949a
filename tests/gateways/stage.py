"""A real gateway in front of the real service and a small app, on loopback, started from the configuration we ship."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from cognito_sso.app import create_app
from cognito_sso.demo.world import tenants_file
from cognito_sso.settings import new_cookie_key, settings_of
from cognito_sso.simulator import AppClient, Simulator
from cognito_sso.testing import listener, serving
from tests.browser import Browser
from tests.ports import free_port

SHIPPED = Path(__file__).parents[2] / "examples" / "gateways"
POOL, CLIENT_ID, CLIENT_SECRET, PROVIDER = (
    "eu-north-1_6m0O668r5",
    "k6tana1l8b0bvhk9gfixkurr6",
    "s3cret",
    "ScalekitIdPRouter",
)
LONGEST_START_SECONDS = 20.0
ANSWER_SECONDS = 20.0
JANE = "jane@megasoft.example"
GROUPS = ["staff"]


# The app behind, and everybody who is asked


@dataclass
class Noting:
    """An ASGI app that notes what it is asked."""

    app: ASGIApp
    requests: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append(scope)
        await self.app(scope, receive, send)

    def of(self, path: str) -> list[Scope]:
        return [scope for scope in self.requests if scope["path"].startswith(path)]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what reached it."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    told = {
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body_bytes": len(body),
    }
    status = int(dict(scope["headers"]).get(b"x-answer-with", b"200"))
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


async def mad(scope: Scope, receive: Receive, send: Send) -> None:
    """A service that answers with the status that it is given as a token, and with headers that it never sets."""
    if scope["type"] != "http":
        return
    status = int(dict(scope["headers"]).get(b"authorization", b"Bearer 204").split()[1])
    headers = [(b"location", b"/"), (b"set-cookie", b"a=b"), (b"x-auth-request-user", b"x"), (b"x-other", b"y")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


# What came back


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for found, value in self.headers if found.lower() == name]
        assert len(values) <= 1, values
        return values[0] if values else None

    @property
    def seen(self) -> dict[str, Any]:
        """What the app saw."""
        return dict(json.loads(self.body))

    @property
    def identity(self) -> dict[str, list[str]]:
        """The app's identity headers, as one that makes no difference between `-`, `_` and `.` would read them."""
        found: dict[str, list[str]] = {}
        for name, value in self.seen["headers"]:
            plain = re.sub(r"[^a-z0-9]", "-", name.lower())
            if plain.startswith("x-auth-request-"):
                found.setdefault(plain.removeprefix("x-auth-request-"), []).append(value)
        return found


# The gateways


@dataclass(frozen=True)
class Ports:
    gateway: int
    sso: int
    app: int


@dataclass(frozen=True)
class Gateway:
    """How one is started, and how its configuration says which filters are asked for."""

    name: str
    prepare: Callable[[str, Path, Ports, str], list[str]]
    redirects: bool
    """To the login page, and takes one cookie out of many: what nginx and Caddy can, and the others can't."""
    refuses_with: int = 404
    package: str | None = None


def substituted(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, f"the shipped configuration no longer says {old}"
        text = text.replace(old, new)
    return text


def local(ports: Ports) -> dict[str, str]:
    return {"127.0.0.1:8000": f"127.0.0.1:{ports.sso}", "127.0.0.1:9000": f"127.0.0.1:{ports.app}"}


NGINX_MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include sso.conf;
}}
"""


def nginx(program: str, folder: Path, ports: Ports, filters: str) -> list[str]:
    changes = {
        **local(ports),
        "listen 8080;": f"listen 127.0.0.1:{ports.gateway};",
        'https://app.acme.com";': f'http://localhost:{ports.gateway}";',
        **({"http://sso/auth/verify;": f"http://sso/auth/verify?{filters};"} if filters else {}),
    }
    (folder / "sso.conf").write_text(substituted((SHIPPED / "nginx.conf").read_text(), changes))
    (folder / "nginx.conf").write_text(NGINX_MAIN.format(folder=folder))
    return [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]


def caddy(program: str, folder: Path, ports: Ports, filters: str) -> list[str]:
    changes = {
        **local(ports),
        "http://:8080": f"http://:{ports.gateway}",
        "redir @plain https://app.acme.com": f"redir @plain http://localhost:{ports.gateway}",
        "redir @navigation https://app.acme.com": f"redir @navigation http://localhost:{ports.gateway}",
        "=https://app.acme.com": f"=http://localhost:{ports.gateway}",
        **({"uri /auth/verify?": f"uri /auth/verify?{filters}"} if filters else {}),
    }
    (folder / "Caddyfile").write_text(substituted((SHIPPED / "Caddyfile").read_text(), changes))
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def traefik(program: str, folder: Path, ports: Ports, filters: str) -> list[str]:
    static = {'":8080"': f'"127.0.0.1:{ports.gateway}"', "filename: dynamic.yaml": f"filename: {folder}/dynamic.yaml"}
    dynamic = {**local(ports), **({"/auth/verify  #": f"/auth/verify?{filters}  #"} if filters else {})}
    text = substituted((SHIPPED / "traefik" / "dynamic.yaml").read_text(), dynamic)
    (folder / "dynamic.yaml").write_text(text)
    (folder / "traefik.yaml").write_text(substituted((SHIPPED / "traefik" / "traefik.yaml").read_text(), static))
    return [program, f"--configFile={folder / 'traefik.yaml'}"]


def envoy(program: str, folder: Path, ports: Ports, filters: str) -> list[str]:
    changes = {
        "127.0.0.1, port_value: 8000": f"127.0.0.1, port_value: {ports.sso}",
        "127.0.0.1, port_value: 9000": f"127.0.0.1, port_value: {ports.app}",
        "0.0.0.0, port_value: 8080": f"127.0.0.1, port_value: {ports.gateway}",
    }
    if filters:
        changes["path_prefix: /auth/verify"] = f'path_override: "/auth/verify?{filters}"'
    (folder / "envoy.yaml").write_text(substituted((SHIPPED / "envoy.yaml").read_text(), changes))
    return [program, "-c", str(folder / "envoy.yaml"), "--concurrency", "1", "--use-dynamic-base-id", "-l", "warning"]


GATEWAYS = {
    "nginx": Gateway("nginx", nginx, redirects=True, package="nginx"),
    "caddy": Gateway("caddy", caddy, redirects=True, package="caddy"),
    "traefik": Gateway("traefik", traefik, redirects=False, refuses_with=403),
    "envoy": Gateway("envoy", envoy, redirects=False),
}


def installed(gateway: Gateway) -> str | None:
    """Where it is: as NGINX=… and so on say, or on the PATH."""
    sbin = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return os.environ.get(gateway.name.upper()) or shutil.which(gateway.name, path=sbin)


def program_of(gateway: Gateway, folder: Path) -> str | None:
    """Where it is, if need be unpacked from Debian's package without installing it."""
    return installed(gateway) or (unpacked(gateway.package, folder) if gateway.package else None)


def may_be_here(gateway: Gateway) -> bool:
    return gateway.package is not None or installed(gateway) is not None


def unpacked(package: str, folder: Path) -> str | None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return None
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
    subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, capture_output=True, check=False)
    for archive in folder.glob(f"{package}_*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder], capture_output=True, check=False)
    found = [path for path in (folder / "usr/sbin" / package, folder / "usr/bin" / package) if path.exists()]
    works = found and subprocess.run([found[0], "-v"], capture_output=True, check=False).returncode in (0, 1)
    return str(found[0]) if works else None


# All of it together


class Stage:
    """One gateway, running. `sso` stands in for the service where a test wants one that misbehaves."""

    def __init__(
        self,
        gateway: Gateway,
        program: str,
        folder: Path,
        *,
        filters: str = "",
        sso: ASGIApp | None = None,
        is_up: bool = True,
    ) -> None:
        self.gateway = gateway
        self._program, self._folder, self._filters, self._is_up = program, folder, filters, is_up
        self._sockets = [listener() for _ in range(3)]
        sso_port, app_port, stand_ins_port = (one.getsockname()[1] for one in self._sockets)
        gateway_port = free_port()
        self.ports = Ports(gateway_port, sso_port, app_port)
        self.url = f"http://localhost:{gateway_port}"
        self.simulator = self._simulator(stand_ins_port)
        self.sso = Noting(sso or self._service())
        self.app = Noting(echo)

    @contextmanager
    def running(self) -> Iterator[Stage]:
        sso, app, stand_ins = self._sockets
        with ExitStack() as stack:
            for one in self._sockets:
                stack.callback(one.close)
            stack.enter_context(serving(self.simulator.app, stand_ins))
            stack.enter_context(serving(self.app, app))
            if self._is_up:
                stack.enter_context(serving(self.sso, sso))
            else:
                sso.close()
            stack.enter_context(self._gateway_process())
            yield self

    # Asking through the gateway

    def send(self, request: bytes) -> Reply:
        """Exactly these bytes, on a connection of their own."""
        with socket.create_connection(("127.0.0.1", self.ports.gateway), ANSWER_SECONDS) as connection:
            connection.sendall(request)
            return read_reply(connection)

    def get(self, path: str = "/", *headers: str, method: str = "GET", body: bytes = b"") -> Reply:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.ports.gateway}", "Connection: close", *headers]
        lines += [f"Content-Length: {len(body)}"] if body else []
        return self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def access_token(self, **claims: Any) -> str:
        usual = {"cognito:groups": [f"{POOL}_{PROVIDER}", *GROUPS]}
        return self.simulator.mint_access_token(JANE, claims={**usual, **claims})

    def bearer(self) -> str:
        return f"Authorization: Bearer {self.access_token()}"

    def session(self) -> str:
        """The cookies of somebody who signed in through the gateway, in a browser."""
        return asyncio.run(self._sign_in())

    async def _sign_in(self) -> str:
        self.simulator.tamper.id_claims = lambda claims: {
            **claims,
            "cognito:groups": [*claims["cognito:groups"], *GROUPS],
        }
        browser = Browser(httpx.AsyncHTTPTransport())
        await browser.goto(f"{self.url}/login/start?email={JANE}&return_to={self.url}/orders")
        page = await browser.press("Sign in", email=JANE, password="anything")
        assert str(page.url) == f"{self.url}/orders", page.text
        assert page.status_code == 200, page.text
        cookies = browser.http.build_request("GET", self.url).headers["cookie"]
        await browser.http.aclose()
        return f"Cookie: {cookies}"

    def _simulator(self, port: int) -> Simulator:
        client = AppClient(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            callback_urls=(f"{self.url}/auth/callback",),
            logout_urls=(f"{self.url}/auth/signed-out",),
            providers=(PROVIDER,),
        )
        return Simulator(
            domain_url=f"http://localhost:{port}",
            issuer_url=f"http://127.0.0.1:{port}",
            scalekit_url=f"http://127.0.0.1:{port}",
            user_pool_id=POOL,
            clients=(client,),
        )

    def _service(self) -> ASGIApp:
        tenants = self._folder / "tenants.toml"
        tenants.write_text(tenants_file(self.simulator.people))
        return create_app(
            settings_of(
                cognito_user_pool_id=POOL,
                cognito_client_id=CLIENT_ID,
                cognito_client_secret=CLIENT_SECRET,
                cognito_domain=self.simulator.pool.domain_url,
                cognito_issuer=self.simulator.issuer,
                cognito_identity_provider=PROVIDER,
                sso_public_url=self.url,
                sso_frontends=self.url,
                sso_cookie_keys=new_cookie_key(),
                sso_tenants_file=tenants,
            )
        )

    @contextmanager
    def _gateway_process(self) -> Iterator[None]:
        command = self.gateway.prepare(self._program, self._folder, self.ports, self._filters)
        log = self._folder / "gateway.log"
        home = {**os.environ, "HOME": str(self._folder), "XDG_DATA_HOME": str(self._folder)}
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=self._folder, stdout=output, stderr=output, env=home)
        try:
            self._wait_until_it_listens(process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes], log: Path) -> None:
        until = time.monotonic() + LONGEST_START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                if self.get("/auth/introspect").status == self.gateway.refuses_with:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{self.gateway.name} did not start: {log.read_text('utf-8', 'replace')}")


def read_reply(connection: socket.socket) -> Reply:
    """Until the other side closes, or as long as it says the body is."""
    connection.settimeout(ANSWER_SECONDS)
    raw = b""
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            piece = b""
        raw += piece
        if not piece or is_whole(raw):
            break
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    if not status:
        return Reply(0, [], b"")  # hung up without a word
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if any((name.lower(), value.lower()) == ("transfer-encoding", "chunked") for name, value in headers):
        body = unchunked(body)
    return Reply(int(status.split(" ")[1]), headers, body)


def is_whole(raw: bytes) -> bool:
    head, end, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
    is_chunked = re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE)
    if is_chunked:
        return body.endswith(b"0\r\n\r\n")
    return bool(end) and (bool(length and len(body) >= int(length[1])) or b" 204 " in head.split(b"\r\n")[0])


def unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        count = int(size or b"0", 16)
        whole, body = whole + rest[:count], rest[count + 2 :] if count else b""
    return whole
