"""One canonical form of an address; whatever two readers could read differently is refused."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.errors import EmailInvalid
from cognito_sso.login.email_address import EmailAddress, canonical_domain

GOOD = {
    "jane@corp.example": "jane@corp.example",
    "Jane.Doe@Corp.Example": "Jane.Doe@corp.example",
    "  jane@corp.example ": "jane@corp.example",
    "jane+orders@corp.example": "jane+orders@corp.example",
    "o'hara@corp.example": "o'hara@corp.example",
    "{{7*7}}@corp.example": "{{7*7}}@corp.example",
    "a@b.c.d.example": "a@b.c.d.example",
    "a@xn--crp-sed.example": "a@xn--crp-sed.example",
    "a@XN--CRP-SED.example": "a@xn--crp-sed.example",
    "a@cоrp.example": "a@xn--crp-sed.example",  # a Cyrillic o: another domain, and told apart
    "a@straße.example": "a@xn--strae-oqa.example",
    "a@MÜNCHEN.example": "a@xn--mnchen-3ya.example",
    "a@名前.example": "a@xn--ldr85b.example",
    f"{'a' * 64}@corp.example": f"{'a' * 64}@corp.example",
    f"a@{'b' * 63}.example": f"a@{'b' * 63}.example",
    "a@1.example": "a@1.example",
}


@pytest.mark.parametrize(("typed", "canonical"), GOOD.items(), ids=ascii)
def test_a_good_address_has_one_form(typed: str, canonical: str) -> None:
    address = EmailAddress.parse(typed)
    assert str(address) == canonical
    assert EmailAddress.parse(str(address)) == address


SEVERAL_READINGS_SEC_370 = [
    *("a@evil.example@corp.example", "a@corp.example@evil.example", "a@@corp.example", "@a@corp.example", "a@b@c"),
    *(
        '"a@evil.example"@corp.example',
        '"a"@corp.example',
        '"a b"@corp.example',
        '""@corp.example',
        '"a\\@b"@corp.example',
    ),
    *(
        "a(comment)@corp.example",
        "(x)a@corp.example",
        "a@(x)corp.example",
        "a@corp.example(x)",
        "a@corp.example (Jane)",
    ),
    *(
        "Jane <jane@corp.example>",
        "<jane@corp.example>",
        "jane@corp.example>",
        "Jane jane@corp.example",
        "<@a.example:b@corp.example>",
    ),
    *(
        "a@corp.example,b@evil.example",
        "a@corp.example;b@evil.example",
        "a@corp.example b@evil.example",
        "a@corp.example|b",
        "a\\@evil.example@corp.example",
    ),
    *(
        "a@evil.example%corp.example",
        "a@corp.example%00",
        "a@corp.example\\evil.example",
        "a@[10.0.0.1]",
        "a@[IPv6:::1]",
        "mailto:a@corp.example",
    ),
    *(
        "evil.example!a@corp.example@x",
        "a:b@corp.example",
        "a@corp.example:25",
        "a@corp.example/x",
        "a@corp.example?x",
        "a@corp.example#x",
    ),
]
LOOKALIKES_SEC_371 = [
    *(
        "a@ｃｏｒｐ.example",
        "a@corp。example",
        "a@corp．example",
        "a@corp｡example",
        "a@ⓒorp.example",
        "a@ſecurity.example",
    ),
    *(
        "a@\u212araken.example",
        "a@co\u00adrp.example",
        "a@corp\u200b.example",
        "a@corp\u200d.example",
        "a@\u202ecorp.example",
        "a@corp\ufeff.example",
    ),
    *(
        "a＠corp.example",
        "a\ufe6bcorp.example",
        "a@corp\u2024example",
        "аdmin@corp.example",
        "jané@corp.example",
        "a@co\u0301rp.example",
    ),
    *("a@cor\ud800p.example", "a@corp.℀.example", "a@corp.example\u0000", "ａ@corp.example", "a@ﬁrm.example"),
]
ODD_SEC_372 = [
    *(
        "",
        " ",
        "@",
        "a",
        "a@",
        "@corp.example",
        "a@.",
        "a@.example",
        "a@corp..example",
        ".a@corp.example",
        "a.@corp.example",
        "a..b@corp.example",
    ),
    *(
        "a@corp.example.",
        "a@corp.example..",
        "a@corp",
        "a@localhost",
        "a@-corp.example",
        "a@corp-.example",
        "a@co_rp.example",
        "a@xn--.example",
    ),
    *(
        "a@xn--corp.example",
        "a@ab--cd.example",
        "a@10.0.0.1",
        "a@corp.1",
        "a b@corp.example",
        "a@co rp.example",
        "a @corp.example",
        "a@ corp.example",
    ),
    *(
        "\ta@corp.example",
        "a@corp.example\t",
        "a@corp.example\n",
        "\na@corp.example",
        "a\n@corp.example",
        "a@corp\n.example",
        "a@corp.example\r\nBcc: x@evil.example",
    ),
    *(
        "a\x00@corp.example",
        "a@corp.example\x00",
        "a\x7f@corp.example",
        "a\x1b[2J@corp.example",
        "a\u00a0@corp.example",
        "\u00a0a@corp.example",
        "a@corp.example\u2028",
    ),
    *(
        f"{'a' * 65}@corp.example",
        f"a@{'b' * 64}.example",
        f"a@{'b.' * 130}example",
        "a" * 255,
        f"{'a' * 64}@{'ü.' * 24}example",
        f"a@{'ü' * 60}.{'ü' * 60}.{'ü' * 60}.{'ü' * 60}.example",
    ),
    *("a@" + "b" * 100_000, "@" * 100_000, "a." * 100_000, "a@" + "-." * 50_000),
]


@pytest.mark.parametrize("text", SEVERAL_READINGS_SEC_370, ids=ascii)
def test_what_has_several_readings_is_refused_sec_370_ghsa_7rqj_j65f_68wh(text: str) -> None:
    with pytest.raises(EmailInvalid):
        EmailAddress.parse(text)


@pytest.mark.parametrize("text", LOOKALIKES_SEC_371, ids=ascii)
def test_what_unicode_would_turn_into_something_else_is_refused_sec_371_cve_2026_40574(text: str) -> None:
    with pytest.raises(EmailInvalid):
        EmailAddress.parse(text)


@pytest.mark.parametrize("text", ODD_SEC_372, ids=lambda text: ascii(text[:30]))
def test_what_is_no_address_is_refused_sec_372_sec_467(text: str) -> None:
    with pytest.raises(EmailInvalid):
        EmailAddress.parse(text)


@given(st.text(st.sampled_from("a@.-_ \"'(),:;<>[]\\\t\r\n\0Kſ｡。＠ßüéа1"), max_size=30))
def test_whatever_is_taken_is_ascii_with_one_at_and_stays_as_it_is(text: str) -> None:
    try:
        address = EmailAddress.parse(text)
    except EmailInvalid:
        return
    assert str(address).isascii()
    assert str(address).count("@") == 1
    assert str(address).rpartition("@")[2] == address.domain == address.domain.lower()
    assert EmailAddress.parse(str(address)) == address


def test_no_refusal_repeats_the_address() -> None:
    with pytest.raises(EmailInvalid) as caught:
        EmailAddress.parse("canary@@corp.example")
    assert "canary" not in str(caught.value)


def test_addresses_are_the_same_without_regard_to_case_and_the_spelling_of_the_domain() -> None:
    assert EmailAddress.parse("Jane@CORP.example").is_same_as(EmailAddress.parse("jane@corp.example"))
    assert EmailAddress.parse("a@münchen.example").is_same_as(EmailAddress.parse("a@xn--mnchen-3ya.example"))
    assert not EmailAddress.parse("jane@corp.example").is_same_as(EmailAddress.parse("jane+x@corp.example"))
    assert not EmailAddress.parse("jane@corp.example").is_same_as(EmailAddress.parse("jane@sub.corp.example"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "example",
        "corp.example.",
        ".corp.example",
        "corp..example",
        "*.corp.example",
        "10.0.0.1",
        "corp.example/x",
    ],
)
def test_a_domain_has_two_labels_and_no_more_than_one_spelling(text: str) -> None:
    with pytest.raises(EmailInvalid):
        canonical_domain(text)
