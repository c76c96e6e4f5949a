"""What every contender is given: the pool's keys, thousands of its tokens, and a browser's cookies."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from cognito_sso.app import create_app
from cognito_sso.settings import Settings, new_cookie_key, settings_of
from cognito_sso.simulator import AppClient, Simulator

SERVICE, FRONTEND = "https://login.app.example", "https://app.example"
REGION, POOL = "eu-north-1", "eu-north-1_6m0O668r5"
ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}"
DOMAIN = "https://acme.auth.eu-north-1.amazoncognito.com"
CLIENT_ID, PROVIDER = "k6tana1l8b0bvhk9gfixkurr6", "ScalekitIdPRouter"
EMAIL = "jane@megasoft.example"
LONGEST_RUN_SECONDS = 3_000  # a login's cookie would live for ten minutes: it is begun by a clock that is ahead
REMEMBERED_TOKENS = 2_048  # as many as a verifier remembers
DIFFERENT_TOKENS = 2 * REMEMBERED_TOKENS
# wrk's own way to a request that is another each time: all are made before the first is sent.
_SCRIPT = """\
local sent
local requests = {}
init = function(arguments)
  sent = tonumber(arguments[1])
  for token in io.lines(%r) do
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format()
  end
end
request = function()
  sent = sent + 1
  return requests[sent %% #requests + 1]
end
"""


@dataclass(frozen=True)
class Material:
    settings: dict[str, Any]
    jwks: dict[str, Any]
    tokens: list[str]
    others: list[str]
    """To fill a memory with, so that none of the tokens finds room there."""
    user_info: dict[str, Any]
    token_answer: dict[str, Any]
    """The token endpoint's, to the one login there is."""
    login_cookie: str
    callback: str
    session_cookie: str
    profile: dict[str, Any]

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[0]}"}

    def service_settings(self, **changed: str) -> Settings:
        return settings_of(**{**self.settings, **changed})

    def access_jwk(self) -> dict[str, Any]:
        """The key that signs access tokens."""
        header = json.loads(_decoded(self.tokens[0].partition(".")[0]))
        return next(key for key in self.jwks["keys"] if key["kid"] == header["kid"])

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The material as a file for the contenders' processes, and wrk's script that sends all tokens."""
        file, tokens, script = folder / "material.json", folder / "tokens.txt", folder / "different.lua"
        file.write_text(json.dumps(asdict(self)))
        tokens.write_text("\n".join(self.tokens) + "\n")
        script.write_text(_SCRIPT % str(tokens))
        return file, script

    @classmethod
    def read(cls, file: str) -> Material:
        return cls(**json.loads(Path(file).read_text()))


def _decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


async def made() -> Material:
    """Everything at once; a login is begun and finished for its cookies."""
    simulator = _simulator()
    settings = _settings()
    upstream = httpx.AsyncClient(transport=simulator.transport())
    jwks = (await upstream.get(f"{ISSUER}/.well-known/jwks.json")).json()
    answers: dict[str, Any] = {"jwks": jwks}
    service = create_app(settings_of(**settings), http=httpx.AsyncClient(transport=_answering(answers)))
    early = create_app(settings_of(**settings), http=upstream, clock=lambda: time.time() + LONGEST_RUN_SECONDS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(early), base_url=SERVICE) as browser:
        begun = await browser.get("/login/start", params={"email": EMAIL})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url=SERVICE) as browser:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
        answers["token"] = simulator.mint(EMAIL, nonce=asked["nonce"])
        callback = f"/auth/callback?code=18fe37c2-8eff-4886-98f4-abbc6a0753a6&state={asked['state']}"
        login_cookie = _cookie(begun, "login_")
        ended = await browser.get(callback, headers={"Cookie": login_cookie})
        session_cookie = _cookie(ended, "session")
        profile = (await browser.get("/me", headers={"Cookie": session_cookie})).json()
    user_info = {name: profile[name] for name in ("sub", "email", "given_name", "family_name")}
    every = range(DIFFERENT_TOKENS + REMEMBERED_TOKENS)
    minted = [simulator.mint_access_token(EMAIL, claims={"jti": f"{n:036}"}) for n in every]
    tokens, others = minted[:DIFFERENT_TOKENS], minted[DIFFERENT_TOKENS:]
    return Material(
        settings, jwks, tokens, others, user_info, answers["token"], login_cookie, callback, session_cookie, profile
    )


def _simulator() -> Simulator:
    client = AppClient(
        client_id=CLIENT_ID,
        callback_urls=(f"{SERVICE}/auth/callback",),
        logout_urls=(f"{SERVICE}/auth/signed-out",),
        providers=(PROVIDER,),
    )
    return Simulator(
        domain_url=DOMAIN,
        issuer_url=ISSUER.rpartition("/")[0],
        scalekit_url="https://acme-dev.scalekit.dev",
        user_pool_id=POOL,
        clients=(client,),
    )


def _settings() -> dict[str, Any]:
    return {
        "cognito_user_pool_id": POOL,
        "cognito_client_id": CLIENT_ID,
        "cognito_domain": DOMAIN,
        "cognito_identity_provider": PROVIDER,
        "sso_public_url": SERVICE,
        "sso_frontends": FRONTEND,
        "sso_cookie_keys": new_cookie_key(),
        "sso_rate_limit": "100000000/minute",  # counted as ever, but everybody comes from one address
    }


def _answering(answers: Mapping[str, Any]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answers["jwks" if request.url.path.endswith("jwks.json") else "token"])

    return httpx.MockTransport(answer)


def _cookie(answer: httpx.Response, purpose: str) -> str:
    """Name and value of the cookie that was set for this purpose."""
    set_cookies = answer.headers.get_list("set-cookie")
    return next(value.partition(";")[0] for value in set_cookies if f"sso_{purpose}" in value.partition("=")[0])
