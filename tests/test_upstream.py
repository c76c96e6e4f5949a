"""Requests to Cognito and Scalekit over real sockets, left at every moment: no connection is lost."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from cognito_sso.cognito.client import REVOKE_PLACES, TOKEN_PLACES, USER_INFO_PLACES
from cognito_sso.scalekit import ScalekitApi, ScalekitUnavailable
from cognito_sso.upstream import CONNECTION_LIMITS, POOLS, LeastBusyPool, LeavableTransport, upstream_client

NO_TLS_HERE = ssl.create_default_context()  # one for all: each takes 50 ms
CONNECT_SECONDS = 0.3
MOMENTS = 40  # more turns of the event loop than it takes to connect and send
CUT = 36

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


def dripping(head: bytes, drop: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.01)

    return serve


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx")


@asynccontextmanager
async def served_by(serve: Serve) -> AsyncIterator[str]:
    """Its host and port. Ends when everybody has hung up."""
    serving: set[asyncio.Task[None] | None] = set()

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    await asyncio.sleep(0.05)  # whoever connected last is served too
    server.close()
    async with asyncio.timeout(10):
        await asyncio.gather(*filter(None, serving))


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def as_many_descriptors_as(before: int) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while descriptors() != before:
                await asyncio.sleep(0.01)
    return descriptors() == before


async def left_after(turns: int, asking: Awaitable[object]) -> None:
    task = asyncio.ensure_future(asking)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError, httpx.TransportError):
        await task


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_request_can_be_left_at_every_moment(scheme: str) -> None:
    """Also while it connects, and in the one turn of the loop between that and its first byte."""
    gc.disable()  # which might close what was lost
    try:
        async with served_by(hanging) as address, upstream_client(verify=NO_TLS_HERE) as http:
            before = descriptors()
            for turns in range(MOMENTS):
                timeout = httpx.Timeout(60, connect=CONNECT_SECONDS)
                await left_after(turns, http.get(f"{scheme}://{address}/", timeout=timeout))
            assert await as_many_descriptors_as(before)
    finally:
        gc.enable()


async def test_no_place_in_the_pool_is_lost_with_a_request_that_is_left() -> None:
    one = httpx.AsyncHTTPTransport(verify=NO_TLS_HERE, limits=httpx.Limits(max_connections=1))
    async with served_by(answering) as address, httpx.AsyncClient(transport=LeavableTransport(one)) as http:
        for turns in range(MOMENTS):
            await left_after(turns, http.get(f"http://{address}/"))
            assert (await http.get(f"http://{address}/", timeout=5)).text == "x", f"after {turns} turns"


async def test_as_many_at_once_as_are_kept_open_no_second_connection() -> None:
    """httpcore's one pool would close nearly each of them: it counts those in use among the idle ones."""
    opened = 0
    kept = POOLS * (CONNECTION_LIMITS.max_keepalive_connections or 0)

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(0.01)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx")

    async with served_by(counting) as address, upstream_client(verify=NO_TLS_HERE) as http:
        for _ in range(3):
            await asyncio.gather(*(http.get(f"http://{address}/") for _ in range(kept)))
    assert opened == kept


class PoolInMemory(httpx.AsyncBaseTransport):
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()
        self.fails = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await self.answer.wait()
        if self.fails:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, stream=httpx.ByteStream(b"x"))


async def test_the_pool_with_the_fewest_requests_under_way_is_asked() -> None:
    """Whether they were answered, left or failed before."""
    pools = [PoolInMemory(), PoolInMemory()]
    async with httpx.AsyncClient(transport=LeastBusyPool(pools)) as http:
        first = asyncio.create_task(http.get("https://acme.example/"))
        await left_after(5, http.get("https://acme.example/"))
        pools[1].fails = True
        pools[1].answer.set()
        with suppress(httpx.ConnectError):
            await http.get("https://acme.example/")
        pools[1].fails = False
        await http.get("https://acme.example/")
        assert [pool.asked for pool in pools] == [1, 3]
        pools[0].answer.set()
        await first
        await http.get("https://acme.example/")
        assert [pool.asked for pool in pools] == [2, 3]


async def test_a_request_that_was_left_sends_nothing() -> None:
    received = []

    async def noting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(65_536))

    async with served_by(noting) as address, upstream_client(verify=NO_TLS_HERE) as http:
        await left_after(3, http.post(f"http://{address}/", data={"code": "18fe37c2"}))
        async with asyncio.timeout(5):
            while not received:
                await asyncio.sleep(0.01)
    assert received == [b""]


async def test_closing_the_client_waits_for_what_still_connects() -> None:
    async with served_by(hanging) as address:
        before = descriptors()
        async with upstream_client(verify=NO_TLS_HERE) as http:
            await left_after(20, http.get(f"https://{address}/", timeout=CONNECT_SECONDS))
        assert await as_many_descriptors_as(before)


@pytest.mark.parametrize(
    "serve",
    [
        hanging,
        dripping(b"HTTP/1.1 200 OK\r\nx: ", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["hangs", "drips in its headers", "drips in its body", "drips in chunks"],
)
async def test_a_scalekit_that_never_has_said_all_costs_no_descriptor(serve: Serve) -> None:
    gc.disable()
    try:
        async with served_by(serve) as address, upstream_client(verify=NO_TLS_HERE) as http:
            before = descriptors()
            environments = [
                ScalekitApi(
                    http=http,
                    environment_url=f"http://{address}",
                    client_id="skc_1",
                    client_secret="secret-canary",
                    deadline_seconds=0.2,
                )
                for _ in range(CUT)
            ]
            told = await asyncio.gather(*(one.organizations() for one in environments), return_exceptions=True)
            assert {type(one) for one in told} == {ScalekitUnavailable}
            assert await as_many_descriptors_as(before)
    finally:
        gc.enable()


def test_there_is_a_connection_for_every_place_and_some_for_keys() -> None:
    assert CONNECTION_LIMITS.max_connections is not None
    assert CONNECTION_LIMITS.max_connections > TOKEN_PLACES + USER_INFO_PLACES + REVOKE_PLACES
