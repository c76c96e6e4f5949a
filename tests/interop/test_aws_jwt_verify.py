"""Amazon's own verifier, npm's aws-jwt-verify, judges the stand-ins' tokens."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_sso.simulator import Simulator, new_key

from .node import node

pytestmark = pytest.mark.node

# aws-jwt-verify derives the issuer from the pool's id, so the stand-in answers at AWS's own address.
ISSUER, POOL = "https://cognito-idp.eu-north-1.amazonaws.com", "eu-north-1_6m0O668r5"
TOKENS = ("id", "access")


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Any]:
    simulator = Simulator(issuer_url=ISSUER, user_pool_id=POOL)
    stranger = new_key(simulator.keys.access.kid)
    tokens = {
        **tokens_of(simulator),
        "another pool's": Simulator(issuer_url=ISSUER, user_pool_id="eu-north-1_another00").mint_access_token(),
        "another client's": simulator.mint_access_token(claims={"client_id": "another"}),
        "forged": simulator.mint_access_token(key=stranger),
        "expired": simulator.mint_access_token(claims={"exp": 1}),
    }
    return node(
        "verify.mjs",
        {
            "pool": POOL,
            "client_id": next(iter(simulator.pool.clients)),
            "jwks": {"keys": simulator.keys.jwks()},
            "tokens": tokens,
        },
    )


def tokens_of(simulator: Simulator) -> dict[str, str]:
    minted = simulator.mint("jane@megasoft.example")
    return {use: minted[f"{use}_token"] for use in TOKENS}


@pytest.mark.parametrize("use", TOKENS)
def test_a_token_of_the_stand_ins_is_accepted_for_its_own_use(verdicts: dict[str, Any], use: str) -> None:
    claims = verdicts[use][use]["claims"]
    assert (claims["iss"], claims["token_use"]) == (f"{ISSUER}/{POOL}", use)


@pytest.mark.parametrize("use", TOKENS)
def test_and_refused_for_the_others_use(verdicts: dict[str, Any], use: str) -> None:
    other = next(one for one in TOKENS if one != use)
    assert verdicts[use][other] == {"error": "CognitoJwtInvalidTokenUseError"}


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("another pool's", "ParameterValidationError"),
        ("another client's", "CognitoJwtInvalidClientIdError"),
        ("forged", "JwtInvalidSignatureError"),
        ("expired", "JwtExpiredError"),
    ],
)
def test_a_bad_token_is_refused_for_what_is_bad_about_it(verdicts: dict[str, Any], token: str, error: str) -> None:
    assert verdicts[token]["access"] == {"error": error}
