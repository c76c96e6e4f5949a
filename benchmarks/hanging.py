"""`python -m benchmarks.hanging`: p99 of `/auth/verify` and `/me` alone, and while 500 callbacks hang; in one run."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import httpx

from cognito_sso.assembly import create_services
from tests.browser import Browser
from tests.ports import free_port
from tests.upstream.misbehaving_cognito import FAULTS, TOKEN, MisbehavingCognito
from tests.upstream.stage import YOU
from tests.world import CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, FRONTEND, POOL, PROVIDER, keep_session, settings_for

CALLBACKS, SECONDS, CONNECTIONS, ROUNDS = 500, 6, 8, 7
SETTLING_SECONDS = 4  # all of them have been told once that there is no place


async def main() -> None:
    async with MisbehavingCognito() as cognito, serving(cognito) as service:
        cookie = await session_cookie(cognito)
        print("p99 in ms, alone and while callbacks hang")  # each pair right after the other: the machine changes
        for path in ("/auth/verify", "/me"):
            ratios = []
            for _ in range(ROUNDS):
                alone = await p99(service + path, cookie)
                async with hanging(cognito, service):
                    beside = await p99(service + path, cookie)
                ratios.append(beside / alone)
                print(f"{path:13} {alone:6.2f} {beside:6.2f}  x{ratios[-1]:.2f}", flush=True)
            print(f"{path:13} median        x{median(ratios):.2f}", flush=True)


@asynccontextmanager
async def serving(cognito: MisbehavingCognito) -> AsyncIterator[str]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))},
        **{name.upper(): str(value) for name, value in cognito.settings.items()},
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET,
        "COGNITO_IDENTITY_PROVIDER": PROVIDER,
        "SSO_PUBLIC_URL": "https://login.app.example",
        "SSO_FRONTENDS": FRONTEND,
        "SSO_COOKIE_KEYS": COOKIE_KEY,
        "SSO_RATE_LIMIT": "1000000/second",
        "SSO_METRICS_PORT": "0",
        "SSO_DRAIN_SECONDS": "0",
        "SSO_LOG_LEVEL": "error",
    }
    program = Path(sys.executable).with_name("cognito-sso")
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            program, "serve", "--port", str(port), env=environment, cwd=folder, stderr=subprocess.DEVNULL
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await ready(url)
            yield url
        finally:
            process.kill()
            await process.wait()


async def ready(url: str) -> None:
    async with httpx.AsyncClient() as probe, asyncio.timeout(60):
        while True:
            try:
                if (await probe.get(url + "/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def session_cookie(cognito: MisbehavingCognito) -> str:
    """Sealed with the same key, so that the process takes it for its own."""
    async with httpx.AsyncClient() as http:
        services = create_services(settings_for(**cognito.settings), http=http)
        browser = Browser(httpx.MockTransport(lambda _: httpx.Response(404)))
        await keep_session(browser, services, cognito.simulator, cognito.clock(), YOU)
    kept = {one.name: one.value for one in browser.http.cookies.jar}
    return f"__Host-sso_session={kept['__Host-sso_session']}"


@asynccontextmanager
async def hanging(cognito: MisbehavingCognito, service: str) -> AsyncIterator[None]:
    """As many callbacks as there may be, each coming again when it was told to."""
    cognito.faults[TOKEN] = FAULTS["hangs"]
    requests = await callbacks(service)
    callers = [asyncio.create_task(call_back(service, request)) for request in requests]
    await asyncio.sleep(SETTLING_SECONDS)
    yield
    assert not any(caller.done() for caller in callers), "nothing hung"
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    cognito.faults.clear()
    cognito.hang_up()
    await asyncio.sleep(3)  # those in the queue give up


async def callbacks(service: str) -> list[bytes]:
    """Requests that are ready to be sent: a client library would take more of the two cores than the service."""
    async with httpx.AsyncClient(base_url=service) as http:
        logins = [await http.get("/login/start", params={"email": YOU}) for _ in range(CALLBACKS)]
    return [callback(login) for login in logins]


def callback(login: httpx.Response) -> bytes:
    state = httpx.URL(login.headers["location"]).params["state"]
    cookie = login.headers["set-cookie"].partition(";")[0]
    return f"GET /auth/callback?code=x&state={state} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()


async def call_back(service: str, request: bytes) -> None:
    """Until it is cancelled."""
    url = httpx.URL(service)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(member(head, b"content-length")))
            await asyncio.sleep(int(member(head, b"retry-after")))
    finally:
        writer.close()


def member(head: bytes, name: bytes) -> bytes:
    """The value of a header that has to be there."""
    found = re.search(rb"\r\n%b: ([^\r]*)" % name, head)
    assert found, head
    return found[1]


async def p99(url: str, cookie: str) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H", f"Cookie: {cookie}", url]
    ran = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    out, _ = await ran.communicate()
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", out.decode())
    assert found, out.decode()
    assert "Non-2xx" not in out.decode(), out.decode()
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


if __name__ == "__main__":
    asyncio.run(main())
