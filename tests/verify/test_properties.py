"""Whatever is made of tokens and key sets, the verifier says yes, no, or "no keys", and all its doors agree.

VERIFY_EXAMPLES=20000 runs tens of thousands instead of a quick look.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from binascii import Error as BadBase64
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_sso.verify import Claims, TokenError, TokenVerifier
from cognito_sso.verify.compact import NotStrict, base64url, read_json
from cognito_sso.verify.keys import MAX_KEYS, UnusableKeySet, read_key_set
from cognito_sso.verify.verifier import prepare
from tests.verify import minting as m

EXAMPLES = int(os.environ.get("VERIFY_EXAMPLES", "100"))
quick = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 1000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

AT = m.NOW + 5
COLD = TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks(), clock=lambda: AT, remember=0)
WARM = TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks(), clock=lambda: AT)
GOOD = m.access_token()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

loop = asyncio.new_event_loop()


@pytest.fixture(scope="module", autouse=True)
def _close() -> Any:
    yield
    loop.close()


scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def said(token: object, **wanted: Any) -> str | Claims:
    """What every door says; they must say the same."""
    answers: list[str | Claims] = []
    for verifier in (COLD, WARM, WARM):
        try:
            answers.append(verifier.access_token_sync(token, **wanted))
        except TokenError as e:
            answers.append(e.code)
    try:
        answers.append(loop.run_until_complete(WARM.access_token(token, **wanted)))
    except TokenError as e:
        answers.append(e.code)
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


@quick
@given(st.text(max_size=200) | st.binary(max_size=50) | values)
def test_anything_at_all_is_refused(token: object) -> None:
    assert isinstance(said(token), str)


@quick
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 3), st.text(min_size=1, max_size=4))
def test_a_token_with_other_characters_in_it_is_refused(at: int, length: int, text: str) -> None:
    changed = GOOD[:at] + text + GOOD[at + length :]
    if changed != GOOD:
        assert isinstance(said(changed), str)


@quick
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, len(GOOD))), min_size=1, max_size=4))
def test_a_token_cut_up_and_put_together_is_refused(cuts: list[tuple[int, int]]) -> None:
    changed = "".join(GOOD[start:end] for start, end in cuts)
    if changed != GOOD:
        assert isinstance(said(changed), str)


NAMES = """
sub iss exp iat nbf auth_time client_id aud token_use scope cognito:groups username jti version email identities
email_verified events azp nonce custom:x
"""
names = st.sampled_from(NAMES.split())


def strict_opinion(claims: dict[str, Any]) -> bool:
    """A second, slower reading of the rules, which shares no code with the first."""
    text = {
        "sub",
        "iss",
        "client_id",
        "token_use",
        "scope",
        "username",
        "jti",
        "email",
        "azp",
        "nonce",
        "origin_jti",
        "event_id",
    }
    if any(not isinstance(claims[name], str) for name in text if name in claims):
        return False
    numbers = [claims[name] for name in ("exp", "iat", "nbf", "auth_time") if name in claims]
    if any(isinstance(n, bool) or not isinstance(n, int | float) or not 0 <= n < 2**53 for n in numbers):
        return False
    if "exp" not in claims or "iat" not in claims or "aud" in claims or "events" in claims:
        return False
    groups = claims.get("cognito:groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        return False
    if not isinstance(claims.get("email_verified", True), bool | str):
        return False
    return (
        claims.get("iss") == m.ISSUER
        and claims.get("token_use") == "access"
        and claims.get("client_id") == m.CLIENT_ID
        and 1 <= len(claims.get("sub", "")) <= 255
        and claims["sub"].isprintable()
        and claims["iat"] < claims["exp"] <= claims["iat"] + 86_400
        and claims["exp"] > AT
        and max(claims["iat"], claims.get("nbf", 0)) <= AT + 60
        and bool(claims.get("username"))
        and claims["sub"] != claims["client_id"]
    )


def i_json(value: Any) -> bool:
    """Could a strict JSON text say this?"""
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return abs(value) < 2**53
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    if isinstance(value, str):
        return not any(0xD800 <= ord(character) < 0xE000 for character in value)
    if isinstance(value, dict):
        return all(i_json(name) and i_json(item) for name, item in value.items())
    return all(i_json(item) for item in value)


near_times = st.integers(m.NOW - 90_000, m.NOW + 90_000) | st.floats(m.NOW - 100, m.NOW + 90_000)


@quick
@given(st.dictionaries(names, values | near_times | st.just(...), max_size=4))
def test_signed_claims_are_believed_exactly_when_a_second_reading_agrees(changes: dict[str, Any]) -> None:
    if "identities" in changes and changes["identities"] is not ...:
        changes["identities"] = ...
    claims = m.access_claims(**changes)
    body = json.dumps(claims).encode()
    if len(body) > 5500:
        return
    answer = said(m.compact({"kid": m.ACCESS_KID, "alg": "RS256"}, m.Raw(body), "access"))
    assert isinstance(answer, Claims) == (i_json(claims) and strict_opinion(claims)), answer


@quick
@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5t", "zip", "other"]), values, max_size=3
    )
)
def test_signed_headers_are_believed_only_when_plain(changes: dict[str, Any]) -> None:
    header = {"kid": m.ACCESS_KID, "alg": "RS256"} | changes
    answer = said(m.compact(m.Raw(json.dumps(header).encode()), m.access_claims(), "access"))
    plain = header["alg"] == "RS256" and header["kid"] == m.ACCESS_KID and header.get("typ", "JWT") in ("JWT", "at+jwt")
    plain = plain and set(header) <= {"alg", "kid", "typ", "x5t"} and isinstance(header.get("x5t", ""), str)
    assert isinstance(answer, Claims) == (plain and i_json(header))


@quick
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_signed_bytes_that_are_not_claims_are_refused(body: bytes) -> None:
    assert isinstance(said(m.compact({"kid": m.ACCESS_KID, "alg": "RS256"}, m.Raw(body), "access")), str)


@quick
@given(st.integers(0, 5), st.integers(0, 300), st.binary(max_size=3))
def test_mutated_claims_text_never_breaks_anything(deleted: int, at: int, inserted: bytes) -> None:
    body = m.encode(m.access_claims())
    said(m.compact({"kid": m.ACCESS_KID, "alg": "RS256"}, m.Raw(body[:at] + inserted + body[at + deleted :]), "access"))


@quick
@given(st.dictionaries(names, values, max_size=3), st.text(max_size=10) | values, st.text(max_size=10) | values)
def test_id_tokens_never_break_anything(changes: dict[str, Any], nonce: Any, access_token: Any) -> None:
    body = json.dumps(m.id_claims(**changes)).encode()
    token = m.compact({"kid": m.ID_KID, "alg": "RS256"}, m.Raw(body), "id")
    answers = set()
    for verifier in (COLD, WARM):
        try:
            answers.add(verifier.id_token_sync(token, nonce=nonce, access_token=access_token).sub)
        except TokenError as e:
            answers.add(e.code)
    assert len(answers) == 1


@quick
@given(values)
def test_strict_json_reads_what_it_accepts_as_the_standard_reader_does(value: Any) -> None:
    text = json.dumps(value)
    try:
        assert read_json(text.encode()) == json.loads(text)
        assert i_json(value)
    except NotStrict:
        assert not i_json(value)


@quick
@given(st.text(ALPHABET + "+/=.\n é", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        raw = base64url(text)
    except NotStrict:
        try:
            again = base64.urlsafe_b64encode(base64.urlsafe_b64decode(text + "==")).rstrip(b"=").decode()
        except (ValueError, BadBase64):
            return
        assert again != text or text == ""
    else:
        assert m.b64(raw) == text


jwk_members = st.dictionaries(
    st.sampled_from(["kty", "kid", "n", "e", "alg", "use", "key_ops", "d", "p", "k", "x5c", "ext"]), values, max_size=4
)
keys = st.one_of(
    values,
    jwk_members,
    jwk_members.map(lambda members: m.jwk("access", "k1") | members),
    st.sampled_from(["a", "b"]).map(lambda kid: m.jwk("access", kid)),
)


@quick
@given(st.lists(keys, max_size=6) | values)
def test_a_mutated_key_set_is_read_or_refused_and_nothing_else(document: Any) -> None:
    body = json.dumps({"keys": document}).encode()
    try:
        found = read_key_set(body, prepare)
    except UnusableKeySet:
        return
    modulus = m.rsa_key("access").public_key().public_numbers().n
    assert 1 <= len(found.by_kid) <= MAX_KEYS
    for kid, key in found.by_kid.items():
        assert (kid, key.numbers.n, key.numbers.e) == (key.kid, modulus, 65537)


@quick
@given(st.binary(max_size=100), st.integers(0, 900), st.integers(0, 20))
def test_a_key_set_with_other_bytes_in_it_is_read_or_refused(inserted: bytes, at: int, deleted: int) -> None:
    body = json.dumps(m.jwks()).encode()
    try:
        read_key_set(body[:at] + inserted + body[at + deleted :], prepare)
    except UnusableKeySet:
        return
