"""Fetching one small document from one URL: a total deadline, a bounded size, no redirects."""

from __future__ import annotations

import asyncio
import re
import zlib
from dataclasses import dataclass
from typing import Final

import httpx

MAX_BODY_BYTES: Final = 512 * 1024  # after decompression
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,10})\b", re.IGNORECASE)
_NOT_CACHED: Final = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)


class FetchError(Exception):
    """The document could not be had; the message is a short reason without anything of the answer."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was answered."""

    body: bytes
    max_age: float | None
    """What Cache-Control allows, in seconds; None when it says nothing."""


async def fetch(uri: str, *, http: httpx.AsyncClient | None, trust_env: bool, deadline: float) -> Document:
    """GET a document within `deadline` seconds in all; raise `FetchError`, or whatever the transport raises."""
    try:
        async with asyncio.timeout(deadline):
            if http is not None:
                return await _get(http, uri, deadline)
            async with httpx.AsyncClient(trust_env=trust_env, follow_redirects=False) as own:
                return await _get(own, uri, deadline)
    except TimeoutError as e:
        raise FetchError(f"no complete answer within {deadline:g} s") from e


async def _get(http: httpx.AsyncClient, uri: str, deadline: float) -> Document:
    # Kept connections belong to the event loop that opened them, and the next fetch may come from another.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    # httpcore can leave the socket of a request that is cancelled open: its own timeouts have to come first.
    timeout = httpx.Timeout(0.97 * deadline, connect=0.97 * deadline / 2)
    async with http.stream("GET", uri, headers=headers, follow_redirects=False, timeout=timeout) as response:
        if response.status_code != httpx.codes.OK:
            raise FetchError(f"answered {response.status_code}")
        body = await _read(response)
    return Document(body, max_age(response.headers.get("cache-control", "")))


async def _read(response: httpx.Response) -> bytes:
    """The body, at most `MAX_BODY_BYTES`. httpx itself inflates whole chunks before anybody could count them."""
    if response.is_stream_consumed:  # an in-process transport answered with bytes that are in memory already
        return _bounded(response.content)
    raw = bytearray()
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            break
    return _decoded(_bounded(bytes(raw)), response.headers.get("content-encoding", "identity").strip().lower())


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_BODY_BYTES:
        raise FetchError(f"longer than {MAX_BODY_BYTES} bytes")
    return body


def _decoded(raw: bytes, encoding: str) -> bytes:
    if encoding == "identity":
        return raw
    if encoding in ("gzip", "deflate"):  # some servers compress whatever is asked for
        return inflate(raw)
    raise FetchError("in an encoding that was not asked for")


def inflate(body: bytes) -> bytes:
    """Undo gzip or zlib, but never past the limit."""
    try:
        plain = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as e:
        raise FetchError("its compression is broken") from e
    return _bounded(plain)


def max_age(cache_control: str) -> float | None:
    """The freshness a Cache-Control header grants, in seconds (RFC 9111 §5.2.2)."""
    if _NOT_CACHED.search(cache_control):
        return 0.0
    found = _MAX_AGE.search(cache_control)
    return float(found[1]) if found else None
