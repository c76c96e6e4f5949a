"""How often one address may sign in: who is counted, who is not, and what whoever is refused gets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.browser import NAVIGATION, Browser
from tests.world import FRONTEND, SCALEKIT, SERVICE, World

LIMIT = 3
START = {"params": {"email": "jane@megasoft.example"}}
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "start by link": ("GET", "/login/start", START),
    "start by form": ("POST", "/login/start", {"data": {"email": "jane@megasoft.example"}}),
    "start by script": ("POST", "/login/start", {"json": {"email": "jane@megasoft.example"}}),
    "start from elsewhere": (
        "GET",
        "/login/initiated",
        {"params": {"iss": SCALEKIT, "login_hint": "jane@megasoft.example"}},
    ),
    "start from elsewhere, forged": ("GET", "/login/initiated", {"params": {"idp_initiated_login": "a.b.c"}}),
    "callback of nobody": ("GET", "/auth/callback", {"params": {"code": "x", "state": "y"}}),
    "token for a made-up code": (
        "POST",
        "/auth/token",
        {"json": {"grant_type": "authorization_code", "code": "x", "code_verifier": "y"}},
    ),
    "sign-out with a made-up token": ("POST", "/auth/logout", {"json": {"refresh_token": "made-up"}}),
    "token, not readable": ("POST", "/auth/token", {"content": b"{"}),
}


@pytest.fixture
def world(tmp_path: Any) -> World:
    return limited(tenants=tmp_path / "tenants.toml")


def limited(**settings: Any) -> World:
    return World(sso_rate_limit=f"{LIMIT}/minute", **settings)


def at(world: World, address: str = "203.0.113.9", **headers: str) -> httpx.AsyncClient:
    """A program at an address."""
    transport = httpx.ASGITransport(world.app, client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=SERVICE, headers=headers)


async def starts(client: httpx.AsyncClient, times: int) -> list[int]:
    return [(await client.get("/login/start", **START)).status_code for _ in range(times)]


@pytest.mark.parametrize("call", CALLS)
async def test_whoever_asks_too_often_is_told_when_to_come_back_sec_380(world: World, call: str) -> None:
    method, path, request = CALLS[call]
    before = [(await at(world).request(method, path, **request)).status_code for _ in range(LIMIT)]
    refused = await at(world).request(method, path, **request)

    assert 429 not in before
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await at(world, "203.0.113.10").request(method, path, **request)).status_code != 429
    world.clock.advance(int(refused.headers["retry-after"]))
    assert (await at(world).request(method, path, **request)).status_code == before[0]


async def test_the_token_endpoint_says_it_in_the_words_of_oauth_too(world: World) -> None:
    answers = [await at(world).post("/auth/token", json={}) for _ in range(LIMIT + 1)]
    assert answers[-1].json()["error"] == "temporarily_unavailable"


async def test_a_frontend_can_read_when_to_come_back(world: World) -> None:
    frontend = at(world, origin=FRONTEND)
    answers = [await frontend.post("/login/start", json={"email": "x@y.example"}) for _ in range(LIMIT + 1)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["access-control-allow-origin"] == FRONTEND
    assert "retry-after" in answers[-1].headers["access-control-expose-headers"]


async def test_each_endpoint_has_a_count_of_its_own(world: World) -> None:
    assert (await starts(at(world), LIMIT + 1))[-1] == 429
    assert (await at(world).post("/auth/token", json={})).status_code == 400
    assert (await at(world).get("/auth/callback")).status_code == 400


async def test_nothing_else_is_counted(world: World) -> None:
    client = at(world)
    prefetch = {"sec-purpose": "prefetch"}
    for _ in range(LIMIT * 3):
        assert (await client.get("/auth/verify")).status_code == 401
        assert (await client.get("/me")).status_code == 401
        assert (await client.get("/login")).status_code == 200
        assert (await client.get("/login/start", headers=NAVIGATION)).status_code == 302
        assert (await client.get("/login/start", headers=prefetch, **START)).status_code == 204
        assert (await client.get("/auth/callback", headers=prefetch)).status_code == 204
    assert await starts(client, 1) == [302]


async def test_a_person_is_asked_to_wait_and_goes_on_with_everything_as_it_was(world: World) -> None:
    await starts(at(world, "127.0.0.1"), LIMIT)
    browser = world.browser()
    page = await browser.goto(
        f"{SERVICE}/login/start", params={"email": "jane@megasoft.example", "return_to": f"{FRONTEND}/orders"}
    )
    assert (page.status_code, "Too many sign-ins at once" in page.text) == (429, True)
    world.clock.advance(int(page.headers["retry-after"]))
    await browser.press("Try again")
    ended = await world.be(browser, "jane@megasoft.example")
    assert str(ended.url) == f"{FRONTEND}/orders"


async def test_who_was_let_begin_is_let_finish_whatever_others_of_the_address_do(world: World) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", **START)
    others = [await at(world, "127.0.0.1").get("/auth/callback") for _ in range(LIMIT + 1)]
    assert others[-1].status_code == 429
    ended = await world.be(browser, "jane@megasoft.example")
    assert str(ended.url).startswith(FRONTEND)


async def test_one_login_does_not_buy_more_token_requests_than_the_limit_and_one(world: World) -> None:
    client = at(world)
    started = await client.get("/login/start", **START)
    state = httpx.URL(started.headers["location"]).params["state"]
    cookies = {"cookie": "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)}
    back = {"code": "made-up", "state": state}
    answers = [
        (await at(world).get("/auth/callback", params=back, headers=cookies)).status_code for _ in range(LIMIT + 4)
    ]
    assert answers == [400] * (LIMIT + 1) + [429] * 3
    assert world.token_requests() == LIMIT + 1


async def test_every_way_to_begin_a_sign_in_spends_the_same_count(world: World) -> None:
    """Or a login for nothing would buy a callback for nothing, and that a token request."""
    client = at(world)
    await client.post("/auth/logout", json={"email": "jane@megasoft.example"})
    again = {"cookie": "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)}
    ways = [
        at(world).get("/login/start", **START),
        at(world).get("/login/initiated", params={"iss": SCALEKIT, "login_hint": "jane@megasoft.example"}),
        at(world).get("/auth/signed-out", headers=again),
        at(world).get("/auth/signed-out", headers=again),
    ]
    answers = [await way for way in ways]
    assert [answer.status_code for answer in answers] == [302, 302, 303, 429]
    assert "set-cookie" not in answers[-1].headers  # a reload goes on


async def test_a_strangers_tokens_do_not_spend_the_pools_revocations(world: World) -> None:
    for _ in range(LIMIT * 2):
        await at(world).post("/auth/logout", json={"refresh_token": "made-up"})
    assert len(world.simulator.journal.of("POST", "/oauth2/revoke")) == LIMIT


async def test_a_session_signs_out_whatever_others_of_the_address_do(world: World) -> None:
    browser = await world.with_session()
    for _ in range(LIMIT + 1):
        await at(world, "127.0.0.1").post("/auth/logout", json={"refresh_token": "made-up"})
    asked = len(world.simulator.journal.of("POST", "/oauth2/revoke"))
    answer = await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
    assert answer.status_code == 200
    assert len(world.simulator.journal.of("POST", "/oauth2/revoke")) == asked + 1


async def test_a_session_is_renewed_thirty_times_a_minute_whoever_shares_its_address(world: World) -> None:
    """Or one person's browser could spend what Cognito lets everybody's sessions be renewed by."""
    jane, john = [await world.with_session(email) for email in ("jane@megasoft.example", "john@megasoft.example")]
    renewed = [(await renewal(jane)).status_code for _ in range(30)]
    refused = await renewal(jane)

    assert (renewed, refused.status_code) == ([200] * 30, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "set-cookie" not in refused.headers
    assert (await renewal(john)).status_code == 200
    world.clock.advance(int(refused.headers["retry-after"]))
    assert (await renewal(jane)).status_code == 200


async def renewal(browser: Browser) -> httpx.Response:
    return await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})


async def test_signing_out_for_good_begins_nothing_and_is_never_refused(world: World) -> None:
    client = at(world)
    answers = []
    for _ in range(LIMIT * 2):
        await client.post("/auth/logout", json={})
        answers.append((await client.get("/auth/signed-out")).headers["location"])
    assert answers == [f"{FRONTEND}/"] * LIMIT * 2


async def test_a_refused_callback_keeps_the_login_for_a_reload(world: World) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", **START)
    client = at(world, "127.0.0.1")
    for _ in range(LIMIT):
        await client.get("/auth/callback")
    state = httpx.URL(browser.visited[0].headers["location"]).params["state"]
    back = f"{SERVICE}/auth/callback?error=access_denied&state={state}"
    cookies = {"cookie": "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar)}
    first = await client.get(back, headers=cookies)
    refused = await client.get(back, headers={**cookies, **NAVIGATION})
    assert (first.status_code, "set-cookie" in first.headers) == (403, True)
    assert (refused.status_code, "set-cookie" in refused.headers) == (429, False)
    assert "Try again" in refused.text


async def test_every_refusal_is_an_audit_event(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="cognito_sso.audit")
    await starts(at(world), LIMIT + 1)
    told = [record for record in caplog.records if record.name == "cognito_sso.audit"]
    fields: dict[str, Any] = vars(told[-1])["fields"]
    assert (fields["event"], fields["code"]) == ("request_refused", "too_many_requests")
    assert fields["reason"] == "more than 3 in 60 seconds at /login/start"
    assert fields["client"] == "203.0.113.9"
    assert (fields["domain"], fields["email_digest"]) == (None, None)


# Whose address it is


async def test_a_whole_ipv6_network_counts_as_one(world: World) -> None:
    neighbours = [at(world, f"2001:db8:0:1::{number}") for number in range(1, LIMIT + 2)]
    assert [(await starts(client, 1))[0] for client in neighbours] == [302, 302, 302, 429]
    assert await starts(at(world, "2001:db8:0:2::1"), 1) == [302]


async def test_what_a_stranger_forwards_changes_nothing(world: World) -> None:
    asked = [await starts(at(world, **{"x-forwarded-for": f"198.51.100.{number}"}), 1) for number in range(LIMIT + 1)]
    assert asked[-1] == [429]


@pytest.mark.parametrize(
    "forwarded",
    [
        "198.51.100.{n}, 203.0.113.9",
        "203.0.113.9",
        "203.0.113.9:5{n}",
        "unknown, 10.0.0.{n}, 203.0.113.9, 10.0.0.2",
    ],
    ids=["a spoofed entry to the left", "alone", "with a port", "through two proxies"],
)
async def test_behind_a_trusted_proxy_the_address_that_it_saw_counts(forwarded: str) -> None:
    world = limited(sso_trusted_proxies="10.0.0.0/8")
    asked = [
        await starts(at(world, "10.0.0.1", **{"x-forwarded-for": forwarded.format(n=number)}), 1)
        for number in range(LIMIT + 1)
    ]
    assert asked[-1] == [429]
    assert await starts(at(world, "10.0.0.1", **{"x-forwarded-for": "203.0.113.10"}), 1) == [302]


async def test_two_header_lines_are_one_list() -> None:
    world = limited(sso_trusted_proxies="10.0.0.1")
    asked = []
    for number in range(LIMIT + 1):
        lines = [("x-forwarded-for", f"198.51.100.{number}"), ("x-forwarded-for", "203.0.113.9")]
        asked.append((await at(world, "10.0.0.1").get("/login/start", headers=lines, **START)).status_code)
    assert asked == [302, 302, 302, 429]


async def test_without_an_address_nobody_is_counted(world: World) -> None:
    assert await starts(at(world, ""), LIMIT * 3) == [302] * LIMIT * 3
