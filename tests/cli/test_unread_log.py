"""The service goes on where nobody reads its log, and whoever comes back finds all of it, in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from tests.log_scan import scan
from tests.ports import free_port

from .served import COMMAND, process_environment

REQUESTS = 1_000  # a pipe is full after two or three hundred


class Unread:
    """The process, and its standard error, which nobody reads until `read`."""

    def __init__(self, folder: Path, **changed: str) -> None:
        self.port = free_port()
        self._reading, writing = os.pipe()
        command, environment = [COMMAND, "serve", "--port", str(self.port)], process_environment(**changed)
        self._process = subprocess.Popen(command, env=environment, cwd=folder, stderr=writing)
        os.close(writing)

    def __enter__(self) -> Unread:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._reading)

    def ended_by(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait(timeout=30)

    def read(self) -> list[str]:
        """All that there is until the process ends."""
        with os.fdopen(os.dup(self._reading), encoding="utf-8") as log:
            lines = log.read().splitlines()
        scan.read(lines)
        return lines


async def asked(service: Unread) -> list[str]:
    """The ids of many requests, each of which was answered."""
    ids = [f"request-{number}" for number in range(REQUESTS)]
    base = f"http://127.0.0.1:{service.port}"
    async with httpx.AsyncClient(trust_env=False, base_url=base, timeout=20) as http:
        await listening(http)
        for one in ids:
            assert (await http.get("/healthz", headers={"x-request-id": one})).status_code == 200
    return ids


async def listening(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                await http.get("/healthz")
                return
            await asyncio.sleep(0.05)


async def test_every_request_is_answered_and_every_line_is_there_afterwards_sec_532(tmp_path: Path) -> None:
    with Unread(tmp_path) as service:
        ids = await asked(service)
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.extend(service.read()))
        reading.start()
        assert service.ended_by(signal.SIGTERM) == 0
        reading.join()
    told = [json.loads(line) for line in lines]
    assert [one["request_id"] for one in told if one.get("request_id", "").startswith("request-")] == ids
    assert not [one for one in told if "lost" in one["message"]]


async def test_it_ends_when_it_is_told_to_even_so_sec_532(tmp_path: Path) -> None:
    with Unread(tmp_path) as service:
        await asked(service)
        assert service.ended_by(signal.SIGTERM) == 0
