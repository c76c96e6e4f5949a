"""A frontend on another site, a native app or a CLI signs somebody in, and keeps the tokens itself."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cognito_sso.routes.token import LONGEST_REFRESH_TOKEN
from cognito_sso.simulator import Fault
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
WISH = {
    "delivery": "code",
    "code_challenge": CHALLENGE,
    "state": "my own state & more",
    "return_to": f"{FRONTEND}/in?x=1#y",
}


async def brought_back(world: World, browser: Browser, email: str = "jane@megasoft.example", **wish: str) -> httpx.URL:
    """Signs in up to the answer to the callback, and gives where that leads."""
    await browser.goto(f"{SERVICE}/login/start", params={"email": email, **WISH, **wish})
    await world.be(browser, email)
    return httpx.URL(browser.visited[-2].headers["location"])


async def redeemed(world: World, code: str, verifier: str = VERIFIER, **more: str) -> httpx.Response:
    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, **more}
    return await world.script().post("/auth/token", data=grant)


async def test_the_code_is_redeemed_by_whoever_shows_the_verifier(world: World) -> None:
    back = await brought_back(world, world.browser())
    assert (back.path, back.params["x"], back.params["state"], back.fragment) == ("/in", "1", WISH["state"], "y")
    answer = await redeemed(world, back.params["code"])
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "jane@megasoft.example"
    me = await world.script().get("/me", headers={"authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json()["tenant"] == "megasoft"


async def test_the_callback_asks_cognito_nothing_and_sets_no_session(world: World) -> None:
    browser = world.browser()
    await brought_back(world, browser)
    assert world.token_requests() == 0
    assert not any("session" in name or "refresh" in name for name in browser.cookie_names() if "sso" in name)


async def test_a_code_works_once_although_nothing_remembers_it(world: World) -> None:
    back = await brought_back(world, world.browser())
    await redeemed(world, back.params["code"])
    again = await redeemed(world, back.params["code"])
    assert (again.status_code, again.json()["code"], again.json()["error"]) == (400, "grant_rejected", "invalid_grant")


@pytest.mark.parametrize("verifier", ["", "x" * 43, VERIFIER[:-1], VERIFIER + "a", "\u00e9" * 43])
async def test_a_stolen_code_is_worth_nothing_and_costs_nothing(world: World, verifier: str) -> None:
    back = await brought_back(world, world.browser())
    answer = await redeemed(world, back.params["code"], verifier)
    assert answer.status_code == 400
    assert world.token_requests() == 0
    assert (await redeemed(world, back.params["code"])).status_code == 200


async def test_a_code_that_was_tampered_with_or_is_of_another_purpose_is_refused(world: World) -> None:
    browser = world.browser()
    back = await brought_back(world, browser)
    session = await world.signed_in("bob@megasoft.example")
    cookies = [cookie.value or "" for cookie in session.http.cookies.jar]
    code = back.params["code"]
    for bad in (code[:-1], code + "A", code[:20] + ("A" if code[20] != "A" else "B") + code[21:], "x", "é", *cookies):
        answer = await redeemed(world, bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "grant_rejected")


async def test_a_code_lives_as_long_as_cognitos_which_is_not_asked_for_a_dead_one(world: World) -> None:
    back, later = await brought_back(world, world.browser()), await brought_back(world, world.browser())
    world.clock.advance(299)
    assert (await redeemed(world, back.params["code"])).status_code == 200
    asked = world.token_requests()
    world.clock.advance(1)
    assert (await redeemed(world, later.params["code"])).json()["code"] == "grant_rejected"
    assert world.token_requests() == asked


async def test_a_cli_gets_its_code_on_loopback_at_any_port(world: World) -> None:
    browser = world.browser()
    await browser.goto(
        f"{SERVICE}/login/start",
        params={"email": "you@example.com", **WISH, "return_to": "http://127.0.0.1:53123/done"},
    )
    with pytest.raises(httpx.ConnectError):
        await world.be(browser, "you@example.com")
    location = browser.visited[-1].headers["location"]
    assert location.startswith("http://127.0.0.1:53123/done?code=")
    answer = await redeemed(world, parse_qs(urlsplit(location).query)["code"][0])
    assert answer.json()["user"]["email"] == "you@example.com"


@pytest.mark.parametrize(
    "wish",
    [
        {"delivery": "session", "return_to": "http://127.0.0.1:53123/done"},
        {"delivery": "tokens", "return_to": "http://127.0.0.1:53123/done"},
        {"return_to": "http://localhost.evil.example:1/"},
        {"return_to": "http://127.0.0.1.evil.example/"},
        {"return_to": "http://127.0.0.1:1@evil.example/"},
        {"return_to": "http://127.0.0.1/"},
        {"code_challenge": ""},
        {"code_challenge": VERIFIER + "="},
        {"code_challenge_method": "plain"},
        {"state": ""},
        {"state": "x" * 513},
    ],
)
async def test_a_start_that_asks_for_less_or_elsewhere_is_refused(world: World, wish: dict[str, str]) -> None:
    answer = await world.script().post("/login/start", json={"email": "jane@megasoft.example", **WISH, **wish})
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_request", "invalid_return_to")


@pytest.mark.parametrize("path", ["/auth/callback", "/login/start?email=you@example.com"])
async def test_a_demo_on_loopback_is_no_program_to_bring_a_code_to(path: str) -> None:
    world = World(sso_public_url="http://localhost:8000")
    wish = {"email": "you@example.com", **WISH, "return_to": f"http://127.0.0.1:8000{path}"}
    answer = await world.script().post("/login/start", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_return_to")


async def test_somebody_elses_account_is_handed_over_only_where_it_is_wanted(world: World) -> None:
    """Cognito's one-hour session answers for the previous person (a shared workstation)."""
    browser = await world.signed_in("jane@megasoft.example")
    back = await brought_back(world, browser, "bob@megasoft.example")
    refused = await redeemed(world, back.params["code"])
    assert (refused.status_code, refused.json()["code"]) == (403, "identity_differs")
    assert "/logout?" in refused.json()["logout_url"]
    back = await brought_back(world, browser, "bob@megasoft.example")
    wanted = await redeemed(world, back.params["code"], other_account="accept")
    assert wanted.json()["user"]["email"] == "jane@megasoft.example"


async def test_a_frontend_refreshes_its_own_tokens_and_its_sign_out_revokes_them(world: World) -> None:
    back = await brought_back(world, world.browser())
    tokens = (await redeemed(world, back.params["code"])).json()
    grant = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refreshed = await world.script().post("/auth/token", json=grant)
    assert refreshed.json()["access_token"] != tokens["access_token"]
    assert refreshed.json()["user"]["tenant"] == "megasoft"
    await world.script().post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    dead = await world.script().post("/auth/token", json=grant)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "refresh_token", ["", "x" * (LONGEST_REFRESH_TOKEN + 1), "é", "\u2603"], ids=lambda text: text[:3]
)
async def test_what_can_be_no_refresh_token_is_not_sent_to_cognito(world: World, refresh_token: str) -> None:
    answer = await world.script().post(
        "/auth/token", data={"grant_type": "refresh_token", "refresh_token": refresh_token}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert world.token_requests() == 0


async def test_an_outage_of_the_keys_spends_no_refresh_token_of_a_frontends_sec_513(world: World) -> None:
    world.simulator.faults.set("GET /eu-north-1_6m0O668r5/.well-known/jwks.json", Fault(status=500))
    grant = {"grant_type": "refresh_token", "refresh_token": world.simulator.mint("you@example.com")["refresh_token"]}
    answer = await world.script().post("/auth/token", data=grant)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert world.token_requests() == 0


async def test_trying_again_after_an_error_keeps_the_wish(world: World) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": "jane@megasoft.example", **WISH})
    await browser.press("Cancel", email="jane@megasoft.example", password="")
    assert browser.page.status_code == 403
    await browser.press("Try again")
    await world.be(browser, "jane@megasoft.example")
    back = httpx.URL(browser.visited[-2].headers["location"])
    assert (await redeemed(world, back.params["code"])).status_code == 200
