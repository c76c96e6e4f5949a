"""Floods, slow clients, hang-ups and nonsense at the real process: memory, descriptors and connections stay flat.

Two minutes in CI; `SOAK_SECONDS=3600` for an hour.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.upstream import upstream_client
from tests.cli.listening import listening
from tests.ports import free_port
from tests.upstream.misbehaving_cognito import FAULTS, TOKEN, MisbehavingCognito
from tests.upstream.stage import NO_TLS_HERE, YOU
from tests.world import CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, FRONTEND, POOL, PROVIDER, SERVICE, settings_for

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
IDLE_CONNECTIONS, SLOW_CLIENTS = 1_000, 50
MOST_GROWTH_KILOBYTES = 40_000
MOST_MORE_DESCRIPTORS = 20


@dataclass
class Process:
    """`cognito-sso serve`, and what the kernel says of it."""

    pid: int
    port: int
    answers: Counter[int] = field(default_factory=Counter)

    def kilobytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def client(self, **headers: str) -> httpx.AsyncClient:
        base = f"http://127.0.0.1:{self.port}"
        return httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=60)


@asynccontextmanager
async def served(cognito: MisbehavingCognito, folder: Path) -> AsyncIterator[Process]:
    port = free_port()
    settings = {
        **{name.upper(): str(value) for name, value in cognito.settings.items()},
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET,
        "COGNITO_IDENTITY_PROVIDER": PROVIDER,
        "SSO_PUBLIC_URL": SERVICE,
        "SSO_FRONTENDS": FRONTEND,
        "SSO_COOKIE_KEYS": COOKIE_KEY,
        "SSO_TRUSTED_PROXIES": "127.0.0.1",
        "SSO_RATE_LIMIT": "5/minute",
        "SSO_METRICS_PORT": "0",
        "SSO_DRAIN_SECONDS": "0",
        "SSO_LOG_LEVEL": "error",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))}
    program = Path(sys.executable).with_name("cognito-sso")
    with subprocess.Popen([program, "serve", "--port", str(port)], env={**others, **settings}, cwd=folder) as started:
        process = Process(started.pid, port)
        try:
            await ready(process)
            yield process
        finally:
            started.send_signal(signal.SIGTERM)


async def ready(process: Process) -> None:
    async with process.client() as probe, asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                if (await probe.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


# Who comes along


async def ask(process: Process, method: str, path: str, **headers: str) -> None:
    async with process.client(**headers) as client:
        process.answers[(await client.request(method, path)).status_code] += 1


def forged(cognito: MisbehavingCognito, chance: random.Random) -> str:
    """A token of the pool's with another signature, and half the time with a key that nobody has."""
    head, body, _ = cognito.simulator.mint_access_token(YOU).split(".")
    made_up = cognito.simulator.mint_access_token(YOU, header={"kid": f"{chance.getrandbits(128):x}"})
    return made_up if chance.random() < 0.5 else f"{head}.{body}.{'A' * 342}"


async def forged_tokens(process: Process, cognito: MisbehavingCognito, chance: random.Random) -> None:
    for path in ("/auth/verify", "/me"):
        await ask(process, "GET", path, authorization=f"Bearer {forged(cognito, chance)}")


async def garbage_cookies(process: Process, _: MisbehavingCognito, chance: random.Random) -> None:
    garbage = "".join(chance.choices("ABCxyz019-_=%", k=chance.randrange(3_000)))
    for path in ("/auth/verify", "/me"):
        await ask(process, "GET", path, cookie=f"__Host-sso_session={garbage}; __Host-sso_login_x={garbage[:99]}")


async def strangers_start(process: Process, _: MisbehavingCognito, chance: random.Random) -> None:
    """Each from a network of its own: the counts must not grow for ever."""
    address = f"2001:db8:{chance.getrandbits(16):x}:{chance.getrandbits(16):x}::1"
    headers = {"x-forwarded-for": address}
    await ask(
        process, "GET", f"/login/start?email=x{chance.getrandbits(20)}@corp{chance.getrandbits(20)}.example", **headers
    )


async def one_starts_over_and_over(process: Process, _: MisbehavingCognito, chance: random.Random) -> None:
    await ask(process, "GET", f"/login/start?email={YOU}")


async def hangs_up_in_the_callback(process: Process, cognito: MisbehavingCognito, chance: random.Random) -> None:
    headers = {"x-forwarded-for": f"198.51.{chance.randrange(255)}.{chance.randrange(255)}"}
    async with process.client(**headers) as client:
        login = await client.get(f"/login/start?email={YOU}")
        state = httpx.URL(login.headers["location"]).params["state"]
        cookie = login.headers["set-cookie"].partition(";")[0]
        with suppress(httpx.TimeoutException):
            await client.get(f"/auth/callback?code=x&state={state}", headers={"cookie": cookie}, timeout=0.2)


async def too_much(process: Process, _: MisbehavingCognito, chance: random.Random) -> None:
    async with process.client() as client:
        with suppress(httpx.TransportError):
            answer = await client.post("/auth/token", content=b"x" * 200_000, headers={"content-type": "text/plain"})
            process.answers[answer.status_code] += 1


ABUSE: tuple[Callable[[Process, MisbehavingCognito, random.Random], Awaitable[None]], ...] = (
    forged_tokens,
    garbage_cookies,
    strangers_start,
    one_starts_over_and_over,
    hangs_up_in_the_callback,
    too_much,
)


async def drip(process: Process, ends_at: float) -> None:
    """A client that never comes to the end of its headers."""
    while time.monotonic() < ends_at:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", process.port)
            writer.write(b"GET /me HTTP/1.1\r\n")
            while time.monotonic() < ends_at and not writer.is_closing():
                writer.write(b"x-a: b\r\n")
                await writer.drain()
                await asyncio.sleep(1)
            writer.close()


async def is_served(process: Process, cognito: MisbehavingCognito, ends_at: float) -> Counter[int]:
    """Somebody with a good token, who asks once a second."""
    told: Counter[int] = Counter()
    async with process.client() as client:
        while time.monotonic() < ends_at:
            bearer = {"authorization": f"Bearer {cognito.simulator.mint_access_token(YOU)}"}
            told[(await client.get("/auth/verify", headers=bearer)).status_code] += 1
            await asyncio.sleep(1)
    return told


async def abuse(process: Process, cognito: MisbehavingCognito, seconds: float, seed: int) -> None:
    chance, ends_at = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for kind in ABUSE:
            await kind(process, cognito, chance)
        await asyncio.sleep(0.02)


async def test_memory_and_descriptors_are_flat_under_abuse_and_everybody_else_is_served_sec_462_sec_526(
    tmp_path: Path,
) -> None:
    async with MisbehavingCognito() as cognito, served(cognito, tmp_path) as process:
        cognito.faults[TOKEN] = FAULTS["hangs"]
        await abuse(process, cognito, min(20, SECONDS / 4), seed=0)  # until all that is remembered is
        await settled(process)
        before = (process.kilobytes(), process.descriptors(), process.threads())

        ends_at = time.monotonic() + SECONDS
        slow = [asyncio.create_task(drip(process, ends_at)) for _ in range(SLOW_CLIENTS)]
        idle = [await asyncio.open_connection("127.0.0.1", process.port) for _ in range(IDLE_CONNECTIONS)]
        served_one = asyncio.create_task(is_served(process, cognito, ends_at))
        await asyncio.gather(*[abuse(process, cognito, SECONDS, seed) for seed in (1, 2)])
        await asyncio.gather(*slow)
        for _, writer in idle:
            writer.transport.abort()
        cognito.hang_up()
        await settled(process)

        after = (process.kilobytes(), process.descriptors(), process.threads())
        print(f"{sum(process.answers.values())} answers {dict(process.answers)}; kB, fds, threads {before} -> {after}")  # noqa: T201
        assert not [status for status in process.answers if status >= 500]
        assert process.answers[429] > 0
        assert set(await served_one) == {204}
        assert after[0] - before[0] < MOST_GROWTH_KILOBYTES
        assert after[1] - before[1] < MOST_MORE_DESCRIPTORS
        assert after[2] <= before[2] + 2


async def settled(process: Process) -> None:
    """Until those that hung at Cognito have given up, and their connections are gone."""
    async with asyncio.timeout(60):
        seen = -1
        while (now := process.descriptors()) != seen:
            seen = now
            await asyncio.sleep(6)


async def test_no_task_is_left_of_any_of_them_sec_462() -> None:
    """In this process, whose tasks can be seen."""
    settings = {"sso_trusted_proxies": "127.0.0.1", "sso_rate_limit": "5/minute"}
    async with MisbehavingCognito() as cognito, upstream_client(verify=NO_TLS_HERE) as http:
        app = create_app(settings_for(**cognito.settings, **settings), http=http)
        async with listening(app) as port:
            process, before = Process(os.getpid(), port), asyncio.all_tasks()
            cognito.faults[TOKEN] = FAULTS["hangs"]
            ends_at = time.monotonic() + SECONDS / 12
            slow = [asyncio.create_task(drip(process, ends_at)) for _ in range(SLOW_CLIENTS)]
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SLOW_CLIENTS)]
            await abuse(process, cognito, SECONDS / 12, seed=3)
            assert asyncio.all_tasks() - before - {*slow}, "nothing was under way"
            await asyncio.gather(*slow)
            for _, writer in idle:
                writer.transport.abort()
            cognito.hang_up()
            async with asyncio.timeout(60):
                while asyncio.all_tasks() - before:
                    await asyncio.sleep(0.1)
            assert process.answers[401] > 0
            assert process.answers[302] > 0
