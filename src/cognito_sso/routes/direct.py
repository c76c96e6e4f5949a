"""The short way to an endpoint: no path of ours has a part that varies, so a dictionary finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cognito_sso.errors import SignInError
from cognito_sso.routes.answers import LeanRoute


def methods_of(route: LeanRoute) -> set[str]:
    """HEAD goes wherever GET does (RFC 9110 section 9.3.2); the server leaves the body out."""
    methods = route.methods or set()
    return methods | {"HEAD"} if "GET" in methods else methods


class DirectRoutes:
    """Pure ASGI, innermost. FastAPI's router describes the same routes, and answers what is none of them.

    `refused` makes the answer where an endpoint raises a `SignInError`.
    """

    def __init__(
        self, app: ASGIApp, *, routers: Iterable[APIRouter], refused: Callable[[Request, SignInError], Response]
    ) -> None:
        self._app = app
        self._refused = refused
        routes = [route for router in routers for route in router.routes if isinstance(route, LeanRoute)]
        self._endpoints = {
            (method, route.path): route.get_route_handler() for route in routes for method in methods_of(route)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except SignInError as error:
            response = self._refused(request, error)
        await response(scope, receive, send)
