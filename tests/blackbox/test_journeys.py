"""Whole sign-ins at the running process, and what somebody does to them on the way."""

from __future__ import annotations

import random
import re

import httpx
import pytest

from tests.blackbox.running import RunningService
from tests.blackbox.wire import Conversation, request, say
from tests.browser import NAVIGATION, Browser
from tests.invariants import LEADS_TO, is_well_formed
from tests.world import CLIENT_SECRET, COOKIE_KEY, FRONTEND, SERVICE

YOU = "you@example.com"
PERSON = tuple(f"{name}: {value}".encode() for name, value in NAVIGATION.items())
CSRF = {"origin": FRONTEND}


async def at_the_callback(service: RunningService, email: str = YOU, **start: str) -> tuple[Browser, str]:
    """A browser that Cognito has just sent back, and where to."""
    browser = service.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": email, **start})
    await browser.press("Simulate Login", follow=False, local_part=email.partition("@")[0])
    for _ in range(10):
        target = browser.page.headers["location"]
        if target.startswith(f"{SERVICE}/auth/callback"):
            return browser, target
        await browser.goto(target, follow=False)
    raise AssertionError("Cognito did not send the browser back")


async def signed_in(service: RunningService, email: str = YOU) -> Browser:
    browser, target = await at_the_callback(service, email)
    await browser.goto(target, follow=False)
    assert browser.page.status_code == 303
    return browser


def holds(service: RunningService, answer: httpx.Response, *, opens_session: bool = False) -> httpx.Response:
    hosts = (*LEADS_TO, service.authorize_host)
    secrets = service.secrets() - addressed(answer)
    is_well_formed(answer, secrets=secrets, hosts=hosts, opens_session=opens_session)
    return answer


def addressed(answer: httpx.Response) -> set[str]:
    """The state of a new login, which its authorize URL must have."""
    return {value for _, value in httpx.URL(answer.headers.get("location", "")).params.multi_items()}


def cookies_of(browser: Browser) -> dict[str, str]:
    return {cookie.name: cookie.value or "" for cookie in browser.http.cookies.jar if cookie.name.startswith("__")}


def header(cookies: dict[str, str]) -> bytes:
    return b"Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()).encode("latin-1")


def target_of(url: str) -> str:
    return url.removeprefix(SERVICE)


def heard(service: RunningService, conversation: Conversation) -> httpx.Response:
    (answer,) = conversation.answers
    return holds(service, answer)


def token_requests(service: RunningService) -> int:
    return len(service.simulator.journal.of("POST", "/oauth2/token"))


async def test_every_answer_of_a_whole_life_holds_sec_001_sec_260_sec_276(service: RunningService) -> None:
    browser = await signed_in(service)
    me = await browser.http.get(f"{SERVICE}/me")
    assert (me.status_code, me.json()["email"]) == (200, YOU)
    refreshed = await browser.http.post(f"{SERVICE}/auth/refresh", headers=CSRF)
    assert refreshed.status_code == 200
    ended = await browser.http.post(f"{SERVICE}/auth/logout", json={"return_to": "/bye"}, headers=CSRF)
    assert ended.status_code == 200
    await browser.goto(f"{SERVICE}/auth/signed-out", follow=False)
    assert browser.page.headers["location"] == f"{FRONTEND}/bye"
    for answer in (
        one for one in (*browser.visited, me, refreshed, ended) if one.request.url.host == "login.app.example"
    ):
        opens = (answer.request.url.path, answer.status_code) in {("/auth/callback", 303), ("/auth/refresh", 200)}
        if answer is ended:  # its URL is for Cognito, and has nothing secret in it
            assert httpx.URL(answer.json()["logout_url"]).params.keys() == {"client_id", "logout_uri"}
        is_well_formed(answer, hosts=(*LEADS_TO, service.authorize_host), opens_session=opens)
    assert cookies_of(browser).keys() <= {"__Host-sso_ended"}


async def test_a_replayed_callback_asks_cognito_nothing_sec_219(service: RunningService) -> None:
    browser, target = await at_the_callback(service)
    await browser.goto(target, follow=False)
    asked = token_requests(service)
    again = heard(service, say(service.port, request("GET", target_of(target), *PERSON, header(cookies_of(browser)))))
    assert (again.status_code, again.headers["location"]) == (303, f"{FRONTEND}/")
    assert token_requests(service) == asked


async def test_a_callback_with_the_saved_login_is_refused_by_cognito_sec_220(service: RunningService) -> None:
    browser, target = await at_the_callback(service)
    saved = header(cookies_of(browser))
    await browser.goto(target, follow=False)
    answer = heard(service, say(service.port, request("GET", target_of(target), *PERSON, saved)))
    assert answer.status_code == 400
    assert "grant_rejected" in answer.text


async def test_a_callback_in_another_browser_asks_cognito_nothing_sec_213_sec_215(service: RunningService) -> None:
    _, target = await at_the_callback(service)
    other, _ = await at_the_callback(service, "ada@example.com")
    asked = token_requests(service)
    for cookies in ({}, cookies_of(other)):
        answer = heard(service, say(service.port, request("GET", target_of(target), header(cookies))))
        assert (answer.status_code, answer.json()["code"]) == (400, "login_expired")
    assert token_requests(service) == asked


@pytest.mark.parametrize("change", ["code", "state", "both"])
async def test_what_was_changed_on_the_way_back_is_refused_sec_212_sec_237(
    service: RunningService, change: str
) -> None:
    browser, target = await at_the_callback(service)
    _, foreign = await at_the_callback(service, "ada@example.com")
    mine, theirs = httpx.URL(target), httpx.URL(foreign)
    changed = {name: theirs.params[name] for name in ("code", "state") if change in (name, "both")}
    url = str(mine.copy_merge_params(changed))
    answer = heard(service, say(service.port, request("GET", target_of(url), header(cookies_of(browser)))))
    assert answer.status_code == 400
    assert answer.json()["code"] == ("grant_rejected" if change == "code" else "login_expired")


async def test_where_it_ends_was_settled_at_the_start_sec_302(service: RunningService) -> None:
    browser, target = await at_the_callback(service, return_to="/orders")
    await browser.goto(f"{target}&return_to=https://evil.example&session_state=x&scope=admin", follow=False)
    assert browser.page.headers["location"] == f"{FRONTEND}/orders"


async def test_a_cookie_with_one_byte_changed_is_no_cookie_sec_261(service: RunningService) -> None:
    browser = await signed_in(service)
    chance, cookies = random.Random(261), cookies_of(browser)
    session = cookies["__Host-sso_session"]
    for at in chance.sample(range(len(session)), 200):
        other = chance.choice([one for one in "AZaz09-_" if one != session[at]])
        mangled = session[:at] + other + session[at + 1 :]
        assert_nobody(service, mangled)
    for mangled in (session[:-1], session + "A", session + "=", " " + session + " x", session[1:], session.swapcase()):
        assert_nobody(service, mangled)
    assert say(service.port, request("GET", "/me", header(cookies))).answers[0].status_code == 200


def assert_nobody(service: RunningService, session: str) -> None:
    for path in ("/me", "/auth/verify"):
        (answer,) = say(service.port, request("GET", path, header({"__Host-sso_session": session}))).answers
        assert answer.status_code == 401
        is_well_formed(answer, secrets=service.canaries, for_gateway=path == "/auth/verify")


async def test_a_sealed_value_is_good_in_its_own_place_only_sec_264_sec_132_ghsa_v64w_49xw_qq89(
    service: RunningService,
) -> None:
    browser, _ = await at_the_callback(service)
    sealed = {**cookies_of(browser), **cookies_of(await signed_in(service))}
    for name, value in sealed.items():
        for path in ("/me", "/auth/verify"):
            answers = say(service.port, request("GET", path, f"Authorization: Bearer {value}".encode())).answers
            assert [one.status_code for one in answers] == [401]
        for other in sealed:
            if other == name:
                continue
            (answer,) = say(service.port, request("GET", "/me", header({other: value}))).answers
            assert answer.status_code == 401
            posted = request("POST", "/auth/refresh", f"Origin: {FRONTEND}".encode(), header({other: value}))
            (answer,) = say(service.port, posted).answers
            assert answer.status_code == 401


async def test_a_session_of_before_never_survives_a_login_sec_222_sec_223_cve_2021_41246(
    service: RunningService,
) -> None:
    browser = await signed_in(service, "ada@example.com")
    before = cookies_of(browser)
    ended = await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers=CSRF)
    await browser.goto(ended.json()["logout_url"])
    await browser.goto(f"{SERVICE}/login/start", params={"email": YOU})
    await browser.press("Simulate Login", local_part="you")
    after = cookies_of(browser)
    assert not set(before.values()) & set(after.values())
    assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == YOU


def test_the_command_line_has_no_secret_sec_556(service: RunningService) -> None:
    assert "serve" in service.command_line()
    assert CLIENT_SECRET not in service.command_line()
    assert COOKIE_KEY not in service.command_line()


async def test_the_log_tells_of_the_sign_in_and_of_nobodys_whole_address_sec_363(service: RunningService) -> None:
    await signed_in(service, "canary-person@example.com")
    lines = service.log_lines()
    assert any('"event":"login_completed"' in line for line in lines)
    assert not [line for line in lines if re.search(r"canary-person|[\w.+-]+(?:@|%40)example\.com", line)]
