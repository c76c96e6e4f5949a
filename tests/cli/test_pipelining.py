"""Ten thousand requests at once on one connection are answered in order, and never wait in memory all together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cognito_sso.cli.strict_http import StrictHttp
from tests.world import World

from .listening import listening

REQUESTS = 10_000
ONE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: request-%d\r\n\r\n"
ALL = b"".join(ONE % number for number in range(REQUESTS))


class Watched(StrictHttp):
    most_waiting = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        Watched.most_waiting = max(Watched.most_waiting, len(self.pipeline))


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    Watched.most_waiting = 0
    async with listening(world.app, Watched) as port:
        yield port


@pytest.mark.timeout(240)
async def test_all_are_answered_in_order_sec_469(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ALL)
    ids = []
    while len(ids) < REQUESTS:
        line = await reader.readline()
        assert line, f"closed after {len(ids)}"
        if line.startswith(b"x-request-id: "):
            ids.append(line[14:].strip().decode())
    writer.close()
    assert ids == [f"request-{number}" for number in range(REQUESTS)]
    assert 0 < Watched.most_waiting < REQUESTS // 20


async def test_whoever_reads_no_answer_is_read_no_further_sec_469(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    answered, over = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(20):
        writer.write(ALL)
    for number in range(50):  # somebody else is served meanwhile
        over.write(ONE % number)
        async with asyncio.timeout(60):
            while not (await answered.readline()).startswith(b"x-request-id"):
                pass
    assert Watched.most_waiting < REQUESTS // 20
    assert writer.transport.get_write_buffer_size() > 0, "all of it was taken in"
    writer.transport.abort()
    over.close()
