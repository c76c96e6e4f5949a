"""Replicas of the service in this process, which reach a misbehaving Cognito over real sockets."""

from __future__ import annotations

import ssl
from urllib.parse import urljoin

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cognito_sso.app import create_app
from cognito_sso.cognito import USUAL_PATIENCE, Patience
from cognito_sso.upstream import upstream_client
from tests.browser import Browser
from tests.upstream.misbehaving_cognito import MisbehavingCognito
from tests.world import SERVICE, Clock, Roads, keep_session, settings_for

YOU = "you@example.com"
NO_TLS_HERE = ssl.create_default_context()  # one for all: each takes 50 ms


class Service:
    """One replica in this process, and a way to it. Every replica has the same settings."""

    def __init__(self, cognito: MisbehavingCognito, clock: Clock, *, patience: Patience) -> None:
        self._http = upstream_client(verify=NO_TLS_HERE)
        settings = settings_for(**cognito.settings)
        self.app = create_app(settings, http=self._http, clock=clock, patience=patience)
        frontend = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("the app"))])
        self.roads = Roads(
            {
                "login.app.example": httpx.ASGITransport(self.app, raise_app_exceptions=False),
                "app.example": httpx.ASGITransport(frontend),
            },
            cognito.simulator.transport(),
        )

    def script(self, **headers: str) -> httpx.AsyncClient:
        """A program without cookies."""
        return httpx.AsyncClient(transport=self.roads, base_url=SERVICE, headers=headers)

    async def aclose(self) -> None:
        await self._http.aclose()


class Stage:
    def __init__(self, cognito: MisbehavingCognito, clock: Clock) -> None:
        self.cognito, self.clock = cognito, clock
        self.service = Service(cognito, clock, patience=USUAL_PATIENCE)
        self._others: list[Service] = []

    def replica(self, patience: Patience) -> Service:
        self._others.append(Service(self.cognito, self.clock, patience=patience))
        return self._others[-1]

    async def ready(self, patience: Patience = USUAL_PATIENCE) -> Service:
        service = self.replica(patience)
        answer = await service.script().get("/readyz")
        assert answer.status_code == 200
        return service

    async def brought_back(self, browser: Browser) -> str:
        """A person at the callback's door, and its URL."""
        await browser.goto(f"{SERVICE}/login/start", params={"email": YOU})
        page = await browser.press("Simulate Login", local_part="you", follow=False)
        while "/auth/callback?" not in page.headers["location"]:
            page = await browser.goto(urljoin(str(page.url), page.headers["location"]), follow=False)
        return str(page.headers["location"])

    async def signed_in(self, service: Service) -> Browser:
        """A browser with a session of tokens that nobody had to sign in for."""
        browser = Browser(service.roads)
        await keep_session(browser, service.app.state.services, self.cognito.simulator, self.clock(), YOU)
        return browser

    async def aclose(self) -> None:
        for service in (self.service, *self._others):
            await service.aclose()
