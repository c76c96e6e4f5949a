"""A head may be as long as 32 KiB, however it is cut on its way, and not longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cognito_sso.cli.strict_http import AT_ONCE_BYTES, LONGEST_HEAD_BYTES
from tests.world import World

from .listening import listening

A_HEADER = b"x-pad: " + b"p" * 991 + b"\r\n"  # a thousand bytes of name, value and what stands around them
PARTS = (1_000, 16_000, 100_000)


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    async with listening(world.app) as port:
        yield port


async def status_of(port: int, head: bytes, part: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(10):
            for start in range(0, len(head), part):
                writer.write(head[start : start + part])
                await writer.drain()
            return (await reader.readuntil(b"\r\n"))[9:12]
    finally:
        writer.close()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("thousands", "status"), [(31, b"200"), (34, b"431"), (47, b"431")])
async def test_a_head_that_is_cut_is_measured_as_a_whole(port: int, thousands: int, status: bytes, part: int) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + A_HEADER * thousands + b"\r\n"
    assert await status_of(port, head, part) == status


def test_what_comes_in_one_read_is_never_too_long() -> None:
    assert AT_ONCE_BYTES <= LONGEST_HEAD_BYTES
