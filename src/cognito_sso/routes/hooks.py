"""`/hooks/scalekit`: Scalekit says that something about a company changed. What, is read from its API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import HookRefused
from cognito_sso.routes.answers import lean_router
from cognito_sso.routes.documentation import answers, with_headers
from cognito_sso.scalekit import WebhookRefused
from cognito_sso.services import services_of
from cognito_sso.web.requests import body_of

router = lean_router("operations")
LONGEST_EVENT_BYTES = 262_144


@router.post(
    "/hooks/scalekit",
    status_code=202,
    summary="Scalekit's webhook: the tenants have changed",
    openapi_extra=with_headers(
        ("webhook-id", "The event's id, the same at every attempt.", "evt_60040666217971987"),
        ("webhook-timestamp", "When it was sent, in seconds since 1970; at most five minutes off.", "1757330938"),
        (
            "webhook-signature",
            "One or several `v1,<base64>` of HMAC-SHA256, with blanks between.",
            "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        ),
    ),
    responses=answers(
        202,
        "Taken: the tenants are read anew. One that was taken before changes nothing. The body is not looked at.",
        "invalid_request",
        "hook_refused",
        "origin_not_allowed",
        "not_found",
    ),
)
async def scalekit(request: Request) -> Response:
    services = services_of(request)
    if services.webhooks is None:
        return services.problems.of_code(request, "not_found")
    body = await body_of(request, longest=LONGEST_EVENT_BYTES)
    try:
        is_news = services.webhooks.is_news(request.scope["headers"], body)
    except WebhookRefused as error:
        raise HookRefused(str(error)) from error
    if is_news:
        services.directory.hurry()
    return Response(status_code=202)
