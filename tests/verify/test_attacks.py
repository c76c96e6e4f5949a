"""No bad token is believed, by whichever door it comes."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections import Counter

import pytest

from cognito_sso.verify import REASONS, Claims, InsufficientError, TokenError, TokenVerifier
from cognito_sso.verify.verifier import is_signed
from tests.figures import tried
from tests.verify import minting as m
from tests.verify import rsa_edges
from tests.verify.attacks import ATTACKS, HEADER, Attack

AT = m.NOW + 5


def verifier(**settings: object) -> TokenVerifier:
    defaults = {"issuer": m.ISSUER, "client_id": m.CLIENT_ID, "jwks": m.jwks(), "clock": lambda: AT}
    return TokenVerifier(**(defaults | settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cold() -> TokenVerifier:
    return verifier(remember=0)


@pytest.fixture(scope="module")
def warm() -> TokenVerifier:
    """One that remembers, and has seen good tokens of both kinds and a good header of each key."""
    warm = verifier()
    warm.access_token_sync(m.access_token())
    warm.id_token_sync(m.id_token())
    return warm


def verdict(verifier: TokenVerifier, attack: Attack, token: object) -> str | Claims:
    call = verifier.access_token_sync if attack.use == "access" else verifier.id_token_sync
    try:
        return call(token, **attack.wanted)
    except TokenError as e:
        return e.code


async def verdict_async(verifier: TokenVerifier, attack: Attack, token: object) -> str | Claims:
    call = verifier.access_token if attack.use == "access" else verifier.id_token
    try:
        return await call(token, **attack.wanted)
    except TokenError as e:
        return e.code


def test_the_table_is_long_and_its_names_are_unique() -> None:
    assert len(ATTACKS) > 600
    assert [name for name, times in Counter(attack.id for attack in ATTACKS).items() if times > 1] == []


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id.encode("ascii", "backslashreplace").decode())
def test_a_bad_token_is_refused_for_one_reason_by_every_door(
    attack: Attack, cold: TokenVerifier, warm: TokenVerifier
) -> None:
    token = attack.token
    code = verdict(cold, attack, token)
    assert isinstance(code, str), "believed"
    assert code in REASONS
    assert attack.code in (None, code)
    doors = [verdict(warm, attack, token), verdict(warm, attack, token)]
    doors += [asyncio.run(verdict_async(door, attack, token)) for door in (cold, warm)]
    assert doors == [code] * 4
    tried["tokens"] += 1 + len(doors)


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if a.code in ("scope", "group", "connection")], ids=lambda a: a.id
)
def test_a_genuine_token_that_lacks_something_is_told_apart(attack: Attack, cold: TokenVerifier) -> None:
    call = cold.access_token_sync if attack.use == "access" else cold.id_token_sync
    with pytest.raises(InsufficientError):
        call(attack.token, **attack.wanted)


def test_no_error_holds_any_part_of_the_token(cold: TokenVerifier) -> None:
    for attack in ATTACKS:
        token = attack.token
        if not isinstance(token, str) or len(token) < 40:
            continue
        with pytest.raises(TokenError) as caught:
            (cold.access_token_sync if attack.use == "access" else cold.id_token_sync)(token, **attack.wanted)
        said = f"{caught.value!r} {caught.value}"
        assert not any(part and part in said for part in token[:9000].split(".") if len(part) > 8)


def test_a_thousand_single_bit_flips_are_all_refused(cold: TokenVerifier) -> None:
    chance, good = random.Random(105), m.access_token()
    for _ in range(1000):
        at, bit = chance.randrange(len(good)), 1 << chance.randrange(7)
        with pytest.raises(TokenError):
            cold.access_token_sync(good[:at] + chr(ord(good[at]) ^ bit) + good[at + 1 :])


def test_the_forging_machinery_makes_good_signatures_when_it_makes_no_mistake(cold: TokenVerifier) -> None:
    message = f"{m.b64(m.encode(HEADER))}.{m.b64(m.encode(m.access_claims()))}"
    claims = cold.access_token_sync(f"{message}.{m.b64(rsa_edges.GOOD(message.encode()))}")
    assert claims.sub == m.SUB


def test_a_bad_token_stays_bad_after_the_good_one_was_remembered(warm: TokenVerifier) -> None:
    good = m.access_token()
    assert warm.access_token_sync(good).sub == m.SUB
    for spelling in (good + "=", good + "\n", " " + good, good[:-1], good + "."):
        with pytest.raises(TokenError):
            warm.access_token_sync(spelling)


def test_an_id_token_remembered_as_such_is_not_an_access_token(warm: TokenVerifier) -> None:
    token = m.id_token()
    assert warm.id_token_sync(token).token_use == "id"
    with pytest.raises(TokenError, match="another use"):
        warm.access_token_sync(token)


def test_a_subclass_of_text_is_refused(cold: TokenVerifier) -> None:
    class Text(str):
        __slots__ = ()

    with pytest.raises(TokenError):
        cold.access_token_sync(Text(m.access_token()))


@pytest.mark.parametrize("error", [ValueError, TypeError, AttributeError, OverflowError, RecursionError])
def test_whatever_the_signature_check_raises_is_a_bad_signature(error: type[Exception]) -> None:
    ours = verifier(remember=0)
    keys = ours._pools[0].keys
    good = keys.held(m.ACCESS_KID, AT)
    assert good is not None

    def broken(signed: bytes, signature: bytes) -> bool:
        raise error(signed)

    assert is_signed(m.access_token(), b"\1" * 256, dataclasses.replace(good, verify=broken)) is False
