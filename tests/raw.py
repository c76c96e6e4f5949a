"""Requests as a socket would bring them: any bytes as target and headers, which no HTTP client would send."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import httpx
from starlette.types import ASGIApp, Message

RawHeaders = Iterable[tuple[bytes, bytes]]


async def raw_request(
    app: ASGIApp, method: str, target: bytes, headers: RawHeaders = (), body: bytes = b""
) -> httpx.Response:
    path, _, query = target.partition(b"?")
    given = list(headers)
    if not any(name == b"host" for name, _ in given):
        given.append((b"host", b"login.app.example"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": given,
        "client": ("127.0.0.1", 50000),
        "server": ("login.app.example", 443),
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *rest = messages
    content = b"".join(message.get("body", b"") for message in rest)
    return httpx.Response(start["status"], headers=start["headers"], content=content)
