"""Whoever sends a request too slowly loses the connection, and nobody else does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cognito_sso.cli.metrics_listener import MetricsListener
from cognito_sso.cli.strict_http import StrictHttp
from cognito_sso.observability import MetricsApp
from tests.ports import free_port
from tests.world import World

from .listening import listening

HEAD = b"POST /login/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL_BUFFER = 4096


class Impatient(StrictHttp):
    arrival_seconds = 0.4
    reading_seconds = 2.0


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    async with listening(world.app, Impatient, send_buffer=SMALL_BUFFER) as port:
        yield port


async def sent(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(pause)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_connection_that_says_nothing_is_closed_without_a_word(port: int) -> None:
    assert await sent(port) == b""


@pytest.mark.parametrize("part", [b"G", HEAD, HEAD + b"Content-Le"], ids=["a letter", "a line", "half a header"])
async def test_half_a_head_is_answered_408(port: int, part: bytes) -> None:
    answer = await sent(port, part)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "invalid_request"' in answer


async def test_a_dripping_head_gets_no_more_time_for_each_byte(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def drip() -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)

    writer.write(b"GET /me HTTP/1.1\r\nx: ")
    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    dripping.cancel()
    writer.close()


async def test_a_body_that_stops_ends_the_connection_and_is_no_mistake_of_ours(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await sent(port, HEAD + b'Content-Length: 99\r\n\r\n{"email"')
    assert b" 200 " not in answer
    assert b" 500 " not in answer
    assert not [record for record in caplog.records if record.exc_info]
    assert b"200 OK" in await sent(port, ALIVE[:-2] + b"Connection: close\r\n\r\n")


async def test_a_connection_is_kept_between_requests_for_longer_than_one_may_take(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(ALIVE)
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            while (await reader.readline()) != b"\r\n":
                pass
            await reader.read(1024)
        await asyncio.sleep(2 * Impatient.arrival_seconds)
    writer.close()


@pytest.mark.parametrize("part", [b"", b"GET /metrics HT"], ids=["nothing", "half a line"])
async def test_the_metrics_can_be_held_up_no_longer(world: World, monkeypatch: pytest.MonkeyPatch, part: bytes) -> None:
    """They have the service's own descriptors: whoever keeps those keeps everybody from signing in."""
    monkeypatch.setattr(StrictHttp, "arrival_seconds", 0.4)
    port = free_port()
    async with MetricsListener(MetricsApp(world.services.metrics.registry), host="127.0.0.1", port=port):
        assert (await sent(port, part))[:13] == (b"HTTP/1.1 408 " if part else b"")
        assert b" 200 OK" in await sent(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


async def test_whoever_reads_no_answer_is_cut_off_and_who_reads_slowly_is_not(port: int) -> None:
    async with hasty(port) as (_, deaf), hasty(port) as (reader, slow):
        async with asyncio.timeout(30):
            while not deaf.done():
                assert await reader.read(SMALL_BUFFER)
                await asyncio.sleep(0.005)
        assert isinstance(deaf.exception(), ConnectionError)
        assert not slow.done()


@asynccontextmanager
async def hasty(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.Task[None]]]:
    """Asks on and on, and takes in as little as can be; the task ends where nobody listens any more."""
    with socket.create_connection(("127.0.0.1", port)) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        end.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=end, limit=1)

        async def ask() -> None:
            while True:
                writer.write(ALIVE * 100)
                await writer.drain()

        asking = asyncio.create_task(ask())
        yield reader, asking
        asking.cancel()
        await asyncio.wait([asking])
        writer.transport.abort()
