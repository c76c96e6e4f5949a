"""A socket, and a reader of HTTP answers that forgives nothing. It shares no code with server or clients."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

ANSWER_SECONDS = 20.0  # how long until silence counts as a hang
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ([\x20-\x7e]*)")
_FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x20-\x7e\t\x80-\xff]*)")
_MARK = b"the-next-request"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: next.example\r\nX-Request-Id: " + _MARK + b"\r\n\r\n"


class Malformed(AssertionError):
    """What came back is no HTTP answer."""


@dataclass(frozen=True)
class Conversation:
    """What was answered before the next request, and whether that one was answered in its turn."""

    answers: tuple[httpx.Response, ...]
    next_answered: bool


def request(
    method: str, target: str | bytes, *fields: bytes, body: bytes = b"", host: str = "login.app.example"
) -> bytes:
    """A request as a tidy client writes it, with any target and fields."""
    path = target.encode("latin-1") if isinstance(target, str) else target
    lines = [b"%b %b HTTP/1.1" % (method.encode(), path), b"Host: " + host.encode("latin-1"), *fields]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def form(target: str, fields: Iterable[bytes], body: bytes) -> bytes:
    return request("POST", target, *fields, b"Content-Type: application/x-www-form-urlencoded", body=body)


def say(port: int, data: bytes, *, then: bytes = NEXT) -> Conversation:
    """Sends the bytes, and one more request behind them; reads until that one's answer, or until the server hangs up.

    An answer to anything else that `data` smuggled in would stand between the two, and is returned.
    """
    with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
        # Hung up before all of it was sent: what was answered may still be there.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(data + then)
        return _read(connection, headless=data.startswith(b"HEAD "))


def _read(connection: socket.socket, *, headless: bool) -> Conversation:
    reader, answers = _Reader(connection), []
    while True:
        try:
            answer = reader.answer(headless=headless and not answers)
        except ConnectionResetError:
            return Conversation(tuple(answers), next_answered=False)
        if answer is None:
            return Conversation(tuple(answers), next_answered=False)
        if answer.headers.get("x-request-id") == _MARK.decode():
            return Conversation(tuple(answers), next_answered=True)
        if answer.status_code != 100:
            answers.append(answer)


class _Reader:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def answer(self, *, headless: bool) -> httpx.Response | None:
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.split(b"\r\n")
        status = _matched(_STATUS_LINE, first)[1]
        fields = [_matched(_FIELD_LINE, line).groups() for line in lines]
        bare = headless or status.startswith(b"1") or status in (b"204", b"304")
        body = b"" if bare else self._body({name.lower(): value for name, value in fields})
        return httpx.Response(int(status), headers=fields, content=body)  # type: ignore[arg-type]

    def _body(self, fields: dict[bytes, bytes]) -> bytes:
        if b"transfer-encoding" in fields or not re.fullmatch(rb"[0-9]{1,9}", fields.get(b"content-length", b"")):
            raise Malformed("an answer of ours tells its length")
        return self._exactly(int(fields[b"content-length"]))

    def _until(self, end: bytes) -> bytes | None:
        while end not in self._buffer:
            if not self._more():
                if self._buffer:
                    raise Malformed(f"half an answer: {self._buffer[:200]!r}")
                return None
        found, _, self._buffer = self._buffer.partition(end)
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not self._more():
                raise Malformed("the answer was cut")
        found, self._buffer = self._buffer[:length], self._buffer[length:]
        return found

    def _more(self) -> bool:
        received = self._connection.recv(65_536)
        self._buffer += received
        return bool(received)


def _matched(pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes]:
    found = pattern.fullmatch(line)
    if found is None:
        raise Malformed(f"not a line of HTTP: {line[:200]!r}")
    return found
