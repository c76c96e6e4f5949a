"""The application: its parts under its routes, what runs beside them, and what wraps every request."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import httpx
from fastapi import FastAPI

import cognito_sso
from cognito_sso.assembly import Clock, create_services
from cognito_sso.cognito import USUAL_PATIENCE, Patience
from cognito_sso.errors import OriginNotAllowed
from cognito_sso.login.tenant_directory import TenantDirectory
from cognito_sso.observability import TracedRequests, Tracing, lag_sampled
from cognito_sso.reloading import Reloader, watched_files
from cognito_sso.routes import ROUTERS
from cognito_sso.routes.direct import DirectRoutes
from cognito_sso.routes.forward_auth import ForwardAuthFront, VerdictsAtOnce
from cognito_sso.services import Services
from cognito_sso.settings import Settings
from cognito_sso.upstream import upstream_client
from cognito_sso.verify import KeysUnavailable
from cognito_sso.watching import AnsweredRequests
from cognito_sso.web.client_address import BehindProxies
from cognito_sso.web.cross_origin import CrossOrigin
from cognito_sso.web.envelope import Envelope, SafetyNet
from cognito_sso.web.layers import HandledFastAPI, Handler


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
    app = HandledFastAPI(
        title="cognito_sso",
        version=cognito_sso.__version__,
        summary="Enterprise single sign-on through Amazon Cognito and Scalekit.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # a route of ours
        redirect_slashes=False,  # such a redirect would go wherever the Host header says
        # FastAPI's own spans would have the callback's whole URL in them, and with it the code.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan(settings, services, reread, own_client=client if http is None else None),
    )
    app.state.services = services
    app.state.draining = False
    app.state.reference = None  # rendered when it is first asked for
    # Each request has a span where there are spans, and so must reach the app.
    app.state.at_once = VerdictsAtOnce(services.forward_auth) if tracing is None else None
    for router in ROUTERS:
        app.include_router(router)
    app.handler = _layered(settings, services, tracing)
    return app


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


def _layered(settings: Settings, services: Services, tracing: Tracing | None) -> Handler:
    """The layers, the innermost first."""
    problems = services.problems
    routes = DirectRoutes(ROUTERS, problems=problems)
    handler: Handler = SafetyNet(routes, internal_error=lambda request: problems.of_code(request, "internal_error"))
    handler = CrossOrigin(
        handler,
        origins={settings.sso_public_url, *settings.sso_frontends},
        refused=lambda request: problems.answer(request, OriginNotAllowed("not from a frontend's origin")),
    )
    handler = Envelope(
        handler,
        https=settings.sso_public_url.startswith("https:"),
        ended=AnsweredRequests(services.metrics, routes=routes.paths),
    )
    handler = ForwardAuthFront(handler, forward_auth=services.forward_auth)
    if tracing is not None:
        handler = TracedRequests(handler, tracing=tracing, routes=routes.paths)
    if settings.sso_trusted_proxies:
        handler = BehindProxies(handler, trusted=settings.sso_trusted_proxies)
    return handler
