"""An app in this process behind the server's own HTTP, on a loopback port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from cognito_sso.cli.serve import server_config
from cognito_sso.cli.strict_http import StrictHttp
from cognito_sso.testing import listener
from tests.world import World


class Messages:
    """The service as any other ASGI app is, which a server asks by messages; with a note of each request."""

    def __init__(self, world: World) -> None:
        self.world, self.state = world, world.app.state
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"])
        await self.world.app(scope, receive, send)


@asynccontextmanager
async def listening(
    app: ASGIApp,
    http: type[StrictHttp] | None = None,
    *,
    send_buffer: int | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[int]:
    """As `cognito-sso serve` would; `http` is put over its way to read and write. Yields the port.

    `send_buffer` is how many bytes of answers the system holds for a client that does not read them: megabytes, unless
    it is told. `headers` are in every answer.
    """
    with listener() as at:
        if send_buffer:
            at.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        config = server_config(app)
        if http is not None:
            config.http = type(http.__name__, (http, config.http), {})
        config.headers = list(headers)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[at]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield at.getsockname()[1]
        server.should_exit = True
        await running
