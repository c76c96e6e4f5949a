"""A fetch ends: in time, in bounds, and where it was sent."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from cognito_sso.verify.fetch import MAX_BODY_BYTES, FetchError, fetch, inflate, max_age
from tests.verify import minting as m
from tests.verify.publishing import Publisher, Server, serving

DOCUMENT = json.dumps(m.jwks()).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


async def body_of(server: Server, **settings: Any) -> bytes:
    return (await fetch(server.url, **({"http": None, "trust_env": False, "deadline": 20.0} | settings))).body


async def test_the_document_comes_as_it_was_sent(server: Server) -> None:
    assert await body_of(server) == DOCUMENT
    assert server.requests[0]["accept-encoding"] == "identity"
    assert server.requests[0]["connection"] == "close"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate"])
async def test_a_server_that_compresses_unasked_is_understood(encoding: str, server: Server) -> None:
    server.headers = {"Content-Encoding": encoding}
    server.chunks = [gzip.compress(DOCUMENT) if "zip" in encoding.lower() else zlib.compress(DOCUMENT)]
    assert await body_of(server) == DOCUMENT


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x"])
async def test_other_encodings_are_refused(encoding: str, server: Server) -> None:
    server.headers = {"Content-Encoding": encoding}
    with pytest.raises(FetchError, match="encoding"):
        await body_of(server)


async def test_broken_compression_is_refused(server: Server) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(FetchError, match="compression"):
        await body_of(server)


async def test_sec_190_a_gzip_bomb_is_refused_before_it_unfolds(server: Server) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    server.chunks = [gzip.compress(bytes(50_000_000))]
    with pytest.raises(FetchError, match="longer than"):
        await body_of(server)


async def test_sec_190_an_endless_body_is_cut_off(server: Server) -> None:
    server.endless = True
    with pytest.raises(FetchError, match="longer than"):
        await body_of(server)


async def test_sec_190_a_body_in_memory_is_bounded_too() -> None:
    publisher = Publisher(b" " * (MAX_BODY_BYTES + 1))
    with pytest.raises(FetchError, match="longer than"):
        await fetch(m.ISSUER, http=publisher.client(), trust_env=False, deadline=5.0)


async def test_a_body_of_just_the_limit_is_read(server: Server) -> None:
    server.chunks = [b" " * MAX_BODY_BYTES]
    assert len(await body_of(server)) == MAX_BODY_BYTES


async def test_a_server_that_says_nothing_is_left_at_the_deadline(server: Server) -> None:
    server.gate.clear()
    with pytest.raises(FetchError, match=r"within 0\.05 s"):
        await body_of(server, deadline=0.05)


async def test_sec_197_a_redirect_is_not_followed(server: Server) -> None:
    server.status, server.headers = 302, {"Location": server.url + "/elsewhere"}
    with pytest.raises(FetchError, match="302"):
        await body_of(server)
    assert len(server.requests) == 1


async def test_proxy_variables_count_only_when_asked_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert await body_of(server, trust_env=False) == DOCUMENT


def test_inflating_stops_at_the_limit() -> None:
    assert inflate(zlib.compress(b"x" * MAX_BODY_BYTES)) == b"x" * MAX_BODY_BYTES
    with pytest.raises(FetchError):
        inflate(zlib.compress(b"x" * (MAX_BODY_BYTES + 1)))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=60", 60.0),
        ("public, max-age=60, must-revalidate", 60.0),
        ("MAX-AGE=60", 60.0),
        ('max-age="60"', 60.0),
        ("public,max-age=60", 60.0),
        ("no-store, max-age=60", 0.0),
        ("private, no-cache", 0.0),
        ("s-maxage=60", None),
        ("max-age=-1", None),
        ("", None),
    ],
)
def test_cache_control_is_read_as_rfc_9111_says(header: str, seconds: float | None) -> None:
    assert max_age(header) == seconds
