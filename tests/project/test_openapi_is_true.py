"""The OpenAPI document says what can go wrong: a refusal that anybody can provoke is one it lists."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.login.tenants import Routing
from cognito_sso.settings import new_cookie_key, settings_of

TWICE = {"params": [("email", "a@b.example"), ("email", "c@d.example")]}
LONG = {"content": b"x" * 20_000}
PROBES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "login page, a parameter twice": ("GET", "/login", TWICE),
    "login page, elsewhere": ("GET", "/login", {"params": {"return_to": "https://evil.example"}}),
    "start, a parameter twice": ("GET", "/login/start", TWICE),
    "start, no address": ("GET", "/login/start", {"params": {"email": "nobody"}}),
    "start, unlisted domain": ("GET", "/login/start", {"params": {"email": "jane@elsewhere.example"}}),
    "start, by a script": ("GET", "/login/start", {"headers": {"sec-fetch-mode": "cors"}}),
    "start, from elsewhere": ("POST", "/login/start", {"headers": {"origin": "https://evil.example"}}),
    "start, not readable": ("POST", "/login/start", {"content": b"{", "headers": {"content-type": "application/json"}}),
    "start, unlisted domain, by JSON": ("POST", "/login/start", {"json": {"email": "jane@elsewhere.example"}}),
    "initiated, a parameter twice": ("GET", "/login/initiated", TWICE),
    "initiated, another issuer": ("GET", "/login/initiated", {"params": {"iss": "https://evil.example"}}),
    "callback, a parameter twice": ("GET", "/auth/callback", TWICE),
    "callback, nobody's": ("GET", "/auth/callback", {"params": {"code": "x", "state": "y"}}),
    "callback, by a script": ("GET", "/auth/callback", {"headers": {"sec-fetch-mode": "cors"}}),
    "token, no grant": ("POST", "/auth/token", {"json": {}}),
    "token, a made-up code": (
        "POST",
        "/auth/token",
        {"json": {"grant_type": "authorization_code", "code": "x", "code_verifier": "y"}},
    ),
    "me, nobody": ("GET", "/me", {}),
    "me, a made-up token": ("GET", "/me", {"headers": {"authorization": "Bearer x"}}),
    "me, from elsewhere": ("GET", "/me", {"headers": {"sec-fetch-site": "cross-site"}}),
    "refresh, nobody": ("POST", "/auth/refresh", {}),
    "refresh, too long": ("POST", "/auth/refresh", LONG),
    "refresh, from elsewhere": ("POST", "/auth/refresh", {"headers": {"origin": "https://evil.example"}}),
    "logout, too long": ("POST", "/auth/logout", LONG),
    "logout, no address": ("POST", "/auth/logout", {"json": {"email": "nobody"}}),
    "logout, elsewhere": ("POST", "/auth/logout", {"json": {"return_to": "https://evil.example"}}),
    "hook, not signed": ("POST", "/hooks/scalekit", {"content": b"{}"}),
    "hook, too long": ("POST", "/hooks/scalekit", {"content": b"x" * 300_000}),
    "introspect, no token": ("POST", "/auth/introspect", {"data": {"x": "y"}}),
}


@pytest.fixture(scope="module")
def openapi_and_service() -> tuple[dict[str, Any], httpx.AsyncClient]:
    settings = settings_of(
        cognito_user_pool_id="eu-north-1_AbCdEf123",
        cognito_client_id="4example5client6id",
        cognito_domain="acme",
        cognito_identity_provider="ScalekitIdPRouter",
        scalekit_environment_url="https://acme.scalekit.com",
        scalekit_client_id="skc_1",
        scalekit_client_secret="test_1",
        scalekit_webhook_secret="whsec_c3RhbmQtaW4gc2NhbGVraXQgd2ViaG9vayBzZWNyZXQ=",
        sso_public_url="https://login.acme.com",
        sso_frontends="https://app.acme.com",
        sso_cookie_keys=new_cookie_key(),
        sso_unlisted_domains="refuse",
    )
    app = create_app(settings)
    app.state.services.tenants.use(Routing())  # as if Scalekit had told that there is nobody yet
    service = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://login.acme.com")
    return app.openapi(), service


@pytest.mark.parametrize("probe", PROBES)
async def test_a_refusal_is_one_that_the_openapi_document_lists(
    openapi_and_service: tuple[dict[str, Any], httpx.AsyncClient], probe: str
) -> None:
    openapi, service = openapi_and_service
    method, path, request = PROBES[probe]

    answer = await service.request(method, path, **request)

    told = openapi["paths"][path][method.lower()]["responses"].get(str(answer.status_code), {})
    listed = re.findall(r"`(\w+)`", told.get("description", ""))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in listed
