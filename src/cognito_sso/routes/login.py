"""`/login` and `/login/start`: an e-mail address in, a browser on its way to Cognito out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.errors import DomainNotServed, EmailInvalid, SignInError, TooManyRequests
from cognito_sso.login.delivery import Delivery, FrontendProof
from cognito_sso.login.flow import StartedLogin
from cognito_sso.observability import request_id_of_context
from cognito_sso.routes.answers import json_answer, lean_router, nothing, redirect
from cognito_sso.routes.documentation import CODE_CHALLENGE, DELIVERY, EMAIL, RETURN_TO, STATE, answers, documented
from cognito_sso.routes.people import who_typed
from cognito_sso.services import Services, services_of
from cognito_sso.web.pages import Action, Problem
from cognito_sso.web.problems import PROBLEMS, page_response
from cognito_sso.web.rate_limits import START
from cognito_sso.web.requests import (
    cookies_of,
    form_or_json,
    is_only_a_look,
    query_of,
    require_navigation,
    wants_page,
)

router = lean_router("login")
_START = (EMAIL, RETURN_TO, DELIVERY, CODE_CHALLENGE, STATE)
_OF_DELIVERY_CODE = ("code_challenge", "code_challenge_method", "state")
_WISH = ("email", "return_to", "delivery", *_OF_DELIVERY_CODE)
_REFUSALS = (
    "invalid_request",
    "invalid_email",
    "invalid_return_to",
    "domain_not_served",
    "too_many_requests",
    "provider_unavailable",
)


@router.get(
    "/login",
    summary="The login page",
    openapi_extra=documented(query=_START),
    responses=answers(
        200, "One e-mail field; works without JavaScript.", "invalid_request", "invalid_return_to", html=True
    ),
)
async def login_page(request: Request) -> Response:
    return _empty_page(services_of(request), query_of(request))


@router.get(
    "/login/start",
    status_code=302,
    summary="Send the browser to the company's sign-in",
    openapi_extra=documented(query=_START, required=("email",)),
    responses=answers(302, "To Cognito's authorize endpoint.", *_REFUSALS, "navigation_required"),
)
async def start_by_link(request: Request) -> Response:
    if is_only_a_look(request):
        return nothing()
    require_navigation(request)
    services, query = services_of(request), query_of(request)
    if "email" not in query and wants_page(request):
        return redirect(services.url("/login"), status=302) if not query else _empty_page(services, query)
    return await _start(services, request, query, status=302)


@router.post(
    "/login/start",
    status_code=303,
    summary="The same from a form, or for a script from JSON",
    openapi_extra=documented(body=_START, required=("email",)),
    responses={
        **answers(303, "A form is sent on to Cognito's authorize endpoint.", *_REFUSALS, "origin_not_allowed"),
        **answers(
            200,
            "A script gets the URL to go to.",
            example={"authorization_url": "https://acme.auth.eu-north-1.amazoncognito.com/…", "expires_at": 1757331538},
        ),
    },
)
async def start_by_post(request: Request) -> Response:
    services = services_of(request)
    parameters, is_script = await form_or_json(request)
    if is_script:
        await services.rate_limits.count(request, START)
        started = _begin(services, parameters)
        return json_answer(
            {"authorization_url": started.authorization_url, "expires_at": started.expires_at},
            _login_cookies(services, request, started),
        )
    return await _start(services, request, parameters, status=303)


async def _start(services: Services, request: Request, parameters: dict[str, str], *, status: int) -> Response:
    try:
        await services.rate_limits.count(request, START)
        started = _begin(services, parameters)
    except TooManyRequests as error:
        wish = {name: parameters[name] for name in _WISH if name in parameters}
        again = Action("Try again", services.url(START), method="post", fields=wish)
        return services.problems.answer(request, error, [again])
    except (EmailInvalid, DomainNotServed) as error:
        if not wants_page(request):
            raise
        return _page(services, parameters, error)
    cookies = _login_cookies(services, request, started)
    return redirect(started.authorization_url, status=status, set_cookies=cookies)


def _begin(services: Services, parameters: dict[str, str]) -> StartedLogin:
    delivery = Delivery.parse(parameters.get("delivery"))
    started = services.login.start(
        email=parameters.get("email", ""),
        return_to=parameters.get("return_to"),
        delivery=delivery,
        proof=FrontendProof.parse(parameters, delivery),
    )
    services.audit.login_started(who_typed(services, started.transaction.email))
    return started


def _login_cookies(services: Services, request: Request, started: StartedLogin) -> list[str]:
    evicted = services.login_cookies.evict(cookies_of(request))
    return [*evicted, services.login_cookies.write(started.transaction)]


def _empty_page(services: Services, query: dict[str, str]) -> Response:
    """The form to begin with. Its wish is checked already, or the person would type an address for nothing."""
    delivery = Delivery.parse(query.get("delivery"))
    services.return_targets.resolve(query.get("return_to"), loopback=delivery is Delivery.CODE)
    return _page(services, query)


def _page(services: Services, parameters: dict[str, str], error: SignInError | None = None) -> Response:
    """The form with what was typed still in it, and what to mend."""
    told = PROBLEMS[error.code] if error else None
    page = services.pages.login(
        action=services.url("/login/start"),
        return_to=parameters.get("return_to"),
        email=parameters.get("email", ""),
        delivery=parameters.get("delivery"),
        fields={name: parameters[name] for name in _OF_DELIVERY_CODE if name in parameters},
        error=Problem(told.text, error.code, request_id_of_context()) if told and error else None,
    )
    return page_response(page, told.status if told else 200)
