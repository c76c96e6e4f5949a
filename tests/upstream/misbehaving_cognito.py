"""A Cognito on a loopback port that does to each endpoint what a test wants, and keeps every request as it came.

async with MisbehavingCognito() as cognito:        # everything is answered by the stand-ins, honestly
    cognito.faults["POST /oauth2/token"] = FAULTS["hangs"]
    ...
    cognito.requests("POST /oauth2/token")         # the bytes of each
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Any

import httpx

from cognito_sso.simulator import Simulator
from cognito_sso.testing import listener
from tests.world import POOL, our_client

TOKEN, USER_INFO, REVOKE = "POST /oauth2/token", "GET /oauth2/userInfo", "POST /oauth2/revoke"
JWKS = f"GET /{POOL}/.well-known/jwks.json"
DRIP_SECONDS = 0.02  # the service's deadline is shortened with it
CHUNK = 65_536
HUGE_BYTES = 50_000_000


@dataclass
class Exchange:
    """One request on one connection. `answer` is what the stand-ins say to it; asking for it does the work."""

    raw: bytes
    answer: Callable[[], Awaitable[bytes]]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    cognito: MisbehavingCognito

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.cognito.bytes_sent += len(data)

    async def until_gone(self) -> None:
        while await self.reader.read(CHUNK):
            pass

    def reset(self) -> None:
        self.writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


@dataclass
class MisbehavingCognito:
    """`faults` is by endpoint, such as `POST /oauth2/token`; an endpoint without one is honest."""

    tls: ssl.SSLContext | None = None
    faults: dict[str, Fault] = field(default_factory=dict)
    journal: list[tuple[str, bytes]] = field(default_factory=list)
    clock: Callable[[], float] = time.time
    connections: int = 0
    bytes_sent: int = 0

    def __post_init__(self) -> None:
        self._serving: dict[asyncio.StreamWriter, Any] = {}
        self._listener = listener()
        self._address = self._listener.getsockname()
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._address[1]}"
        self.simulator = Simulator(
            domain_url=self.url,
            issuer_url=self.url,
            scalekit_url=self.url,
            user_pool_id=POOL,
            clients=(our_client(),),
            clock=self.clock,
        )
        self._stand_ins = self.simulator.transport()

    @property
    def settings(self) -> dict[str, Any]:
        """What leads a service here."""
        return {
            "cognito_domain": self.url,
            "cognito_issuer": self.simulator.issuer,
            "scalekit_environment_url": self.url,
        }

    def requests(self, endpoint: str) -> list[bytes]:
        return [raw for name, raw in self.journal if name == endpoint]

    async def __aenter__(self) -> MisbehavingCognito:
        self._server = await asyncio.start_server(self._serve, sock=self._listener, ssl=self.tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop_listening()
        if self._serving:
            await asyncio.wait(self._serving.values())

    def stop_listening(self) -> None:
        """From now on connections are refused."""
        self._server.close()
        self.hang_up()

    async def listen_again(self) -> None:
        self._server = await asyncio.start_server(self._serve, *self._address, ssl=self.tls)

    def hang_up(self) -> None:
        for writer in self._serving:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._serving[writer] = asyncio.current_task()
        with suppress(OSError, asyncio.IncompleteReadError):
            while not reader.at_eof():
                await self._exchange(reader, writer)
        writer.close()
        del self._serving[writer]

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        request = _request(head, self.url)
        body = await reader.readexactly(int(request.headers.get("content-length", "0")))
        endpoint = f"{request.method} {request.url.path}"
        self.journal.append((endpoint, head + body))
        exchange = Exchange(head + body, lambda: self._honest(request, body), reader, writer, self)
        await self.faults.get(endpoint, honest)(exchange)

    async def _honest(self, request: httpx.Request, body: bytes) -> bytes:
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._stand_ins.handle_async_request(asked)
        return written(answer.status_code, await answer.aread(), answer.headers.raw)


def _request(head: bytes, url: str) -> httpx.Request:
    line, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = line.split(" ")
    headers = [tuple(one.split(": ", 1)) for one in lines]
    return httpx.Request(method, url + target, headers=headers)


def written(status: int, body: bytes, headers: Any = ()) -> bytes:
    """An answer in bytes, its length among the headers."""
    kept = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"transfer-encoding")]
    lines = [b"%s: %s" % pair for pair in [*kept, (b"content-length", b"%d" % len(body))]]
    return b"HTTP/1.1 %d x\r\n%s\r\n\r\n%s" % (status, b"\r\n".join(lines), body)


async def honest(exchange: Exchange) -> None:
    await exchange.send(await exchange.answer())


# What can go wrong


async def hangs(exchange: Exchange) -> None:
    await exchange.until_gone()


async def works_and_hangs(exchange: Exchange) -> None:
    """The code is spent, and nobody hears of it."""
    await exchange.answer()
    await exchange.until_gone()


async def resets(exchange: Exchange) -> None:
    exchange.reset()


async def works_and_resets(exchange: Exchange) -> None:
    await exchange.answer()
    exchange.reset()


async def drips(exchange: Exchange) -> None:
    """A byte at a time, each well within any timeout for one read."""
    for byte in await exchange.answer():
        await exchange.send(bytes([byte]))
        await asyncio.sleep(DRIP_SECONDS)


async def cut_in_the_body(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer[:-10])
    exchange.writer.close()


async def cut_in_a_chunk(exchange: Exchange) -> None:
    await exchange.answer()
    await exchange.send(b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n100\r\n{"access_token": "')
    exchange.writer.close()


async def speaks_no_http(exchange: Exchange) -> None:
    await exchange.send(b"220 mail.example ESMTP\r\n" * 10)
    exchange.writer.close()


async def huge(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % HUGE_BYTES)
    for _ in range(HUGE_BYTES // CHUNK):
        await exchange.send(b" " * CHUNK)


async def endless(exchange: Exchange) -> None:
    """Chunks without a length and without an end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await exchange.send(b"10000\r\n" + b" " * CHUNK + b"\r\n")


async def huge_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"x-padding: " + b"x" * 1_000 + b"\r\n")


def answers_with(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Does no work, and says this."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def fault(exchange: Exchange) -> None:
        await exchange.send(written(status, body, named))

    return fault


def answers_otherwise(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    """Does the work and says it, but another way."""

    async def fault(exchange: Exchange) -> None:
        head, _, body = (await exchange.answer()).partition(b"\r\n\r\n")
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await exchange.send(written(int(head.split(b" ")[1]), change(body), named))

    return fault


def _bomb() -> bytes:
    """50 MB of JSON in 50 KB."""
    return gzip.compress(b'{"access_token": "' + b"a" * HUGE_BYTES + b'"}', 9)


JSON = "application/json"
RETRY_AFTER = {
    "soon": "5",
    "at once": "0",
    "in a year": "31536000",
    "before": "-1",
    "at a time": formatdate(4_102_444_800, usegmt=True),
    "at a time gone by": formatdate(0, usegmt=True),
    "beyond all numbers": "9" * 400,
    "in words": "soon",
    "not at all": "",
}
FAULTS: dict[str, Fault] = {
    "hangs": hangs,
    "works and hangs": works_and_hangs,
    "resets": resets,
    "works and resets": works_and_resets,
    "drips": drips,
    "is cut in the body": cut_in_the_body,
    "is cut in a chunk": cut_in_a_chunk,
    "speaks no HTTP": speaks_no_http,
    "answers 50 MB": huge,
    "answers without an end": endless,
    "answers with endless headers": huge_headers,
    **{f"answers {status}": answers_with(status, b'{"message": "canary"}') for status in (500, 502, 503, 504)},
    **{f"answers 429, to be asked {name}": answers_with(429, retry_after=text) for name, text in RETRY_AFTER.items()},
    **{
        f"redirects with {status}": answers_with(status, location="http://127.0.0.1:9/elsewhere")
        for status in (301, 302, 303, 307, 308)
    },
    "redirects to itself": answers_with(307, location="/oauth2/token"),
    "answers in HTML": answers_with(200, b"<!doctype html><title>canary</title>", content_type="text/html"),
    "answers nothing": answers_with(200, content_type=JSON),
    "answers broken JSON": answers_with(200, b'{"access_token": "canary', content_type=JSON),
    "answers JSON 30,000 levels deep": answers_with(200, b"[" * 30_000 + b"]" * 30_000, content_type=JSON),
    "answers JSON 100,000 levels deep": answers_with(200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "answers a number of 60,000 digits": answers_with(200, b'{"expires_in": ' + b"9" * 60_000 + b"}"),
    "answers no object": answers_with(200, b"[]", content_type=JSON),
    "answers bytes that are no text": answers_with(200, b'{"access_token": "\xff\xfe"}', content_type=JSON),
    "answers a member twice": answers_with(200, b'{"id_token": "a", "id_token": "b", "access_token": "c"}'),
    "answers a gzip bomb": answers_with(200, _bomb(), content_encoding="gzip", content_type=JSON),
    "answers a deflate bomb": answers_with(200, zlib.compress(b"a" * HUGE_BYTES, 9), content_encoding="deflate"),
    "answers compressed, unasked": answers_otherwise(gzip.compress, content_encoding="gzip", content_type=JSON),
    "answers in an unknown encoding": answers_otherwise(lambda body: body, content_encoding="zstd, br"),
    "answers 204": answers_with(204),
    "answers 206": answers_otherwise(lambda body: body[:5], content_range="bytes 0-4/5000"),
}
