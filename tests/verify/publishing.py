"""Stand-ins for the place where an issuer publishes its keys: one in memory that awaits, one on a real socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.verify import minting as m


class Clock:
    def __init__(self, now: float = m.NOW + 5) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Publisher(httpx.AsyncBaseTransport):
    """Counts the requests, and suspends before it answers, as a network does."""

    def __init__(self, document: Any = None, **headers: str) -> None:
        self.document = m.jwks() if document is None else document
        self.headers = headers
        self.status = 200
        self.error: Exception | None = None
        self.hangs = False
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for _ in range(3):
            await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        body = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
        return httpx.Response(self.status, content=body, headers=self.headers)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self)


class Observed:
    """An observer that keeps what it was told."""

    def __init__(self) -> None:
        self.fetches: list[tuple[str, bool, str | None]] = []
        self.refused: list[tuple[str, str]] = []
        self.hits: list[bool] = []

    def jwks_fetched(self, issuer: str, ok: bool, reason: str | None, seconds: float) -> None:
        assert seconds >= 0
        self.fetches.append((issuer, ok, reason))

    def key_refused(self, kid: str, reason: str) -> None:
        self.refused.append((kid, reason))

    def remembered(self, hit: bool) -> None:
        self.hits.append(hit)


class Server:
    """On a real socket, since a fetch without a given client uses one."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        self.chunks: list[bytes] = [json.dumps(m.jwks()).encode()]
        self.endless = False
        self.status = 200
        self.headers: dict[str, str] = {}
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append({name.lower(): value for name, value in handler.headers.items()})
        self.arrived.set()
        self.gate.wait(30)
        try:
            handler.send_response(self.status)
            for name, value in self.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            for chunk in self.chunks:
                handler.wfile.write(chunk)
            while self.endless:
                handler.wfile.write(b" " * 65_536)
        except OSError:
            pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        server.url = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.endless = False
            listener.shutdown()
            thread.join(10)
