"""Published keys are vetted one by one, and a bad one spoils nothing but itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from cognito_sso.verify import TokenVerifier
from cognito_sso.verify.keys import MAX_KEYS, KeySet, UnusableKeySet, read_key_set
from cognito_sso.verify.verifier import prepare
from tests.verify import minting as m
from tests.verify.publishing import Observed

N = m.jwk("access", "x")["n"]
EVEN = m.b64_int(m.rsa_key("access").public_key().public_numbers().n - 1)


def jwk(**members: Any) -> dict[str, Any]:
    """A good key but for these members."""
    return {**m.jwk("access", "bad"), **members} if ... not in members.values() else _without(members)


def _without(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (m.jwk("access", "bad") | members).items() if value is not ...}


def read(*keys: Any, held: KeySet | None = None) -> KeySet:
    body = json.dumps({"keys": list(keys)}).encode()
    return read_key_set(body, prepare, None if held is None else held.by_kid)


def roca_modulus() -> int:
    """Congruent to a power of 65537 modulo the product of the first primes, as Infineon's library made its primes."""
    product = 1
    for p in range(2, 168):
        if all(p % q for q in range(2, p)):
            product *= p
    residue = pow(65537, 12_345, product)
    high = (1 << 2047) // product * product
    return high + product + residue if (high + product + residue) % 2 else high + 2 * product + residue


BAD_KEYS: dict[str, Any] = {
    "SEC-182 no n": jwk(n=...),
    "SEC-182 no e": jwk(e=...),
    "SEC-182 n a number": jwk(n=12345),
    "SEC-182 n not base64": jwk(n="!!!"),
    "SEC-182 n not ASCII": jwk(n="é"),
    "SEC-182 n empty": jwk(n=""),
    "SEC-182 n padded": jwk(n=N + "=="),
    "SEC-182 n in the standard alphabet": jwk(n="+" + N[1:]),
    "SEC-182 n with a leading zero": jwk(
        n=m.b64(b"\0" + m.rsa_key("access").public_key().public_numbers().n.to_bytes(256, "big"))
    ),
    "SEC-182 n null": jwk(n=None),
    "SEC-182 n even": jwk(n=EVEN),
    "SEC-182 n enormous": jwk(n="A" * 200_000),
    "SEC-182 e 1": jwk(e="AQ"),
    "SEC-182 e even": jwk(e="AQAA"),
    "SEC-182 e zero": jwk(e="AA"),
    "SEC-182 e a number": jwk(e=65537),
    "SEC-182 e of 64 bits": jwk(e=m.b64_int(2**63 + 1)),
    "SEC-184 e 3": jwk(e="Aw"),
    "SEC-184 e 17": jwk(e="EQ"),
    "SEC-184 512 bits": jwk(n=m.b64_int((1 << 511) + 1)),
    "SEC-184 1024 bits": jwk(n=m.b64_int((1 << 1023) + 1)),
    "SEC-184 2047 bits": jwk(n=m.b64_int((1 << 2046) + 1)),
    "SEC-184 4097 bits": jwk(n=m.b64_int((1 << 4096) + 1)),
    "SEC-184 16384 bits": jwk(n=m.b64_int((1 << 16383) + 1)),
    "SEC-184 ROCA": jwk(n=m.b64_int(roca_modulus())),
    "SEC-185 use enc": jwk(use="enc"),
    "SEC-185 use null": jwk(use=None),
    "SEC-185 use a list": jwk(use=["sig"]),
    "SEC-185 key_ops encrypt": jwk(key_ops=["encrypt"]),
    "SEC-185 key_ops sign": jwk(key_ops=["sign"]),
    "SEC-185 key_ops empty": jwk(key_ops=[]),
    "SEC-185 key_ops text": jwk(key_ops="verify"),
    "SEC-185 alg PS256": jwk(alg="PS256"),
    "SEC-185 alg RSA-OAEP": jwk(alg="RSA-OAEP"),
    "SEC-185 alg HS256": jwk(alg="HS256"),
    "SEC-185 alg none": jwk(alg="none"),
    "SEC-185 alg null": jwk(alg=None),
    "SEC-185 oct": {"kty": "oct", "kid": "bad", "k": "AAAA"},
    "SEC-180 EC": {"kty": "EC", "crv": "P-256", "kid": "bad", "x": "AAAA", "y": "AAAA", "use": "sig"},
    "SEC-180 OKP": {"kty": "OKP", "crv": "Ed25519", "kid": "bad", "x": "AAAA"},
    "SEC-180 an unknown kty": jwk(kty="XYZ"),
    "SEC-180 no kty": jwk(kty=...),
    "SEC-180 kty in lower case": jwk(kty="rsa"),
    "SEC-186 private exponent": jwk(d="AAAA"),
    "SEC-186 private prime": jwk(p="AAAA"),
    "SEC-186 an empty private member": jwk(dq=""),
    "SEC-189 no kid": jwk(kid=...),
    "SEC-189 kid a number": jwk(kid=5),
    "SEC-189 kid null": jwk(kid=None),
    "SEC-189 kid empty": jwk(kid=""),
    "SEC-189 kid of 64 kB": jwk(kid="a" * 65_536),
    "SEC-189 kid with control characters": jwk(kid="a\nb\x1b[31m"),
    "SEC-189 kid a lone quote": jwk(kid="'"),
    "not an object": "key",
    "null": None,
    "a list": [],
}


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_bad_key_is_not_used_wherever_it_stands_and_the_good_ones_are(bad: Any) -> None:
    good = m.jwk("access", "good")
    for keys in ([bad, good], [good, bad], [bad, good, bad]):
        assert list(read(*keys).by_kid) == ["good"]


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_set_of_bad_keys_only_is_no_key_set(bad: Any) -> None:
    with pytest.raises(UnusableKeySet):
        read(bad)


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_refused_key_is_reported_without_its_material(bad: Any) -> None:
    observed = Observed()
    jwks = {"keys": [bad, m.jwk("access", m.ACCESS_KID)]}
    TokenVerifier(issuer=m.ISSUER, client_id="c", jwks=jwks, observer=observed)
    ((kid, reason),) = observed.refused
    assert kid.isascii()
    assert kid.isprintable()
    assert len(kid) <= 64
    assert not any(
        isinstance(bad, dict) and str(bad.get(name, "?")) in reason
        for name in ("n", "d")
        if isinstance(bad, dict) and len(str(bad.get(name, ""))) > 4
    )


def test_sec_188_a_good_key_beside_bad_ones_of_its_kid_is_used() -> None:
    keys = read(m.jwk("other", "k", use="enc"), m.jwk("access", "k"), {"kty": "EC", "kid": "k"})
    assert keys.by_kid["k"].numbers.n == m.rsa_key("access").public_key().public_numbers().n


def test_two_usable_keys_of_one_kid_are_both_refused() -> None:
    keys = read(m.jwk("access", "same"), m.jwk("other", "same"), m.jwk("id", "good"))
    assert list(keys.by_kid) == ["good"]
    assert keys.refused == (("same", "its kid is not unique"),)


def test_optional_members_may_be_absent_and_unknown_ones_are_ignored() -> None:
    keys = read(m.jwk("access", "a", use=None, alg=None), m.jwk("id", "b", key_ops=["verify"], x5t="x", ext=True))
    assert set(keys.by_kid) == {"a", "b"}


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_keys_of_2048_to_4096_bits_are_used(bits: int) -> None:
    numbers = m.rsa_key(f"{bits} bits", bits).public_key().public_numbers()
    keys = read({"kty": "RSA", "kid": "k", "n": m.b64_int(numbers.n), "e": "AQAB"})
    assert keys.by_kid["k"].size == bits // 8


def test_sec_190_no_more_than_sixteen_keys_are_kept() -> None:
    n = m.rsa_key("access").public_key().public_numbers().n
    keys = read(*({"kty": "RSA", "kid": f"k{i}", "n": m.b64_int(n), "e": "AQAB"} for i in range(500)))
    assert list(keys.by_kid) == [f"k{i}" for i in range(MAX_KEYS)]
    assert len(keys.refused) == 500 - MAX_KEYS


def test_sec_190_a_set_of_countless_worthless_keys_is_neither_examined_nor_reported_in_full() -> None:
    observed = Observed()
    jwks = {"keys": [m.jwk("access", "good"), *({} for _ in range(100_000))]}
    TokenVerifier(issuer=m.ISSUER, client_id="c", jwks=jwks, observer=observed)
    assert len(observed.refused) == 16


def test_known_keys_keep_their_parsed_form_and_changed_ones_do_not() -> None:
    first = read(m.jwk("access", "a"), m.jwk("id", "b"))
    second = read(m.jwk("access", "a"), m.jwk("other", "b"), held=first)
    assert second.by_kid["a"] is first.by_kid["a"]
    assert second.by_kid["b"] is not first.by_kid["b"]


def test_a_key_that_cannot_be_built_is_skipped() -> None:
    def picky(public_key: Any) -> Any:
        if public_key.public_numbers().n == m.rsa_key("other").public_key().public_numbers().n:
            raise ValueError("no")
        return lambda signed, signature: True

    body = json.dumps({"keys": [m.jwk("other", "a"), m.jwk("access", "b")]}).encode()
    assert list(read_key_set(body, picky).by_kid) == ["b"]


def test_the_keys_text_does_not_show_its_check() -> None:
    key = read(m.jwk("access", "a")).by_kid["a"]
    assert isinstance(key.numbers, RSAPublicNumbers)
    assert "verify" not in repr(key)
