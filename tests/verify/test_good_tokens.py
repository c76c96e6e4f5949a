"""Good tokens are believed, and their claims say what Cognito means."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from cognito_sso.verify import Claims, TokenError, TokenVerifier
from cognito_sso.verify.claims import TokenUse
from tests.verify import minting as m
from tests.verify.attacks import HEADER, with_payload

AT = m.NOW + 5


def verifier(**settings: Any) -> TokenVerifier:
    defaults = {"issuer": m.ISSUER, "client_id": m.CLIENT_ID, "jwks": m.jwks(), "clock": lambda: AT}
    return TokenVerifier(**(defaults | settings))


@pytest.fixture(scope="module")
def ours() -> TokenVerifier:
    return verifier()


def access(ours: TokenVerifier, **changes: Any) -> Claims:
    return ours.access_token_sync(m.access_token(**changes))


def identity(ours: TokenVerifier, **changes: Any) -> Claims:
    return ours.id_token_sync(m.id_token(**changes))


GOOD_HEADERS: dict[str, dict[str, Any]] = {
    "Cognito's own": HEADER,
    "alg first": {"alg": "RS256", "kid": m.ACCESS_KID},
    "typ JWT": HEADER | {"typ": "JWT"},
    "typ at+jwt": HEADER | {"typ": "at+jwt"},
    "a thumbprint": HEADER | {"x5t": "AAAA", "x5t#S256": "AAAA"},
}


@pytest.mark.parametrize("header", GOOD_HEADERS.values(), ids=GOOD_HEADERS)
def test_a_good_header_is_read(header: dict[str, Any], ours: TokenVerifier) -> None:
    assert ours.access_token_sync(m.compact(header, m.access_claims(), "access")).sub == m.SUB


GOOD_CHANGES: dict[str, dict[str, Any]] = {
    "SEC-120 a fractional exp in the future": {"exp": m.NOW + 5.5},
    "SEC-120 a life of a whole day": {"exp": m.NOW + 86_400},
    "SEC-120 a second left": {"exp": AT + 1},
    "SEC-121 iat 60 seconds ahead": {"iat": AT + 60, "auth_time": m.NOW},
    "SEC-121 nbf 60 seconds ahead": {"nbf": AT + 60},
    "SEC-121 nbf in the past": {"nbf": 0},
    "auth_time long ago": {"auth_time": 0},
    "no optional claim": dict.fromkeys(
        ("cognito:groups", "version", "origin_jti", "event_id", "auth_time", "jti", "scope"), ...
    ),
    "unknown claims of every shape": {"a": None, "b": [1, [2, {"c": 3.5}]], "d": {"e": True}, "f": -5},
    "a subject of 255 characters": {"sub": "a" * 255},
    "Unicode": {"username": "Zoë-δ-日本-😀", "cognito:groups": ["größe"]},
    "an integer just below 2 to the 53rd": {"n": 2**53 - 1, "m": -(2**53) + 1},
    "nesting of 31 levels": {"deep": json.loads("[" * 31 + "]" * 31)},
}


@pytest.mark.parametrize("changes", GOOD_CHANGES.values(), ids=GOOD_CHANGES)
def test_a_good_access_token_is_believed_by_every_door(changes: dict[str, Any], ours: TokenVerifier) -> None:
    token = m.access_token(**changes)
    assert ours.access_token_sync(token) == ours.access_token_sync(token)
    assert asyncio.run(ours.access_token(token)) == asyncio.run(verifier(remember=0).access_token(token))


def test_escaped_unicode_is_read() -> None:
    body = json.dumps(m.access_claims(username="😀"), ensure_ascii=True).encode()
    assert b"\\ud83d\\ude00" in body
    assert verifier().access_token_sync(with_payload(body)()).username == "😀"


def test_white_space_around_the_claims_is_json() -> None:
    body = b" \r\n\t" + json.dumps(m.access_claims(), indent=2).encode() + b"\n "
    assert verifier().access_token_sync(with_payload(body)()).sub == m.SUB


def test_sec_122_the_audience_may_be_a_list_of_us_alone(ours: TokenVerifier) -> None:
    assert identity(ours, aud=[m.CLIENT_ID]).client_id == m.CLIENT_ID
    assert identity(ours, azp=m.CLIENT_ID).client_id == m.CLIENT_ID


def test_an_id_token_is_bound_to_its_login_and_its_access_token(ours: TokenVerifier) -> None:
    access_token = m.access_token()
    token = m.id_token(at_hash=m.at_hash(access_token))
    claims = ours.id_token_sync(token, nonce=m.NONCE, access_token=access_token)
    assert claims == asyncio.run(ours.id_token(token, nonce=m.NONCE, access_token=access_token))
    assert ours.id_token_sync(m.id_token(), nonce=m.NONCE, access_token=access_token).sub == m.SUB


def test_a_refreshed_id_token_needs_no_nonce(ours: TokenVerifier) -> None:
    assert identity(ours, nonce=...).sub == m.SUB


def test_all_scopes_and_any_group_are_required(ours: TokenVerifier) -> None:
    token = m.access_token()
    claims = ours.access_token_sync(token, scopes=["orders/read", "email"], groups=["admins", "staff"])
    assert claims.scopes == {"openid", "email", "orders/read"}
    assert ours.access_token_sync(token, groups=[m.PROVIDER_GROUP]).groups == ("staff",)
    assert ours.id_token_sync(m.id_token(), groups=("staff",)).groups == ("staff",)


@pytest.mark.parametrize("prefix", ["scalekitidprouter", "ScalekitIdPRouter", "scalekitIdPRouter"])
def test_the_connection_is_told_whatever_the_pools_case(prefix: str, ours: TokenVerifier) -> None:
    token = m.access_token(username=f"{prefix}_{m.USER_ID}")
    assert ours.access_token_sync(token, connection_id=m.CONNECTION_ID).connection_id == m.CONNECTION_ID
    assert ours.access_token_sync(token, connection_id=m.CONNECTION_ID.upper()).sub == m.SUB


def test_a_provider_with_an_underscore_does_not_hide_the_connection(ours: TokenVerifier) -> None:
    groups = [f"{m.POOL_ID}_a_b", "staff"]
    assert access(ours, username=f"a_b_{m.USER_ID}", **{"cognito:groups": groups}).connection_id == m.CONNECTION_ID


def test_identities_tell_the_provider_and_the_connection(ours: TokenVerifier) -> None:
    claims = identity(ours)
    assert claims.provider == "ScalekitIdPRouter"
    assert claims.connection_id == m.CONNECTION_ID
    assert access(ours).provider is None


def test_of_several_identities_the_primary_counts(ours: TokenVerifier) -> None:
    one = m.id_claims()["identities"][0]
    linked = one | {"primary": "false", "providerName": "Google", "userId": "google;1"}
    assert identity(ours, identities=[linked, one]).provider == "ScalekitIdPRouter"
    assert identity(ours, identities=[linked]).provider is None
    assert identity(ours, identities=[one | {"primary": True}]).provider == "ScalekitIdPRouter"
    assert identity(ours, identities=[]).connection_id is None
    assert identity(ours, identities=...).connection_id == m.CONNECTION_ID


def test_a_person_of_the_pool_itself_has_no_connection(ours: TokenVerifier) -> None:
    assert access(ours, username="john", **{"cognito:groups": ["staff"]}).connection_id is None


def test_the_access_tokens_claims_are_typed(ours: TokenVerifier) -> None:
    claims = access(ours)
    assert claims.sub == m.SUB
    assert claims.issuer == m.ISSUER
    assert claims.token_use == "access"
    assert claims.client_id == m.CLIENT_ID
    assert claims.username == f"scalekitidprouter_{m.USER_ID}"
    assert claims.groups == ("staff",)
    assert claims["cognito:groups"] == (m.PROVIDER_GROUP, "staff")
    assert (claims.expires_at, claims.issued_at, claims.auth_time) == (m.NOW + 3600, m.NOW, m.NOW)
    assert claims.jti == "7b1f1b1e-1111-4c1c-9c1c-cccccccccccc"
    assert claims.origin_jti == "5b1f1b1e-1111-4c1c-9c1c-aaaaaaaaaaaa"
    assert (claims.email, claims.name, claims.given_name, claims.family_name) == (None, None, None, None)
    assert claims.email_verified is False
    assert claims.is_machine is False


def test_the_id_tokens_claims_are_typed(ours: TokenVerifier) -> None:
    claims = identity(ours, name="John Doe")
    assert claims.token_use == "id"
    assert claims.client_id == m.CLIENT_ID
    assert claims.username == f"scalekitidprouter_{m.USER_ID}"
    assert claims.email == "john@example.com"
    assert (claims.name, claims.given_name, claims.family_name) == ("John Doe", "John", "Doe")
    assert claims.scopes == frozenset()
    assert claims.is_machine is False


@pytest.mark.parametrize(
    ("value", "verified"),
    [(True, True), (False, False), ("true", True), ("false", False), ("True", False), (..., False)],
)
def test_email_verified_is_a_boolean_whatever_was_written(value: Any, verified: bool, ours: TokenVerifier) -> None:
    assert identity(ours, email_verified=value).email_verified is verified


def test_sec_134_a_machines_token_is_believed_only_when_asked_for(ours: TokenVerifier) -> None:
    claims = ours.access_token_sync(m.machine_token(), machine=True, scopes=["orders/read"])
    assert claims.is_machine
    assert claims.username is None
    assert claims.groups == ()


def test_a_persons_token_is_believed_where_machines_are_welcome(ours: TokenVerifier) -> None:
    assert not ours.access_token_sync(m.access_token(), machine=True).is_machine


def test_either_kind_of_token_when_asked_for(ours: TokenVerifier) -> None:
    for token, use in ((m.access_token(), "access"), (m.id_token(), "id")):
        assert ours.verify_sync(token, token_use=None).token_use == use
        assert asyncio.run(ours.verify(token, token_use=use)).token_use == use  # type: ignore[arg-type]


@pytest.mark.parametrize("use", ["id", "access"])
def test_the_other_kind_of_token_when_one_was_asked_for(use: TokenUse, ours: TokenVerifier) -> None:
    other = m.access_token() if use == "id" else m.id_token()
    with pytest.raises(TokenError, match="another use"):
        ours.verify_sync(other, token_use=use)
    with pytest.raises(TokenError, match="another use"):
        asyncio.run(ours.verify(other, token_use=use))


def test_several_clients_and_any_client() -> None:
    token = m.access_token(client_id="two")
    assert verifier(client_id=["one", "two"]).access_token_sync(token).client_id == "two"
    assert verifier(client_id=None).access_token_sync(token).client_id == "two"
    token = m.id_token(aud="two")
    assert verifier(client_id=["one", "two"]).id_token_sync(token).client_id == "two"
    assert verifier(client_id=None).id_token_sync(token).client_id == "two"


def test_an_access_token_for_a_resource_of_ours() -> None:
    api = verifier(resources=["https://api.example.com"])
    assert api.access_token_sync(m.access_token(aud="https://api.example.com")).client_id == m.CLIENT_ID
    assert api.access_token_sync(m.access_token()).client_id == m.CLIENT_ID


def test_any_issuer_when_asked_for() -> None:
    assert (
        verifier(issuer=None).access_token_sync(m.access_token(iss="https://x.example/p")).issuer
        == "https://x.example/p"
    )


def test_leeway_is_granted_after_expiry_only_when_configured() -> None:
    token = m.access_token(exp=AT - 9, iat=m.NOW - 3000)
    assert verifier(leeway=10).access_token_sync(token).sub == m.SUB


def test_the_clock_decides() -> None:
    now = [m.NOW + 3599.5]
    ours = verifier(clock=lambda: now[0])
    assert ours.access_token_sync(m.access_token()).sub == m.SUB
    assert ours.access_token_sync(m.access_token()).sub == m.SUB
    now[0] = m.NOW + 3600.0
    with pytest.raises(Exception, match="expired"):
        ours.access_token_sync(m.access_token())


def test_sec_577_claims_cannot_be_changed(ours: TokenVerifier) -> None:
    claims = identity(ours)
    with pytest.raises(AttributeError):
        claims.sub = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        claims._raw = {}  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del claims._raw
    with pytest.raises(TypeError):
        claims["sub"] = "other"  # type: ignore[index]
    assert isinstance(claims["identities"], tuple)
    assert isinstance(claims["identities"][0], MappingProxyType)
    with pytest.raises(TypeError):
        claims["identities"][0]["userId"] = "other"


def test_claims_are_a_mapping_of_the_raw_claims(ours: TokenVerifier) -> None:
    claims = access(ours)
    assert isinstance(claims, Mapping)
    assert set(claims) == set(m.access_claims())
    assert len(claims) == len(m.access_claims())
    assert claims.get("nothing") is None
    assert "scope" in claims
    with pytest.raises(KeyError):
        claims["nothing"]


def test_claims_survive_pickling_and_copying(ours: TokenVerifier) -> None:
    claims = access(ours)
    assert pickle.loads(pickle.dumps(claims)) == claims
    assert copy.copy(claims) == claims
    assert copy.deepcopy(claims).sub == m.SUB


def test_the_text_of_claims_and_verifier_shows_nothing_private(ours: TokenVerifier) -> None:
    assert "john@example.com" not in repr(identity(ours))
    assert repr(ours) == f"<TokenVerifier {m.ISSUER}>"
