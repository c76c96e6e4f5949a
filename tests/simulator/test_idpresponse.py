"""GET /oauth2/idpresponse: what comes back from Scalekit, and what the app is told."""

from urllib.parse import parse_qs, urlsplit

import pytest

from cognito_sso.simulator import Fault, IdentityProvider

from .test_tokens import claims_of
from .world import CALLBACK, DOMAIN, JANE, SCALEKIT, Browser, answer, app_client, simulator


async def test_a_person_signs_in_and_the_app_gets_a_code(browser):
    response = await browser.sign_in()
    assert response.headers["location"].startswith(f"{CALLBACK}?code=")
    assert list(answer(response)) == ["code", "state"]
    assert answer(response)["state"] == "app-state"


async def test_cognito_redeems_scalekits_code_with_the_secret_in_the_body(sim, browser):
    await browser.sign_in()
    request = sim.journal.last("POST", "/oauth/token")
    assert sorted(request.form) == ["client_id", "client_secret", "code", "grant_type", "redirect_uri"]
    assert "authorization" not in request.headers
    assert request.headers["user-agent"] == "Amazon/Cognito"


async def test_keys_are_fetched_for_every_sign_in(sim, browser):
    await browser.sign_in()
    await browser.sign_in("omar@megasoft.example", prompt="login")
    assert len(sim.journal.of("GET", "/keys")) == 2


@pytest.mark.parametrize("state", ["", "H4sI.x.4", "é"])
async def test_a_foreign_state_never_reaches_the_app(browser, state):
    await browser.authorize()
    response = await browser.get(f"{DOMAIN}/oauth2/idpresponse", params={"code": "x", "state": state})
    assert response.headers["location"] == f"{DOMAIN}/error?error=Invalid+State%2FRelayState+provided"


async def test_another_browser_cannot_finish_the_round_trip(sim, browser):
    upstream = await browser.authorize()
    state = parse_qs(urlsplit(upstream.headers["location"]).query)["state"][0]
    async with Browser(sim) as other:
        await other.authorize()
        response = await other.get(f"{DOMAIN}/oauth2/idpresponse", params={"code": "x", "state": state})
    assert "/error?error=Invalid+State" in response.headers["location"]


async def test_two_tabs_can_be_under_way_at_once(browser):
    first = await browser.open(login_hint=JANE, state="first")
    second = await browser.open(login_hint=JANE, state="second")
    credentials = {"email": JANE, "password": "x"}
    assert answer(await browser.submit(first, **credentials))["state"] == "first"
    assert answer(await browser.submit(second, **credentials))["state"] == "second"


async def test_five_minutes_are_all_one_has(sim, browser):
    page = await browser.open(login_hint=JANE)
    sim.clock.advance(300)
    response = await browser.submit(page, email=JANE, password="x")
    assert response.status_code == 401
    assert "Something went wrong" in response.text


def change(**claims):
    return lambda found: found.update(claims)


def without(*names):
    return lambda found: {name: value for name, value in found.items() if name not in names}


@pytest.mark.parametrize(
    ("hook", "description"),
    [
        (change(iss="http://evil.example"), "Bad id_token issuer http://evil.example"),
        (change(aud=["someone-else"]), "Bad id_token audience"),
        (change(exp=1), "id_token is expired"),
        (change(email=""), "attributes required: [email]"),
        (without("sub"), "username attribute mapping required"),
        (change(name="n" * 2049), "Invalid user attributes: name. The attribute is too long."),
    ],
)
async def test_odd_id_tokens_end_at_the_callback(sim, browser, hook, description):
    sim.tamper.scalekit_claims = hook
    sim.tamper.scalekit_userinfo = lambda _: {}
    expected = {"error_description": description, "state": "app-state", "error": "invalid_request"}
    assert answer(await browser.sign_in()) == expected


@pytest.mark.parametrize(
    ("endpoint", "fault", "description"),
    [
        ("POST /oauth/token", Fault(status=502, body="<html>"), "ScalekitIdPRouter Error - 502 error getting token"),
        (
            "POST /oauth/token",
            Fault(status=400, body='{"error":"invalid_request","error_description":"nope"}'),
            "ScalekitIdPRouter Error - 400 invalid_request nope",
        ),
        ("POST /oauth/token", Fault(status=200, body="[]"), "Exception processing authorization code"),
        ("POST /oauth/token", Fault(hang=True), "Timeout occurred in calling IdP token endpoint"),
        ("POST /oauth/token", Fault(abort=True), "Connection reset"),
        ("GET /keys", Fault(hang=True), "error_description=Timeout in calling jwks uri"),
        ("GET /keys", Fault(status=500), "Invalid id_token: unknown kid"),
        ("GET /userinfo", Fault(hang=True), "Read timed out"),
    ],
)
async def test_a_failing_scalekit_ends_at_the_callback(sim, browser, endpoint, fault, description):
    sim.faults.set(endpoint, fault)
    assert answer(await browser.sign_in())["error_description"] == description


async def test_an_answer_without_a_code_or_an_id_token_ends_at_the_callback(sim, browser):
    expected = "Exception processing authorization code"
    sim.tamper.scalekit_token_response = without("id_token")
    assert answer(await browser.sign_in())["error_description"] == expected
    upstream = await browser.authorize()
    state = parse_qs(urlsplit(upstream.headers["location"]).query)["state"][0]
    response = await browser.get(f"{DOMAIN}/oauth2/idpresponse", params={"state": state})
    assert answer(response)["error_description"] == expected


async def test_a_client_deleted_meanwhile_strands_the_user(sim, browser):
    page = await browser.open(login_hint=JANE)
    sim.pool.clients.clear()
    assert "Invalid State" in (await browser.submit(page, email=JANE, password="x")).text


async def test_userinfo_may_fail_because_the_id_token_says_enough(sim, browser):
    sim.faults.set("GET /userinfo", Fault(status=500))
    assert "code" in answer(await browser.sign_in())


async def test_id_token_values_win_over_userinfo(sim, browser):
    sim.tamper.scalekit_userinfo = change(email="other@megasoft.example")
    assert (await browser.userinfo((await browser.tokens())["access_token"])).json()["email"] == JANE


async def test_cancelling_at_the_company_reaches_the_app(browser):
    page = await browser.open(login_hint=JANE)
    refused = answer(await browser.submit(page, action="cancel"))
    assert refused["error"] == "access_denied"
    assert refused["error_description"] == "The sign-in at Megasoft was cancelled."


async def test_an_unknown_domain_reaches_the_app_as_invalid_request(sim, browser):
    refused = answer(await browser.open(login_hint="who@nowhere.example"))
    assert refused["error"] == "invalid_request"
    sim.scalekit.unknown_domain_error = "domain_not_found"
    sim.pool.rules.upstream_error = lambda error: error
    assert answer(await browser.open(login_hint="who@nowhere.example"))["error"] == "domain_not_found"


async def test_a_lambda_can_refuse_a_new_user(sim, browser):
    sim.pool.rules.pre_sign_up = lambda username, attributes: f"No {attributes['email']}"
    assert answer(await browser.sign_in())["error_description"] == f"PreSignUp failed with error No {JANE}. "


async def test_an_immutable_attribute_breaks_the_second_sign_in(sim, browser):
    sim.pool.rules.immutable = ("email",)
    assert "code" in answer(await browser.sign_in())
    sim.clock.advance(3600)
    refused = answer(await browser.open(login_hint=JANE))
    assert refused["error_description"] == "user.email: Attribute cannot be updated.\n "


async def test_a_disabled_user_is_refused(sim, browser):
    await browser.sign_in()
    next(iter(sim.pool.users)).enabled = False
    sim.clock.advance(3600)
    assert answer(await browser.open(login_hint=JANE))["error_description"] == "User is disabled."


async def test_the_linking_quirk_fails_each_users_first_sign_in_once(sim, browser):
    sim.pool.rules.already_found = True
    first = answer(await browser.sign_in())
    assert first["error_description"].startswith("Already found an entry for username ScalekitIdPRouter_conn_")
    assert "code" in answer(await browser.open(login_hint=JANE))


async def test_a_case_insensitive_pool_lowers_user_name_and_email(sim, browser):
    sim.tamper.scalekit_claims = change(email="Jane@Megasoft.Example")
    profile = (await browser.userinfo((await browser.tokens())["access_token"])).json()
    assert profile["email"] == JANE
    assert profile["username"].startswith("scalekitidprouter_conn_")


async def test_a_case_sensitive_pool_keeps_both():
    sim = simulator(case_sensitive=True)
    sim.tamper.scalekit_claims = change(email="Jane@Megasoft.Example")
    async with Browser(sim) as browser:
        profile = (await browser.userinfo((await browser.tokens())["access_token"])).json()
    assert profile["email"] == "Jane@Megasoft.Example"
    assert profile["username"].startswith("ScalekitIdPRouter_conn_")


async def test_lists_are_flattened_as_cognito_does_it(sim, browser):
    sim.pool.rules.attribute_mapping["custom:teams"] = "teams"
    sim.tamper.scalekit_claims = change(teams=["a b", "c.d"])
    profile = (await browser.userinfo((await browser.tokens())["access_token"])).json()
    assert profile["custom:teams"] == "[a%20b,c.d]"


# The hosted session


async def test_within_the_hour_nobody_is_asked_again(sim, browser):
    await browser.sign_in()
    sim.journal.clear()
    sim.clock.advance(3599)
    assert "code" in answer(await browser.authorize(login_hint="omar@megasoft.example"))
    assert not sim.journal.of("GET", "/oauth/authorize")


async def test_the_hour_does_not_slide(sim, browser):
    await browser.sign_in()
    sim.clock.advance(3000)
    await browser.authorize()
    sim.clock.advance(600)
    assert "/oauth/authorize" in (await browser.authorize()).headers["location"]


@pytest.mark.parametrize("prompt", ["login", "select_account", "consent"])
async def test_a_prompt_asks_again(browser, prompt):
    await browser.sign_in()
    assert f"prompt={prompt}" in (await browser.authorize(prompt=prompt)).headers["location"]


async def test_prompt_none_rides_the_session(browser):
    await browser.sign_in()
    assert "code" in answer(await browser.authorize(prompt="none"))


async def test_a_session_belongs_to_one_provider_and_one_client():
    clients = (app_client(providers=("ScalekitIdPRouter", "Second")), app_client(client_id="other"))
    second = IdentityProvider("Second", SCALEKIT, "skc_2", "secret")
    async with Browser(simulator(*clients, providers=(second,))) as browser:
        await browser.sign_in()
        assert "code" in answer(await browser.authorize())
        assert "client_id=skc_2" in (await browser.authorize(identity_provider="Second")).headers["location"]
        assert "/oauth/authorize" in (await browser.authorize(client_id="other")).headers["location"]


async def test_a_nonce_appears_unasked_on_a_round_trip_but_not_from_the_session(sim, browser):
    first = claims_of((await browser.tokens(nonce=None))["id_token"])
    assert len(first["nonce"]) == 171
    code = answer(await browser.authorize(nonce=None))["code"]
    second = claims_of((await browser.redeem(code)).json()["id_token"])
    assert "nonce" not in second
    assert second["auth_time"] == first["auth_time"]
