"""A login that starts at the company's IdP, or at a link, and is only ever a hint."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from cognito_sso.login import initiated
from cognito_sso.simulator import Fault, SigningKey, new_key
from tests.browser import Browser
from tests.world import FRONTEND, SCALEKIT, SERVICE, World

INITIATED = f"{SERVICE}/login/initiated"


def scalekits(world: World, email: str = "jane@megasoft.example", **changed: Any) -> str:
    """Scalekit's JWT, signed again with what was changed."""
    token = world.simulator.mint_idp_initiated_login(email)
    if not changed:
        return token
    claims = {**decoded(token), **changed}
    return signed(world.simulator.scalekit.key, {name: value for name, value in claims.items() if value is not None})


def signed(key: SigningKey, claims: dict[str, Any]) -> str:
    return key.sign({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims)


def decoded(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


async def opened(world: World, token: str, browser: Browser | None = None) -> httpx.Response:
    return await (browser or world.browser()).goto(INITIATED, params={"idp_initiated_login": token}, follow=False)


async def test_the_tile_in_the_companys_idp_ends_signed_in(world: World) -> None:
    browser = world.browser()
    await browser.goto(INITIATED, params={"idp_initiated_login": scalekits(world)})
    await world.be(browser, "jane@megasoft.example")
    assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == "jane@megasoft.example"


async def test_the_jwt_alone_signs_nobody_in(world: World) -> None:
    browser = world.browser()
    answer = await opened(world, scalekits(world), browser)
    assert answer.status_code == 302
    assert "state=" in answer.headers["location"]
    assert "idp_initiated_login" not in answer.headers["location"]
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401


async def test_a_jwt_works_once(world: World) -> None:
    token = scalekits(world)
    assert (await opened(world, token)).status_code == 302
    again = await opened(world, token)
    assert again.status_code == 400
    assert "initiated_login_refused" in again.text
    assert "Sign in" in again.text


async def test_one_used_is_refused_for_as_long_as_it_is_valid(world: World) -> None:
    """As long as Scalekit makes one at most, by a clock that is a minute ahead."""
    issued = int(world.clock()) + 60
    token = scalekits(world, iat=issued, exp=issued + initiated.LONGEST_AGE_SECONDS)
    assert (await opened(world, token)).status_code == 302
    world.clock.advance(359)
    assert (await opened(world, token)).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.scalekit.dev"},
        {"iss": SCALEKIT + "/"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"exp": 1},
        {"iat": 1},
        {"exp": 2**40},
        {"nbf": 2**40},
        {"login_hint": None},
        {"login_hint": ["jane@megasoft.example"]},
        {"login_hint": ""},
    ],
    ids=str,
)
async def test_one_that_is_not_genuine_fresh_and_whole_is_refused(world: World, changed: dict[str, Any]) -> None:
    answer = await opened(world, scalekits(world, **changed))
    assert answer.status_code == 400
    assert not answer.headers.get_list("set-cookie")


async def test_one_is_good_for_five_minutes(world: World) -> None:
    token = scalekits(world)
    world.clock.advance(300)
    assert (await opened(world, token)).status_code == 400


async def test_one_signed_by_another_key_or_not_at_all_is_refused(world: World) -> None:
    token = scalekits(world)
    header, payload, _ = token.split(".")
    forged = signed(replace(new_key(), kid=world.simulator.scalekit.key.kid), decoded(token))
    access_token = world.simulator.mint_access_token("jane@megasoft.example")
    for bad in (forged, f"{header}.{payload}.", f"{header}.{payload}", "x", "", "a" * 9000, access_token, token + "A"):
        assert (await opened(world, bad)).status_code == 400


async def test_relay_state_is_a_wish_and_never_the_state(world: World) -> None:
    for relay_state, end in ((f"{FRONTEND}/orders", f"{FRONTEND}/orders"), ("https://evil.example/", f"{FRONTEND}/")):
        browser = world.browser()
        token = world.simulator.mint_idp_initiated_login("jane@megasoft.example", relay_state=relay_state)
        answer = await opened(world, token, browser)
        assert httpx.URL(answer.headers["location"]).params["state"] != relay_state
        await browser.follow()
        await world.be(browser, "jane@megasoft.example")
        assert str(browser.page.url) == end


@pytest.mark.parametrize("relay_state", [7, ["https://app.example/"], {"return_to": "/"}, True], ids=str)
async def test_relay_state_of_another_type_is_none(world: World, relay_state: Any) -> None:
    browser = world.browser()
    await browser.goto(INITIATED, params={"idp_initiated_login": scalekits(world, relay_state=relay_state)})
    await world.be(browser, "jane@megasoft.example")
    assert str(browser.page.url) == f"{FRONTEND}/"


async def test_the_companys_own_start_page_leads_in(world: World) -> None:
    browser = await world.signed_in()
    for cookie in [cookie for cookie in browser.http.cookies.jar if "app.example" in cookie.domain]:
        browser.http.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
    await browser.goto(f"{SCALEKIT}/idp/megasoft")
    await browser.press("Open your application")
    assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == "jane@megasoft.example"


async def test_openid_connects_own_form_starts_a_login(world: World) -> None:
    query = {"iss": SCALEKIT, "login_hint": "you@example.com", "target_link_uri": f"{FRONTEND}/orders"}
    browser = world.browser()
    await browser.goto(INITIATED, params=query)
    await world.be(browser, "you@example.com")
    assert str(browser.page.url) == f"{FRONTEND}/orders"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iss": "https://evil.example"}, "initiated_login_refused"),
        ({"login_hint": ""}, "initiated_login_refused"),
        ({"login_hint": "a@b@c"}, "invalid_email"),
        ({"target_link_uri": "https://evil.example"}, "invalid_return_to"),
        ({"error": "access_denied", "error_description": "<script>canary"}, "initiated_login_refused"),
    ],
)
async def test_a_form_that_is_not_ours_is_refused(world: World, changed: dict[str, str], code: str) -> None:
    query = {"iss": SCALEKIT, "login_hint": "you@example.com", "target_link_uri": f"{FRONTEND}/", **changed}
    answer = await world.script().get("/login/initiated", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "canary" not in answer.text


async def test_what_scalekit_sends_here_besides_leads_to_the_login_page(world: World) -> None:
    answer = await world.browser().goto(INITIATED, params={"intent": "bookmark"}, follow=False)
    assert answer.headers["location"] == f"{SERVICE}/login"


async def test_scalekits_outage_is_told_as_one(world: World) -> None:
    world.simulator.faults.set("GET /keys", Fault(status=500))
    answer = await world.script().get("/login/initiated", params={"idp_initiated_login": scalekits(world)})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")


async def test_without_a_scalekit_environment_there_is_nothing_here() -> None:
    world = World(scalekit_environment_url=None)
    answer = await world.script().get("/login/initiated", params={"iss": SCALEKIT})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
