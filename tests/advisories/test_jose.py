"""Tokens, as libraries got them wrong: each flaw is a part of the table of bad tokens."""

from __future__ import annotations

import random

import pytest

from cognito_sso.verify import TokenError, TokenVerifier
from tests.verify import minting as m
from tests.verify.attacks import ATTACKS


@pytest.fixture(scope="module")
def verifier() -> TokenVerifier:
    return TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks(), clock=lambda: m.NOW + 5)


def none_passes(verifier: TokenVerifier, *numbers: str, least: int, naming: str = "") -> None:
    attacks = [one for one in ATTACKS if one.id.startswith(numbers) and naming in one.id and not one.wanted]
    assert len(attacks) >= least, len(attacks)
    for attack in attacks:
        call = verifier.access_token_sync if attack.use == "access" else verifier.id_token_sync
        with pytest.raises(TokenError):
            call(attack.token)  # type: ignore[arg-type]


def test_a_public_key_is_no_hmac_secret_cve_2024_33663(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-102", least=8)


def test_nothing_and_a_jwk_are_no_hmac_secrets_cve_2026_48526(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-102", least=1, naming="JWK")
    none_passes(verifier, "SEC-102", least=1, naming="nothing")


def test_an_encrypted_token_is_not_unpacked_cve_2024_33664(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-109", "SEC-111", least=4)


def test_a_long_token_is_not_read_cve_2025_61920(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-138", least=2)
    for token in ("a" * 20_000_000, "a." * 10_000_000, m.access_token() + "a" * 10_000_000):
        with pytest.raises(TokenError, match="long"):
            verifier.access_token_sync(token)


def test_a_critical_header_is_not_ignored_cve_2025_59420(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-113", least=6)


def test_a_token_brings_no_key_along_cve_2026_27962(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-114", least=2)


def test_a_token_has_one_serialisation_cve_2022_39227(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-111", least=2)


def test_there_is_one_algorithm_cve_2023_6681(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-100", "SEC-101", "SEC-103", least=15)


def test_a_mangled_token_is_a_typed_error_cve_2026_34986(verifier: TokenVerifier) -> None:
    chance, good = random.Random(34986), m.access_token()
    for _ in range(2_000):
        text = list(good)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(3)] = chance.choice(["", ".", "=", "\0", "\ud800", "A", "é", ".."])
        mangled = "".join(text)
        if mangled != good:
            with pytest.raises(TokenError):
                verifier.access_token_sync(mangled)


def test_what_the_library_lets_pass_is_refused_python_jose_3_5_0(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-106", "SEC-112", "SEC-115", "SEC-120", "SEC-121", "SEC-122", least=100)


def test_another_use_client_or_pool_is_refused_cognito_tokens(verifier: TokenVerifier) -> None:
    none_passes(verifier, "SEC-123", "SEC-124", "SEC-130", "SEC-131", "SEC-133", least=15)
