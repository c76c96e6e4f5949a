"""Who a gateway's request stands for: what it is told, and which filters it meets."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.session.identity import LONGEST_QUERY_BYTES, Identity, Requirements

JANE = Identity(
    sub="807c593c-d0c1-709c-598f-633ec61bcc8b",
    email="Jane@Megasoft.example",
    groups=("staff", "on-call"),
    scopes=lambda: frozenset({"openid", "orders/read"}),
    tenant="megasoft",
    access_token="eyJ.eyJ.sig",
)
NOBODY_KNOWS = Identity("x", None, (), frozenset, None)
NAMES = ("user", "email", "groups", "tenant", "access-token")


def told(identity: Identity) -> dict[str, bytes]:
    return {name.decode().removeprefix("x-auth-request-"): value for name, value in identity.headers()}


def test_all_five_headers_are_there_and_say_who_it_is() -> None:
    assert told(JANE) == {
        "user": b"807c593c-d0c1-709c-598f-633ec61bcc8b",
        "email": b"Jane@Megasoft.example",
        "groups": b"staff,on-call",
        "tenant": b"megasoft",
        "access-token": b"eyJ.eyJ.sig",
    }


def test_what_is_not_known_is_there_and_empty() -> None:
    assert told(NOBODY_KNOWS) == {"user": b"x", "email": b"", "groups": b"", "tenant": b"", "access-token": b""}


ENCODED = {
    "a line break": ("a\r\nX-Auth-Request-User: admin", b"a%0D%0AX-Auth-Request-User:%20admin"),
    "a NUL": ("a\0b", b"a%00b"),
    "a comma": ("staff,admins", b"staff%2Cadmins"),
    "a percent sign": ("100%2C", b"100%252C"),
    "a letter of latin-1": ("José", b"Jos%C3%A9"),
    "a letter beyond latin-1": ("李伟", b"%E6%9D%8E%E4%BC%9F"),
    "a space in front": (" admins", b"%20admins"),
    "a space behind": ("admins ", b"admins%20"),
    "a space within": ("Order staff", b"Order%20staff"),
    "a tab": ("a\tb", b"a%09b"),
    "a lone surrogate": ("a\ud800", b"a?"),
    "a delete character": ("a\x7f", b"a%7F"),
    "a quoted text": ('"admin"', b'"admin"'),
    "a line separator": ("a\u2028b", b"a%E2%80%A8b"),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("words", ENCODED)
def test_every_value_is_visible_ascii_whatever_it_says(words: str) -> None:
    text, expected = ENCODED[words]
    identity = replace(JANE, sub=text, email=text, groups=(text,), tenant=text, access_token=text)

    assert told(identity) == dict.fromkeys(NAMES, expected)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_groups_can_be_read_back_whatever_their_names(groups: list[str]) -> None:
    value = told(replace(JANE, groups=tuple(groups)))["groups"]

    assert all(0x21 <= byte <= 0x7E for byte in value)
    assert [unquote_to_bytes(one).decode() for one in value.split(b",")] == (groups or [""])


def test_the_access_token_is_not_in_its_representation() -> None:
    assert "eyJ" not in repr(JANE)


DOMAINS = {
    "jane@megasoft.example": "megasoft.example",
    "JANE@MEGASOFT.EXAMPLE": "megasoft.example",
    "jane@evil.example@megasoft.example": "",
    "@megasoft.example": "megasoft.example",
    "jane": "",
    "": "",
    "jane@": "",
    "jane\uff20megasoft.example": "",
    "jane@megasoft.example\uff20x": "",  # FULLWIDTH COMMERCIAL AT, which Unicode maps to @
    "jane@\u212aelvin.example": "",  # KELVIN SIGN, whose lower case is a plain k
}


@pytest.mark.parametrize("email", DOMAINS)
def test_the_domain_is_the_one_that_every_reader_sees_or_none(email: str) -> None:
    assert replace(JANE, email=email).domain == DOMAINS[email]


MET = (
    b"",
    b"groups=staff",
    b"groups=admins,staff",
    b"groups=admins+staff",
    b"groups=%73taff",
    b"domains=megasoft.example",
    b"domains=MegaSoft.Example",
    b"domains=globex.example,megasoft.example",
    b"scope=openid",
    b"scope=orders/read+openid",
    b"scope=orders%2Fread,openid",
    b"tenant=megasoft",
    b"tenant=globex,megasoft",
    b"groups=staff&domains=megasoft.example&scope=openid&tenant=megasoft",
)
NOT_MET = {
    "another group": b"groups=admins",
    "a group that only begins like one": b"groups=sta",
    "a group in another case": b"groups=Staff",
    "another domain": b"domains=globex.example",
    "a domain above": b"domains=example",
    "a domain below": b"domains=eu.megasoft.example",
    "a domain with a dot in front": b"domains=.megasoft.example",
    "a domain as a wildcard": b"domains=*",
    "one scope of two": b"scope=openid,orders/write",
    "another tenant": b"tenant=globex",
    "a tenant in another case": b"tenant=Megasoft",
    "one filter of two": b"groups=staff&tenant=globex",
}
NOT_UNDERSTOOD = {
    "an unknown filter": b"role=admin",
    "an unknown filter beside one that is met": b"groups=staff&role=admin",
    "a filter's name in another case": b"Groups=staff",
    "a filter's name in the singular": b"group=staff",
    "a filter's name with a space": b"groups%20=staff",
    "no name": b"=staff",
    "no value": b"groups=",
    "no value and no equals sign": b"groups",
    "only separators": b"groups=,%20,+",
    "a filter twice": b"groups=staff&groups=staff",
    "a filter twice, once escaped": b"groups=staff&%67roups=admins",
    "an ampersand too many": b"groups=staff&",
    "an ampersand alone": b"&",
    "a semicolon between": b"groups=staff;tenant=megasoft",
    "bytes beyond ASCII": b"groups=st\xe4ff",
    "an escape that is not UTF-8": b"groups=%ff",
    "an overlong escape": b"groups=%c0%af",
    "a half escape": b"groups=%",
    "eleven parameters": b"&".join(b"p%d=x" % number for number in range(11)),
    "too long": b"groups=staff," + b"x" * LONGEST_QUERY_BYTES,
}


@pytest.mark.parametrize("query", MET)
def test_what_is_asked_for_is_met(query: bytes) -> None:
    assert Requirements.parse(query).met_by(JANE)


@pytest.mark.parametrize("words", NOT_MET)
def test_what_is_missing_is_not_met(words: str) -> None:
    assert not Requirements.parse(NOT_MET[words]).met_by(JANE)


@pytest.mark.parametrize("words", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_met_by_nobody(words: str) -> None:
    assert not Requirements.parse(NOT_UNDERSTOOD[words]).met_by(JANE)


@pytest.mark.parametrize("query", MET[1:])
def test_who_has_nothing_meets_no_filter(query: bytes) -> None:
    assert not Requirements.parse(query).met_by(NOBODY_KNOWS)


EVERYTHING = Identity(
    sub="everything",
    email="a@x.example",
    groups=("", "None", "none", "null", "*"),
    scopes=lambda: frozenset({"", "None", "*"}),
    tenant=None,
)


@pytest.mark.parametrize("query", [b"tenant=None", b"tenant=null", b"tenant=", b"domains=None", b"domains=,"])
def test_an_absent_tenant_or_domain_is_nobodys_name(query: bytes) -> None:
    assert not Requirements.parse(query).met_by(replace(EVERYTHING, email=None))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_yes_or_a_no(query: bytes) -> None:
    assert Requirements.parse(query).met_by(JANE) in (True, False)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_a_filter_can_only_take_away(one: bytes, other: bytes) -> None:
    """With another filter beside it, nobody passes who did not pass with each alone."""
    both = Requirements.parse(one + b"&" + other)

    if both.met_by(JANE):
        assert Requirements.parse(one).met_by(JANE)
        assert Requirements.parse(other).met_by(JANE)
