"""An httpx transport that reaches the stand-ins in-process, and nothing else in the world."""

import asyncio
from collections.abc import AsyncIterator, Collection

import httpx
from starlette.types import ASGIApp, Message, Scope

from cognito_sso.simulator.faults import IN_PROCESS, ConnectionLost, NeverAnswers
from cognito_sso.simulator.wire import origin


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Runs the app in a task of its own and streams, so slow and broken answers behave as over a socket."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = {origin(url) for url in origins}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if origin(str(request.url)) not in self._origins:
            raise httpx.ConnectError(f"No stand-in answers at {request.url.host}", request=request)
        body = await request.aread()
        await asyncio.sleep(0)  # as a network would: whoever else is waiting runs first
        return await _Exchange(self._app, request, body).response()


class _Exchange:
    def __init__(self, app: ASGIApp, request: httpx.Request, body: bytes) -> None:
        self._request = request
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._timeout = request.extensions.get("timeout", {}).get("read")
        self._task = asyncio.ensure_future(self._run(app))

    async def response(self) -> httpx.Response:
        try:
            start = await self._next()
        except BaseException:
            await self.aclose()
            raise
        return httpx.Response(start["status"], headers=start["headers"], stream=_Body(self), request=self._request)

    async def chunks(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._next()
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(_scope(self._request), self._receive, self._messages.put)
        finally:
            await self._messages.put({"type": "ended"})

    async def _receive(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()  # the caller stays connected; aclose() cancels this
        body, self._body = self._body, None
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def _next(self) -> Message:
        try:
            # Not wait_for, which in Python 3.11 loses a cancellation that comes together with a message.
            async with asyncio.timeout(self._timeout):
                message = await self._messages.get()
        except TimeoutError as error:
            raise httpx.ReadTimeout("The stand-in is slow", request=self._request) from error
        if message["type"] == "ended":
            await self._explain_the_end()
        return message

    async def _explain_the_end(self) -> None:
        try:
            await self._task
        except NeverAnswers as error:
            raise httpx.ReadTimeout("The stand-in does not answer", request=self._request) from error
        except ConnectionLost as error:
            raise httpx.RemoteProtocolError("The stand-in hung up", request=self._request) from error
        raise httpx.RemoteProtocolError("The stand-in ended its answer early", request=self._request)


class _Body(httpx.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._exchange.chunks():
            yield chunk

    async def aclose(self) -> None:
        await self._exchange.aclose()


def _scope(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": (request.url.host, request.url.port),
        "extensions": {IN_PROCESS: {}},
    }
