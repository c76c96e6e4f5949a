"""What the browser keeps for us can be neither read nor changed, nor taken for something else."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.cookies import NotSealedByUs, Seal

KEY, OLD_KEY, STRANGERS_KEY = bytes(range(7, 39)), bytes(range(50, 82)), bytes(range(100, 132))
SEAL = Seal([KEY], context="client")
PAYLOAD = b"who: jane; canary"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def sealed(payload: bytes = PAYLOAD) -> str:
    return SEAL.seal(payload, purpose="session", name="sso_session")


def is_refused(text: str, seal: Seal = SEAL, *, purpose: str = "session", name: str = "sso_session") -> bool:
    try:
        seal.open(text, purpose=purpose, name=name)
    except NotSealedByUs:
        return True
    return False


@given(st.binary(max_size=3000))
def test_what_is_sealed_opens_again(payload: bytes) -> None:
    assert SEAL.open(sealed(payload), purpose="session", name="sso_session") == payload


def test_a_sealed_text_is_plain_base64url_and_shows_nothing() -> None:
    text = sealed()
    assert set(text) <= set(ALPHABET)
    assert b"canary" not in base64.urlsafe_b64decode(text + "==")


def test_nothing_is_compressed_so_that_lengths_tell_nothing_of_the_content_sec_266() -> None:
    assert len(sealed(b"a" * 500)) == len(sealed(os.urandom(500)))


def test_nonces_are_unique_sec_266() -> None:
    nonces = {base64.urlsafe_b64decode(sealed(b"") + "==")[4:16] for _ in range(10_000)}
    assert len(nonces) == 10_000


def test_no_byte_can_be_changed_sec_261() -> None:
    raw = base64.urlsafe_b64decode(sealed() + "==")
    for position in range(len(raw)):
        for bit in (0x01, 0x80):
            changed = bytearray(raw)
            changed[position] ^= bit
            assert is_refused(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()), position


def test_no_character_can_be_changed_not_even_the_unused_bits_of_the_last_sec_261() -> None:
    for length in range(3):  # the three ways that base64 can end
        text = sealed(PAYLOAD + b"x" * length)
        for character in set(ALPHABET) - {text[-1]}:
            assert is_refused(text[:-1] + character)
        for position in range(len(text)):
            assert is_refused(text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :])


def test_the_other_alphabet_of_base64_is_not_read() -> None:
    both = next(text for text in iter(sealed, "") if "-" in text and "_" in text)
    assert is_refused(both.replace("-", "+").replace("_", "/"))
    for ours, the_others in ("-+", "_/"):
        assert is_refused(both.replace(ours, the_others))
        alone = next(text for text in iter(sealed, "") if set(text) & {"-", "_"} == {ours})
        assert is_refused(alone.replace(ours, the_others))


def test_no_part_of_it_opens_sec_261() -> None:
    text = sealed()
    assert all(is_refused(text[:length]) for length in range(len(text)))
    assert all(is_refused(text[start:]) for start in range(1, len(text)))


JUNK = ["A", "AAAA", "=", "==", ".", " ", "\n", "\r\n", "\0", "é", "\xff", "%00", '"', ";", "~"]


@pytest.mark.parametrize("junk", JUNK)
def test_nothing_can_be_put_before_after_or_into_it_sec_261(junk: str) -> None:
    text = sealed()
    assert is_refused(text + junk)
    assert is_refused(junk + text)
    assert is_refused(text[:40] + junk + text[40:])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "=",
            "A",
            "null",
            "{}",
            '{"sub":"jane"}',
            "\xe9",
            "\xff" * 40,
            "\x00",
            "%00",
            '"quoted\\012octal"',
            "-",
            "_",
        ),
        *("eyJhbGciOiJub25lIn0.e30.", "名前", "\ud800", "A" * 20, "A" * 100_000, "Zm9v+/==", "a b", "a\tb"),
    ],
)
def test_a_text_of_any_other_kind_is_not_ours_sec_262(text: str) -> None:
    assert is_refused(text)


@given(st.text(max_size=200))
def test_no_text_at_all_makes_it_crash_sec_262(text: str) -> None:
    assert is_refused(text)


def test_the_alphabet_is_the_one_for_urls_only() -> None:
    while not {"-", "_"} & set(text := sealed(os.urandom(90))):
        pass
    assert is_refused(text.replace("-", "+").replace("_", "/"))


def test_it_opens_for_its_own_purpose_and_name_only_sec_264() -> None:
    text = sealed()
    assert is_refused(text, purpose="login")
    assert is_refused(text, name="sso_refresh")
    assert is_refused(text, purpose="session\0sso", name="session")


def test_purpose_and_name_cannot_run_into_each_other_sec_264() -> None:
    text = SEAL.seal(PAYLOAD, purpose="a", name="bc")
    assert is_refused(text, purpose="ab", name="c")


def test_another_deployment_cannot_open_it_even_with_the_same_key_sec_264() -> None:
    assert is_refused(sealed(), Seal([KEY], context="another client"))


def test_another_key_cannot_open_it() -> None:
    assert is_refused(sealed(), Seal([STRANGERS_KEY], context="client"))


def test_another_key_cannot_open_it_even_under_our_keys_id() -> None:
    theirs = Seal([STRANGERS_KEY], context="client").seal(PAYLOAD, purpose="session", name="sso_session")
    raw = base64.urlsafe_b64decode(sealed() + "==")[:4] + base64.urlsafe_b64decode(theirs + "==")[4:]
    assert is_refused(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


class TestRotation:
    def test_the_first_key_seals_and_all_open_sec_267(self) -> None:
        old, rotated = Seal([OLD_KEY], context="client"), Seal([KEY, OLD_KEY], context="client")
        before = old.seal(PAYLOAD, purpose="session", name="sso_session")
        after = rotated.seal(PAYLOAD, purpose="session", name="sso_session")
        assert rotated.open(before, purpose="session", name="sso_session") == PAYLOAD
        assert not is_refused(after)
        assert is_refused(after, old)

    def test_a_key_taken_away_opens_nothing_more_sec_267(self) -> None:
        before = Seal([OLD_KEY], context="client").seal(PAYLOAD, purpose="session", name="sso_session")
        assert is_refused(before)

    def test_a_key_id_of_any_kind_is_merely_unknown_sec_267(self) -> None:
        for key_id in (b"\0" * 4, b"\xff" * 4, b"../."):
            assert is_refused(base64.urlsafe_b64encode(key_id + b"x" * 60).rstrip(b"=").decode())
