"""What a request passes through: each layer takes it and makes its answer, most by asking the next one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]


class LayeredFastAPI(FastAPI):
    """Puts the layers that were added outside of FastAPI's own (for its errors, telemetry and body limit)."""

    def build_middleware_stack(self) -> ASGIApp:
        ours, self.user_middleware = self.user_middleware, []
        app = super().build_middleware_stack()
        for layer, positional, named in reversed(ours):
            app = layer(app, *positional, **named)
        self.user_middleware = ours
        return app


class HandledRequests:
    """Pure ASGI: every request is for `handler`. FastAPI is left what is none, such as the lifespan."""

    def __init__(self, app: ASGIApp, *, handler: Handler) -> None:
        self._app = app
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = await self._handler(Request(scope, receive, send))
        await response(scope, receive, send)
