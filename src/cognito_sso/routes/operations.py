"""`/healthz` and `/readyz` for those who run the service; `/docs` and `/openapi.json` for those who call it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.routes.answers import json_answer, lean_router
from cognito_sso.routes.documentation import answers
from cognito_sso.services import services_of
from cognito_sso.verify import KeysUnavailable
from cognito_sso.web.problems import page_response

router = lean_router("operations")


@router.get("/healthz", summary="Alive", responses={200: {"description": "The process answers."}})
async def healthz(request: Request) -> Response:
    return json_answer({"status": "alive"})


@router.get(
    "/readyz",
    summary="Able to serve",
    responses={
        200: {"description": "The pool's keys are held, and the tenants known. Both outlive an outage."},
        503: {"description": "No keys or no tenants yet, or the process is draining."},
    },
)
async def readyz(request: Request) -> Response:
    services = services_of(request)
    verifier = services.verifier
    if request.app.state.draining:
        return _not_ready("draining")
    if not verifier.keys_held:
        try:
            await verifier.prefetch()
        except KeysUnavailable:
            return _not_ready("the pool's keys can't be had")
    if not services.directory.is_ready:
        return _not_ready("Scalekit has not told the tenants yet")
    return json_answer({"status": "ready"})


@router.get(
    "/docs",
    summary="This reference, as a page",
    responses=answers(200, "No script, nothing from elsewhere.", html=True),
)
async def reference(request: Request) -> Response:
    from cognito_sso.web.api_reference import render_api_reference  # most processes are never asked

    state = request.app.state
    state.reference = state.reference or render_api_reference(request.app.openapi())
    return page_response(state.reference)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    return json_answer(request.app.openapi())


def _not_ready(reason: str) -> Response:
    response = json_answer({"status": "not ready", "reason": reason})
    response.status_code = 503
    return response
