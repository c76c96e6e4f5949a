"""A simulator whose time stands still, and a browser that stops where the app would be called."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from cognito_sso.simulator import AppClient, Simulator

DOMAIN = "http://localhost:8001"
SCALEKIT = "http://127.0.0.1:8001"
CALLBACK = "http://localhost:8000/auth/callback"
SIGNED_OUT = "http://localhost:8000/auth/signed-out"
CLIENT_ID = "k6tana1l8b0bvhk9gfixkurr6"
PROVIDER = "ScalekitIdPRouter"
JANE = "jane@megasoft.example"
NOW = 1_757_330_938

# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

MOST_HOPS = 20


def app_client(**changes: Any) -> AppClient:
    usual: dict[str, Any] = {"client_id": CLIENT_ID, "callback_urls": (CALLBACK,), "logout_urls": (SIGNED_OUT,)}
    return AppClient(**{**usual, **changes})


def simulator(*clients: AppClient, **options: Any) -> Simulator:
    async def no_time(seconds: float) -> None:
        pass

    return Simulator(**{"clients": clients or (app_client(),), "clock": lambda: NOW, "sleep": no_time, **options})


class Browser(httpx.AsyncClient):
    def __init__(self, sim: Simulator) -> None:
        super().__init__(transport=sim.transport())
        self.sim = sim

    async def follow(self, response: httpx.Response) -> httpx.Response:
        """To the first page, or the redirect that leaves the stand-ins."""
        for _ in range(MOST_HOPS):
            location = response.headers.get("location", "")
            if not location or (urlsplit(location).netloc and ":8001" not in location):
                return response
            response = await self.get(str(httpx.URL(str(response.request.url)).join(location)))
        raise AssertionError("the redirects do not end")

    async def authorize(self, **changes: str | None) -> httpx.Response:
        return await self.get(authorize_url(**changes))

    async def open(self, **changes: str | None) -> httpx.Response:
        return await self.follow(await self.authorize(**changes))

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Posts the page's last form with its hidden fields."""
        form = page.text[page.text.rindex('<form method="post"') :]
        path = re.search(r'action="([^"]+)"', form)
        assert path
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        return await self.follow(await self.post(f"{SCALEKIT}{path[1]}", data={**hidden, **fields}))

    async def sign_in(self, email: str = JANE, **changes: str | None) -> httpx.Response:
        """The redirect to the app's callback."""
        page = await self.open(**{"login_hint": email, **changes})
        return await self.submit(page, email=email, password="x", action="sign_in")

    async def code(self, email: str = JANE, **changes: str | None) -> str:
        return answer(await self.sign_in(email, **changes))["code"]

    async def token(self, **form: str) -> httpx.Response:
        return await self.post(f"{DOMAIN}/oauth2/token", data={"client_id": CLIENT_ID, **form})

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return await self.token(**{**usual, **changes})

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def tokens(self, email: str = JANE, **changes: str | None) -> dict[str, Any]:
        response = await self.redeem(await self.code(email, **changes))
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.get(f"{DOMAIN}/oauth2/userInfo", headers={"Authorization": f"Bearer {access_token}"})


def authorize_url(**changes: str | None) -> str:
    usual: dict[str, str | None] = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "app-state",
        "nonce": "app-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "identity_provider": PROVIDER,
    }
    query = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    return f"{DOMAIN}/oauth2/authorize?{urlencode(query)}"


def answer(response: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect, in their order."""
    assert response.status_code == 302, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}
