"""What is remembered of a login: three independent secrets, in one cookie for each login."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace

import pytest

from cognito_sso.cookies import Seal, SealedCookie
from cognito_sso.errors import LoginExpired
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.transaction import (
    CLEARED_BUDGET,
    LIFETIME_SECONDS,
    MOST_LOGINS_AT_ONCE,
    LoginCookies,
    LoginTransaction,
)
from tests.world import NOON, Clock, World

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def begun(now: float = NOON, return_to: str = "https://app.example/") -> LoginTransaction:
    return LoginTransaction.begin(email="jane@corp.example", return_to=return_to, delivery=Delivery.SESSION, now=now)


def login_cookies(clock: Clock | None = None) -> LoginCookies:
    seal = Seal([bytes(range(7, 39))], context="client")
    return LoginCookies(SealedCookie(purpose="login", seal=seal, secure=True, clock=clock or Clock()))


def kept(*set_cookies: str) -> dict[str, str]:
    pairs = (text.partition(";")[0].partition("=") for text in set_cookies)
    return {name: value for name, _, value in pairs}


def test_state_nonce_and_verifier_are_long_and_never_equal_sec_210_sec_240() -> None:
    seen: set[str] = set()
    for _ in range(1000):
        login = begun()
        values = {login.state, login.nonce, login.code_verifier, login.code_challenge, login.secret}
        assert len(values) == 5
        assert all(TOKEN.fullmatch(value) for value in values)
        assert not values & seen
        seen |= values


def test_the_challenge_is_the_verifiers_sha_256_sec_240() -> None:
    login = begun()
    digest = hashlib.sha256(login.code_verifier.encode("ascii")).digest()
    assert login.code_challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_cookie_from_before_its_members_were_these_is_none() -> None:
    ours, login = World().services.login_cookies, begun()
    before = LoginCookies(replace(ours._cookie, version=1))
    assert ours.find(kept(ours.write(login)), login.state) == login
    with pytest.raises(LoginExpired):
        ours.find(kept(before.write(login)), login.state)


def test_a_login_is_the_same_each_time_it_is_asked() -> None:
    login = begun()
    assert (login.state, login.nonce, login.code_verifier) == (login.state, login.nonce, login.code_verifier)


def test_its_representation_has_no_secret_and_no_address() -> None:
    login = begun()
    secrets = (login.secret, login.state, login.nonce, login.code_verifier, login.email)
    assert not [secret for secret in secrets if secret in repr(login)]


def test_a_restart_is_new_in_everything_but_the_wish() -> None:
    login = begun(return_to="https://app.example/orders")
    again = login.restart(now=NOON + 30)
    assert again.restarted
    assert not login.restarted
    assert (again.email, again.return_to, again.delivery) == (login.email, login.return_to, login.delivery)
    assert again.started_at == NOON + 30
    assert not {again.state, again.nonce, again.code_verifier} & {login.state, login.nonce, login.code_verifier}


def test_it_is_found_by_its_state() -> None:
    cookies, login = login_cookies(), begun()
    assert cookies.find(kept(cookies.write(login)), login.state) == login


def test_the_cookie_shows_nothing_of_it_sec_210() -> None:
    login = begun()
    text = login_cookies().write(login)
    assert not [
        value for value in (login.state, login.nonce, login.code_verifier, login.secret, "jane") if value in text
    ]


@pytest.mark.parametrize("state", [None, "", "x", "x" * 43, "é", "x" * 100_000, "../login", "\n"], ids=ascii)
def test_no_or_another_state_finds_nothing_sec_211_sec_212(state: str | None) -> None:
    cookies = login_cookies()
    with pytest.raises(LoginExpired):
        cookies.find(kept(cookies.write(begun())), state)


def test_the_state_of_another_browsers_login_finds_nothing_sec_213() -> None:
    cookies, mine, theirs = login_cookies(), begun(), begun()
    with pytest.raises(LoginExpired):
        cookies.find(kept(cookies.write(mine)), theirs.state)


def test_a_cookie_renamed_to_another_logins_name_finds_nothing_sec_264() -> None:
    cookies, mine, theirs = login_cookies(), begun(), begun()
    (name,), (value,) = kept(cookies.write(theirs)), kept(cookies.write(mine)).values()
    with pytest.raises(LoginExpired):
        cookies.find({name: value}, theirs.state)


def test_two_states_that_share_a_cookie_name_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognito_sso.login.transaction._member", lambda _: "same")
    cookies, mine, theirs = login_cookies(), begun(), begun()
    with pytest.raises(LoginExpired):
        cookies.find(kept(cookies.write(mine)), theirs.state)


def test_it_lives_ten_minutes_sec_221() -> None:
    clock = Clock()
    cookies, login = login_cookies(clock), begun()
    jar = kept(cookies.write(login))
    clock.advance(LIFETIME_SECONDS - 1)
    assert cookies.find(jar, login.state)
    clock.advance(1)
    with pytest.raises(LoginExpired):
        cookies.find(jar, login.state)


def test_at_most_five_are_open_and_the_oldest_goes_sec_218() -> None:
    cookies = login_cookies()
    logins = [begun(NOON + number) for number in range(MOST_LOGINS_AT_ONCE)]
    jar = kept(*itertools.chain([cookies.write(login) for login in reversed(logins)]))
    (evicted,) = cookies.evict(jar)
    assert evicted == cookies.clear(logins[0])


def test_with_room_left_nothing_is_evicted() -> None:
    cookies = login_cookies()
    assert cookies.evict(kept(*(cookies.write(begun()) for _ in range(MOST_LOGINS_AT_ONCE - 1)))) == []
    assert cookies.evict({}) == []


def test_what_is_stale_or_garbage_goes_first() -> None:
    clock = Clock()
    cookies = login_cookies(clock)
    stale = cookies.write(begun())
    clock.advance(LIFETIME_SECONDS + 1)
    fresh = [cookies.write(begun(clock())) for _ in range(MOST_LOGINS_AT_ONCE - 1)]
    jar = {**kept(stale, *fresh), "__Host-sso_login_garbage": "é", "other": "x"}
    names = {text.partition("=")[0] for text in cookies.evict(jar)}
    assert names == {*kept(stale), "__Host-sso_login_garbage"}


def test_a_sign_out_clears_them_all() -> None:
    cookies = login_cookies()
    jar = kept(cookies.write(begun()), cookies.write(begun()))
    assert {text.partition("=")[0] for text in cookies.clear_all({**jar, "other": "x"})} == set(jar)


def garbage(count: int) -> dict[str, str]:
    return {f"__Host-sso_login_{number:08x}": "x" for number in range(count)}


def test_among_tossed_cookies_our_own_go_first_and_the_oldest_before_all() -> None:
    cookies = login_cookies()
    logins = [begun(NOON + number) for number in range(10)]
    jar = {**garbage(300), **kept(*(cookies.write(login) for login in logins))}
    evicted = cookies.evict(jar)
    oldest = [cookies.clear(login) for login in logins[: 10 - (MOST_LOGINS_AT_ONCE - 1)]]
    assert evicted[: len(oldest)] == oldest
    assert sum(map(len, evicted)) < CLEARED_BUDGET
    assert cookies.clear_all(jar)[:10] == [cookies.clear(login) for login in logins]


def test_a_name_too_long_to_clear_keeps_no_other_from_going() -> None:
    cookies = login_cookies()
    stale = garbage(1)
    assert [text.partition("=")[0] for text in cookies.evict({"__Host-sso_login_" + "x" * 3_000: "x", **stale})] == [
        *stale
    ]


def test_the_largest_login_fits_a_cookie_sec_306() -> None:
    login = LoginTransaction.begin(
        email="a" * 64 + "@" + "b" * 189,
        return_to="https://app.example/" + "c" * 1004,
        delivery=Delivery.TOKENS,
        now=NOON,
    )
    assert len(login_cookies().write(login)) < 4096
