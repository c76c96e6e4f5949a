"""GET /oauth2/authorize: who is sent where."""

import gzip
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from cognito_sso.simulator import IdentityProvider
from cognito_sso.simulator.signing import from_b64url

from .world import CALLBACK, CLIENT_ID, DOMAIN, JANE, PROVIDER, SCALEKIT, Browser, answer, app_client, simulator


def upstream(response):
    """The authorize request Cognito makes, as pairs in order."""
    url = urlsplit(response.headers["location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{SCALEKIT}/oauth/authorize"
    return parse_qsl(url.query)


async def test_scalekit_is_asked_with_exactly_these_parameters_in_this_order(browser):
    pairs = upstream(await browser.authorize(login_hint="jane+x@megasoft.example", prompt="login"))
    assert [name for name, _ in pairs] == [
        "client_id",
        "redirect_uri",
        "scope",
        "response_type",
        "state",
        "login_hint",
        "prompt",
    ]
    asked = dict(pairs)
    assert asked["redirect_uri"] == f"{DOMAIN}/oauth2/idpresponse"
    assert (asked["scope"], asked["response_type"]) == ("openid email profile", "code")
    assert (asked["login_hint"], asked["prompt"]) == ("jane+x@megasoft.example", "login")


async def test_neither_pkce_nor_nonce_travel_upstream(browser):
    names = {name for name, _ in upstream(await browser.authorize())}
    assert names == {"client_id", "redirect_uri", "scope", "response_type", "state"}


async def test_cognitos_state_has_the_form_and_length_of_the_real_one(browser):
    state = dict(upstream(await browser.authorize(state="s" * 43, nonce=None)))["state"]
    readable, tag, version = state.split(".")
    assert 600 <= len(state) <= 900
    assert readable.startswith("H4sIAAAAAAAA")
    assert tag.startswith("H4sIAAAAAAAA")
    assert (len(gzip.decompress(from_b64url(tag))), version) == (32, "4")
    members = json.loads(gzip.decompress(from_b64url(readable)))
    assert members["b"] == PROVIDER
    assert members["d"] == CALLBACK
    assert members["h"] == "s" * 43
    assert len(members["k"]) == 171


async def test_the_round_trip_is_bound_to_the_browser_by_two_cookies(browser):
    response = await browser.authorize()
    assert len(browser.cookies["csrf-state"]) == 171
    assert browser.cookies["csrf-state"] == browser.cookies["csrf-state-legacy"]
    cookies = response.headers.get_list("set-cookie")
    assert all("Secure" not in cookie and "None" not in cookie for cookie in cookies)


async def test_on_https_cookies_are_secure_and_cross_site():
    sim = simulator(domain_url="https://acme.auth.eu-north-1.amazoncognito.com")
    async with Browser(sim) as browser:
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "identity_provider": PROVIDER,
        }
        response = await browser.get(f"{sim.pool.domain_url}/oauth2/authorize", params=query)
    csrf_state, legacy, xsrf = response.headers.get_list("set-cookie")
    assert "Secure" in csrf_state
    assert "SameSite=none" in csrf_state
    assert "SameSite" not in legacy
    assert xsrf.startswith("XSRF-TOKEN=")
    assert xsrf.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"client_id": "nobody"}, "/error?error=Client+does+not+exist."),
        ({"client_id": None}, "/error?error=Required+String+parameter+%27client_id%27+is+not+present"),
        ({"redirect_uri": f"{CALLBACK}/"}, f"/error?error=redirect_mismatch&client_id={CLIENT_ID}"),
        ({"redirect_uri": CALLBACK.upper()}, f"/error?error=redirect_mismatch&client_id={CLIENT_ID}"),
        ({"redirect_uri": None}, "/error?error=Required+String+parameter+%27redirect_uri%27+is+not+present"),
    ],
)
async def test_without_a_trustworthy_callback_the_user_is_stranded_on_an_error_page(browser, changes, location):
    response = await browser.authorize(**changes)
    assert (response.status_code, response.headers["location"]) == (302, f"{DOMAIN}{location}")
    page = await browser.follow(response)
    assert page.status_code == 400
    assert "An error was encountered with the requested page." in page.text


async def test_a_client_without_oauth_flows_strands_the_user_too():
    async with Browser(simulator(app_client(oauth_enabled=False))) as browser:
        response = await browser.authorize()
    assert response.headers["location"] == f"{DOMAIN}/error?error=Client+is+not+enabled+for+OAuth2.0+flows."


@pytest.mark.parametrize("name", ["scalekitidprouter", "Okta", "COGNITO"])
async def test_an_unavailable_provider_strands_the_user_on_the_login_page(browser, name):
    response = await browser.authorize(identity_provider=name)
    location = response.headers["location"]
    assert location.startswith(f"{DOMAIN}/login?client_id={CLIENT_ID}&")
    assert location.endswith("&errorMessage=Login+option+is+not+available.+Please+try+another+one")
    assert f"identity_provider={name}&" in location
    page = await browser.follow(response)
    assert page.status_code == 401
    assert "Login option is not available" in page.text


async def test_a_provider_of_the_pool_must_also_be_enabled_for_the_client():
    async with Browser(simulator(app_client(providers=()))) as browser:
        assert "errorMessage" in (await browser.authorize()).headers["location"]


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"scope": "openid offline_access"}, "error_description=invalid_scope&state=app-state&error=invalid_request"),
        ({"scope": "openid phone"}, "error_description=invalid_scope&state=app-state&error=invalid_request"),
        ({"scope": "email"}, "error_description=invalid_scope&state=app-state&error=invalid_request"),
        ({"response_type": None}, "state=app-state&error=invalid_request"),
        ({"state": None, "scope": "x"}, "error_description=invalid_scope&error=invalid_request"),
        ({"code_challenge_method": "plain"}, None),
        ({"code_challenge_method": None}, None),
        ({"code_challenge": "short"}, None),
        ({"resource": "http://elsewhere.example"}, None),
        ({"prompt": "none login"}, None),
    ],
)
async def test_other_mistakes_go_to_the_callback_as_invalid_request(browser, changes, location):
    response = await browser.authorize(**changes)
    assert response.headers["location"].startswith(f"{CALLBACK}?")
    assert list(answer(response))[-1] == "error"
    assert answer(response)["error"] == "invalid_request"
    if location:
        assert response.headers["location"] == f"{CALLBACK}?{location}"


async def test_errors_of_the_implicit_flow_are_in_the_fragment(browser):
    response = await browser.authorize(response_type="token")
    expected = f"{CALLBACK}#error_description=unauthorized_client&state=app-state&error=invalid_request"
    assert response.headers["location"] == expected


async def test_prompt_none_without_a_session_is_login_required(browser):
    assert answer(await browser.authorize(prompt="none")) == {"state": "app-state", "error": "login_required"}


async def test_the_classic_hosted_ui_knows_no_prompt():
    async with Browser(simulator(managed_login=False)) as browser:
        assert "prompt" not in dict(upstream(await browser.authorize(prompt="login")))


async def test_without_a_provider_the_hosted_page_offers_them(browser):
    page = await browser.open(identity_provider=None, login_hint=JANE)
    assert page.status_code == 200
    assert str(page.url).startswith(f"{DOMAIN}/login?")
    assert f"Continue with {PROVIDER}" in page.text
    assert "e-mail" not in page.text


async def test_the_hosted_page_finds_the_provider_by_the_domain_of_an_email():
    async with Browser(simulator(identifiers=("megasoft.example",))) as browser:
        page = await browser.open(identity_provider=None)
        assert "Company e-mail address" in page.text
        response = await browser.get(page.url.copy_merge_params({"email": JANE}))
        assert "idp_identifier=megasoft.example" in response.headers["location"]
        assert "Megasoft" in (await browser.follow(response)).text


async def test_an_identifier_selects_its_provider():
    async with Browser(simulator(identifiers=("megasoft.example",))) as browser:
        found = await browser.authorize(identity_provider=None, idp_identifier="megasoft.example")
        unknown = await browser.authorize(identity_provider=None, idp_identifier="globex.example")
    assert upstream(found)
    assert "errorMessage" in unknown.headers["location"]


@pytest.mark.parametrize("identifiers", [["d"] * 51, ["d" * 41], ["bad/char"]], ids=["51", "41 characters", "a slash"])
def test_identifiers_have_cognitos_limits(identifiers):
    with pytest.raises(ValueError):
        simulator(identifiers=identifiers)


@pytest.mark.parametrize("name", ["AB", "Scalekit_IdP", "with space", "x" * 33])
def test_provider_names_have_cognitos_limits(name):
    with pytest.raises(ValueError, match="provider name"):
        IdentityProvider(name, "http://idp.example", "id", "secret")
