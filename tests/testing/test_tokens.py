"""The minted tokens: the good ones are good to every verifier, the bad ones bad for their own reason."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from cognito_sso.simulator import Simulator
from cognito_sso.simulator.signing import verified
from cognito_sso.testing import BAD_ACCESS_TOKENS, Cognito
from cognito_sso.verify import InsufficientError, TokenError, TokenVerifier
from tests.verify import minting

B64_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 section 2.1


@pytest.fixture
def cognito() -> Cognito:
    return Cognito(Simulator(issuer_url="https://cognito-idp.eu-north-1.amazonaws.com"))


async def test_a_good_access_token_is_accepted_and_says_what_was_asked_for(cognito: Cognito) -> None:
    token = cognito.access_token(groups=["staff"], scopes=["openid", "orders/read"], expires_in=60)

    claims = await cognito.verifier.access_token(token, scopes=["orders/read"], groups=["staff"])

    assert claims.groups == ("staff",)
    assert claims.scopes == {"openid", "orders/read"}
    assert claims.expires_at - claims.issued_at == 60
    assert (claims.issuer, claims.client_id) == (cognito.issuer, cognito.client_id)
    assert not claims.is_machine


def test_a_good_token_has_every_claim_of_a_real_one(cognito: Cognito) -> None:
    access = cognito.verifier.access_token_sync(cognito.access_token())
    identity = cognito.verifier.id_token_sync(cognito.id_token(nonce=minting.NONCE))

    assert set(access) == set(minting.access_claims())
    assert set(identity) >= set(minting.id_claims())


def test_an_id_token_belongs_to_the_access_token_that_came_along(cognito: Cognito) -> None:
    access = cognito.access_token(email="omar@megasoft.example")
    token = cognito.id_token(email="omar@megasoft.example", access_token=access, nonce="n-0S6_WzA2Mj", groups=["staff"])

    claims = cognito.verifier.id_token_sync(token, nonce="n-0S6_WzA2Mj", access_token=access)

    assert claims.email == "omar@megasoft.example"
    assert claims.groups == ("staff",)
    assert claims.sub == cognito.verifier.access_token_sync(access).sub
    with pytest.raises(TokenError, match="does not belong"):
        cognito.verifier.id_token_sync(token, access_token=cognito.access_token())


def test_somebody_else_has_another_subject(cognito: Cognito) -> None:
    jane, omar = (
        cognito.verifier.access_token_sync(cognito.access_token(email=email)).sub for email in ("a@b.c", "d@b.c")
    )

    assert jane != omar


def test_a_claim_can_be_set_and_left_out(cognito: Cognito) -> None:
    claims = cognito.verifier.access_token_sync(cognito.access_token(jti=None, **{"custom:floor": 3}))

    assert claims["custom:floor"] == 3
    assert claims.jti is None


def test_a_machines_token_is_accepted_only_where_machines_are(cognito: Cognito) -> None:
    token = cognito.machine_token(scopes=["orders/read"])

    assert cognito.verifier.access_token_sync(token, machine=True).is_machine
    with pytest.raises(TokenError, match="machine"):
        cognito.verifier.access_token_sync(token)


def test_time_is_the_simulators(cognito: Cognito) -> None:
    token = cognito.access_token(expires_in=300)
    cognito.simulator.clock.advance(299)
    cognito.verifier.access_token_sync(token)
    cognito.simulator.clock.advance(1.5)

    with pytest.raises(TokenError, match="expired"):
        cognito.verifier.access_token_sync(token)


def test_there_are_at_least_thirty_kinds_and_each_has_a_token_of_its_own(cognito: Cognito) -> None:
    tokens = cognito.bad_access_tokens()

    assert tuple(tokens) == BAD_ACCESS_TOKENS
    assert len(set(tokens.values())) == len(tokens) >= 30


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
async def test_every_bad_token_is_refused_for_itself_and_not_for_a_requirement(cognito: Cognito, name: str) -> None:
    token = cognito.bad_access_token(name)

    with pytest.raises(TokenError) as refused:
        await cognito.verifier.access_token(token)
    assert not isinstance(refused.value, InsufficientError)
    with pytest.raises(TokenError):
        cognito.verifier.access_token_sync(token)


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
def test_every_bad_token_can_be_sent_in_a_header(cognito: Cognito, name: str) -> None:
    assert B64_TOKEN.fullmatch(cognito.bad_access_token(name))


GENUINE = [
    "expired a second ago",
    "for another app client",
    "an ID token",
    "a machine's",
    "for another resource",
    "without a subject",
]


@pytest.mark.parametrize("name", GENUINE)
def test_what_only_says_something_wrong_is_genuinely_signed(cognito: Cognito, name: str) -> None:
    """Or the signature would be the reason, and the check that is meant would not be tested."""
    assert verified(cognito.bad_access_token(name), cognito.jwks["keys"])


async def test_the_published_keys_are_all_that_a_verifier_needs(cognito: Cognito) -> None:
    asked = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    verifier = TokenVerifier(
        issuer=cognito.issuer, client_id=cognito.client_id, jwks=json.loads(json.dumps(cognito.jwks)), http=asked
    )

    assert (await verifier.access_token(cognito.access_token())).sub
    assert not cognito.simulator.journal.of("GET", "/.well-known/jwks.json")
