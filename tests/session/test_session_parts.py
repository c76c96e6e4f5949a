"""Packing, the time to refresh, and what comes back out of a session's cookies."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.cookies import CookieTooLarge, Seal, SealedCookie
from cognito_sso.session import Profile, RefreshGrant, Session, SessionCookies
from cognito_sso.session.packed_token import pack, segments_of, unpack
from cognito_sso.session.profile import refresh_time
from tests.world import NOON, Clock


def compact(payload: Any, signature: bytes = b"s" * 256) -> str:
    parts = (json.dumps({"kid": "k", "alg": "RS256"}).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


class TestPacking:
    @given(st.text(st.sampled_from("aAzZ09-_.=+/ \0é"), max_size=80))
    def test_every_text_comes_back_exactly(self, text: str) -> None:
        assert unpack(pack(text)) == text

    @given(st.lists(st.binary(max_size=60), max_size=6))
    def test_every_compact_token_comes_back_exactly(self, parts: list[bytes]) -> None:
        token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        assert unpack(pack(token)) == token
        if len(parts) > 1:
            assert segments_of(pack(token)) == parts

    @pytest.mark.parametrize(
        "token", ["", ".", "..", "a", "opaque", "QQ", "QR", "QQ.QR", "QQ==.QQ", "a b.c", "é.é", "+.+", "." * 500]
    )
    def test_an_odd_one_comes_back_exactly(self, token: str) -> None:
        assert unpack(pack(token)) == token

    def test_a_segment_too_long_for_its_length_is_kept_as_text(self) -> None:
        token = f"{'A' * 4 * 22_000}.QQ"
        assert unpack(pack(token)) == token

    def test_it_saves_a_quarter(self) -> None:
        token = compact({"sub": "x" * 1000})
        assert len(pack(token)) < 0.76 * len(token)


class TestWhenToRefresh:
    @pytest.mark.parametrize("life", [3600, 86_400, 300, 60, 2, 1])
    def test_is_a_margin_before_the_end_and_not_for_all_tabs_at_once(self, life: int) -> None:
        ends = int(NOON) + life
        margin = min(60, life * 0.1)
        times = [refresh_time(now=NOON, expires_at=ends) for _ in range(300)]
        assert all(ends - 2 * margin - 1 <= time <= ends - margin for time in times)
        assert life < 300 or len(set(times)) > 10

    def test_of_what_is_over_is_its_end(self) -> None:
        assert refresh_time(now=NOON, expires_at=int(NOON) - 100) == NOON - 100


def profile(**changed: Any) -> Profile:
    members: dict[str, Any] = {
        "sub": "807c593c",
        "email": "jane@corp.example",
        "email_verified": False,
        "name": None,
        "given_name": "Zoë",
        "family_name": "O'Hara 名前 \u2028\U0001f600",
        "username": "ScalekitIdPRouter_conn_1;x",
        "groups": ("staff", "admins"),
        "provider": "ScalekitIdPRouter",
        "connection_id": "conn_1",
        "tenant": None,
        "auth_time": 1_790_000_000,
        "expires_at": int(NOON) + 3600,
        "refresh_at": int(NOON) + 3500,
    }
    return Profile(**{**members, **changed})


def session(token: str = "opaque", **changed: Any) -> Session:
    return Session("session-1", profile(**changed), token)


def grant(**changed: Any) -> RefreshGrant:
    members = {
        "refresh_token": "eyJj.r.r.r.r",
        "session_id": "session-1",
        "sub": "807c593c",
        "email": "jane@corp.example",
    }
    return RefreshGrant(**{**members, "ends_at": int(NOON) + 43_200, **changed})


def session_cookies(clock: Clock | None = None, *, secure: bool = True) -> SessionCookies:
    clock, seal = clock or Clock(), Seal([bytes(range(7, 39))], context="client")

    def cookie(purpose: str, path: str = "/") -> SealedCookie:
        return SealedCookie(purpose=purpose, seal=seal, secure=secure, path=path, clock=clock)

    return SessionCookies(
        session=cookie("session"),
        refresh=cookie("refresh", "/auth"),
        held=cookie("held"),
        ended=cookie("ended"),
        clock=clock,
    )


def kept(set_cookies: list[str]) -> dict[str, str]:
    pairs = (text.partition(";")[0].partition("=") for text in set_cookies)
    return {name: value for name, _, value in pairs if value}


ACCESS_CLAIMS = {
    "sub": "807c593c",
    "iss": "https://cognito-idp.eu-north-1.amazonaws.com/pool",
    "token_use": "access",
    "client_id": "c",
    "username": "ScalekitIdPRouter_conn_1;x",
    "auth_time": 1_790_000_000,
    "cognito:groups": ["pool_ScalekitIdPRouter", "staff", "admins"],
}
ODD_ACCESS_TOKENS = {
    "opaque": "opaque",
    "empty": "",
    "cognitos": compact(ACCESS_CLAIMS),
    "another-sub": compact({**ACCESS_CLAIMS, "sub": "other", "username": "other"}),
    "groups-of-another-kind": compact({**ACCESS_CLAIMS, "cognito:groups": 1}),
    "groups-of-numbers": compact({**ACCESS_CLAIMS, "cognito:groups": [1]}),
    "no-claims": compact({}),
    "a-list": compact([]),
    "null": compact(None),
    "auth-time-infinite": compact({**ACCESS_CLAIMS, "auth_time": float("inf")}),
    "auth-time-text": compact({**ACCESS_CLAIMS, "auth_time": "x"}),
    "deep": ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b"{}", b"[" * 2000, b"s")),
    "no-json": "QQ.QQ.QQ",
    "jwe": "eyJj.QQ.QQ.QQ.QQ",
}


@pytest.mark.parametrize("token", ODD_ACCESS_TOKENS.values(), ids=ODD_ACCESS_TOKENS)
def test_a_session_comes_back_exactly_whatever_its_access_token_is(token: str) -> None:
    cookies, one = session_cookies(), session(token)
    assert cookies.read_session(kept(cookies.write(one, grant()))) == one


@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=5),
)
def test_any_name_and_any_groups_come_back(name: str, groups: list[str]) -> None:
    cookies, one = session_cookies(), session(name=name, groups=tuple(groups))
    assert cookies.read_session(kept(cookies.write(one, None))) == one


def test_what_the_access_token_says_is_not_kept_twice() -> None:
    token = compact(ACCESS_CLAIMS, signature=b"s")
    sizes = [
        len(session_cookies().write(session(token, groups=groups), None)[0])
        for groups in (("staff", "admins"), ("other" * 10,))
    ]
    assert sizes[0] < sizes[1]


def test_a_grant_comes_back_exactly() -> None:
    cookies, one = session_cookies(), grant()
    assert cookies.read_grant(kept(cookies.write(session(), one))) == one
    assert "eyJj" not in repr(one)
    assert "jane" not in repr(one)
    assert "opaque" not in repr(session())


def test_without_a_grant_an_older_one_is_cleared_sec_222() -> None:
    written = session_cookies().write(session(), None)
    assert written[1].startswith("__Secure-sso_refresh=; Path=/auth; Max-Age=0;")


def test_the_session_ends_with_its_tokens_and_the_grant_with_the_session_sec_446() -> None:
    clock = Clock()
    cookies = session_cookies(clock)
    jar = kept(cookies.write(session(), grant()))
    clock.advance(3599)
    assert cookies.read_session(jar)
    clock.advance(1)
    assert cookies.read_session(jar) is None
    clock.advance(43_200 - 3601)
    assert cookies.read_grant(jar)
    clock.advance(1)
    assert cookies.read_grant(jar) is None


def test_a_session_cookie_is_no_grant_and_a_grant_no_session_ghsa_v64w_49xw_qq89() -> None:
    cookies = session_cookies()
    session_value, grant_value, held_value = kept(cookies.write(session(), grant())).values()
    swapped = {
        "__Host-sso_session": grant_value,
        "__Secure-sso_refresh": session_value,
        "__Host-sso_held": held_value,
    }
    assert cookies.read_session(swapped) is None
    assert cookies.read_grant(swapped) is None


def test_a_grant_that_no_cookie_holds_is_told_before_it_is_lost_sec_269() -> None:
    with pytest.raises(CookieTooLarge):
        session_cookies().write(session(), grant(refresh_token=base64.urlsafe_b64encode(os.urandom(4000)).decode()))


def test_clearing_names_both_and_the_flags_they_were_set_with_sec_444() -> None:
    written, cleared = session_cookies().write(session(), grant()), session_cookies().clear()
    for set_text, clear_text in zip(written, cleared, strict=True):
        assert set_text.partition("=")[0] == clear_text.partition("=")[0]
        flags = [
            {part for part in text.split("; ")[1:] if not part.startswith("Max-Age")} for text in (set_text, clear_text)
        ]
        assert flags[0] == flags[1]


def test_a_profile_has_no_more_members_than_the_contract() -> None:
    assert set(asdict(profile())) == {
        *("sub", "email", "email_verified", "name", "given_name", "family_name", "username", "groups", "provider"),
        *("connection_id", "tenant", "auth_time", "expires_at", "refresh_at"),
    }
