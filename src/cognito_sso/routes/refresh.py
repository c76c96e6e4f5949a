"""`/auth/refresh`: the session goes on."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.cookies import CookieTooLarge
from cognito_sso.errors import NotSignedIn, ProviderUnavailable, SessionEnded, SessionTooLarge
from cognito_sso.routes.answers import json_answer, lean_router, with_cookies
from cognito_sso.routes.documentation import answers
from cognito_sso.routes.people import who_holds
from cognito_sso.services import Services, services_of
from cognito_sso.session import RefreshGrant, Session
from cognito_sso.web.requests import body_of, cookies_of

router = lean_router("session")


@router.post(
    "/auth/refresh",
    summary="Renew the session",
    responses=answers(
        200,
        "New cookies; when the new session expires, and when to refresh it.",
        "invalid_request",
        "not_signed_in",
        "session_ended",
        "origin_not_allowed",
        "too_many_requests",
        "provider_unavailable",
        example={"expires_at": 1757334538, "refresh_at": 1757334450},
    ),
)
async def refresh(request: Request) -> Response:
    services = services_of(request)
    await body_of(request)
    grant = services.session_cookies.read_grant(cookies_of(request))
    if grant is None:
        return with_cookies(services.problems.answer(request, NotSignedIn()), services.session_cookies.clear())
    who = who_holds(services, grant)
    await services.rate_limits.count_refresh(grant.session_id)
    try:
        session, renewed = await services.refresher.renew(grant)
        cookies = _written(services, session, renewed)
    except SessionEnded as ended:
        services.audit.session_ended(who, code=ended.cause, reason=ended.reason)
        return with_cookies(services.problems.answer(request, ended), services.session_cookies.clear())
    except ProviderUnavailable as error:
        services.audit.refresh_failed(who, reason=error.reason)
        raise
    services.audit.session_refreshed(replace(who, tenant=session.profile.tenant))
    return json_answer({"expires_at": session.profile.expires_at, "refresh_at": session.profile.refresh_at}, cookies)


def _written(services: Services, session: Session, renewed: RefreshGrant) -> list[str]:
    try:
        return services.session_cookies.write(session, renewed)
    except CookieTooLarge:
        services.revocations.begin(renewed.refresh_token)
        raise SessionEnded("the session outgrew its cookie", cause=SessionTooLarge.code) from None
