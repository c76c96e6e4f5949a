"""Cognito's own back channel: the three requests it makes to an OIDC provider during a sign-in."""

import json
from typing import Any

import httpx

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.cognito.clients import IdentityProvider
from cognito_sso.simulator.cognito.users import FederationRefused
from cognito_sso.simulator.signing import Claims, InvalidToken, verified

TIMEOUT_SECONDS = 5.0
USER_AGENT = {"User-Agent": "Amazon/Cognito"}


class Upstream:
    def __init__(self, http: httpx.AsyncClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def claims(self, provider: IdentityProvider, code: str, redirect_uri: str) -> Claims:
        """Who signed in at the provider: userinfo, with the ID token's values winning."""
        tokens = await self._exchange(provider, code, redirect_uri)
        id_claims = await self._id_claims(provider, tokens.get("id_token"))
        return {**await self._userinfo(provider, tokens.get("access_token")), **id_claims}

    async def _exchange(self, provider: IdentityProvider, code: str, redirect_uri: str) -> Claims:
        form = {
            "client_id": provider.client_id,
            "client_secret": provider.client_secret,
            "code": code,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
        }
        answer = await self._send("POST", provider.token_url, "Timeout occurred in calling IdP token endpoint", form)
        tokens = _json_object(answer)
        if not answer.is_success:
            raise FederationRefused(f"{provider.name} Error - {answer.status_code} {_provider_text(tokens)}")
        if tokens is None:
            raise FederationRefused("Exception processing authorization code")
        return tokens

    async def _id_claims(self, provider: IdentityProvider, id_token: Any) -> Claims:
        if not isinstance(id_token, str):
            raise FederationRefused("Exception processing authorization code")
        # The doubled name is Cognito's own. Keys are fetched for every sign-in, as documented.
        timeout = "error_description=Timeout in calling jwks uri"
        jwks = _json_object(await self._send("GET", provider.jwks_uri, timeout)) or {}
        try:
            claims = verified(id_token, jwks.get("keys", []))
        except (InvalidToken, KeyError, AttributeError, TypeError, ValueError) as error:
            raise FederationRefused(f"Invalid id_token: {error}") from error
        self._check(provider, claims)
        return claims

    def _check(self, provider: IdentityProvider, claims: Claims) -> None:
        """Issuer, audience and expiry: nonce, azp and iat are not on Cognito's list."""
        audience = claims.get("aud")
        if claims.get("iss") != provider.oidc_issuer:
            raise FederationRefused(f"Bad id_token issuer {claims.get('iss')}")
        if provider.client_id not in (audience if isinstance(audience, list) else [audience]):
            raise FederationRefused("Bad id_token audience")
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int | float) or expires_at <= self._clock.now():
            raise FederationRefused("id_token is expired")

    async def _userinfo(self, provider: IdentityProvider, access_token: Any) -> Claims:
        if not isinstance(access_token, str):
            return {}
        method = provider.attributes_request_method
        bearer = {"Authorization": f"Bearer {access_token}"}
        answer = await self._send(method, provider.attributes_url, "Read timed out", headers=bearer)
        return (_json_object(answer) or {}) if answer.is_success else {}

    async def _send(
        self,
        method: str,
        url: str,
        timeout_text: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        all_headers = {**USER_AGENT, **(headers or {})}
        try:
            return await self._http.request(method, url, data=form, headers=all_headers, timeout=TIMEOUT_SECONDS)
        except httpx.TimeoutException as error:
            raise FederationRefused(timeout_text) from error
        except httpx.HTTPError as error:
            raise FederationRefused("Connection reset") from error


def _json_object(answer: httpx.Response) -> Claims | None:
    try:
        value = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _provider_text(body: Claims | None) -> str:
    if not body or "error" not in body:
        return "error getting token"
    return f"{body['error']} {body.get('error_description', '')}".strip()
