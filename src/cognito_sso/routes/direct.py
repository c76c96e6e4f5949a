"""The short way to an endpoint: no path of ours has a part that varies, so a dictionary finds it."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import SignInError
from cognito_sso.routes.answers import LeanRoute
from cognito_sso.web.problems import ProblemAnswers


class DirectRoutes:
    """The innermost layer. FastAPI's router describes the same routes, and is asked for none."""

    def __init__(self, routers: Iterable[APIRouter], *, problems: ProblemAnswers) -> None:
        routes = [route for router in routers for route in router.routes if isinstance(route, LeanRoute)]
        self._problems = problems
        self._endpoints = {
            (method, route.path): route.get_route_handler() for route in routes for method in _methods_of(route)
        }
        self.paths = frozenset(route.path for route in routes)

    async def __call__(self, request: Request) -> Response:
        endpoint = self._endpoints.get((request.scope["method"], request.scope["path"]))
        if endpoint is None:
            return self._nothing_there(request)
        try:
            return await endpoint(request)
        except SignInError as error:
            return self._problems.answer(request, error)

    def _nothing_there(self, request: Request) -> Response:
        path = request.scope["path"]
        if path not in self.paths:
            return self._problems.of_code(request, "not_found")
        response = self._problems.of_code(request, "method_not_allowed")
        response.headers["allow"] = ", ".join(sorted(method for method, known in self._endpoints if known == path))
        return response


def _methods_of(route: LeanRoute) -> set[str]:
    """HEAD goes wherever GET does (RFC 9110 section 9.3.2); the server leaves the body out."""
    methods = route.methods or set()
    return methods | {"HEAD"} if "GET" in methods else methods
