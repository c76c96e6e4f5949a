"""The composition root: the only module that knows every part."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import cognito_sso
from cognito_sso.cognito import USUAL_PATIENCE, CognitoClient, Endpoints, Patience
from cognito_sso.cookies import Seal, SealedCookie
from cognito_sso.errors import OriginNotAllowed, SignInError
from cognito_sso.login.flow import LoginFlow
from cognito_sso.login.handed_code import HandedCodes
from cognito_sso.login.initiated import InitiatedLogins
from cognito_sso.login.return_to import ReturnTargets
from cognito_sso.login.tenant_directory import TenantDirectory
from cognito_sso.login.tenants import Tenants
from cognito_sso.login.transaction import LoginCookies
from cognito_sso.observability import AuditLog, Counting, EmailDigest, Metrics, TracedRequests, Tracing, lag_sampled
from cognito_sso.reloading import Reloader, listed_tenants, watched_files
from cognito_sso.routes import ROUTERS
from cognito_sso.routes.answers import LeanRoute
from cognito_sso.routes.direct import DirectRoutes, methods_of
from cognito_sso.routes.forward_auth import ForwardAuthFront
from cognito_sso.scalekit import ScalekitApi, Webhooks, webhook_key
from cognito_sso.services import Services
from cognito_sso.session import BearerProfiles, ForwardAuth, Refresher, Revocations, SessionCookies
from cognito_sso.settings import ConfigurationError, Settings, is_loopback
from cognito_sso.upstream import upstream_client
from cognito_sso.verify import JwtVerifier, KeyPolicy, KeysUnavailable, TokenVerifier
from cognito_sso.watching import AnsweredRequests, WatchedCognito, WatchedKeys
from cognito_sso.web.counts import Counts
from cognito_sso.web.cross_origin import CrossOrigin
from cognito_sso.web.envelope import Envelope, SafetyNet
from cognito_sso.web.layers import LayeredFastAPI
from cognito_sso.web.pages import Brand, Pages
from cognito_sso.web.problems import ProblemAnswers
from cognito_sso.web.rate_limits import RateLimits

Clock = Callable[[], float]


def create_app(
    settings: Settings,
    *,
    http: httpx.AsyncClient | None = None,
    clock: Clock = time.time,
    reread: Callable[[], Settings] | None = None,
    patience: Patience = USUAL_PATIENCE,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The service. Raises `ConfigurationError`.

    `http` reaches Cognito; a test or the demo gives its own, and `patience` too. With `reread`, tenants and cookie keys
    are read anew on SIGHUP and when their files change. `tracing` makes OpenTelemetry spans of requests, and of
    questions to Cognito.
    """
    client = http or upstream_client()
    services = create_services(settings, http=client, clock=clock, patience=patience, tracing=tracing)
    app = LayeredFastAPI(
        title="cognito_sso",
        version=cognito_sso.__version__,
        summary="Enterprise single sign-on through Amazon Cognito and Scalekit.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # such a redirect would go wherever the Host header says
        # FastAPI's own spans would have the callback's whole URL in them, and with it the code.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan(settings, services, reread, own_client=client if http is None else None),
    )
    app.state.services = services
    app.state.draining = False
    app.state.reference = None  # rendered when it is first asked for
    for router in ROUTERS:
        app.include_router(router)
    _answer_errors(app, services)
    _wrap(app, settings, services, tracing)
    return app


def create_services(
    settings: Settings,
    *,
    http: httpx.AsyncClient,
    clock: Clock = time.time,
    patience: Patience = USUAL_PATIENCE,
    tracing: Tracing | None = None,
) -> Services:
    """Every part, made of plain values; no part reads a setting or the environment."""
    metrics = Metrics(version=cognito_sso.__version__)
    secure = settings.sso_public_url.startswith("https:")
    seal = Seal(settings.cookie_keys, context=settings.cognito_client_id)
    cookie = _cookie_maker(seal, secure=secure, clock=clock)
    endpoints = Endpoints.of_pool(
        settings.cognito_user_pool_id, domain=settings.cognito_domain, issuer=settings.cognito_issuer
    )
    secret = settings.cognito_client_secret
    cognito = CognitoClient(
        http=http,
        endpoints=endpoints,
        client_id=settings.cognito_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        redirect_uri=settings.sso_public_url + "/auth/callback",
        logout_uri=settings.sso_public_url + "/auth/signed-out",
        scopes=settings.cognito_scopes,
        patience=patience,
        observer=WatchedCognito(metrics, tracing),
        clock=clock,
    )
    verifier = TokenVerifier(
        issuer=endpoints.issuer,
        client_id=settings.cognito_client_id,
        http=http,
        clock=clock,
        key_policy=KeyPolicy(deadline=patience.keys),
        observer=WatchedKeys(metrics, tracing, issuer="cognito"),
    )
    tenants = _tenants(settings)
    return_targets = ReturnTargets(settings.sso_frontends, own_origin=settings.sso_public_url)
    email_digest = EmailDigest(settings.cookie_keys[0])
    audit = AuditLog(digest=email_digest, also=Counting(metrics))
    revocations = Revocations(cognito=cognito, audit=audit)
    session_cookies = SessionCookies(
        session=cookie("session"),
        refresh=cookie("refresh", path="/auth"),
        held=cookie("held"),
        ended=cookie("ended"),
        clock=clock,
    )
    pages = _pages(settings)
    forward_auth = ForwardAuth(
        verifier=verifier,
        session_cookies=session_cookies,
        tenant_of=tenants.of_access_token,
        audit=audit,
        verdicts=metrics.verify_verdicts,
    )
    bearer_profiles = BearerProfiles(cognito=cognito, verifier=verifier, tenant_of=tenants.of_bearer, clock=clock)

    def tenants_changed() -> None:
        forward_auth.forget()
        bearer_profiles.use_other_tenants()

    directory = TenantDirectory(
        tenants=tenants,
        listed=listed_tenants(settings),
        provider=settings.cognito_identity_provider,
        scalekit=scalekit_api(settings, http=http, clock=clock),
        audit=audit,
        changed=tenants_changed,
        asked=lambda outcome: metrics.tenant_refreshes.labels(outcome).inc(),
        clock=clock,
    )
    metrics.read_ages(keys=lambda: verifier.keys_age, tenants=lambda: directory.age)
    return Services(
        public_url=settings.sso_public_url,
        seal=seal,
        tenants=tenants,
        session_max_age=settings.sso_session_max_age,
        cognito=cognito,
        verifier=verifier,
        login=LoginFlow(
            cognito=cognito,
            verifier=verifier,
            tenants=tenants,
            return_targets=return_targets,
            revocations=revocations,
            issuer=endpoints.issuer,
            session_max_age=settings.sso_session_max_age,
            patience=patience,
            clock=clock,
        ),
        login_cookies=LoginCookies(cookie("login")),
        handed_codes=HandedCodes(seal, clock=clock),
        initiated_logins=_initiated_logins(settings, metrics, http=http, clock=clock),
        return_targets=return_targets,
        session_cookies=session_cookies,
        signed_out_cookie=cookie("signed_out"),
        refresher=Refresher(
            cognito=cognito,
            verifier=verifier,
            tenant_of=tenants.prove_renewed,
            served=tenants.check_served,
            revocations=revocations,
            patience=patience,
            clock=clock,
        ),
        revocations=revocations,
        bearer_profiles=bearer_profiles,
        forward_auth=forward_auth,
        directory=directory,
        webhooks=_webhooks(settings, clock=clock),
        pages=pages,
        problems=ProblemAnswers(pages=pages, audit=audit, login_url=settings.sso_public_url + "/login"),
        rate_limits=_rate_limits(settings, metrics),
        audit=audit,
        email_digest=email_digest,
        metrics=metrics,
    )


def _rate_limits(settings: Settings, metrics: Metrics) -> RateLimits:
    storage = settings.sso_rate_limit_storage.get_secret_value()
    return RateLimits(
        settings.sso_rate_limit,
        counts=Counts(storage, failed=metrics.rate_limit_storage_failures.inc),
        refused=lambda endpoint: metrics.rate_limited.labels(endpoint).inc(),
    )


def _cookie_maker(seal: Seal, *, secure: bool, clock: Clock) -> Callable[..., SealedCookie]:
    def cookie(purpose: str, path: str = "/") -> SealedCookie:
        return SealedCookie(purpose=purpose, seal=seal, secure=secure, path=path, clock=clock)

    return cookie


def _initiated_logins(
    settings: Settings, metrics: Metrics, *, http: httpx.AsyncClient, clock: Clock
) -> InitiatedLogins | None:
    issuer = settings.scalekit_environment_url
    if issuer is None:
        return None
    watched = WatchedKeys(metrics, issuer="scalekit")
    verifier = JwtVerifier(issuer=issuer, jwks_uri=f"{issuer}/keys", http=http, clock=clock, observer=watched)
    return InitiatedLogins(issuer=issuer, verifier=verifier, clock=clock)


def scalekit_api(settings: Settings, *, http: httpx.AsyncClient, clock: Clock = time.time) -> ScalekitApi | None:
    """The management API, where the settings have what it takes to ask it."""
    url, client_id = settings.scalekit_environment_url, settings.scalekit_client_id
    secret = settings.scalekit_client_secret
    if not url or not client_id or not secret:
        return None
    return ScalekitApi(
        http=http, environment_url=url, client_id=client_id, client_secret=secret.get_secret_value(), clock=clock
    )


def _webhooks(settings: Settings, *, clock: Clock) -> Webhooks | None:
    secret = settings.scalekit_webhook_secret
    return Webhooks(webhook_key(secret.get_secret_value()), clock=clock) if secret else None


def _tenants(settings: Settings) -> Tenants:
    """Without anybody in it yet: the directory says who is."""
    return Tenants(
        (),
        default_provider=settings.cognito_identity_provider,
        unlisted_allowed=settings.sso_unlisted_domains == "allow",
    )


def _pages(settings: Settings) -> Pages:
    brand = Brand(name=settings.sso_brand_name, logo=settings.sso_brand_logo, color=settings.sso_brand_color)
    loopback = ("http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*")
    try:
        return Pages(brand=brand, form_targets=("https:", *(loopback if _is_on_loopback(settings) else ())))
    except ValueError as error:
        raise ConfigurationError([f"SSO_BRAND_LOGO: {error}"]) from None


def _is_on_loopback(settings: Settings) -> bool:
    return settings.sso_public_url.startswith("http:") and is_loopback(httpx.URL(settings.sso_public_url).host)


def _lifespan(
    settings: Settings,
    services: Services,
    reread: Callable[[], Settings] | None,
    *,
    own_client: httpx.AsyncClient | None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with suppress(KeysUnavailable):  # /readyz says so, and tries again
            await services.verifier.prefetch()
        async with (
            _reloading(settings, services, reread),
            _kept_fresh(services.directory),
            lag_sampled(services.metrics.event_loop_lag),
        ):
            yield
        await services.revocations.finish()
        await services.rate_limits.aclose()
        if own_client is not None:
            await own_client.aclose()

    return lifespan


@asynccontextmanager
async def _kept_fresh(directory: TenantDirectory) -> AsyncIterator[None]:
    refreshing = asyncio.create_task(directory.keep_fresh())
    if directory.asks_scalekit:
        await directory.first_attempt()
    try:
        yield
    finally:
        refreshing.cancel()


@asynccontextmanager
async def _reloading(
    settings: Settings, services: Services, reread: Callable[[], Settings] | None
) -> AsyncIterator[None]:
    if reread is None:
        yield
        return
    reloader = Reloader(
        read=reread, seal=services.seal, directory=services.directory, email_digest=services.email_digest
    )
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reloader.reload)
    watching = asyncio.create_task(reloader.watch(watched_files(settings)))
    try:
        yield
    finally:
        watching.cancel()
        loop.remove_signal_handler(signal.SIGHUP)


def _answer_errors(app: FastAPI, services: Services) -> None:
    async def sign_in_error(request: Request, error: Any) -> Response:
        return services.problems.answer(request, error)

    async def http_error(request: Request, error: Any) -> Response:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid_request")
        response = services.problems.of_code(request, code)
        if error.status_code == 405:  # Starlette would name the methods of one route, and a path may have two
            response.headers["allow"] = _methods_of(request.scope["path"])
        return response

    async def internal_error(request: Request, error: Any) -> Response:
        return services.problems.of_code(request, "internal_error")

    app.add_exception_handler(SignInError, sign_in_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, internal_error)


def _routes() -> list[LeanRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, LeanRoute)]


def _methods_of(path: str) -> str:
    routes = [route for route in _routes() if route.path == path]
    return ", ".join(sorted({method for route in routes for method in methods_of(route)})) or "GET"


def _wrap(app: FastAPI, settings: Settings, services: Services, tracing: Tracing | None) -> None:
    """Pure ASGI layers, the last added outermost."""
    app.add_middleware(DirectRoutes, routers=ROUTERS, refused=services.problems.answer)
    app.add_middleware(SafetyNet, internal_error=lambda request: services.problems.of_code(request, "internal_error"))
    app.add_middleware(
        CrossOrigin,
        origins={settings.sso_public_url, *settings.sso_frontends},
        refused=lambda request: services.problems.answer(request, OriginNotAllowed("not from a frontend's origin")),
    )
    app.add_middleware(
        Envelope,
        https=settings.sso_public_url.startswith("https:"),
        ended=AnsweredRequests(services.metrics, routes={route.path for route in _routes()}),
    )
    app.add_middleware(ForwardAuthFront, forward_auth=services.forward_auth)
    if tracing is not None:
        app.add_middleware(TracedRequests, tracing=tracing, routes={route.path for route in _routes()})
    if settings.sso_trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.sso_trusted_proxies))
