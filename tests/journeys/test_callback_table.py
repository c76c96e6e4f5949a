"""The callback, exhaustively: session, login cookie, response, and whether the login restarted already."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World

CALLBACK = f"{SERVICE}/auth/callback"
JANE = "jane@megasoft.example"
QUIRK = {"error": "invalid_request", "error_description": "Already found an entry for username x"}


@dataclass(frozen=True)
class Row:
    has_session: bool
    cookie: str
    response: str
    restarted: bool

    def __str__(self) -> str:
        session = "session" if self.has_session else "nobody"
        return f"{session}-{self.cookie}-{self.response}-{'restarted' if self.restarted else 'first'}"


ROWS = [
    Row(*row)
    for row in itertools.product(
        (True, False),
        ("good", "absent", "expired", "replayed", "anothers"),
        ("code", "error", "quirk", "both", "neither"),
        (False, True),
    )
]


async def back_from_cognito(world: World, browser: Browser, *, restarted: bool) -> dict[str, str]:
    """Walks up to the callback, which is not opened, and gives its query."""
    drop_cookies(browser, "cognito")  # else its one-hour session answers at once
    await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
    if restarted:
        (away,) = [one for one in browser.visited if one.request.url.path == "/login/start"][-1:]
        state = httpx.URL(away.headers["location"]).params["state"]
        await browser.goto(CALLBACK, params={"state": state, **QUIRK})
    await browser.press("Simulate Login", follow=False, local_part="you")
    for _ in range(2):
        location = browser.page.headers["location"]
        if location.startswith(CALLBACK):
            break
        await browser.goto(location, follow=False)
    return dict(parse_qsl(httpx.URL(browser.page.headers["location"]).query.decode()))


def with_response(query: dict[str, str], response: str) -> dict[str, str]:
    state = {"state": query["state"]}
    refused = {"error": "access_denied", "error_description": "canary"}
    return {
        "code": query,
        "error": {**refused, **state},
        "quirk": {**QUIRK, **state},
        "both": {**query, **refused},
        "neither": state,
    }[response]


async def browser_of(world: World, row: Row) -> tuple[Browser, dict[str, str]]:
    """A browser in the row's situation, and the callback's query."""
    browser = await world.signed_in(JANE) if row.has_session else world.browser()
    leaving = world.browser() if row.cookie == "anothers" else browser
    query = await back_from_cognito(world, leaving, restarted=row.restarted)
    if row.cookie == "absent":
        drop_cookies(browser, "sso_login")
    if row.cookie == "expired":
        world.clock.advance(601)
    if row.cookie == "replayed":
        await browser.goto(CALLBACK, params=query)
        if not row.has_session:
            drop_cookies(browser, "sso_")
    return browser, with_response(query, row.response)


def drop_cookies(browser: Browser, part_of_name: str) -> None:
    for cookie in [one for one in browser.http.cookies.jar if part_of_name in one.name]:
        browser.http.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)


async def who(browser: Browser) -> str | None:
    answer = await browser.http.get(f"{SERVICE}/me")
    return answer.json().get("email")


def has_a_way_on(page: httpx.Response) -> bool:
    return "Sign in again" in page.text or "Try again" in page.text


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_every_row_ends_well(world: World, row: Row) -> None:
    browser, query = await browser_of(world, row)
    before, asked = await who(browser), world.token_requests()
    await browser.goto(CALLBACK, params=query, follow=False)
    answer, finished = browser.page, row.cookie == "good"
    # Cognito is asked for tokens once, for a good login cookie and a code alone; otherwise never.
    assert world.token_requests() - asked == (1 if finished and row.response == "code" else 0)
    assert "canary" not in answer.text
    if finished and row.response == "code":
        assert answer.headers["location"] == f"{FRONTEND}/"
        assert await who(browser) == "you@example.com"
    elif finished and row.response == "quirk" and not row.restarted:
        assert "/oauth2/authorize?" in answer.headers["location"]
    elif not finished and before is not None:
        assert answer.headers["location"] == f"{FRONTEND}/"
    else:
        assert 400 <= answer.status_code < 500
        assert has_a_way_on(answer)
    if not (finished and row.response == "code"):
        assert await who(browser) == before


async def test_the_restart_by_itself_ends_signed_in(world: World) -> None:
    browser = world.browser()
    query = await back_from_cognito(world, browser, restarted=True)
    await browser.goto(CALLBACK, params=query)
    assert await who(browser) == "you@example.com"


async def test_a_reload_after_success_and_the_back_button_lead_to_the_app(world: World) -> None:
    browser = await world.signed_in(JANE)
    callback = next(str(one.request.url) for one in browser.visited if one.request.url.path == "/auth/callback")
    asked = world.token_requests()
    await browser.goto(callback)
    assert str(browser.page.url) == f"{FRONTEND}/"
    assert world.token_requests() == asked


async def test_a_bookmark_of_the_callback_is_explained(world: World) -> None:
    browser = world.browser()
    await browser.goto(CALLBACK)
    assert browser.page.status_code == 400
    await browser.press("Sign in again")
    assert "Work e-mail" in browser.page.text


async def test_twenty_tabs_leave_five_logins_and_the_last_five_finish(world: World) -> None:
    browser, tabs = world.browser(), []
    for _ in range(20):
        await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
        tabs.append(browser.page)
    names = [name for name in browser.cookie_names() if "sso_login" in name]
    header = sum(len(one.name) + len(one.value or "") + 3 for one in browser.http.cookies.jar if "sso_" in one.name)
    assert len(names) == 5
    assert header < 8192
    for tab in reversed(tabs[-5:]):
        drop_cookies(browser, "cognito")
        browser.page = tab
        await browser.press("Simulate Login", local_part="you")
        assert str(browser.page.url) == f"{FRONTEND}/"


async def test_logins_with_long_targets_leave_room_for_the_session(world: World) -> None:
    browser = await world.signed_in(JANE)
    drop_cookies(browser, "cognito")
    for number in range(6):
        wish = {"email": "you@example.com", "return_to": f"/{number}{'x' * 1000}"}
        await browser.goto(f"{SERVICE}/login/start", params=wish)
    header = sum(len(one.name) + len(one.value or "") + 3 for one in browser.http.cookies.jar if "sso_" in one.name)
    assert header < 8192
    await browser.press("Simulate Login", local_part="you")
    assert await who(browser) == "you@example.com"


async def test_three_hundred_tossed_cookies_make_no_answer_too_long_and_are_gone_in_the_end(world: World) -> None:
    browser = world.browser()
    for number in range(300):
        browser.http.cookies.set(f"__Host-sso_login_{number:08x}", "tossed", domain="login.app.example", path="/")
    largest = {"email": "a" * 64 + "@" + "b" * 60 + ".example.com", "return_to": "/" + "x" * 1000}
    for _ in range(20):
        await browser.goto(f"{SERVICE}/login/start", params=largest, follow=False)
        assert browser.page.status_code == 302
        assert size_of_headers(browser.page) < 8192
    assert len([name for name in browser.cookie_names() if "sso_login" in name]) <= 5
    for number in range(300):
        browser.http.cookies.set(f"__Host-sso_login_{number:08x}", "tossed", domain="login.app.example", path="/")
    signed_out = await browser.http.post(f"{SERVICE}/auth/logout", headers={"origin": FRONTEND})
    assert signed_out.status_code == 200
    assert size_of_headers(signed_out) < 8192


def size_of_headers(answer: httpx.Response) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in answer.headers.raw)


async def test_logins_under_way_at_once_never_cross(world: World) -> None:
    browser, tabs = world.browser(), []
    for number in range(4):
        wish = {"email": f"you{number}@example.com", "return_to": f"/{number}"}
        await browser.goto(f"{SERVICE}/login/start", params=wish)
        tabs.append(browser.page)
    for number in (2, 0, 3, 1):
        drop_cookies(browser, "cognito")
        browser.page = tabs[number]
        await browser.press("Simulate Login", local_part=f"you{number}")
        assert str(browser.page.url) == f"{FRONTEND}/{number}"
        assert await who(browser) == f"you{number}@example.com"
