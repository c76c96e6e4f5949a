"""The whole world in one process: the real service, the stand-ins, a frontend's origin, and one clock for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cognito_sso.app import create_app
from cognito_sso.cognito.tokens import read_token_response
from cognito_sso.demo.world import tenants_file
from cognito_sso.services import Services
from cognito_sso.session import RefreshGrant, Session
from cognito_sso.settings import Settings, settings_of
from cognito_sso.simulator import AppClient, Simulator
from tests.browser import Browser

SERVICE, FRONTEND = "https://login.app.example", "https://app.example"
DOMAIN = "https://acme.auth.eu-north-1.amazoncognito.com"
ISSUER, POOL = "https://cognito-idp.eu-north-1.amazonaws.com", "eu-north-1_6m0O668r5"
SCALEKIT = "https://acme-dev.scalekit.dev"
CLIENT_ID, CLIENT_SECRET, PROVIDER = "k6tana1l8b0bvhk9gfixkurr6", "s3cret:%+ é/canary", "ScalekitIdPRouter"
COOKIE_KEY = "hJ3kqk3c0H4l0nB0m1bJ5l2mQ9uXz8r7sV6tY5wE4aE"
NOON = 1_790_000_000.0


class Clock:
    """Time for service and stand-ins alike."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


class Roads(httpx.AsyncBaseTransport):
    """Every host of the world by its name; anything else is out of reach."""

    def __init__(self, apps: dict[str, httpx.AsyncBaseTransport], elsewhere: httpx.AsyncBaseTransport) -> None:
        self._apps = apps
        self._elsewhere = elsewhere

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        transport = self._apps.get(request.url.host, self._elsewhere)
        return await transport.handle_async_request(request)


def settings_for(**changed: Any) -> Settings:
    values: dict[str, Any] = {
        "cognito_user_pool_id": POOL,
        "cognito_client_id": CLIENT_ID,
        "cognito_client_secret": CLIENT_SECRET,
        "cognito_domain": "acme",
        "cognito_identity_provider": PROVIDER,
        "scalekit_environment_url": SCALEKIT,
        "sso_public_url": SERVICE,
        "sso_frontends": FRONTEND,
        "sso_cookie_keys": COOKIE_KEY,
        "sso_brand_name": "Acme",
        "sso_rate_limit": "100000/minute",  # everybody comes from one address here
    }
    return settings_of(**{**values, **changed})


async def keep_session(
    browser: Browser, services: Services, simulator: Simulator, now: float, email: str, *, age: int = 43_200
) -> None:
    """Gives a browser the cookies of somebody who signed in, made of the pool's tokens."""
    tokens = read_token_response(200, json.dumps(simulator.mint(email)).encode())
    claims = await services.verifier.id_token(tokens.id_token, access_token=tokens.access_token)
    session = Session.open(claims, tokens, tenant=None, ends_at=int(now) + age, now=now)
    grant = RefreshGrant(tokens.refresh_token or "", session.id, claims.sub, email, int(now) + age)
    set_cookies = [("set-cookie", text) for text in services.session_cookies.write(session, grant)]
    browser.http.cookies.extract_cookies(
        httpx.Response(200, headers=set_cookies, request=httpx.Request("GET", SERVICE))
    )


def our_client(**changed: Any) -> AppClient:
    """The service's app client as the pool has it, when all is right."""
    right: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "callback_urls": (f"{SERVICE}/auth/callback",),
        "logout_urls": (f"{SERVICE}/auth/signed-out",),
        "providers": (PROVIDER,),
    }
    return AppClient(**{**right, **changed})


class World:
    """`app_client` and `settings` change the defaults. `from_scalekit`: the tenants are taken from there."""

    def __init__(
        self,
        *,
        tenants: Path | None = None,
        app_client: dict[str, Any] | None = None,
        from_scalekit: bool = False,
        **settings: Any,
    ) -> None:
        self.clock = Clock()
        self.simulator = Simulator(
            domain_url=DOMAIN,
            issuer_url=ISSUER,
            scalekit_url=SCALEKIT,
            user_pool_id=POOL,
            clients=(our_client(**(app_client or {})),),
            clock=self.clock,
            initiate_login_url=f"{SERVICE}/login/initiated",
        )
        if tenants is not None:
            tenants.write_text(tenants_file(self.simulator.people))
            settings["sso_tenants_file"] = tenants
        if from_scalekit:
            client_of_scalekit = next(iter(self.simulator.scalekit.clients.values()))
            settings.setdefault("scalekit_client_id", client_of_scalekit.client_id)
            settings.setdefault("scalekit_client_secret", client_of_scalekit.client_secret)
            settings.setdefault("scalekit_webhook_secret", self.simulator.scalekit.webhook_secret)
        self.upstream = httpx.AsyncClient(transport=self.simulator.transport())
        self.app: FastAPI = create_app(settings_for(**settings), http=self.upstream, clock=self.clock)
        self.services: Services = self.app.state.services
        frontend = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("the app"))])
        self.roads = Roads(
            {
                "login.app.example": httpx.ASGITransport(self.app, raise_app_exceptions=False),
                "app.example": httpx.ASGITransport(frontend),
            },
            self.simulator.transport(),
        )

    def browser(self) -> Browser:
        return Browser(self.roads)

    def script(self) -> httpx.AsyncClient:
        """A program without cookies or browser headers."""
        return httpx.AsyncClient(transport=self.roads, base_url=SERVICE)

    async def signed_in(self, email: str = "jane@megasoft.example", **start: str) -> Browser:
        browser = self.browser()
        await self.sign_in(browser, email, **start)
        return browser

    async def with_session(self, email: str = "you@example.com", *, age: int = 43_200) -> Browser:
        """A browser that has signed in: its cookies, made of the pool's tokens, without the way to them."""
        browser = self.browser()
        await keep_session(browser, self.services, self.simulator, self.clock(), email, age=age)
        return browser

    async def sign_in(self, browser: Browser, email: str, **start: str) -> httpx.Response:
        """From the e-mail field to wherever it ends, as the person whose address it is."""
        await browser.goto(f"{SERVICE}/login/start", params={"email": email, **start})
        return await self.be(browser, email)

    async def be(self, browser: Browser, email: str) -> httpx.Response:
        """At the company's sign-in page, or at the IdP simulator."""
        if "/idp-simulator/" in str(browser.page.url):
            return await browser.press("Simulate Login", local_part=email.partition("@")[0])
        if "/idp/" in str(browser.page.url):
            return await browser.press("Sign in", email=email, password="anything")
        return browser.page

    def token_requests(self) -> int:
        return len(self.simulator.journal.of("POST", "/oauth2/token"))
