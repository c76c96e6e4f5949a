"""Signed JWTs of another issuer, such as Scalekit's `idp_initiated_login`, are read as strictly as tokens."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_sso.verify import JwtVerifier, KeysUnavailable, TokenError
from tests.verify import minting as m
from tests.verify.attacks import ATTACKS
from tests.verify.publishing import Clock, Publisher

ISSUER = "https://acme.scalekit.dev"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "iat": m.NOW,
    "nbf": m.NOW,
    "exp": m.NOW + 300,
    "login_hint": "john@example.com",
    "connection_id": m.CONNECTION_ID,
    "organization_id": "org_1",
}


def jwt(name: str = "access", **changes: Any) -> str:
    claims = {key: value for key, value in (CLAIMS | changes).items() if value is not ...}
    return m.compact({"kid": m.ACCESS_KID, "alg": "RS256"}, claims, name)


def verifier(publisher: Publisher | None = None) -> JwtVerifier:
    http = (publisher or Publisher()).client()
    return JwtVerifier(issuer=ISSUER, jwks_uri=f"{ISSUER}/keys", http=http, clock=Clock())


async def code_of(token: object) -> str:
    with pytest.raises(TokenError) as caught:
        await verifier().claims(token, longest_age=300)
    return caught.value.code


async def test_a_fresh_jwt_is_read() -> None:
    claims = await verifier().claims(jwt(), longest_age=300)
    assert claims["login_hint"] == "john@example.com"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.scalekit.dev"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"iss": [ISSUER]}, "issuer"),
        ({"exp": ...}, "time_claim"),
        ({"iat": ...}, "time_claim"),
        ({"exp": "1999999999"}, "time_claim"),
        ({"iat": True}, "time_claim"),
        ({"nbf": None}, "time_claim"),
        ({"exp": m.NOW + 5}, "expired"),
        ({"iat": m.NOW + 100, "exp": m.NOW + 200}, "not_yet_valid"),
        ({"nbf": m.NOW + 100}, "not_yet_valid"),
        ({"exp": m.NOW + 301}, "expired"),
        ({"iat": m.NOW - 301, "exp": m.NOW}, "expired"),
        ({"iat": m.NOW - 300, "exp": m.NOW + 6}, "expired"),
        ({"sub": 5}, "subject"),
        ({"number": 2**53}, "payload"),
    ],
)
async def test_a_stale_or_foreign_jwt_is_refused(changes: dict[str, Any], code: str) -> None:
    assert await code_of(jwt(**changes)) == code


async def test_a_jwt_signed_by_somebody_else_is_refused() -> None:
    assert await code_of(jwt("attacker")) == "signature"


async def test_no_bad_access_token_passes_as_a_jwt() -> None:
    ours = verifier()
    for attack in ATTACKS:
        with pytest.raises(TokenError):
            await ours.claims(attack.token, longest_age=300)


async def test_without_keys_it_says_so() -> None:
    publisher = Publisher()
    publisher.status = 503
    with pytest.raises(KeysUnavailable):
        await verifier(publisher).claims(jwt(), longest_age=300)
