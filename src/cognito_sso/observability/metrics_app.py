"""`/metrics`: what Prometheus reads, on a listener of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

PATH = "/metrics"


class MetricsApp:
    """Pure ASGI: the registry's metrics in the one format that every Prometheus reads, and nothing anywhere else."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = self._answer(scope)
        media_type = CONTENT_TYPE_PLAIN_0_0_4 if status == 200 else "text/plain"
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, scope: Scope) -> tuple[int, bytes]:
        if scope["path"] != PATH:
            return 404, b"The metrics are at /metrics.\n"
        if scope["method"] not in ("GET", "HEAD"):
            return 405, b"The metrics are read with GET.\n"
        return 200, generate_latest(self._registry)
