"""An ASGI app on a loopback port, in a thread, for as long as a test wants it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
LONGEST_START_SECONDS = 20.0
LONGEST_END_SECONDS = 10.0


def listener() -> socket.socket:
    """A socket that listens on a loopback port of its own; `listener.getsockname()[1]` is the port."""
    found = socket.socket()
    found.bind((LOOPBACK, 0))
    found.listen()
    return found


@contextmanager
def serving(app: ASGIApp, at: socket.socket) -> Iterator[None]:
    """Serves `app`, its lifespan included, at a socket that listens already, and closes it in the end."""
    import uvicorn  # only who serves needs it

    up = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            up.set()

    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none",
        date_header=False,  # the stand-ins have a clock of their own
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]}, name="serving", daemon=True)
    thread.start()
    try:
        if not up.wait(LONGEST_START_SECONDS):
            raise RuntimeError("the app did not start")
        yield
    finally:
        server.should_exit = True
        thread.join(LONGEST_END_SECONDS)
        at.close()
