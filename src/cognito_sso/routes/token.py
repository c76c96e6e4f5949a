"""`/auth/token`: a frontend that keeps its own tokens redeems its code, and refreshes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import (
    IdentityDiffers,
    ProviderUnavailable,
    RequestInvalid,
    SignInError,
    SignInRefused,
    TooManyRequests,
)
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.flow import SignedIn
from cognito_sso.login.transaction import LoginTransaction
from cognito_sso.observability import NOBODY
from cognito_sso.routes.answers import json_answer, lean_router
from cognito_sso.routes.documentation import answers, documented
from cognito_sso.routes.people import who_came_back
from cognito_sso.routes.token_set import as_requested, tell_completed, tell_refused, token_set
from cognito_sso.services import Services, services_of
from cognito_sso.web.rate_limits import TOKEN
from cognito_sso.web.requests import form_or_json

router = lean_router("tokens")
LONGEST_REFRESH_TOKEN = 8_192
_OAUTH_ERRORS: tuple[tuple[type[SignInError], str], ...] = (
    (RequestInvalid, "invalid_request"),
    (SignInRefused, "invalid_grant"),
    (ProviderUnavailable, "temporarily_unavailable"),
    (TooManyRequests, "temporarily_unavailable"),
)


@router.post(
    "/auth/token",
    summary="Redeem a code of delivery `code`, or refresh",
    openapi_extra=documented(
        body=(
            ("grant_type", "`authorization_code` or `refresh_token`.", "authorization_code"),
            ("code", "What the callback put into `return_to`.", "dG9…"),
            (
                "code_verifier",
                "Whose S256 was the `code_challenge` (RFC 7636).",
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            ),
            ("other_account", "`accept` to get another account of the same company too.", "accept"),
            ("refresh_token", "For the grant of that name.", "eyJj…"),
        ),
        required=("grant_type",),
    ),
    responses=answers(
        200,
        "The token set. Errors carry `error` of RFC 6749 section 5.2 too.",
        "invalid_request",
        "grant_rejected",
        "id_token_refused",
        "tenant_mismatch",
        "identity_differs",
        "attributes_missing",
        "domain_not_served",
        "origin_not_allowed",
        "provider_unavailable",
        "too_many_requests",
        example={"access_token": "eyJ…", "id_token": "eyJ…", "token_type": "Bearer", "expires_in": 3600},
    ),
)
async def token(request: Request) -> Response:
    services, parameters = services_of(request), dict[str, str]()
    try:
        await services.rate_limits.count(request, TOKEN)
        parameters, _ = await form_or_json(request)
        return json_answer(token_set(await _granted(services, parameters)))
    except SignInError as error:
        _tell_failed(services, parameters, error)
        oauth = next((name for kind, name in _OAUTH_ERRORS if isinstance(error, kind)), "access_denied")
        # The way on from somebody else's account: out of Cognito, and start again.
        logout = {"logout_url": services.cognito.logout_url()} if isinstance(error, IdentityDiffers) else {}
        return services.problems.answer(request, error, members={"error": oauth, **logout}, audited=True)


async def _granted(services: Services, parameters: dict[str, str]) -> SignedIn:
    match parameters.get("grant_type"):
        case "authorization_code":
            return await _redeemed(services, parameters)
        case "refresh_token":
            return await _renewed(services, parameters)
        case _:
            raise RequestInvalid("grant_type must be authorization_code or refresh_token")


async def _redeemed(services: Services, parameters: dict[str, str]) -> SignedIn:
    sealed, verifier = parameters.get("code"), parameters.get("code_verifier")
    if not sealed or not verifier:
        raise RequestInvalid("code and code_verifier are required")
    code, transaction = services.handed_codes.open(sealed, verifier)
    signed_in = await services.login.redeem(code, transaction)
    if parameters.get("other_account") == "accept":
        tell_completed(services, signed_in, transaction)
        return signed_in
    return as_requested(services, signed_in, transaction)


async def _renewed(services: Services, parameters: dict[str, str]) -> SignedIn:
    signed_in = await services.login.renew(_refresh_token(parameters))
    services.audit.session_refreshed(who_came_back(signed_in), delivery=Delivery.CODE)
    return signed_in


def _tell_failed(services: Services, parameters: dict[str, str], error: SignInError) -> None:
    match parameters.get("grant_type"):
        case "authorization_code" if not isinstance(error, RequestInvalid):
            tell_refused(services, error, _login_of(services, parameters))
        case "refresh_token" if not isinstance(error, RequestInvalid):
            _tell_not_renewed(services, error)
        case _:
            services.problems.note(error)


def _tell_not_renewed(services: Services, error: SignInError) -> None:
    if isinstance(error, ProviderUnavailable):
        services.audit.refresh_failed(NOBODY, reason=error.reason, delivery=Delivery.CODE)
        services.audit.provider_failed(reason=error.reason)
    else:
        services.audit.session_ended(NOBODY, code=error.code, reason=error.reason, delivery=Delivery.CODE)


def _login_of(services: Services, parameters: dict[str, str]) -> LoginTransaction | None:
    try:
        return services.handed_codes.open(parameters["code"], parameters["code_verifier"])[1]
    except SignInError:
        return None


def _refresh_token(parameters: dict[str, str]) -> str:
    text = parameters.get("refresh_token", "")
    if not 0 < len(text) <= LONGEST_REFRESH_TOKEN or not text.isascii():
        raise RequestInvalid("refresh_token is required")
    return text
