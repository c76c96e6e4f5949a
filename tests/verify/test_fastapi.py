"""Routes behind RequireToken: RFC 6750's answers, and one body whatever was wrong with the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI

from cognito_sso.verify import Claims, ConfigurationError, TokenVerifier
from cognito_sso.verify.fastapi import RequireToken
from tests.verify import minting as m
from tests.verify.attacks import ATTACKS
from tests.verify.publishing import Clock, Observed, Publisher


def verifier(**settings: Any) -> TokenVerifier:
    return TokenVerifier(
        **({"issuer": m.ISSUER, "client_id": m.CLIENT_ID, "jwks": m.jwks(), "clock": Clock()} | settings)
    )


async def nothing() -> dict[str, str]:
    return {}


def application(ours: TokenVerifier) -> FastAPI:
    app = FastAPI()

    needs_read = Depends(RequireToken(ours, scopes=["orders/read"]))

    @app.get("/orders")
    async def orders(claims: Claims = needs_read) -> dict[str, Any]:
        return {"sub": claims.sub}

    write = RequireToken(ours, scopes=["orders/read", "orders/write"], realm='the "shop"')
    app.get("/write", dependencies=[Depends(write)])(nothing)
    app.get("/staff", dependencies=[Depends(RequireToken(ours, groups=["staff"]))])(nothing)
    app.get("/admins", dependencies=[Depends(RequireToken(ours, groups=["admins"]))])(nothing)
    app.get("/tenant", dependencies=[Depends(RequireToken(ours, connection_id="conn_1"))])(nothing)
    app.get("/machines", dependencies=[Depends(RequireToken(ours, machine=True))])(nothing)
    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application(verifier()))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


def bearer(token: str, scheme: str = "Bearer ") -> dict[str, str]:
    return {"Authorization": scheme + token}


async def test_a_good_token_reaches_the_route(http: httpx.AsyncClient) -> None:
    answer = await http.get("/orders", headers=bearer(m.access_token()))
    assert answer.status_code == 200
    assert answer.json() == {"sub": m.SUB}


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer   "])
async def test_sec_136_the_scheme_is_case_insensitive(scheme: str, http: httpx.AsyncClient) -> None:
    assert (await http.get("/orders", headers=bearer(m.access_token(), scheme))).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic dTpw"}, {"Authorization": ""}, {"Authorization": "Bearerx y"}]
)
async def test_without_a_bearer_token_the_challenge_says_no_error(
    headers: dict[str, str], http: httpx.AsyncClient
) -> None:
    answer = await http.get("/orders", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"]["code"] == "token_required"


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer\tx",
        "Bearer a b",
        "Bearer a,",
        "Bearer a, Bearer b",
        "Bearer é",
        "bearer =",
        "Bearer a=b",
    ],
)
async def test_sec_136_malformed_credentials_are_a_bad_request(value: str, http: httpx.AsyncClient) -> None:
    answer = await http.get("/orders", headers=[(b"authorization", value.encode("latin-1"))])
    assert answer.status_code == 400
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_request"'


async def test_sec_136_two_credentials_are_a_bad_request_even_when_both_are_good(http: httpx.AsyncClient) -> None:
    token = m.access_token()
    answer = await http.get("/orders", headers=[("Authorization", f"Bearer {token}")] * 2)
    assert answer.status_code == 400


async def test_sec_136_a_token_in_the_query_is_not_looked_at(http: httpx.AsyncClient) -> None:
    assert (await http.get("/orders", params={"access_token": m.access_token()})).status_code == 401


async def test_sec_139_every_bad_token_gets_the_same_answer(http: httpx.AsyncClient) -> None:
    answers = set()
    for attack in ATTACKS[:: 1 + len(ATTACKS) // 200]:
        token = attack.token
        if (
            attack.use != "access"
            or attack.wanted
            or not isinstance(token, str)
            or not token.replace(".", "").replace("-", "").replace("_", "").isalnum()
            or not token.isascii()
        ):
            continue
        answer = await http.get("/staff", headers=bearer(token))
        answers.add((answer.status_code, answer.headers["www-authenticate"], answer.content))
    assert answers == {
        (
            401,
            'Bearer error="invalid_token"',
            (
                b'{"detail":{"type":"about:blank","status":401,"code":"invalid_token",'
                b'"detail":"The access token is not valid."}}'
            ),
        )
    }


async def test_a_missing_scope_is_named_in_the_challenge(http: httpx.AsyncClient) -> None:
    answer = await http.get("/write", headers=bearer(m.access_token()))
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="the \\"shop\\"", error="insufficient_scope", scope="orders/read orders/write"'
    )


@pytest.mark.parametrize("path", ["/admins", "/tenant"])
async def test_a_missing_group_or_connection_is_forbidden(path: str, http: httpx.AsyncClient) -> None:
    answer = await http.get(path, headers=bearer(m.access_token()))
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


async def test_machines_pass_only_where_they_are_welcome(http: httpx.AsyncClient) -> None:
    token = m.machine_token()
    assert (await http.get("/machines", headers=bearer(token))).status_code == 200
    assert (await http.get("/orders", headers=bearer(token))).status_code == 401


async def test_without_keys_the_answer_is_try_again() -> None:
    publisher = Publisher()
    publisher.status = 500
    ours = verifier(jwks=None, http=publisher.client(), observer=Observed())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application(ours)), base_url="http://api") as http:
        answer = await http.get("/orders", headers=bearer(m.access_token()))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "www-authenticate" not in answer.headers


async def test_answers_about_tokens_are_not_cached(http: httpx.AsyncClient) -> None:
    for headers in ({}, bearer("x"), bearer(m.access_token())):
        answer = await http.get("/admins", headers=headers)
        assert answer.headers["cache-control"] == "no-store"


async def test_openapi_shows_the_scheme(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["CognitoAccessToken"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["CognitoAccessToken"]["bearerFormat"] == "JWT"
    assert document["paths"]["/orders"]["get"]["security"] == [{"CognitoAccessToken": []}]


@pytest.mark.parametrize("wrong", ["orders/read", [""], [5]])
def test_a_faulty_requirement_is_an_error_when_the_route_is_made(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        RequireToken(verifier(), scopes=wrong)
    with pytest.raises(ConfigurationError):
        RequireToken(verifier(), groups=wrong)
