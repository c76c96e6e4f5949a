"""Authlib, a second OpenID Connect client, takes the stand-in Scalekit for the OpenID Provider it stands in for."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.oauth2.rfc6749 import MismatchingStateException
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

from cognito_sso.simulator import ScalekitClient, Simulator
from tests.browser import Browser

with warnings.catch_warnings():  # Authlib would rather have httpx2
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

SCALEKIT, CALLBACK = "https://acme-dev.scalekit.dev", "https://app.example/callback"
CLIENT = ScalekitClient("skc_10000000000000001", "test_a/secret:with%signs", (CALLBACK,))
JANE, YOU = "jane@megasoft.example", "you@example.com"


@pytest.fixture
def simulator() -> Simulator:
    simulator = Simulator(scalekit_url=SCALEKIT)
    simulator.scalekit.clients[CLIENT.client_id] = CLIENT
    return simulator


@pytest.fixture
async def provider(simulator: Simulator) -> OpenIDProviderMetadata:
    """Discovered, and found to be valid metadata (OpenID Connect Discovery section 3)."""
    async with httpx.AsyncClient(transport=simulator.transport()) as http:
        found = await http.get(get_well_known_url(SCALEKIT, external=True))
    metadata = OpenIDProviderMetadata(found.json())
    metadata.validate()
    return metadata


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
async def client(simulator: Simulator, request: pytest.FixtureRequest) -> AsyncIterator[AsyncOAuth2Client]:
    async with AsyncOAuth2Client(
        CLIENT.client_id,
        CLIENT.client_secret,
        token_endpoint_auth_method=request.param,
        scope="openid email profile",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        transport=simulator.transport(),
    ) as client:
        yield client


async def come_back(simulator: Simulator, url: str, email: str) -> str:
    """The person at the company's page, up to the redirect to the client."""
    browser = Browser(simulator.transport())
    async with browser.http:
        await browser.goto(url)
        await browser.press("Simulate Login" if email == YOU else "Sign in", follow=False, **at_the_page(email))
        callback = await browser.goto(browser.page.headers["location"], follow=False)
    return callback.headers["location"]


def at_the_page(email: str) -> dict[str, str]:
    return {"local_part": "you"} if email == YOU else {"email": email, "password": "anything"}


async def valid_claims(simulator: Simulator, provider: OpenIDProviderMetadata, id_token: str, **params: str) -> Any:
    """OpenID Connect Core section 3.1.3.7, by Authlib."""
    async with httpx.AsyncClient(transport=simulator.transport()) as http:
        keys = KeySet.import_key_set((await http.get(provider["jwks_uri"])).json())
    token = jwt.decode(id_token, keys, algorithms=provider["id_token_signing_alg_values_supported"])
    options = {"iss": {"values": [provider["issuer"]]}, "aud": {"values": [CLIENT.client_id]}}
    claims = CodeIDToken(token.claims, token.header, options, {"client_id": CLIENT.client_id, **params})
    claims.validate()
    return claims


@pytest.mark.parametrize(("email", "name"), [(JANE, "Jane"), (YOU, "John")], ids=["company", "idp-simulator"])
async def test_a_second_clients_code_flow_ends_with_a_valid_id_token(
    simulator: Simulator, provider: OpenIDProviderMetadata, client: AsyncOAuth2Client, email: str, name: str
) -> None:
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = client.create_authorization_url(
        provider["authorization_endpoint"], nonce=nonce, code_verifier=verifier, login_hint=email
    )
    answer = await come_back(simulator, url, email)
    tokens = await client.fetch_token(
        provider["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier
    )
    claims = await valid_claims(
        simulator, provider, tokens["id_token"], nonce=nonce, access_token=tokens["access_token"]
    )
    assert (claims["email"], claims["given_name"]) == (email, name)
    userinfo = (await client.get(provider["userinfo_endpoint"])).raise_for_status().json()
    assert (userinfo["sub"], userinfo["email"]) == (claims["sub"], email)


async def test_a_code_without_its_verifier_buys_nothing(
    simulator: Simulator, provider: OpenIDProviderMetadata, client: AsyncOAuth2Client
) -> None:
    url, state = client.create_authorization_url(
        provider["authorization_endpoint"], code_verifier=generate_token(48), login_hint=JANE
    )
    answer = await come_back(simulator, url, JANE)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await client.fetch_token(
            provider["token_endpoint"], authorization_response=answer, state=state, code_verifier=generate_token(48)
        )


async def test_an_answer_to_another_state_is_refused_by_the_client(
    simulator: Simulator, provider: OpenIDProviderMetadata, client: AsyncOAuth2Client
) -> None:
    url, _ = client.create_authorization_url(provider["authorization_endpoint"], login_hint=JANE)
    answer = await come_back(simulator, url, JANE)
    with pytest.raises(MismatchingStateException):
        await client.fetch_token(provider["token_endpoint"], authorization_response=answer, state="another")
