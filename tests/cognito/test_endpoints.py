"""Where a pool answers, in every region and under every kind of domain."""

from __future__ import annotations

import pytest

from cognito_sso.cognito import Endpoints

POOL = "eu-north-1_6m0O668r5"


@pytest.mark.parametrize(
    ("pool", "domain", "expected"),
    [
        (POOL, "acme", "https://acme.auth.eu-north-1.amazoncognito.com"),
        ("us-gov-west-1_abc", "acme", "https://acme.auth-fips.us-gov-west-1.amazoncognito.com"),
        ("us-west-2_abc", "acme", "https://acme.auth.us-west-2.amazoncognito.com"),
        (POOL, "login.acme.com", "https://login.acme.com"),
        (POOL, "https://login.acme.com", "https://login.acme.com"),
        (POOL, "http://localhost:8001", "http://localhost:8001"),
    ],
)
def test_the_hosted_domain(pool: str, domain: str, expected: str) -> None:
    endpoints = Endpoints.of_pool(pool, domain=domain)
    assert endpoints.domain == expected
    assert endpoints.authorize == f"{expected}/oauth2/authorize"
    assert endpoints.token == f"{expected}/oauth2/token"
    assert endpoints.user_info == f"{expected}/oauth2/userInfo"
    assert endpoints.revoke == f"{expected}/oauth2/revoke"
    assert endpoints.logout == f"{expected}/logout"


@pytest.mark.parametrize("pool", [POOL, "us-gov-west-1_abc"])
def test_the_issuer_comes_from_the_pool_id(pool: str) -> None:
    issuer = f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"
    assert Endpoints.of_pool(pool, domain="acme").issuer == issuer


def test_a_given_issuer_wins_and_the_keys_are_its_never_the_domains() -> None:
    endpoints = Endpoints.of_pool(POOL, domain="acme", issuer="https://issuer.example/pool")
    assert endpoints.jwks == "https://issuer.example/pool/.well-known/jwks.json"
