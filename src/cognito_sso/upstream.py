"""The client that asks Cognito and Scalekit: whoever stops waiting leaves no connection behind."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

T = TypeVar("T")

# httpx's pool looks at every idle connection on every request: a few are kept, many may be open. There is one for each
# place that `CognitoClient` has, and some for keys, so that nobody waits in a pool, where all stand in one line.
CONNECTION_LIMITS: Final = httpx.Limits(max_connections=192, max_keepalive_connections=8)
POOLS: Final = 8  # which keep eight times as many, each looking at its own
_CONNECTED: Final = "http11.send_request_headers.started"
_FILED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"


def upstream_client(*, verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """Without a proxy of the environment's, and without redirects."""
    return httpx.AsyncClient(transport=upstream_transport(verify=verify), trust_env=False, follow_redirects=False)


def upstream_transport(
    *, verify: ssl.SSLContext | bool = True, pools: int = POOLS, limits: httpx.Limits = CONNECTION_LIMITS
) -> LeavableTransport:
    tls = trusting_the_system() if verify is True else httpx.create_ssl_context(verify=verify, trust_env=False)
    each = [httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False) for _ in range(pools)]
    return LeavableTransport(LeastBusyPool(each))


def trusting_the_system(paths: ssl.DefaultVerifyPaths | None = None) -> ssl.SSLContext:
    """TLS with whoever the system's authorities vouch for, or certifi's where the system has none. No variable counts.

    Most systems file each certificate under its subject's hash (`openssl rehash`), and only the one that is wanted is
    read. To read all 140 takes as long as a tenth of all imports: only where the one file of all has more of them.
    """
    paths = paths or ssl.get_default_verify_paths()
    directory, file = paths.openssl_capath, Path(paths.openssl_cafile)
    filed, in_file = _filed(Path(directory)), _certificates_in(file)
    if in_file > filed:
        return ssl.create_default_context(cafile=file, capath=directory if filed else None)
    return ssl.create_default_context(capath=directory) if filed else httpx.create_ssl_context(trust_env=False)


def _filed(directory: Path) -> int:
    """How many a directory has; zero where it is missing or closed to us, as OpenSSL sees it."""
    try:
        return sum(_FILED.fullmatch(entry.name) is not None and entry.is_file() for entry in directory.iterdir())
    except OSError:
        return 0


def _certificates_in(file: Path) -> int:
    try:
        return file.read_bytes().count(_CERTIFICATE)
    except OSError:
        return 0


class LeastBusyPool(httpx.AsyncBaseTransport):
    """Each request goes to that of several pools which has the fewest under way.

    While httpcore's pool has more connections than it may keep idle, busy ones counted, it closes each that is done, so
    that above that number every request makes its own. Several small ones keep more, and look at fewer for a request.
    """

    def __init__(self, pools: Sequence[httpx.AsyncBaseTransport]) -> None:
        self._under_way = dict.fromkeys(pools, 0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = min(self._under_way, key=self._under_way.__getitem__)
        self._under_way[pool] += 1
        try:
            response = await pool.handle_async_request(request)
        except BaseException:
            self._under_way[pool] -= 1
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 (tells the type checker)
        response.stream = _CountedStream(response.stream, partial(self._ended, pool))
        return response

    async def aclose(self) -> None:
        for pool in self._under_way:
            await pool.aclose()

    def _ended(self, pool: httpx.AsyncBaseTransport) -> None:
        self._under_way[pool] -= 1


class _CountedStream(httpx.AsyncByteStream):
    """An answer of which it is told when it is closed."""

    def __init__(self, inner: httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._inner = inner
        self._closed = closed

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._inner.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            self._closed()


class LeavableTransport(httpx.AsyncBaseTransport):
    """A request may be cancelled at any time.

    httpcore loses a connection whose request is cancelled before it is sent, or while its answer is closed: the socket
    stays open, and its place in the pool is taken for good. So a cancelled request goes on until its connection is
    made, for as long as its own timeout for that allows, and then closes it without a byte sent. Its caller does not
    wait for that.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._going = set[asyncio.Task[Any]]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sending = _Sending(request)
        task = self._go(self._inner.handle_async_request(request))
        try:
            await asyncio.wait((task,))  # which does not cancel it
        except asyncio.CancelledError:
            sending.is_wanted = False
            task.add_done_callback(self._close_unread)
            if sending.is_connected:
                task.cancel()
            raise
        response = task.result()
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 (tells the type checker)
        response.stream = _LeavableStream(response.stream, self._go)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
        await asyncio.gather(*self._going, return_exceptions=True)  # what was left while it connected

    def _go(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    def _close_unread(self, task: asyncio.Task[httpx.Response]) -> None:
        """What was answered in the moment when nobody waited any more."""
        if not task.cancelled() and task.exception() is None:
            self._go(task.result().aclose())


class _Sending:
    """Whether one request is connected, as httpcore tells it; it is asked to tell nothing of what comes after."""

    def __init__(self, request: httpx.Request) -> None:
        self.is_wanted = True
        self.is_connected = False
        self._told = request.extensions = {**request.extensions, "trace": self._see}

    async def _see(self, event: str, _: dict[str, Any]) -> None:
        if event == _CONNECTED:
            self.is_connected = True
            self._told.pop("trace", None)
            if not self.is_wanted:
                raise asyncio.CancelledError


class _LeavableStream(httpx.AsyncByteStream):
    """An answer that is closed to the end, also by a reader who is cancelled meanwhile."""

    def __init__(
        self, inner: httpx.AsyncByteStream, go: Callable[[Coroutine[Any, Any, None]], Awaitable[None]]
    ) -> None:
        self._inner = inner
        self._go = go

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            yield part

    async def aclose(self) -> None:
        await asyncio.shield(self._go(self._inner.aclose()))
