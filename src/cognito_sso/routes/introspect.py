"""`/auth/introspect`: what an access token says, for those who can't verify it themselves (RFC 7662)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import ProviderUnreachable, RequestInvalid
from cognito_sso.routes.answers import json_answer, lean_router
from cognito_sso.routes.documentation import answers, documented
from cognito_sso.services import services_of
from cognito_sso.verify import Claims, KeysUnavailable, TokenError
from cognito_sso.web.requests import FORM, form_or_json, media_type_of

router = lean_router("gateways")


@router.post(
    "/auth/introspect",
    summary="Is this access token good, and what does it say?",
    openapi_extra=documented(
        body=(("token", "A Cognito access token.", "eyJ…"), ("token_type_hint", "Taken and ignored.", "access_token")),
        required=("token",),
        media_types=(FORM,),
    ),
    responses=answers(
        200,
        "`active` is false for anything but a good access token of this app client, and then nothing else is told.",
        "invalid_request",
        "origin_not_allowed",
        "provider_unavailable",
        example={"active": True, "scope": "openid email", "sub": "807c593c-…", "exp": 1757334538},
    ),
)
async def introspect(request: Request) -> Response:
    services = services_of(request)
    if media_type_of(request) != FORM:
        raise RequestInvalid(f"the token must come in a form, {FORM}")
    parameters, _ = await form_or_json(request)
    token = parameters.get("token")
    if not token:
        raise RequestInvalid("token is required")
    try:
        return json_answer(_told(await services.verifier.access_token(token, machine=True)))
    except TokenError as error:
        services.audit.bearer_refused(reason=error.code)
        return json_answer({"active": False})
    except KeysUnavailable as error:
        raise ProviderUnreachable("the pool's keys can't be had") from error


def _told(claims: Claims) -> dict[str, Any]:
    """RFC 7662 section 2.2; `groups` and `connection_id` are ours."""
    told = {
        "active": True,
        "scope": " ".join(sorted(claims.scopes)),
        "client_id": claims.client_id,
        "username": claims.username,
        "token_type": "Bearer",
        "exp": claims.expires_at,
        "iat": claims.issued_at,
        "sub": claims.sub,
        "iss": claims.issuer,
        "jti": claims.jti,
        "groups": list(claims.groups),
        "connection_id": claims.connection_id,
    }
    return {name: value for name, value in told.items() if value is not None}
