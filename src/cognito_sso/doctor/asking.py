"""Asking one thing of one host: an answer that is bounded in time and size, or why there is none."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

T = TypeVar("T")

DEADLINE_SECONDS = 10.0
ANSWER_LIMIT_BYTES = 512 * 1024
ASKED_AT_ONCE = 8


@dataclass(frozen=True)
class Answer:
    """`seen_at` is halfway between asking and being answered, in seconds since 1970 by this machine's clock."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    seen_at: float

    @property
    def location(self) -> str:
        return str(self.headers.get("location", ""))


@dataclass(frozen=True)
class NoAnswer:
    """`reason` ends a sentence such as "... gives no answer: <reason>"."""

    reason: str


class Asker:
    """Follows no redirect, keeps no cookie, and gives up at `ends_at`, by the loop's time, whatever was asked."""

    def __init__(self, http: httpx.AsyncClient, *, clock: Callable[[], float], ends_at: float) -> None:
        self.http = http
        self._clock = clock
        self.ends_at = ends_at
        self._few_at_once = asyncio.Semaphore(ASKED_AT_ONCE)

    async def get(self, url: str) -> Answer | NoAnswer:
        try:
            request = self.http.build_request("GET", url)
        except httpx.InvalidURL:
            return NoAnswer("it is no URL")
        return await self.ask(request)

    async def ask(self, request: httpx.Request) -> Answer | NoAnswer:
        request.headers["Accept-Encoding"] = "identity"  # a small compressed answer can become gigabytes
        request.headers.pop("Cookie", None)
        try:
            async with asyncio.timeout_at(self.ends_at), self._few_at_once, asyncio.timeout(DEADLINE_SECONDS):
                return await self._answer(request)
        except (TimeoutError, httpx.TimeoutException):
            return NoAnswer("it took too long")
        except httpx.TransportError as error:
            return NoAnswer(_in_words(error))

    async def _answer(self, request: httpx.Request) -> Answer | NoAnswer:
        asked_at = self._clock()
        response = await self.http.send(request, stream=True, follow_redirects=False)
        seen_at = (asked_at + self._clock()) / 2
        try:
            body = await _bounded(response)
        finally:
            await response.aclose()
        return (
            NoAnswer("it is too long")
            if body is None
            else Answer(response.status_code, response.headers, body, seen_at)
        )


def in_background(call: Callable[[], T]) -> Future[T]:
    """A blocking call, in a thread that nobody has to wait for: the process may end before it does."""
    landed: Future[T] = Future()
    landed.set_running_or_notify_cancel()

    def run() -> None:
        try:
            landed.set_result(call())
        except BaseException as error:
            landed.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return landed


async def _bounded(response: httpx.Response) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            return None
    return bytes(body)


def _in_words(error: Exception) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "its certificate is not trusted here"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "its name can't be resolved"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "the connection is refused"
    return f"the connection fails ({type(error).__name__})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
