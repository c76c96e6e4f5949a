"""Ending in order: not ready first and still listening, then no new connections, then what was begun is finished."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

CUT_OFF = 1  # the exit code where something under way was not finished
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_CLOSE = (b"connection", b"close")
_log = logging.getLogger("cognito_sso")


class DrainingServer(uvicorn.Server):
    """Ends at a signal: SIGTERM comes from whoever runs the service, SIGINT from Ctrl-C in a terminal.

    SIGTERM leaves load balancers `drain_seconds` to notice before the listener closes; SIGINT does not wait. A second
    one of either ends at once, whatever is under way. `beside` lasts from before its start until its last request
    has ended.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        app: FastAPI,
        drain_seconds: float,
        beside: AbstractAsyncContextManager[None] | None = None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._beside = beside or nullcontext()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with self._beside:
            await super().serve(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """In uvicorn's place, which would close the listener at the first signal."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self._heed, self._drain_seconds)
        self._loop.add_signal_handler(signal.SIGINT, self._heed, 0)
        try:
            yield
        finally:
            for number in _SIGNALS:
                self._loop.remove_signal_handler(number)

    def _heed(self, drain_seconds: float) -> None:
        if self._app.state.draining:
            self._end_at_once()
        elif self.started and drain_seconds:
            self._drain(drain_seconds)
        else:
            self._app.state.draining = True
            self._stop()

    def _drain(self, seconds: float) -> None:
        _log.info("draining for %g s: not ready any more, still answering", seconds)
        self._app.state.draining = True
        # Who keeps a connection open is asked to make a new one, which finds another replica. The first line holds
        # for the rest of this second, the second from then on.
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        self.config.encoded_headers.append(_CLOSE)
        self._loop.call_later(seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _end_at_once(self) -> NoReturn:
        _log.warning("ended at once by a second signal")
        os._exit(CUT_OFF)  # an exception would wait for threads, and be logged once for each request that it cuts off
