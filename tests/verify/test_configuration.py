"""A verifier that would check less than it seems to cannot be built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cognito_sso.verify import ConfigurationError, KeyPolicy, Pool, TokenVerifier, VerifyError
from tests.verify import minting as m
from tests.verify.publishing import Clock

GOOD: dict[str, Any] = {"issuer": m.ISSUER, "client_id": m.CLIENT_ID}

WRONG: dict[str, dict[str, Any]] = {
    "SEC-571 nothing at all": {},
    "SEC-571 no client_id": {"issuer": m.ISSUER},
    "SEC-571 no issuer": {"client_id": m.CLIENT_ID},
    "SEC-571 no issuer but keys": {"client_id": m.CLIENT_ID, "jwks": m.jwks()},
    "an empty client_id": GOOD | {"client_id": ""},
    "an empty list of clients": GOOD | {"client_id": []},
    "a client that is not text": GOOD | {"client_id": [5]},
    "an empty client in a list": GOOD | {"client_id": ["a", ""]},
    "an empty issuer": GOOD | {"issuer": ""},
    "an issuer that is a set": GOOD | {"issuer": {m.ISSUER}},
    "an issuer that is a number": GOOD | {"issuer": 5},
    "any issuer without keys": GOOD | {"issuer": None},
    "issuer and user_pool_id": GOOD | {"user_pool_id": m.POOL_ID},
    "pools and issuer": GOOD | {"pools": [Pool(**GOOD)]},
    "no pools": {"pools": []},
    "a pool without a client": {"pools": [Pool(issuer=m.ISSUER)]},
    "a pool without an issuer": {"pools": [Pool(client_id="a")]},
    "two pools of one issuer": {"pools": [Pool(**GOOD), Pool(**GOOD)]},
    "a pool of any issuer beside another": {"pools": [Pool(**GOOD), Pool(issuer=None, client_id="a", jwks=m.jwks())]},
    "an http issuer": GOOD | {"issuer": "http://cognito-idp.eu-north-1.amazonaws.com/x"},
    "an issuer that is no URL": GOOD | {"issuer": "eu-north-1_x"},
    "a file URL": GOOD | {"jwks_uri": "file:///etc/jwks.json"},
    "an http jwks_uri": GOOD | {"jwks_uri": "http://10.0.0.1/jwks"},
    "an http name that only looks like loopback": GOOD | {"jwks_uri": "http://127.0.0.1.attacker.example/jwks"},
    "a jwks_uri with a user": GOOD | {"jwks_uri": "https://user:secret@example.com/jwks"},
    "a jwks_uri with a fragment": GOOD | {"jwks_uri": "https://example.com/jwks#x"},
    "a jwks_uri without a host": GOOD | {"jwks_uri": "https:///jwks"},
    "a jwks_uri that is no URL": GOOD | {"jwks_uri": "https://[::1"},
    "an empty key set": GOOD | {"jwks": {"keys": []}},
    "something that is no key set": GOOD | {"jwks": {"message": "Forbidden"}},
    "a key set file that is not there": GOOD | {"jwks": "/nowhere/jwks.json"},
    "a leeway that is text": GOOD | {"leeway": "60"},
    "a leeway that is true": GOOD | {"leeway": True},
    "a negative leeway": GOOD | {"leeway": -1},
    "an endless leeway": GOOD | {"leeway": float("inf")},
    "a leeway that is not a number": GOOD | {"leeway": float("nan")},
    "a leeway of an hour": GOOD | {"leeway": 3600},
    "a skew that is text": GOOD | {"skew": "60"},
    "resources that are not text": GOOD | {"resources": [5]},
}


@pytest.mark.parametrize("settings", WRONG.values(), ids=WRONG)
def test_a_faulty_configuration_is_an_error(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TokenVerifier(**settings)
    assert isinstance(caught.value, VerifyError)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "pool_id", ["", "x", "eu-north-1", "eu-north-1_", "eu-north-1_a b", "eu-north-1_a/../b", "EU-NORTH-1_a", "_a", 5]
)
def test_a_malformed_pool_id_is_an_error(pool_id: Any) -> None:
    with pytest.raises(ConfigurationError):
        TokenVerifier(user_pool_id=pool_id, client_id="a")


@pytest.mark.parametrize(
    ("pool_id", "issuer"),
    [
        ("eu-north-1_6m0O668r5", "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_6m0O668r5"),
        ("us-gov-west-1_AbC", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbC"),
        ("eusc-de-east-1_AbC", "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_AbC"),
    ],
)
def test_a_pool_id_is_enough(pool_id: str, issuer: str) -> None:
    assert issuer in repr(TokenVerifier(user_pool_id=pool_id, client_id="a"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/p", "http://[::1]:9000/p", "http://localhost/p", "http://a.localhost/p"]
)
def test_http_is_allowed_on_loopback(url: str) -> None:
    assert url in repr(TokenVerifier(issuer=url, client_id="a"))


@pytest.mark.parametrize("token_use", [..., "refresh", "", 5, ["id"]])
def test_sec_571_a_missing_token_use_is_an_error(token_use: Any) -> None:
    verifier = TokenVerifier(**GOOD, jwks=m.jwks())
    with pytest.raises(ConfigurationError, match="token_use"):
        verifier.verify_sync("a.b.c", **({} if token_use is ... else {"token_use": token_use}))


@pytest.mark.parametrize("wrong", ["admin", [""], [5], [None], ("a", "")])
@pytest.mark.parametrize("setting", ["scopes", "groups"])
def test_requirements_that_mean_nothing_are_an_error(setting: str, wrong: Any) -> None:
    verifier = TokenVerifier(**GOOD, jwks=m.jwks(), clock=Clock())
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=setting):
            verifier.access_token_sync(m.access_token(), **{setting: wrong})


async def test_keys_from_a_file_need_no_network(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(m.jwks()))
    for given in (file, str(file), m.jwks()):
        verifier = TokenVerifier(**GOOD, jwks=given, clock=Clock())
        assert verifier.keys_held
        assert verifier.keys_age is None
        await verifier.prefetch()
        verifier.prefetch_sync()
        assert (await verifier.access_token(m.access_token())).sub == m.SUB
        with pytest.raises(Exception, match="does not publish"):
            await verifier.access_token(m.compact({"kid": "x", "alg": "RS256"}, m.access_claims(), "access"))


async def test_given_keys_do_not_grow_old() -> None:
    clock = Clock()
    verifier = TokenVerifier(**GOOD, jwks=m.jwks(), clock=clock)
    clock.pass_(10_000_000)
    at = int(clock.now)
    assert (await verifier.access_token(m.access_token(iat=at, exp=at + 60))).sub == m.SUB


def test_the_policy_is_a_value() -> None:
    assert KeyPolicy() == KeyPolicy(deadline=5.0, cooldown=10.0, retry_after=1.0, hard_age=86_400.0)
