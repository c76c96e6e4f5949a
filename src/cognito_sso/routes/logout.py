"""`/auth/logout` and `/auth/signed-out`: out of this service, out of Cognito, and onwards."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import ProviderUnavailable, SignInError
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.email_address import EmailAddress
from cognito_sso.routes.answers import json_answer, lean_router, nothing, redirect, with_cookies
from cognito_sso.routes.documentation import RETURN_TO, Parameter, answers, documented
from cognito_sso.routes.people import who_holds
from cognito_sso.services import Services, services_of
from cognito_sso.session import RefreshGrant
from cognito_sso.web.rate_limits import LOGOUT, START
from cognito_sso.web.requests import cookies_of, form_or_json, is_only_a_look, require_navigation

router = lean_router("session")
SIGNED_OUT_SECONDS = 600
_THEN_EMAIL: Parameter = ("email", "Sign in with this address right after.", "jane@megasoft.example")

_REFRESH_TOKEN: Parameter = ("refresh_token", "To revoke, for a frontend that keeps its own tokens.", "eyJj…")


@router.post(
    "/auth/logout",
    summary="Sign out",
    openapi_extra=documented(body=(RETURN_TO, _THEN_EMAIL, _REFRESH_TOKEN)),
    responses={
        **answers(
            200,
            "A script gets the URL to go to.",
            example={"logout_url": "https://acme.auth.eu-north-1.amazoncognito.com/logout?…"},
        ),
        **answers(
            303,
            "A form is sent on to Cognito's logout.",
            "invalid_request",
            "invalid_email",
            "invalid_return_to",
            "origin_not_allowed",
            "too_many_requests",
        ),
    },
)
async def logout(request: Request) -> Response:
    services = services_of(request)
    parameters, is_script = await form_or_json(request)
    target = _target(services, parameters)
    cookies = cookies_of(request)
    grant, given = services.session_cookies.read_grant(cookies), parameters.get("refresh_token")
    if grant is None and given:
        await services.rate_limits.count(request, LOGOUT)  # anybody can make one up, and Cognito would be asked
    await _revoke(services, cookies, grant, given)
    set_cookies = [
        *services.session_cookies.end(cookies, for_seconds=services.session_max_age),
        *services.login_cookies.clear_all(cookies),
        services.signed_out_cookie.write(target, max_age=SIGNED_OUT_SECONDS),
    ]
    logout_url = services.cognito.logout_url()
    if is_script:
        return json_answer({"logout_url": logout_url}, set_cookies)
    return redirect(logout_url, set_cookies=set_cookies)


@router.get(
    "/auth/signed-out",
    status_code=303,
    summary="Where Cognito sends the browser after signing out",
    responses=answers(
        303, "To where the sign-out was asked to end, or to a new login.", "navigation_required", "too_many_requests"
    ),
)
async def signed_out(request: Request) -> Response:
    if is_only_a_look(request):
        return nothing()
    require_navigation(request)
    services = services_of(request)
    sealed = services.signed_out_cookie.read(cookies_of(request))
    target = json.loads(sealed) if sealed else {}
    if "email" in target:
        await services.rate_limits.count(request, START)
    response = _onwards(services, target)
    return with_cookies(response, [services.signed_out_cookie.clear()])


def _target(services: Services, parameters: dict[str, str]) -> bytes:
    """What to do once signed out, checked now and sealed until then."""
    target = {"return_to": services.return_targets.resolve(parameters.get("return_to"))}
    if "email" in parameters:
        target["email"] = str(EmailAddress.parse(parameters["email"]))
    return json.dumps(target).encode()


def _onwards(services: Services, target: dict[str, str]) -> Response:
    try:
        return_to = services.return_targets.resolve(target.get("return_to"))
        if "email" not in target:
            return redirect(return_to)
        started = services.login.start(email=target["email"], return_to=return_to, delivery=Delivery.SESSION)
    except SignInError:  # the frontends or tenants have changed meanwhile
        return redirect(services.url("/login"))
    return redirect(started.authorization_url, set_cookies=[services.login_cookies.write(started.transaction)])


async def _revoke(
    services: Services, cookies: Mapping[str, str], grant: RefreshGrant | None, given: str | None
) -> None:
    """Revocation failing keeps nobody signed in here: the cookies go all the same."""
    session = services.session_cookies.read_session(cookies)
    revoked = False
    refresh_token = grant.refresh_token if grant else given
    if refresh_token:
        try:
            await services.cognito.revoke(refresh_token)
            revoked = True
        except ProviderUnavailable as error:
            services.audit.provider_failed(reason=f"revocation: {error.reason}")
    services.audit.signed_out(who_holds(services, grant, session), revoked=revoked)
