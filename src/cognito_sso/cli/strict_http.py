"""uvicorn's HTTP, and stricter: a request that a gateway might read otherwise than we do is not read at all."""

from __future__ import annotations

import asyncio
import json
import os
from http import HTTPStatus
from itertools import chain

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from cognito_sso.web.envelope import HEADERS, HSTS
from cognito_sso.web.problems import problem_members
from cognito_sso.web.wire import Headers, header_lines

LONGEST_HEAD_BYTES = 32_768  # a browser's cookies of ours are about 12 KB at most
READING_SECONDS = 60.0  # for a client to take in what piled up, which the slowest network does: 64 KB at most
ARRIVAL_SECONDS = 20.0  # from the first byte of a request to its last; none of ours has more than 16 KB of body
AT_ONCE_BYTES = 16_384  # of what one read brought: some hundred requests, where they are pipelined
VERSIONS = ("1.0", "1.1")
_END_OF_HEAD = b"\r\n\r\n"


class HeadRefused(ValueError):
    """Raised inside the parser, which turns it into an error of its own."""


class StrictHttp(HttpToolsProtocol):
    """The parser already refuses what is malformed. Refused here as well:

    - a head, the request line included, of more than 32 KiB, before all of it has been read;
    - no `Host` or several (RFC 9112 section 3.2), HTTP versions other than 1.0 and 1.1, and every transfer coding
      but `chunked` (section 6.1).

    And nobody keeps a connection by being slow: it is closed where a request, or on a new connection its first byte,
    takes longer than `arrival_seconds` to arrive (408 where a part of a head did, RFC 9110 section 15.5.9).

    Nor by not reading what was answered: it is cut where nothing more could be written for `reading_seconds`.

    Nor does anybody fill our memory with pipelined requests: while one waits for another's answer, no more are read.

    Trailer fields are dropped: taken for headers they would slip past whoever checked those (RFC 9110 section 6.5.1).
    """

    arrival_seconds = ARRIVAL_SECONDS
    reading_seconds = READING_SECONDS
    _reading_head = False
    _head_bytes = 0
    _refusal = HTTPStatus.BAD_REQUEST
    _is_arriving = True
    _unread = b""
    _too_late: asyncio.TimerHandle | None = None
    _unheard: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_arrived()
        self._is_heard()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unheard = self.loop.call_later(self.reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_heard()
        super().resume_writing()

    def _is_heard(self) -> None:
        if self._unheard is not None:
            self._unheard.cancel()
            self._unheard = None

    def data_received(self, data: bytes) -> None:
        if self._unread or len(data) > AT_ONCE_BYTES:
            self._unread += data
            self._read_on()
        else:
            self._read(data)
        if self._is_arriving:  # most requests arrive whole, and pay nothing
            self._wait_for_the_rest()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # which uvicorn has just taken up again
        elif self._unread:
            self._read_on()
        if self._is_arriving:
            self._wait_for_the_rest()

    def _read_on(self) -> None:
        """A little at a time, and none of it before what came earlier is being answered: bytes take less room."""
        while self._unread and not self.pipeline and not self.transport.is_closing():
            part, self._unread = self._unread[:AT_ONCE_BYTES], self._unread[AT_ONCE_BYTES:]
            self._read(part)
        if self.pipeline or self._unread:
            self.flow.pause_reading()
            self._stop_waiting()

    def _read(self, data: bytes) -> None:
        super().data_received(data)
        if self._reading_head and not self.transport.is_closing():
            self._head_bytes += len(data.rpartition(_END_OF_HEAD)[2])  # before it came other, pipelined requests
            if self._head_bytes > LONGEST_HEAD_BYTES:
                self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                self.send_400_response("the head is too long")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_arriving = True
        self._reading_head, self._head_bytes = True, 0

    def on_message_complete(self) -> None:
        self._has_arrived()
        super().on_message_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._reading_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._reading_head = False
        # Only a head that was cut can be too long: what comes in one read is at most AT_ONCE_BYTES.
        if self._head_bytes and _size(self.url, self.headers) > LONGEST_HEAD_BYTES:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadRefused("the head is too long")
        version, names = self.parser.get_http_version(), names_of(self.headers)
        _require_one_reading(version, names, self.headers)
        self._begin(version, names)

    def _begin(self, version: str, names: list[bytes]) -> None:
        """A request whose head may be read in one way only."""
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # Not wanted, so ignored (RFC 9110 section 7.8); but the parser reads nothing that follows.
            self.cycle.keep_alive = False

    def _wait_for_the_rest(self) -> None:
        """Not while others are answered first: then it is ours to read on."""
        if self._too_late is None and not self.pipeline and not self.transport.is_closing():
            self._too_late = self.loop.call_later(self.arrival_seconds, self._give_up)

    def _has_arrived(self) -> None:
        self._is_arriving = False
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _give_up(self) -> None:
        if self._reading_head:
            self._refusal = HTTPStatus.REQUEST_TIMEOUT
            self.send_400_response("the head did not arrive")
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self.transport.write(_refused(self._refusal))
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing to warn of."""


def _size(url: bytes, headers: Headers) -> int:
    return len(url) + sum(map(len, chain.from_iterable(headers)))


def names_of(headers: Headers) -> list[bytes]:
    return [name for name, _ in headers]


def _require_one_reading(version: str, names: list[bytes], headers: Headers) -> None:
    """Raises `HeadRefused`."""
    if version not in VERSIONS:
        raise HeadRefused("not HTTP/1.0 or HTTP/1.1")
    if (hosts := names.count(b"host")) > 1 or (not hosts and version == "1.1"):
        raise HeadRefused("there must be one Host")
    if b"transfer-encoding" in names:
        codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
        if codings != [b"chunked"] or version == "1.0":
            raise HeadRefused("an unknown transfer coding")


def head(status: int, lines: bytes) -> bytes:
    return b"%b%b\r\n" % (STATUS_LINE[status], lines)


def _refused(status: HTTPStatus) -> bytes:
    """A whole answer on the wire: nothing of the request is known that an app could be given."""
    request_id = os.urandom(16).hex()
    members = problem_members("invalid_request", request_id=request_id, status=status)
    body = json.dumps(members).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *HEADERS,
        HSTS,  # means nothing to a browser that came by http
        (b"x-request-id", request_id.encode()),
    ]
    return head(status, header_lines(headers)) + body
