"""The composition root: every stand-in, wired to the origins it answers at."""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.cognito import AppClient, IdentityProvider, SimulatedPool, domain_routes, issuer_routes
from cognito_sso.simulator.cognito.cookies import DomainHeaders
from cognito_sso.simulator.cognito.tokens import PoolKeys
from cognito_sso.simulator.company_idp import CompanyIdp
from cognito_sso.simulator.control import Control
from cognito_sso.simulator.faults import Faults, Sleep
from cognito_sso.simulator.idp_simulator import IdpSimulator
from cognito_sso.simulator.index import Index
from cognito_sso.simulator.journal import Journal
from cognito_sso.simulator.listener import Listener
from cognito_sso.simulator.minting import DEFAULT_EMAIL, Minting, Who
from cognito_sso.simulator.misconfigurations import AsItWas, switch_on
from cognito_sso.simulator.pages import static_route
from cognito_sso.simulator.people import People, default_people, scalekit_id
from cognito_sso.simulator.scalekit import (
    ScalekitClient,
    ScalekitEnvironment,
    SignedEvent,
    idp_initiated_login,
    scalekit_routes,
    signed_event,
)
from cognito_sso.simulator.tamper import Tamper
from cognito_sso.simulator.transport import SimulatorTransport
from cognito_sso.simulator.wire import AnswerInstead, netloc

DEFAULT_CLIENT = AppClient(
    client_id="k6tana1l8b0bvhk9gfixkurr6",
    callback_urls=("http://localhost:8000/auth/callback",),
    logout_urls=("http://localhost:8000/auth/signed-out",),
)


class Simulator:
    """Cognito, Scalekit and the companies' IdPs on one ASGI app.

    The three URLs may share a host, in part or altogether; the paths are disjoint. `clock` gives seconds since 1970.
    `http` is what Cognito calls Scalekit with; without it the call stays in this process. `control` decides who
    reaches `/_control/` and the page at `/`: None for loopback host names only, True for every host name served here,
    False for nobody.
    """

    def __init__(
        self,
        *,
        domain_url: str = "http://localhost:8001",
        issuer_url: str = "http://127.0.0.1:8001",
        scalekit_url: str = "http://127.0.0.1:8001",
        user_pool_id: str = "eu-north-1_6m0O668r5",
        provider_name: str = "ScalekitIdPRouter",
        clients: Iterable[AppClient] = (DEFAULT_CLIENT,),
        providers: Iterable[IdentityProvider] = (),
        identifiers: Iterable[str] = (),
        case_sensitive: bool = False,
        managed_login: bool = True,
        initiate_login_url: str = "http://localhost:8000/login/initiated",
        people: People | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
        http: httpx.AsyncClient | None = None,
        control: bool | None = None,
    ) -> None:
        self.clock = Clock(clock)
        self.tamper = Tamper()
        self.journal = Journal()
        self.faults = Faults(sleep)
        self.people = people or default_people()
        self._issuer_url = issuer_url
        self._origins = {netloc(url): url for url in (domain_url, issuer_url, scalekit_url)}
        router = _scalekit_provider(provider_name, scalekit_url, tuple(identifiers))
        self.pool = SimulatedPool(
            pool_id=user_pool_id,
            issuer=f"{issuer_url}/{user_pool_id}",
            domain_url=domain_url,
            clients={client.client_id: client for client in clients},
            providers={provider.name: provider for provider in (router, *providers)},
            managed_login=managed_login,
            case_sensitive=case_sensitive,
            clock=self.clock,
            tamper=self.tamper,
        )
        self.scalekit = ScalekitEnvironment(
            url=scalekit_url,
            name="Acme Development",
            clients=_scalekit_clients(self.pool, scalekit_url),
            people=self.people,
            clock=self.clock,
            tamper=self.tamper,
            initiate_login_url=initiate_login_url,
        )
        self._as_it_was = AsItWas.of(self)
        self._minting = Minting(self.pool, self.people)
        self.app: ASGIApp = Listener(
            hosts=self._hosts(http, control=control),
            origins=self._origins,
            journal=self.journal,
            faults=self.faults,
            clock=self.clock,
        )

    @property
    def issuer(self) -> str:
        return self.pool.issuer

    @property
    def keys(self) -> PoolKeys:
        return self.pool.keys

    def misconfigure(self, name: str) -> None:
        """One mistake more, by its name in MISCONFIGURATIONS."""
        switch_on(self, name)

    def set_right(self) -> None:
        """As it was made: no mistake, no fault, no hook is left."""
        self._as_it_was.put_back(self)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Reaches the stand-ins' origins and nothing else."""
        return SimulatorTransport(self.app, self._origins.values())

    def mint(self, who: Who = DEFAULT_EMAIL, **options: Any) -> dict[str, Any]:
        """A whole token set, as the token endpoint would answer; the options are those of `Minting.tokens`."""
        return self._minting.tokens(who, **options)

    def mint_access_token(self, who: Who = DEFAULT_EMAIL, **options: Any) -> str:
        """See `Minting.access_token`: `claims`, `header`, `key`, `scopes`, `client_id`."""
        return self._minting.access_token(who, **options)

    def mint_id_token(self, who: Who = DEFAULT_EMAIL, **options: Any) -> str:
        """See `Minting.id_token`; give it the `access_token` to get its `at_hash`."""
        return self._minting.id_token(who, **options)

    def mint_idp_initiated_login(self, email: str = DEFAULT_EMAIL, *, relay_state: str | None = None) -> str:
        """Scalekit's JWT for a sign-in that starts at the company's IdP."""
        company, _ = self._minting.company_and_person(email)
        return idp_initiated_login(self.scalekit, company, email, relay_state)

    def signed_event(self, event_type: str, slug: str) -> SignedEvent:
        """A webhook of Scalekit's about a company, ready to be posted. Raises KeyError for no such company."""
        company = self.people.company(slug)
        if company is None:
            raise KeyError(slug)
        return signed_event(self.scalekit, event_type, company)

    def _hosts(self, http: httpx.AsyncClient | None, *, control: bool | None) -> dict[str, ASGIApp]:
        http = http or httpx.AsyncClient(transport=_InProcess(self))
        idp, simulator_page = CompanyIdp(self.scalekit), IdpSimulator(self.scalekit)
        routes = (
            (self.pool.domain_url, domain_routes(self.pool, http)),
            (self._issuer_url, issuer_routes(self.pool)),
            (self.scalekit.url, [*scalekit_routes(self.scalekit), *idp.routes(), *simulator_page.routes()]),
        )
        return {host: self._host_app(host, routes, control=control) for host in self._origins}

    def _host_app(self, host: str, parts: Iterable[tuple[str, list[BaseRoute]]], *, control: bool | None) -> ASGIApp:
        domain = self.pool.domain_url
        routes: list[BaseRoute] = [static_route()]
        for url, part in parts:
            routes += part if netloc(url) == host else []
        if control or (control is None and is_loopback(host)):
            routes += [*Index(self).routes(), *Control(self).routes()]
        headers = Middleware(DomainHeaders, secure=domain.startswith("https://"))
        return Starlette(
            routes=routes,
            middleware=[headers] if host == netloc(domain) else [],
            exception_handlers={AnswerInstead: _early_answer},
        )


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine, however it is spelt."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _scalekit_provider(name: str, scalekit_url: str, identifiers: tuple[str, ...]) -> IdentityProvider:
    return IdentityProvider(
        name=name,
        oidc_issuer=scalekit_url,
        client_id=scalekit_id("skc", name),
        client_secret=f"test_{scalekit_id('secret', name)}",
        identifiers=identifiers,
    )


def _scalekit_clients(pool: SimulatedPool, scalekit_url: str) -> dict[str, ScalekitClient]:
    """The other end of every provider that points at Scalekit."""
    return {
        provider.client_id: ScalekitClient(provider.client_id, provider.client_secret, (pool.idp_response_url,))
        for provider in pool.providers.values()
        if provider.oidc_issuer == scalekit_url
    }


async def _early_answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnswerInstead)  # noqa: S101 - the only kind registered for
    return error.response


class _InProcess(httpx.AsyncBaseTransport):
    """Cognito's default way to Scalekit. It looks the simulator up when asked, which exists only after its routes."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._simulator.transport().handle_async_request(request)
