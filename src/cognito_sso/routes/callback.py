"""`/auth/callback`: the browser is back from Cognito."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.cookies import CookieTooLarge
from cognito_sso.errors import (
    LoginExpired,
    ProviderUnavailable,
    SessionTooLarge,
    SignInError,
    TooManyRequests,
    UserAlreadyExists,
)
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.flow import SignedIn
from cognito_sso.login.transaction import LoginTransaction
from cognito_sso.observability import request_id_of_context
from cognito_sso.routes.answers import json_answer, lean_router, nothing, redirect, with_cookies
from cognito_sso.routes.documentation import answers, documented
from cognito_sso.routes.people import who_typed
from cognito_sso.routes.token_set import as_requested, decline_identity, tell_completed, tell_refused, token_set
from cognito_sso.services import Services, services_of
from cognito_sso.web.pages import Action
from cognito_sso.web.problems import page_response
from cognito_sso.web.rate_limits import CALLBACK
from cognito_sso.web.requests import cookies_of, is_only_a_look, query_of, require_navigation, wants_page

router = lean_router("login")


@router.get(
    "/auth/callback",
    status_code=303,
    summary="Where Cognito sends the browser back to",
    openapi_extra=documented(
        query=(
            ("code", "The authorization code.", "18fe37c2-8eff-4886-98f4-abbc6a0753a6"),
            ("state", "Which login this answers.", "Zk0…"),
            ("error", "Why there is no code.", "invalid_request"),
            ("error_description", "Cognito's words; never shown.", "…"),
        )
    ),
    responses=answers(
        303,
        "To `return_to`, with the session in cookies.",
        "invalid_request",
        "login_expired",
        "access_denied",
        "attributes_missing",
        "user_already_exists",
        "provider_error",
        "grant_rejected",
        "id_token_refused",
        "tenant_mismatch",
        "identity_differs",
        "session_too_large",
        "navigation_required",
        "provider_unavailable",
        "too_many_requests",
    ),
)
async def callback(request: Request) -> Response:
    if is_only_a_look(request):
        return nothing()
    require_navigation(request)
    services, query = services_of(request), query_of(request)
    try:
        transaction = services.login_cookies.find(cookies_of(request), query.get("state"))
    except LoginExpired as error:
        await services.rate_limits.count(request, CALLBACK)
        return _nothing_to_finish(services, request, error)
    return await _finished(services, request, query, services.login.recall(transaction))


async def _finished(
    services: Services, request: Request, query: dict[str, str], transaction: LoginTransaction
) -> Response:
    try:
        await services.rate_limits.count_return(request, transaction.id)
        response = await _delivered(services, query, transaction)
    except UserAlreadyExists as error:
        response = _restarted(services, request, transaction, error)
    except (ProviderUnavailable, TooManyRequests) as error:
        # The login cookie is kept: a reload can try again with a code that was never sent.
        return _explained(services, request, transaction, error)
    except SignInError as error:
        response = _explained(services, request, transaction, error)
    return with_cookies(response, [services.login_cookies.clear(transaction)])


async def _delivered(services: Services, query: dict[str, str], transaction: LoginTransaction) -> Response:
    if transaction.delivery is Delivery.CODE:
        return redirect(services.handed_codes.redirect_url(services.login.code_from(query), transaction))
    signed_in = await services.login.finish(query, transaction)
    if transaction.delivery is Delivery.TOKENS:
        return json_answer(token_set(as_requested(services, signed_in, transaction)))
    if not signed_in.as_requested:
        decline_identity(services, signed_in)
        return _who_are_you(services, signed_in, transaction)
    try:
        cookies = services.session_cookies.write(signed_in.session, signed_in.grant)
    except CookieTooLarge as error:
        services.login.decline(signed_in)
        raise SessionTooLarge(f"the {error} cookie would be dropped by the browser") from error
    tell_completed(services, signed_in, transaction)
    return redirect(transaction.return_to, set_cookies=cookies)


def _who_are_you(services: Services, signed_in: SignedIn, transaction: LoginTransaction) -> Response:
    """Cognito's one-hour session can answer with the previous person: nobody is signed in before they say so."""
    actual, requested = str(signed_in.actual), str(signed_in.requested)
    going_on = {"email": actual, "return_to": transaction.return_to}
    switching = {"email": requested, "return_to": transaction.return_to}
    page = services.pages.confirm_identity(
        requested=requested,
        actual=actual,
        continue_action=Action("Continue", services.url("/login/start"), method="post", fields=going_on),
        switch_action=Action("Use another account", services.url("/auth/logout"), method="post", fields=switching),
        request_id=request_id_of_context(),
    )
    return page_response(page)


def _restarted(
    services: Services, request: Request, transaction: LoginTransaction, error: UserAlreadyExists
) -> Response:
    """Cognito refuses the first login right after it linked a user; the second succeeds. Once, by itself."""
    if transaction.restarted:
        return _explained(services, request, transaction, error)
    started = services.login.restart(transaction)
    services.audit.login_started(who_typed(services, transaction.email), restarted=True)
    return redirect(started.authorization_url, set_cookies=[services.login_cookies.write(started.transaction)])


def _explained(services: Services, request: Request, transaction: LoginTransaction, error: SignInError) -> Response:
    tell_refused(services, error, transaction)
    again = {"email": transaction.email, "return_to": transaction.return_to, **transaction.wish}
    actions = [
        Action("Try again", services.url("/login/start"), method="post", fields=again),
        Action(
            "Use another e-mail",
            services.url("/login"),
            fields={"return_to": transaction.return_to, **transaction.wish},
            primary=False,
        ),
    ]
    return services.problems.answer(request, error, actions, audited=True)


def _nothing_to_finish(services: Services, request: Request, error: LoginExpired) -> Response:
    """Another browser, too late, a replay, a bookmark. No token request is ever made for one of these."""
    signed_in = services.session_cookies.read_profile(cookies_of(request))
    if signed_in is not None and wants_page(request):
        return redirect(services.return_targets.default)
    tell_refused(services, error, None)
    again = [Action("Sign in again", services.url("/login"))]
    return services.problems.answer(request, error, again, audited=True)
