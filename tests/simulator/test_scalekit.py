"""Scalekit's OpenID Connect endpoints, without Cognito in front."""

from typing import Any

import pytest

from cognito_sso.simulator import Company, Person
from cognito_sso.simulator.signing import half_hash, verified

from .test_tokens import claims_of, header_of
from .world import CHALLENGE, DOMAIN, JANE, NOW, SCALEKIT, VERIFIER, answer

REDIRECT_URI = f"{DOMAIN}/oauth2/idpresponse"


@pytest.fixture
def client(sim):
    return next(iter(sim.scalekit.clients.values()))


@pytest.fixture
def authorize(browser, client):
    async def send(**changes: str | None):
        usual = {
            "client_id": client.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid email profile",
            "state": "s" * 4000,
        }
        query = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        return await browser.get(f"{SCALEKIT}/oauth/authorize", params=query)

    return send


@pytest.fixture
def token(browser, client):
    async def send(code: str, **changes: Any):
        usual = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        return await browser.post(f"{SCALEKIT}/oauth/token", data={**usual, **changes})

    return send


@pytest.fixture
def code_of(browser, authorize):
    """The code for a person who signs in at the company's page; redirects end before Cognito."""

    async def sign_in(email: str, **changes: str | None) -> str:
        page = await browser.follow(await authorize(login_hint=email, **changes))
        path = page.url.copy_with(query=None)
        form = {"authRequestID": page.url.params["authRequestID"], "email": email, "password": "x"}
        back = await browser.post(path, data=form)
        return answer(await browser.get(back.headers["location"]))["code"]

    return sign_in


async def test_discovery_lists_what_the_go_library_lists(browser):
    document = (await browser.get(f"{SCALEKIT}/.well-known/openid-configuration")).json()
    assert document["issuer"] == SCALEKIT
    assert document["jwks_uri"] == f"{SCALEKIT}/keys"
    assert document["userinfo_endpoint"] == f"{SCALEKIT}/userinfo"
    assert document["end_session_endpoint"] == f"{SCALEKIT}/oidc/logout"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert "registration_endpoint" not in document


async def test_every_advertised_endpoint_answers(browser):
    document = (await browser.get(f"{SCALEKIT}/.well-known/openid-configuration")).json()
    urls = [value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))]
    statuses = [(await browser.request(method, url)).status_code for url in urls for method in ("GET", "POST")]
    assert 404 not in statuses


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"client_id": None}, {"redirect_uri": "http://x"}])
async def test_client_and_redirect_problems_are_plain_text_and_no_redirect(authorize, changes):
    response = await authorize(**changes)
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, "invalid_connection_selector"),
        ({"scope": None, "login_hint": JANE}, "invalid_request"),
        ({"response_type": "token", "login_hint": JANE}, "invalid_request"),
        ({"login_hint": "a@nowhere.example"}, "no_active_connections"),
        ({"login_hint": "a@eu.megasoft.example"}, "no_active_connections"),
        ({"login_hint": "a@" + "x" * 300}, "no_active_connections"),
        ({"login_hint": "peter@initech.example"}, "connection_not_active"),
        ({"connection_id": "conn_1", "login_hint": JANE}, "invalid_connection_id"),
        ({"organization_id": "org_1", "login_hint": JANE}, "invalid_organization_id"),
        ({"provider": "google", "login_hint": JANE}, "no_configured_connections"),
    ],
)
async def test_other_problems_go_back_to_the_client(authorize, changes, error):
    response = answer(await authorize(**changes))
    assert list(response) == ["error", "error_description", "state"]
    assert (response["error"], response["state"]) == (error, "s" * 4000)


async def test_a_company_without_a_connection_says_so(sim, authorize):
    sim.people.add_company(Company("Newcomer", ("new.example",), connection="unconfigured"))
    assert answer(await authorize(login_hint="a@new.example"))["error"] == "no_configured_connections"


async def test_the_most_specific_selector_wins(sim, authorize):
    globex, umbrella = sim.people.company("globex"), sim.people.company("umbrella")
    by = {
        "umbrella": {"connection_id": umbrella.connection_id, "organization_id": globex.organization_id},
        "globex": {"organization_id": globex.organization_id, "domain": "megasoft.example"},
        "megasoft": {"domain": "MEGASOFT.example", "login_hint": "a@globex.example"},
    }
    for slug, selectors in by.items():
        assert f"/idp/{slug}/login" in (await authorize(**selectors)).headers["location"]
    assert "/idp/umbrella/" in (await authorize(domain_hint="umbrella.test")).headers["location"]


async def test_the_test_organization_has_the_idp_simulator(authorize):
    for email in ("a@example.com", "a@EXAMPLE.org"):
        assert "/idp-simulator/login?authRequestID=req_" in (await authorize(login_hint=email)).headers["location"]


async def test_a_code_becomes_tokens_once(sim, token, code_of):
    code = await code_of(JANE)
    response = await token(code)
    assert list(response.json()) == ["access_token", "token_type", "id_token", "expires_in", "scope"]
    assert response.json()["expires_in"] == 899
    again = await token(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_id_tokens_say_who_and_through_which_connection(sim, browser, client, token, code_of):
    code = await code_of(JANE, nonce="n")
    tokens = (await token(code)).json()
    keys = (await browser.get(f"{SCALEKIT}/keys")).json()["keys"]
    claims = verified(tokens["id_token"], keys)
    company = sim.people.company("megasoft")
    assert list(header_of(tokens["id_token"])) == ["alg", "kid", "typ"]
    assert header_of(tokens["id_token"])["kid"].startswith("snk_")
    assert claims.pop("sid").startswith("ses_")
    connection, _, subject = claims.pop("sub").partition(";")
    assert (connection, len(subject)) == (company.connection_id, 36)
    assert claims == {
        "iss": SCALEKIT,
        "aud": [client.client_id],
        "azp": client.client_id,
        "client_id": client.client_id,
        "amr": [company.connection_id],
        "oid": company.organization_id,
        "email": JANE,
        "email_verified": True,
        "preferred_username": JANE,
        "given_name": "Jane",
        "family_name": "Doe",
        "name": "Jane Doe",
        "department": "Engineering",
        "iat": NOW,
        "exp": NOW + 3600,
        "nonce": "n",
        "at_hash": half_hash(tokens["access_token"]),
        "c_hash": half_hash(code),
    }


async def test_access_tokens_have_scalekits_claims(token, code_of):
    claims = claims_of((await token(await code_of(JANE))).json()["access_token"])
    assert sorted(claims) == ["aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "sub"]
    assert claims["jti"].startswith("tkn_")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": "http://x"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_token_errors_are_json(token, code_of, changes, status, error):
    response = await token(await code_of(JANE), **changes)
    assert (response.status_code, response.json()["error"]) == (status, error)


async def test_basic_authentication_works_too(browser, client, code_of):
    form = {"grant_type": "authorization_code", "code": await code_of(JANE), "redirect_uri": REDIRECT_URI}
    basic = (client.client_id, client.client_secret)
    assert (await browser.post(f"{SCALEKIT}/oauth/token", data=form, auth=basic)).status_code == 200


async def test_a_code_challenge_must_be_answered(token, code_of):
    assert (await token(await code_of(JANE, code_challenge=CHALLENGE))).status_code == 400
    answered = await token(await code_of("omar@megasoft.example", code_challenge=CHALLENGE), code_verifier=VERIFIER)
    assert answered.status_code == 200


async def test_userinfo_tells_the_profile_and_can_be_bare(sim, browser, token, code_of):
    bearer = {"Authorization": f"Bearer {(await token(await code_of(JANE))).json()['access_token']}"}
    profile = (await browser.get(f"{SCALEKIT}/userinfo", headers=bearer)).json()
    assert (profile["oid"], profile["department"]) == (sim.people.company("megasoft").organization_id, "Engineering")
    sim.scalekit.userinfo_is_bare = True
    profile = (await browser.get(f"{SCALEKIT}/userinfo", headers=bearer)).json()
    assert not {"oid", "department"} & set(profile)
    sim.clock.advance(899)
    assert (await browser.get(f"{SCALEKIT}/userinfo", headers=bearer)).status_code == 401
    assert (await browser.get(f"{SCALEKIT}/userinfo")).status_code == 401


async def test_unregistered_and_reserved_attributes_never_reach_a_token(sim, token, code_of):
    attributes = {"department": "R&D", "shoe_size": "44", "roles": "admin"}
    sim.people.add_person("globex", Person("new@globex.example", "N", "P", attributes))
    sim.scalekit.custom_attributes |= {"roles"}
    claims = claims_of((await token(await code_of("new@globex.example"))).json()["id_token"])
    assert claims["department"] == "R&D"
    assert not {"shoe_size", "roles"} & set(claims)


async def test_a_subject_is_the_same_every_time_unless_the_company_wants_it_fresh(sim, token, code_of):
    async def subject(**prompt):
        return claims_of((await token(await code_of(JANE, **prompt))).json()["id_token"])["sub"]

    assert await subject() == await subject(prompt="login")
    sim.people.change("megasoft", fresh_subject=True)
    assert await subject(prompt="login") != await subject(prompt="login")


async def test_an_idp_cannot_assert_another_companys_domain(sim, browser, authorize):
    sim.people.add_person("globex", Person(JANE, "Jane", "Doe"))
    page = await browser.follow(await authorize(domain="globex.example"))
    form = {"authRequestID": page.url.params["authRequestID"], "email": JANE, "password": "x"}
    back = await browser.post(f"{SCALEKIT}/idp/globex/login", data=form)
    assert answer(await browser.get(back.headers["location"]))["error"] == "invalid_user_domain"


async def test_an_evil_tenant_can_where_scalekit_does_not_check(sim, browser, authorize, token):
    page = await browser.follow(await authorize(domain="shady.example"))
    form = {"authRequestID": page.url.params["authRequestID"], "email": JANE, "password": "x"}
    back = await browser.post(f"{SCALEKIT}/idp/shady/login", data=form)
    code = answer(await browser.get(back.headers["location"]))["code"]
    claims = claims_of((await token(code)).json()["id_token"])
    assert claims["email"] == JANE
    assert claims["sub"].startswith(sim.people.company("shady").connection_id)


async def test_an_assertion_is_good_once_and_for_one_connection(sim, browser, authorize):
    request_id = (await authorize(login_hint=JANE)).headers["location"].rpartition("=")[2]
    megasoft, globex = sim.people.company("megasoft"), sim.people.company("globex")

    async def back(company, code):
        query = {"code": code, "state": request_id}
        return await browser.get(f"{SCALEKIT}/sso/v1/oidc/{company.connection_id}/callback", params=query)

    code = sim.scalekit.assertion(megasoft.people[0])
    assert (await back(globex, code)).status_code == 400
    assert answer(await back(megasoft, "made up"))["error"] == "failed_to_exchange_token"
    assert (await back(megasoft, code)).status_code == 400


async def test_keys_can_be_rotated(sim, browser):
    before = (await browser.get(f"{SCALEKIT}/keys")).json()
    sim.scalekit.rotate_key()
    assert (await browser.get(f"{SCALEKIT}/keys")).json() != before
    assert "code" in answer(await browser.sign_in())
