"""The service as a Lambda function: API Gateway's events go through Mangum into the real app, and somebody signs in."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from mangum import Mangum

from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, Roads, World


class ApiGateway(httpx.AsyncBaseTransport):
    """An HTTP API with payload format 2.0, as AWS documents it, in front of one function."""

    def __init__(self, handler: Mangum, thread: Executor) -> None:
        self._handler = handler
        self._thread = thread

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        event = event_of(request, await request.aread())
        answer = await asyncio.get_running_loop().run_in_executor(self._thread, self._handler, event, None)
        headers = [*answer["headers"].items(), *(("set-cookie", cookie) for cookie in answer.get("cookies", ()))]
        body = answer.get("body", "")
        content = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
        return httpx.Response(answer["statusCode"], headers=headers, content=content, request=request)


@pytest.fixture
def thread() -> Iterator[Executor]:
    """A function's one thread, whose event loop runs while it answers and stands still in between."""
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(loop,)) as executor:
        yield executor
    loop.close()


def event_of(request: httpx.Request, body: bytes) -> dict[str, Any]:
    path, _, query = request.url.raw_path.decode().partition("?")
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "cookies": [cookie for cookie in request.headers.get("cookie", "").split("; ") if cookie],
        "headers": headers,
        "requestContext": {
            "http": {"method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


async def test_a_person_signs_in_stays_and_leaves_through_a_function_without_a_lifespan(
    world: World, thread: Executor
) -> None:
    gateway = ApiGateway(Mangum(world.app, lifespan="off"), thread)
    browser = Browser(Roads({"login.app.example": gateway, "app.example": world.roads}, world.simulator.transport()))

    page = await world.sign_in(browser, "jane@megasoft.example")
    me = await browser.http.get(f"{SERVICE}/me")
    refreshed = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
    verified = await browser.http.get(f"{SERVICE}/auth/verify")

    assert str(page.url).startswith(FRONTEND), page.text
    assert me.json()["email"] == "jane@megasoft.example"
    assert (refreshed.status_code, verified.status_code) == (200, 204)
    assert verified.headers["x-auth-request-email"] == "jane@megasoft.example"


async def test_a_function_refuses_as_the_service_does(world: World, thread: Executor) -> None:
    function = httpx.AsyncClient(transport=ApiGateway(Mangum(world.app, lifespan="off"), thread), base_url=SERVICE)

    refused = await function.get("/me")

    assert refused.status_code == 401
    assert refused.json()["code"] == "not_signed_in"
