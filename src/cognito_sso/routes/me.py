"""`/me`: who is signed in, by session cookie or by Bearer access token."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import BearerRefused, NotSignedIn
from cognito_sso.routes.answers import json_text, lean_router, with_cookies
from cognito_sso.routes.documentation import PROFILE_EXAMPLE, answers
from cognito_sso.services import services_of
from cognito_sso.session import Profile
from cognito_sso.web.requests import cookies_of, credentials_of

router = lean_router("session")
MOST_REMEMBERED = 1_024


@router.get(
    "/me",
    summary="Who is signed in",
    responses=answers(
        200,
        "The profile.",
        "not_signed_in",
        "invalid_token",
        "origin_not_allowed",
        "provider_unavailable",
        example=PROFILE_EXAMPLE,
    ),
)
async def me(request: Request) -> Response:
    credentials = credentials_of(request)
    if credentials:  # a wrong Bearer is wrong even beside a good cookie
        return _answer(await services_of(request).bearer_profiles.profile(bearer_token(credentials)))
    services, cookies = services_of(request), cookies_of(request)
    profile = services.session_cookies.read_profile(cookies)
    if profile is not None:
        return _answer(profile)
    answer = services.problems.answer(request, NotSignedIn())
    stale = services.session_cookies.has_session_cookie(cookies)
    return with_cookies(answer, [services.session_cookies.clear_session()] if stale else [])


def bearer_token(credentials: list[str]) -> str:
    """The token of exactly one `Authorization: Bearer` (RFC 6750 section 2.1). Raises `BearerRefused`."""
    scheme, _, token = credentials[0].strip(" ").partition(" ")
    token = token.lstrip(" ")
    if len(credentials) != 1 or scheme.lower() != "bearer" or not token:
        raise BearerRefused("the Authorization header is not one Bearer token")
    return token


def _answer(profile: Profile) -> Response:
    return Response(_told(profile), media_type="application/json")


@lru_cache(maxsize=MOST_REMEMBERED)
def _told(profile: Profile) -> bytes:
    return json_text(vars(profile))
