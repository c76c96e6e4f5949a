"""What Cognito may answer to a login, and what becomes of it: refusals, outages, forgeries, somebody else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from cognito_sso.errors import SessionEnded
from cognito_sso.login.tenants import Routing
from cognito_sso.session import RefreshGrant
from cognito_sso.simulator import AppClient, Company, Fault, Person
from cognito_sso.verify import KeysUnavailable
from tests.browser import NAVIGATION, Browser
from tests.world import CLIENT_ID, FRONTEND, PROVIDER, SERVICE, World

JANE, YOU = "jane@megasoft.example", "you@example.com"
TOKEN, JWKS = "POST /oauth2/token", "GET /eu-north-1_6m0O668r5/.well-known/jwks.json"
CALLBACK = f"{SERVICE}/auth/callback"
SESSION_COOKIES = {"__Host-sso_session", "__Secure-sso_refresh"}


async def at_the_callback(world: World, email: str = YOU, **wish: str) -> tuple[Browser, str]:
    """A browser with the callback's URL in its hands, not opened yet."""
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": email, **wish})
    if "/idp-simulator/" in str(browser.page.url):
        await browser.press("Simulate Login", follow=False, local_part=email.partition("@")[0])
    else:
        await browser.press("Sign in", follow=False, email=email, password="x")
    while not (location := browser.page.headers["location"]).startswith(CALLBACK):
        await browser.goto(location, follow=False)
    return browser, location


def login_cookies(browser: Browser) -> set[str]:
    return {name for name in browser.cookie_names() if "sso_login" in name}


def is_signed_in(browser: Browser) -> bool:
    return bool(browser.cookie_names() & SESSION_COOKIES)


def code_of(page: httpx.Response) -> str:
    """The error code, of a page or of a problem."""
    if "json" in page.headers["content-type"]:
        return str(page.json()["code"])
    return page.text.partition("<dt>Code</dt><dd><code>")[2].partition("<")[0]


class TestAnErrorFromCognito:
    @pytest.mark.parametrize(
        ("error", "description", "code", "status"),
        [
            ("access_denied", "", "access_denied", 403),
            ("invalid_request", "User is disabled.", "access_denied", 403),
            ("invalid_request", "attributes required: [email]", "attributes_missing", 403),
            ("invalid_request", "canary <script>alert(1)</script>", "provider_error", 403),
            ("server_error", "\r\nSet-Cookie: canary=1", "provider_error", 403),
            ("login_required", "", "provider_error", 403),
            ("canary", "canary" * 500, "provider_error", 403),
        ],
    )
    @pytest.mark.parametrize("who", ["person", "program"])
    async def test_is_told_by_our_code_and_never_in_its_words_sec_226(
        self, world: World, error: str, description: str, code: str, status: int, who: str
    ) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": YOU, "return_to": "/orders"}, follow=False)
        state = httpx.URL(browser.page.headers["location"]).params["state"]
        said = {"error": error, "error_description": description, "error_uri": "javascript:canary()", "state": state}
        headers = NAVIGATION if who == "person" else {"accept": "application/json"}
        answer = await browser.http.get(CALLBACK, params=said, headers=headers)
        assert (answer.status_code, code_of(answer)) == (status, code)
        assert "canary" not in answer.text.lower()
        assert "javascript:" not in answer.text
        assert not login_cookies(browser)
        assert not is_signed_in(browser)
        assert world.token_requests() == 0

    async def test_leaves_a_way_to_try_again_with_the_same_wish(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": YOU, "return_to": "/orders"}, follow=False)
        state = httpx.URL(browser.page.headers["location"]).params["state"]
        await browser.goto(CALLBACK, params={"error": "access_denied", "state": state})
        await browser.press("Try again")
        await world.be(browser, YOU)
        assert str(browser.page.url) == f"{FRONTEND}/orders"
        assert is_signed_in(browser)

    async def test_leaves_an_older_session_alone_sec_224(self, world: World) -> None:
        browser = await world.with_session()
        await browser.goto(f"{SERVICE}/login/start", params={"email": JANE}, follow=False)
        state = httpx.URL(browser.page.headers["location"]).params["state"]
        await browser.goto(CALLBACK, params={"error": "access_denied", "state": state})
        assert browser.page.status_code == 403
        assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == YOU

    async def test_linked_a_moment_ago_restarts_once_by_itself_and_succeeds(self, world: World) -> None:
        world.simulator.pool.users.rules.already_found = True
        browser = await world.signed_in(YOU)
        if not is_signed_in(browser):
            await world.be(browser, YOU)
        assert is_signed_in(browser)
        assert str(browser.page.url) == f"{FRONTEND}/"

    async def test_linked_a_moment_ago_restarts_once_and_only_once(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": YOU, "return_to": "/x"}, follow=False)
        for expected in (303, 403):
            away = httpx.URL(browser.page.headers["location"])
            quirk = {
                "error": "invalid_request",
                "error_description": "Already found an entry for username x",
                "state": away.params["state"],
            }
            await browser.goto(CALLBACK, params=quirk, follow=False)
            assert browser.page.status_code == expected
        assert code_of(browser.page) == "user_already_exists"
        assert "set-cookie" in browser.page.headers
        assert not login_cookies(browser)

    async def test_the_disabled_connection_of_a_company_is_told(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "peter@initech.example"})
        assert browser.page.status_code in (400, 403)
        assert not is_signed_in(browser)


OUTAGES = [
    (Fault(status=500), 503),
    (Fault(status=503), 503),
    (Fault(status=429, headers={"retry-after": "3600"}), 503),
    (Fault(abort=True), 503),
    (Fault(hang=True), 504),
    (Fault(status=200, body=""), 502),
    (Fault(status=200, body="<html>canary</html>"), 502),
    (Fault(status=200, body="[" * 60_000), 502),
    (Fault(status=200, body='{"access_token": "a", "id_token": "b", "id_token": "c"}'), 502),
    (Fault(status=200, body=json.dumps({"access_token": 1, "id_token": ["x"]})), 502),
    (Fault(status=200, body='{"access_token": "a", "id_token": "b", "expires_in": NaN}'), 502),
    (Fault(status=200, body='{"access_token": "canary", "expires_in": 1}'), 502),
    (Fault(status=200, body=" " * 70_000), 502),
    (Fault(status=200, body="x", headers={"content-encoding": "gzip"}), 502),
    (Fault(status=307, headers={"location": "https://evil.example/"}), 502),
    (Fault(status=403, body="canary"), 502),
    (Fault(status=400, body='{"error": "invalid_client", "error_description": "canary"}'), 502),
    (Fault(status=400, body='{"error": "unauthorized_client"}'), 502),
    (Fault(status=400, body="<html>canary</html>"), 502),
]


class TestAnOutage:
    @pytest.mark.parametrize(("fault", "status"), OUTAGES, ids=lambda value: str(value)[:70])
    @pytest.mark.parametrize("who", ["person", "program"])
    async def test_is_told_and_a_reload_succeeds_once_it_is_over_sec_500_sec_507_sec_248(
        self, world: World, fault: Fault, status: int, who: str
    ) -> None:
        browser, callback = await at_the_callback(world)
        headers = NAVIGATION if who == "person" else {"accept": "application/json"}
        world.simulator.faults.set(TOKEN, fault)
        answer = await browser.http.get(callback, headers=headers)
        assert (answer.status_code, code_of(answer)) == (status, "provider_unavailable")
        assert answer.headers["retry-after"].isdigit()
        assert "canary" not in answer.text
        assert "set-cookie" not in answer.headers
        assert len(login_cookies(browser)) == 1
        assert world.token_requests() == 1
        world.simulator.faults.clear()
        answer = await browser.http.get(callback, headers=headers)
        assert answer.headers["location"] == f"{FRONTEND}/"
        assert is_signed_in(browser)

    async def test_that_lost_the_answer_cannot_be_made_good_and_says_so(self, world: World) -> None:
        browser, callback = await at_the_callback(world)
        world.simulator.faults.set(TOKEN, Fault(lose_answer=True))
        await browser.goto(callback)
        assert browser.page.status_code == 503
        world.simulator.faults.clear()
        await browser.goto(callback)
        assert (browser.page.status_code, code_of(browser.page)) == (400, "grant_rejected")
        assert not login_cookies(browser)
        assert not is_signed_in(browser)

    async def test_of_the_keys_spends_no_code_sec_513(self, world: World) -> None:
        world.simulator.faults.set(JWKS, Fault(status=500))
        browser, callback = await at_the_callback(world)
        await browser.goto(callback)
        assert (browser.page.status_code, code_of(browser.page)) == (503, "provider_unavailable")
        assert world.token_requests() == 0
        world.simulator.faults.clear()
        world.clock.advance(10)
        await browser.goto(callback)
        assert is_signed_in(browser)

    async def test_of_scalekit_is_told_as_the_providers_error(self, world: World) -> None:
        world.simulator.faults.set("POST /oauth/token", Fault(status=500))
        browser = await world.signed_in(JANE)
        assert (browser.page.status_code, code_of(browser.page)) == (403, "provider_error")


def changed(**claims: Any) -> Any:
    return lambda old: {name: value for name, value in {**old, **claims}.items() if value is not ...}


ISSUER = "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_6m0O668r5"
FORGERIES = {
    "sec-003-nonce-other": changed(nonce="x1"),
    "sec-004-nonce-missing": changed(nonce=...),
    "sec-005-issuer-other": changed(iss=ISSUER + "1"),
    "sec-006-sub-missing": changed(sub=...),
    "sec-007-audience-other": changed(aud=CLIENT_ID + "1"),
    "sec-008-audience-missing": changed(aud=...),
    "sec-009-iat-missing": changed(iat=...),
    "audience-of-two": changed(aud=[CLIENT_ID, "other"]),
    "azp-other": changed(azp="other"),
    "at-hash-other": changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "exp-missing": changed(exp=...),
    "exp-infinite": changed(exp=float("inf")),
    "exp-text": changed(exp="4000000000"),
    "expired": changed(exp=1_790_000_000 - 1, iat=1_790_000_000 - 3601),
    "from-the-future-sec-520": changed(iat=1_790_000_000 + 3600, exp=1_790_000_000 + 7200),
    "an-access-token": changed(token_use="access"),
    "token-use-missing": changed(token_use=...),
    "a-logout-token-sec-131": changed(events={}),
    "groups-of-another-kind": changed(**{"cognito:groups": "admins"}),
    "identities-of-another-kind": changed(identities={"providerName": PROVIDER}),
}


@pytest.mark.parametrize("tamper", FORGERIES.values(), ids=FORGERIES)
async def test_an_id_token_with_one_thing_wrong_signs_nobody_in(world: World, tamper: Any) -> None:
    browser, callback = await at_the_callback(world)
    world.simulator.tamper.id_claims = tamper
    await browser.goto(callback)
    assert (browser.page.status_code, code_of(browser.page)) == (403, "id_token_refused")
    assert not is_signed_in(browser)
    assert not login_cookies(browser)
    assert "eyJ" not in browser.page.text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: "eyJhbGciOiJub25lIn0." + token.split(".")[1] + ".",
        lambda token: token + ".x.y",
        lambda token: token.replace(".", "..", 1),
        lambda _: "x",
    ],
    ids=["sec-013-signature", "no-signature", "sec-012-alg-none", "five-parts", "two-dots", "no-token"],
)
async def test_an_id_token_that_is_not_signed_by_the_pool_signs_nobody_in(world: World, spoil: Any) -> None:
    browser, callback = await at_the_callback(world)
    world.simulator.tamper.id_token = spoil
    await browser.goto(callback)
    assert code_of(browser.page) == "id_token_refused"
    assert not is_signed_in(browser)


async def test_the_pool_may_rotate_its_keys_between_two_logins_sec_022(world: World) -> None:
    await world.signed_in(YOU)
    world.simulator.keys.rotate(keep_old=False)
    asked = len(world.simulator.journal.of(*JWKS.split()))
    assert is_signed_in(await world.signed_in(JANE))
    assert len(world.simulator.journal.of(*JWKS.split())) == asked + 1


async def test_the_access_token_in_the_id_tokens_place_signs_nobody_in_sec_243(world: World) -> None:
    browser, callback = await at_the_callback(world)
    world.simulator.tamper.token_response = lambda tokens: {**tokens, "id_token": tokens["access_token"]}
    await browser.goto(callback)
    assert code_of(browser.page) == "id_token_refused"


async def test_somebody_elses_tokens_sign_nobody_in_sec_238_sec_243(world: World) -> None:
    browser, callback = await at_the_callback(world, JANE)
    stolen = world.simulator.mint("omar@megasoft.example")
    world.simulator.tamper.token_response = lambda tokens: {**tokens, **stolen}
    await browser.goto(callback)
    assert code_of(browser.page) == "id_token_refused"


async def test_a_token_of_a_sibling_client_signs_nobody_in_sec_243(world: World) -> None:
    world.simulator.pool.clients["sibling"] = AppClient("sibling", providers=(PROVIDER,))
    browser, callback = await at_the_callback(world, JANE)
    stolen = world.simulator.mint(JANE, client_id="sibling")
    world.simulator.tamper.token_response = lambda tokens: {**tokens, **stolen}
    await browser.goto(callback)
    assert code_of(browser.page) == "id_token_refused"


async def test_without_a_refresh_token_there_is_a_session_that_is_not_renewed_sec_247(world: World) -> None:
    browser, callback = await at_the_callback(world)
    world.simulator.tamper.token_response = lambda tokens: {
        name: tokens[name] for name in tokens if name != "refresh_token"
    }
    await browser.goto(callback)
    assert browser.cookie_names() & SESSION_COOKIES == {"__Host-sso_session"}
    answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
    assert answer.status_code == 401


class TestStolenAndCrossed:
    async def test_the_attackers_callback_in_the_victims_browser_asks_cognito_nothing_sec_213_ghsa_fg6f_75jq_6523(
        self, world: World
    ) -> None:
        _, callback = await at_the_callback(world)
        for victim in (world.browser(), await world.with_session()):
            before = dict(victim.http.cookies)
            asked = world.token_requests()
            answer = await victim.http.get(callback, headers=NAVIGATION)
            assert world.token_requests() == asked
            assert dict(victim.http.cookies) == before
            assert answer.status_code == (303 if before else 400)

    async def test_the_victims_code_in_the_attackers_login_is_refused_by_its_challenge_sec_237(
        self, world: World
    ) -> None:
        _, victims = await at_the_callback(world, JANE)
        attacker, attackers = await at_the_callback(world, "mallory@shady.example")
        stolen = {"code": httpx.URL(victims).params["code"], "state": httpx.URL(attackers).params["state"]}
        await attacker.goto(CALLBACK, params=stolen)
        assert code_of(attacker.page) == "grant_rejected"
        assert not is_signed_in(attacker)

    async def test_the_state_of_my_own_other_login_leaves_both_usable_or_ended_cleanly_sec_212_sec_217(
        self, world: World
    ) -> None:
        browser, first = await at_the_callback(world)
        await browser.goto(f"{SERVICE}/login/start", params={"email": JANE}, follow=False)
        await browser.goto(CALLBACK, params={"code": "x", "state": "someone-elses"})
        assert len(login_cookies(browser)) == 2
        await browser.goto(first)
        assert is_signed_in(browser)

    async def test_the_callback_with_a_changed_wish_is_as_before_sec_302_cve_2021_29652(self, world: World) -> None:
        browser, callback = await at_the_callback(world, return_to="/orders")
        await browser.goto(
            callback + "&return_to=https://evil.example&email=x@evil.example&delivery=tokens&session_state=x&scope=x",
            follow=False,
        )
        assert browser.page.headers["location"] == f"{FRONTEND}/orders"

    async def test_a_replay_with_the_saved_login_cookie_meets_cognitos_own_refusal_sec_220(self, world: World) -> None:
        browser, callback = await at_the_callback(world)
        saved = {one.name: one.value or "" for one in browser.http.cookies.jar if "sso_login" in one.name}
        await browser.goto(callback)
        thief = world.browser()
        header = "; ".join(f"{name}={value}" for name, value in saved.items())
        answer = await thief.http.get(callback, headers={**NAVIGATION, "cookie": header})
        assert code_of(answer) == "grant_rejected"
        assert "sso_session" not in str(answer.headers.get_list("set-cookie")).replace("sso_session=;", "")

    async def test_a_tampered_login_cookie_is_none_sec_261(self, world: World) -> None:
        browser, callback = await at_the_callback(world)
        (name,) = login_cookies(browser)
        value = browser.http.cookies[name]
        for spoiled in (value[:-1], value + "A", value[1:], value.swapcase(), "", value + ";" + f"{name}={value}"):
            answer = await world.browser().http.get(callback, headers={**NAVIGATION, "cookie": f"{name}={spoiled}"})
            assert (answer.status_code, code_of(answer)) == (400, "login_expired")
        assert world.token_requests() == 0

    async def test_a_session_from_before_never_survives_a_login_sec_222_sec_223_cve_2021_41246(
        self, world: World
    ) -> None:
        browser = await world.with_session(YOU)
        planted = {one.name: one.value for one in browser.http.cookies.jar if one.name in SESSION_COOKIES}
        await world.sign_in(browser, JANE)
        assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == JANE
        for name, value in planted.items():
            assert browser.http.cookies[name] != value
        refreshed = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert refreshed.status_code == 200
        assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == JANE


class TestSomebodyElse:
    async def test_of_the_same_company_is_asked_and_not_signed_in_before_they_say_so(self, world: World) -> None:
        browser = await world.signed_in(JANE)
        for name in SESSION_COOKIES:
            browser.http.cookies.delete(name)
        await browser.goto(f"{SERVICE}/login/start", params={"email": "omar@megasoft.example", "return_to": "/orders"})
        assert browser.page.status_code == 200
        assert JANE in browser.page.text
        assert "omar@megasoft.example" in browser.page.text
        assert not is_signed_in(browser)
        assert not login_cookies(browser)

    async def test_going_on_signs_in_who_is_there(self, world: World) -> None:
        browser = await world.signed_in(JANE)
        await browser.goto(f"{SERVICE}/login/start", params={"email": "omar@megasoft.example", "return_to": "/orders"})
        await browser.press("Continue")
        assert str(browser.page.url) == f"{FRONTEND}/orders"
        assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == JANE

    async def test_using_another_account_signs_out_of_cognito_and_starts_again(self, world: World) -> None:
        browser = await world.signed_in(JANE)
        await browser.goto(f"{SERVICE}/login/start", params={"email": "omar@megasoft.example", "return_to": "/orders"})
        await browser.press("Use another account")
        assert "/logout" in [one.request.url.path for one in browser.visited]
        assert "/idp/megasoft" in str(browser.page.url)
        await world.be(browser, "omar@megasoft.example")
        assert str(browser.page.url) == f"{FRONTEND}/orders"
        assert (await browser.http.get(f"{SERVICE}/me")).json()["email"] == "omar@megasoft.example"

    @pytest.mark.parametrize("typed", ["JANE@megasoft.example", "Jane@MEGASOFT.example"])
    async def test_is_nobody_else_when_only_the_case_differs(self, world: World, typed: str) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": typed})
        await browser.press("Sign in", email=JANE, password="x")
        assert is_signed_in(browser)

    async def test_of_another_company_is_refused_sec_376(self, world: World) -> None:
        browser = await world.signed_in(JANE)
        for name in SESSION_COOKIES:
            browser.http.cookies.delete(name)
        await browser.goto(f"{SERVICE}/login/start", params={"email": "hank@globex.example"})
        assert (browser.page.status_code, code_of(browser.page)) == (403, "tenant_mismatch")
        assert not is_signed_in(browser)

    async def test_an_evil_company_that_asserts_our_address_is_refused_sec_376(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
        # Mallory changes where the browser goes: to the company whose identity provider she runs.
        shady = world.simulator.people.company("shady")
        assert shady is not None
        away = httpx.URL(browser.visited[1].headers["location"])
        await browser.goto(str(away.copy_merge_params({"connection_id": shady.connection_id, "login_hint": JANE})))
        await browser.press("Sign in", email=JANE, password="x")
        assert "evil" not in code_of(browser.page)
        assert (browser.page.status_code, code_of(browser.page)) == (403, "tenant_mismatch")
        assert not is_signed_in(browser)

    async def test_an_evil_company_asserts_our_address_under_its_own_request_sec_376(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "mallory@shady.example"})
        await browser.press("Sign in", email=JANE, password="x")
        assert (browser.page.status_code, code_of(browser.page)) == (403, "tenant_mismatch")
        assert not is_signed_in(browser)

    async def test_a_company_that_moved_to_another_connection_ends_sessions_at_the_next_refresh(
        self, world: World
    ) -> None:
        browser = await world.signed_in(JANE)

        def through_another(claims: dict[str, Any]) -> dict[str, Any]:
            (identity,) = claims["identities"]
            return {**claims, "identities": [{**identity, "userId": "conn_1;x"}]}

        world.simulator.tamper.id_claims = through_another
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert not is_signed_in(browser)

    async def test_a_native_user_of_the_pool_is_no_employee(self, world: World) -> None:
        browser, callback = await at_the_callback(world, JANE)
        world.simulator.tamper.id_claims = changed(
            identities=..., **{"cognito:username": "jane", "cognito:groups": ...}
        )
        await browser.goto(callback)
        assert code_of(browser.page) == "tenant_mismatch"

    @pytest.mark.parametrize("email", [..., "", "jane", "a@b@megasoft.example"], ids=str)
    async def test_an_identity_without_a_usable_address_is_told_so(self, world: World, email: Any) -> None:
        browser, callback = await at_the_callback(world, JANE)
        world.simulator.tamper.id_claims = changed(email=email)
        await browser.goto(callback)
        assert code_of(browser.page) == "attributes_missing"
        assert not is_signed_in(browser)

    async def test_a_company_with_two_domains_is_one_company(self, world: World) -> None:
        world.simulator.people.add_company(
            Company("Both", ("both.example", "both.test"), (Person("ann@both.test", "Ann", "Both"),))
        )
        browser = world.browser()
        await browser.goto(f"{SERVICE}/login/start", params={"email": "ann@umbrella.example"})
        await browser.press("Sign in", email="albert@umbrella.test", password="x")
        assert (browser.page.status_code, "albert@umbrella.test" in browser.page.text) == (200, True)


class TestDeliveryTokens:
    async def test_the_callback_answers_with_the_token_set(self, world: World) -> None:
        browser, callback = await at_the_callback(world, JANE, delivery="tokens")
        answer = await browser.http.get(callback)
        tokens = answer.json()
        assert answer.status_code == 200
        assert set(tokens) == {
            "access_token",
            "id_token",
            "refresh_token",
            "token_type",
            "expires_in",
            "expires_at",
            "user",
        }
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
        assert tokens["expires_at"] == tokens["user"]["expires_at"] == world.clock() + 3600
        assert tokens["user"]["email"] == JANE
        me = await world.script().get("/me", headers={"authorization": f"Bearer {tokens['access_token']}"})
        assert me.json()["sub"] == tokens["user"]["sub"]
        assert not is_signed_in(browser)
        assert not login_cookies(browser)

    async def test_they_never_leave_before_the_id_token_passed_every_check(self, world: World) -> None:
        browser, callback = await at_the_callback(world, JANE, delivery="tokens")
        world.simulator.tamper.id_claims = changed(nonce="x")
        answer = await browser.http.get(callback)
        assert (answer.status_code, answer.json()["code"]) == (403, "id_token_refused")
        assert "eyJ" not in answer.text

    async def test_an_outage_is_told_as_a_problem(self, world: World) -> None:
        browser, callback = await at_the_callback(world, JANE, delivery="tokens")
        world.simulator.faults.set(TOKEN, Fault(status=500))
        assert (await browser.http.get(callback)).json()["code"] == "provider_unavailable"

    @pytest.mark.parametrize("delivery", ["SESSION", "token", "cookie", "session "])
    async def test_a_delivery_of_another_kind_is_refused(self, world: World, delivery: str) -> None:
        answer = await world.script().get("/login/start", params={"email": JANE, "delivery": delivery})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


class TestRefreshing:
    @pytest.mark.parametrize(
        "claims",
        [
            {"sub": "other"},
            {"iss": ISSUER + "1"},
            {"aud": "other"},
            {"token_use": "access"},
            {"email": "x@globex.example"},
            {"email": "omar@megasoft.example"},
            {"at_hash": "x"},
        ],
        ids=str,
    )
    async def test_a_refreshed_token_that_is_not_ours_ends_the_session_sec_028(
        self, world: World, claims: dict[str, Any]
    ) -> None:
        browser = await world.signed_in(JANE)
        world.simulator.tamper.id_claims = changed(**claims)
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert not is_signed_in(browser)

    async def test_a_revoked_or_disabled_person_is_out_at_the_next_refresh_sec_255_sec_445_cve_2025_53942(
        self, world: World
    ) -> None:
        browser = await world.signed_in(JANE)
        for user in world.simulator.pool.users:
            user.enabled = False
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert not is_signed_in(browser)

    @pytest.mark.parametrize(("fault", "status"), OUTAGES, ids=lambda value: str(value)[:60])
    async def test_an_outage_keeps_the_session_sec_256(self, world: World, fault: Fault, status: int) -> None:
        browser = await world.with_session()
        before = dict(browser.http.cookies)
        world.simulator.faults.set(TOKEN, fault)
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert (answer.status_code, answer.json()["code"]) == (status, "provider_unavailable")
        assert dict(browser.http.cookies) == before

    async def test_an_outage_of_the_keys_spends_no_refresh_token_sec_513(self) -> None:
        world = World(app_client={"refresh_rotation": True})
        browser = await world.with_session()
        cold = World(app_client={"refresh_rotation": True})
        cold.simulator.faults.set(JWKS, Fault(status=500))
        cookies = {
            "cookie": "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar),
            "origin": FRONTEND,
        }
        answer = await cold.script().post("/auth/refresh", headers=cookies)
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
        assert cold.token_requests() == 0

    async def test_keys_that_are_lost_between_question_and_answer_are_an_outage(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def lost(*_: object, **__: object) -> None:
            raise KeysUnavailable("canary")

        browser, callback = await at_the_callback(world)
        signed_in = await world.with_session()
        monkeypatch.setattr(world.services.verifier, "id_token", lost)
        for answer in (
            await browser.http.get(callback),
            await signed_in.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
            assert "set-cookie" not in answer.headers
            assert "canary" not in answer.text

    async def test_the_end_inside_the_grant_counts_whatever_the_cookie_says(self, world: World) -> None:
        grant = RefreshGrant("r", "s", "sub", YOU, int(world.clock()) - 1)
        with pytest.raises(SessionEnded, match="absolute end"):
            await world.services.refresher.renew(grant)
        assert world.token_requests() == 0

    async def test_a_domain_that_is_served_no_more_ends_its_sessions(self, world: World, tmp_path: Any) -> None:
        browser = await world.with_session(YOU)
        strict = World(tenants=tmp_path / "strict.toml", sso_unlisted_domains="refuse")
        strict.services.tenants.use(Routing())
        cookies = {
            "cookie": "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar),
            "origin": FRONTEND,
        }
        strict.simulator.pool.refresh_tokens = world.simulator.pool.refresh_tokens
        strict.simulator.pool.users = world.simulator.pool.users
        answer = await strict.script().post("/auth/refresh", headers=cookies)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert len(answer.headers.get_list("set-cookie")) == 3

    async def test_without_a_session_there_is_nothing_to_renew_and_garbage_is_cleared(self, world: World) -> None:
        for cookie in ("", "__Secure-sso_refresh=garbage", "__Secure-sso_refresh=\xff"):
            headers = [(b"cookie", cookie.encode("latin-1")), (b"origin", FRONTEND.encode())]
            answer = await world.script().post("/auth/refresh", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
            assert world.token_requests() == 0

    async def test_no_token_is_ever_told_sec_259(self, world: World) -> None:
        browser = await world.with_session()
        answer = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert set(answer.json()) == {"expires_at", "refresh_at"}
        assert "eyJ" not in answer.text
