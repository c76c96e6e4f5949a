"""The listener of `/metrics`, beside the service in the same process and event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

import uvicorn

from cognito_sso.cli.strict_http import StrictHttp
from cognito_sso.observability import MetricsApp


class MetricsListener(AbstractAsyncContextManager[None]):
    """Has its port from the moment it is made, so that a taken one is known at once. Raises `OSError`."""

    def __init__(self, app: MetricsApp, *, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        # As strict and impatient as the service: its descriptors are the service's own.
        config = uvicorn.Config(
            app,
            http=StrictHttp,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
        )
        self._server = _Server(config)

    async def __aenter__(self) -> None:
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving


class _Server(uvicorn.Server):
    """Signals are the service's to handle."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
