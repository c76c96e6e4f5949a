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

import httpx

from cognito_sso.assembly import create_services
from tests.browser import Browser
from tests.ports import free_port
from tests.upstream.misbehaving_cognito import FAULTS, TOKEN, MisbehavingCognito
from tests.upstream.stage import YOU
from tests.world import CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, FRONTEND, POOL, PROVIDER, keep_session, settings_for

CALLBACKS, SECONDS, CONNECTIONS, ROUNDS = 500, 6, 8, 3


async def main() -> None:
    async with MisbehavingCognito() as cognito, serving(cognito) as service:
        cookie = await session_cookie(cognito)
        print("p99 in ms, alone and while callbacks hang")  # each pair right after the other: the machine changes
        for path in ("/auth/verify", "/me"):
            for _ in range(ROUNDS):
                alone = await p99(service + path, cookie)
                async with hanging(cognito, service):
                    beside = await p99(service + path, cookie)
                print(f"{path:13} {alone:6.2f} {beside:6.2f}  x{beside / alone:.2f}")


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
    """As many callbacks as there may be, each begun anew when it was told to come back."""
    cognito.faults[TOKEN] = FAULTS["hangs"]
    async with httpx.AsyncClient(base_url=service, limits=httpx.Limits(max_connections=None), timeout=60) as http:
        logins = [await http.get("/login/start", params={"email": YOU}) for _ in range(CALLBACKS)]
        http.cookies.clear()
        going = [asyncio.create_task(call_back(http, login)) for login in logins]
        await asyncio.sleep(1)
        yield
        told = sum(1 for task in going if task.done())
        assert told < CALLBACKS, "nothing hung"
        for task in going:
            task.cancel()
    cognito.faults.clear()
    cognito.hang_up()
    await asyncio.sleep(3)  # those in the queue give up


async def call_back(http: httpx.AsyncClient, login: httpx.Response) -> httpx.Response:
    state = httpx.URL(login.headers["location"]).params["state"]
    cookie = login.headers["set-cookie"].partition(";")[0]
    return await http.get("/auth/callback", params={"code": "x", "state": state}, headers={"cookie": cookie})


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
