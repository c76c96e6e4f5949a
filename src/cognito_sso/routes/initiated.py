"""`/login/initiated`: somebody else starts a login, such as the tile of a company's IdP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import InitiatedLoginRefused, ReturnToInvalid
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.flow import StartedLogin
from cognito_sso.login.initiated import InitiatedLogin
from cognito_sso.routes.answers import lean_router, nothing, redirect
from cognito_sso.routes.documentation import answers, documented
from cognito_sso.routes.people import who_typed
from cognito_sso.services import Services, services_of
from cognito_sso.web.rate_limits import START
from cognito_sso.web.requests import cookies_of, is_only_a_look, query_of, require_navigation

router = lean_router("login")


@router.get(
    "/login/initiated",
    status_code=302,
    summary="A login that starts elsewhere",
    openapi_extra=documented(
        query=(
            ("idp_initiated_login", "Scalekit's JWT.", "eyJ…"),
            ("iss", "OpenID Connect's own form: the Scalekit environment's URL.", "https://acme.scalekit.com"),
            ("login_hint", "With `iss`: the e-mail address.", "jane@megasoft.example"),
            ("target_link_uri", "With `iss`: where to go then, on a frontend.", "https://app.example.com/orders"),
        )
    ),
    responses=answers(
        302,
        "To Cognito's authorize endpoint: a fresh login of its own.",
        "invalid_request",
        "initiated_login_refused",
        "invalid_email",
        "invalid_return_to",
        "domain_not_served",
        "navigation_required",
        "not_found",
        "provider_unavailable",
        "too_many_requests",
    ),
)
async def initiated(request: Request) -> Response:
    services = services_of(request)
    if services.initiated_logins is None:
        return services.problems.of_code(request, "not_found")
    if is_only_a_look(request):
        return nothing()
    require_navigation(request)
    query = query_of(request)
    await services.rate_limits.count(request, START)  # before a JWT is used up that was good for one sign-in
    wanted = await services.initiated_logins.read(query)
    if wanted is None:  # Scalekit sends invitations and bookmarks here too
        return redirect(services.url("/login"), status=302)
    if not wanted.email:
        raise InitiatedLoginRefused("no login_hint")
    started = _begin(services, wanted, strict="iss" in request.query_params)
    services.audit.login_started(who_typed(services, started.transaction.email), initiated=True)
    cookies = services.login_cookies.evict(cookies_of(request))
    return redirect(
        started.authorization_url, status=302, set_cookies=[*cookies, services.login_cookies.write(started.transaction)]
    )


def _begin(services: Services, wanted: InitiatedLogin, *, strict: bool) -> StartedLogin:
    """`relay_state` may be anything; one that is no frontend's URL is left aside. `target_link_uri` is refused."""
    try:
        services.return_targets.resolve(wanted.return_to)
        return_to = wanted.return_to
    except ReturnToInvalid:
        if strict:
            raise
        return_to = None
    return services.login.start(email=wanted.email, return_to=return_to, delivery=Delivery.SESSION)
