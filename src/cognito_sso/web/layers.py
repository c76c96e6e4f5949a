"""What a request passes through: each layer takes it and makes its answer, most by asking the next one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]


class HandledFastAPI(FastAPI):
    """Every request is for `handler`; FastAPI describes the routes, and is left what is no request: the lifespan.

    A server that knows `answer` may ask it, and is given each response whole, without messages.
    """

    handler: Handler

    async def answer(self, scope: Scope, receive: Receive) -> Response:
        scope["app"] = self
        return await self.handler(Request(scope, receive))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await self.answer(scope, receive)
        await response(scope, receive, send)
