"""From the server to the app without ASGI's messages: some requests answered where they were read, all in one piece."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cognito_sso.cli.strict_http import StrictHttp, head, names_of
from cognito_sso.web.wire import Headers, header_lines

# What a request may not have that is answered at once: a body, a wish to be asked for one, or to be let go.
_TAKE_TIME = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"})
_CLOSE = header_lines([(b"connection", b"close")])
_log = logging.getLogger("cognito_sso")


class AtOnce(Protocol):
    """What may be answered without asking the app: GETs of one path, which is `target` up to the query."""

    target: bytes

    def __call__(self, target: bytes, headers: Headers, /) -> tuple[int, bytes] | None:
        """Status and header lines of an answer without a body; None where the app is to be asked."""


Answer = Callable[[Scope, Receive], Awaitable[Response]]
"""Of the app, to a request that is described as ASGI does; the response has its body whole."""


@dataclass(frozen=True, slots=True)
class _OwnHeaders:
    """The server's own, the date among them: another list each second, and once it drains."""

    headers: Headers
    lines: bytes
    closes: bool

    @classmethod
    def of(cls, headers: Headers) -> _OwnHeaders:
        return cls(headers, header_lines(headers), closes=b"connection" in names_of(headers))


class DirectHttp(StrictHttp):
    """Spares a request what costs more than most of our answers do.

    What `at_once` has an answer for is answered where it was read, without a task: plain requests only, on a connection
    that has nothing else to do. Every other request is for `answer`, where the app has one, whose response is written
    as it is, and its headers checked together; uvicorn would check each. Without either it is uvicorn's way.
    """

    at_once: AtOnce | None = None
    answer: Answer | None = None
    _own: ClassVar[_OwnHeaders] = _OwnHeaders([], b"", closes=False)
    _answered = False

    def on_message_complete(self) -> None:
        if self._answered:
            self._answered = False
            self._has_arrived()
        else:
            super().on_message_complete()

    def _begin(self, version: str, names: list[bytes]) -> None:
        if (at_once := self.at_once) and self.url.startswith(at_once.target) and self._is_plain(version, names):
            self._answered = self._answer_at_once(at_once)
        if not self._answered:
            super()._begin(version, names)

    def _is_plain(self, version: str, names: list[bytes]) -> bool:
        return (
            self._is_free()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and self.parser.get_method() == b"GET"
            and version == "1.1"
            and _TAKE_TIME.isdisjoint(names)
            and not self._own_headers().closes  # it drains
        )

    def _own_headers(self) -> _OwnHeaders:
        """Written once for all requests of a second, on whatever connection."""
        own, headers = DirectHttp._own, self.server_state.default_headers
        if own.headers is not headers:
            own = DirectHttp._own = _OwnHeaders.of(headers)
        return own

    def _is_free(self) -> bool:
        """Whether every request before this one has been answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _answer_at_once(self, at_once: AtOnce) -> bool:
        try:
            answer = at_once(self.url, self.headers)
        except Exception:
            _log.exception("unexpected; tried once more")  # by the long way, which has an answer for it
            return False
        if answer is None:
            return False
        status, lines = answer
        self.transport.write(head(status, self._own_headers().lines + lines))
        HttpToolsProtocol.on_response_complete(self)  # what came behind it is being read already
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        is_ours = self.answer is not None and app is self.app
        super()._start_asgi_task(cycle, partial(self._answer_in_a_piece, cycle) if is_ours else app)

    async def _answer_in_a_piece(self, cycle: RequestResponseCycle, scope: Scope, receive: Receive, _send: Any) -> None:
        """In the app's place."""
        assert self.answer is not None  # noqa: S101 (tells the type checker)
        response = await self.answer(scope, receive)
        if self.flow.write_paused and not cycle.disconnected:
            await self.flow.drain()
        if not cycle.disconnected:
            self._write(cycle, response, with_body=scope["method"] != "HEAD")

    def _write(self, cycle: RequestResponseCycle, response: Response, *, with_body: bool) -> None:
        own, lines = self._own_headers(), header_lines(response.raw_headers)
        if own.closes:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            lines += _CLOSE
        answer = head(response.status_code, own.lines + lines)
        self.transport.write(answer + response.body if with_body else answer)
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
