"""POST /oauth2/token, and what is in the tokens."""

import asyncio
import base64
import json
from typing import Any

import pytest

from cognito_sso.simulator import Simulator
from cognito_sso.simulator.signing import from_b64url, half_hash, verified

from .world import CALLBACK, CLIENT_ID, DOMAIN, JANE, NOW, Browser, answer, app_client, simulator


def header_of(token: str) -> dict[str, Any]:
    return dict(json.loads(from_b64url(token.split(".")[0])))


def claims_of(token: str) -> dict[str, Any]:
    return dict(json.loads(from_b64url(token.split(".")[1])))


def outcome(response):
    return response.status_code, response.json()


async def test_a_code_becomes_three_tokens(browser):
    response = await browser.redeem(await browser.code())
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert list(response.json()) == ["id_token", "access_token", "refresh_token", "expires_in", "token_type"]
    assert (response.json()["expires_in"], response.json()["token_type"]) == (3600, "Bearer")
    assert response.json()["refresh_token"].startswith("eyJj")


async def test_a_code_is_good_once(browser):
    code = await browser.code()
    assert (await browser.redeem(code)).status_code == 200
    assert outcome(await browser.redeem(code)) == (400, {"error": "invalid_grant"})


async def test_of_two_racing_redemptions_one_wins(browser):
    code = await browser.code()
    both = await asyncio.gather(browser.redeem(code), browser.redeem(code))
    assert sorted(response.status_code for response in both) == [200, 400]


async def test_a_code_is_good_for_five_minutes(sim, browser):
    code = await browser.code()
    sim.clock.advance(300)
    assert outcome(await browser.redeem(code)) == (400, {"error": "invalid_grant"})


INVALID_REDIRECT = {"error": "unauthorized_client", "error_description": "invalid_redirect"}


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"redirect_uri": f"{CALLBACK}/"}, INVALID_REDIRECT),
        ({"code_verifier": "x" * 43}, {"error": "invalid_grant"}),
        ({"code_verifier": ""}, {"error": "invalid_grant"}),
        ({"code": "unknown"}, {"error": "invalid_grant"}),
        ({"code": ""}, {"error": "invalid_request"}),
        ({"redirect_uri": ""}, {"error": "invalid_request"}),
        ({"grant_type": ""}, {"error": "invalid_request"}),
        ({"grant_type": "password"}, {"error": "unsupported_grant_type"}),
        ({"grant_type": "client_credentials"}, {"error": "unauthorized_client"}),
        ({"client_id": "nobody"}, {"error": "invalid_client"}),
        ({"client_id": ""}, {"error": "invalid_client"}),
    ],
)
async def test_every_mistake_is_a_400_with_its_own_body(browser, changes, body):
    code = await browser.code()
    assert outcome(await browser.redeem(**{"code": code, **changes})) == (400, body)


async def test_a_code_belongs_to_the_client_that_asked():
    async with Browser(simulator(app_client(), app_client(client_id="other"))) as browser:
        response = await browser.redeem(await browser.code(), client_id="other")
    assert outcome(response) == (400, {"error": "invalid_grant"})


async def test_repeated_parameters_json_and_get_are_refused(browser):
    url = f"{DOMAIN}/oauth2/token"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post(url, content="grant_type=a&grant_type=b", headers=form)).json() == {
        "error": "invalid_request"
    }
    assert (await browser.post(url, json={"grant_type": "authorization_code"})).json() == {"error": "invalid_request"}
    assert (await browser.get(url)).status_code == 405


class TestAConfidentialClient:
    @pytest.fixture
    def sim(self) -> Simulator:
        return simulator(app_client(client_secret="first secret", second_secret="second:secret"))

    @pytest.mark.parametrize("secret", ["first secret", "second:secret"])
    async def test_may_send_either_secret_in_the_body(self, browser, secret):
        assert (await browser.redeem(await browser.code(), client_secret=secret)).status_code == 200

    async def test_may_send_it_by_basic(self, browser):
        form = {
            "grant_type": "authorization_code",
            "code": await browser.code(code_challenge=None, code_challenge_method=None),
            "redirect_uri": CALLBACK,
        }
        basic = base64.b64encode(f"{CLIENT_ID}:second%3Asecret".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        assert (await browser.post(f"{DOMAIN}/oauth2/token", data=form, headers=headers)).status_code == 200

    @pytest.mark.parametrize("given", [{}, {"client_secret": "wrong"}])
    async def test_is_refused_with_400_otherwise(self, browser, given):
        refused = await browser.redeem(await browser.code(), **given)
        assert outcome(refused) == (400, {"error": "invalid_client", "error_description": "invalid_client_secret"})

    async def test_is_refused_for_a_broken_basic_header(self, browser):
        headers = {"Authorization": "Basic é".encode()}
        response = await browser.post(
            f"{DOMAIN}/oauth2/token", data={"grant_type": "authorization_code"}, headers=headers
        )
        assert outcome(response) == (400, {"error": "invalid_client"})


async def test_a_machine_gets_an_access_token_alone():
    machine = app_client(
        client_id="machine", client_secret="s3", scopes=("orders/read",), oauth_flows=("client_credentials",)
    )
    async with Browser(simulator(app_client(), machine)) as browser:
        response = await browser.token(grant_type="client_credentials", client_id="machine", client_secret="s3")
    assert list(response.json()) == ["access_token", "expires_in", "token_type"]
    claims = claims_of(response.json()["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scope"]) == ("machine", "machine", "orders/read")
    assert not {"username", "cognito:groups", "origin_jti"} & set(claims)


async def test_a_machine_needs_a_secret_and_its_own_scopes():
    def machine(**changes):
        usual = {"client_id": "machine", "client_secret": "s3", "oauth_flows": ("client_credentials",)}
        return app_client(**{**usual, "scopes": ("orders/read",), **changes})

    form = {"grant_type": "client_credentials", "client_id": "machine"}
    async with Browser(simulator(machine())) as browser:
        response = await browser.token(**form, client_secret="s3", scope="orders/write")
        assert outcome(response) == (400, {"error": "invalid_grant"})
    async with Browser(simulator(machine(client_secret=None))) as browser:
        assert outcome(await browser.token(**form)) == (400, {"error": "invalid_client"})


async def test_phone_numbers_need_their_scope():
    sim = simulator(app_client(scopes=("openid", "phone", "email")))
    sim.pool.rules.attribute_mapping["phone_number"] = "phone"
    sim.tamper.scalekit_claims = lambda claims: claims.update(phone="+46701234567")
    async with Browser(sim) as browser:
        claims = claims_of((await browser.tokens(scope="openid phone"))["id_token"])
    assert claims["phone_number"] == "+46701234567"
    assert "email" not in claims


async def test_openid_alone_tells_everything(browser):
    claims = claims_of((await browser.tokens(scope="openid"))["id_token"])
    assert {"email", "given_name", "custom:org_id"} <= set(claims)


async def test_a_scope_the_client_may_not_read_makes_the_grant_invalid():
    async with Browser(simulator(app_client(unreadable_attributes=("email_verified",)))) as browser:
        response = await browser.redeem(await browser.code())
    assert outcome(response) == (400, {"error": "invalid_grant"})


# Claims


async def test_id_tokens_say_what_cognitos_say(sim, browser):
    tokens = await browser.tokens()
    claims = claims_of(tokens["id_token"])
    (identity,) = claims.pop("identities")
    connection, _, subject = identity.pop("userId").partition(";")
    assert identity == {
        "dateCreated": f"{NOW}000",
        "providerName": "ScalekitIdPRouter",
        "providerType": "OIDC",
        "issuer": None,
        "primary": "true",
    }
    random = {name: claims.pop(name) for name in ("sub", "jti", "origin_jti")}
    assert all(random.values())
    assert claims == {
        "at_hash": half_hash(tokens["access_token"]),
        "cognito:groups": ["eu-north-1_6m0O668r5_ScalekitIdPRouter"],
        "email_verified": True,
        "iss": sim.issuer,
        "cognito:username": f"scalekitidprouter_{connection};{subject}",
        "nonce": "app-nonce",
        "aud": CLIENT_ID,
        "token_use": "id",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "email": JANE,
        "name": "Jane Doe",
        "given_name": "Jane",
        "family_name": "Doe",
        "preferred_username": JANE,
        "custom:org_id": sim.people.company("megasoft").organization_id,
        "custom:department": "Engineering",
    }


async def test_access_tokens_have_a_client_id_and_no_audience(sim, browser):
    tokens = await browser.tokens()
    claims, id_claims = claims_of(tokens["access_token"]), claims_of(tokens["id_token"])
    assert claims.pop("event_id")
    assert claims.pop("jti") != id_claims["jti"]
    assert claims == {
        "sub": id_claims["sub"],
        "cognito:groups": ["eu-north-1_6m0O668r5_ScalekitIdPRouter"],
        "iss": sim.issuer,
        "version": 2,
        "client_id": CLIENT_ID,
        "origin_jti": id_claims["origin_jti"],
        "token_use": "access",
        "scope": "openid email profile",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "username": id_claims["cognito:username"],
    }


async def test_a_resource_becomes_the_access_tokens_audience(browser):
    tokens = await browser.tokens(resource="https://api.acme.example")
    assert claims_of(tokens["access_token"])["aud"] == "https://api.acme.example"
    assert claims_of(tokens["id_token"])["aud"] == CLIENT_ID


async def test_headers_are_kid_and_alg_and_each_token_has_its_own_key(sim, browser):
    tokens = await browser.tokens()
    headers = [header_of(tokens["id_token"]), header_of(tokens["access_token"])]
    assert [list(header) for header in headers] == [["kid", "alg"]] * 2
    assert [header["kid"] for header in headers] == [sim.keys.id.kid, sim.keys.access.kid]
    assert all(len(header["kid"]) == 44 and header["kid"].endswith("=") for header in headers)


async def test_without_openid_there_is_no_id_token():
    async with Browser(simulator(app_client(scopes=("openid", "aws.cognito.signin.user.admin")))) as browser:
        tokens = await browser.tokens(scope="aws.cognito.signin.user.admin")
        assert "id_token" not in tokens
        refused = await browser.userinfo(tokens["access_token"])
    assert "Access token does not contain openid scope" in refused.headers["www-authenticate"]


async def test_scopes_decide_which_attributes_are_told(browser):
    claims = claims_of((await browser.tokens(scope="openid email"))["id_token"])
    assert claims["email"] == JANE
    assert "given_name" not in claims
    assert "custom:org_id" not in claims


async def test_omitted_scopes_are_all_of_the_clients(browser):
    assert claims_of((await browser.tokens(scope=None))["access_token"])["scope"] == "openid email profile"


async def test_the_implicit_flow_puts_tokens_in_the_fragment():
    async with Browser(simulator(app_client(oauth_flows=("code", "implicit")))) as browser:
        response = await browser.sign_in(response_type="token")
    fragment = response.headers["location"].partition("#")[2]
    assert [pair.partition("=")[0] for pair in fragment.split("&")] == [
        "id_token",
        "access_token",
        "token_type",
        "expires_in",
        "state",
    ]


async def test_a_user_is_the_same_at_the_next_sign_in(sim, browser):
    first = claims_of((await browser.tokens())["id_token"])
    sim.clock.advance(4000)
    code = answer(await browser.open(login_hint=JANE))["code"]
    second = claims_of((await browser.redeem(code)).json()["id_token"])
    assert (first["sub"], first["identities"]) == (second["sub"], second["identities"])
    assert second["auth_time"] == NOW + 4000


# Refreshing


async def test_a_refresh_gives_no_new_refresh_token(sim, browser):
    tokens = await browser.tokens()
    sim.clock.advance(60)
    refreshed = (await browser.refresh(tokens["refresh_token"])).json()
    assert list(refreshed) == ["id_token", "access_token", "expires_in", "token_type"]
    old, new = claims_of(tokens["id_token"]), claims_of(refreshed["id_token"])
    assert (new["auth_time"], new["iat"]) == (NOW, NOW + 60)
    assert new["origin_jti"] == old["origin_jti"]
    assert "nonce" not in new


@pytest.mark.parametrize("value", ["garbage", ""])
async def test_a_bad_refresh_token_is_refused(browser, value):
    assert (await browser.refresh(value)).status_code == 400


async def test_a_refresh_token_ends_after_its_time(sim, browser):
    tokens = await browser.tokens()
    sim.clock.advance(30 * 86400)
    assert outcome(await browser.refresh(tokens["refresh_token"])) == (400, {"error": "invalid_grant"})


class TestRotation:
    @pytest.fixture
    def sim(self) -> Simulator:
        return simulator(app_client(refresh_rotation=True, refresh_token_seconds=7200))

    async def test_replaces_the_token_at_once(self, browser):
        old = (await browser.tokens())["refresh_token"]
        new = (await browser.refresh(old)).json()["refresh_token"]
        assert new != old
        assert outcome(await browser.refresh(old)) == (400, {"error": "invalid_grant"})
        assert (await browser.refresh(new)).status_code == 200

    async def test_of_two_concurrent_refreshes_one_is_refused(self, browser):
        old = (await browser.tokens())["refresh_token"]
        both = await asyncio.gather(browser.refresh(old), browser.refresh(old))
        assert sorted(response.status_code for response in both) == [200, 400]

    async def test_does_not_prolong_the_family(self, sim, browser):
        old = (await browser.tokens())["refresh_token"]
        sim.clock.advance(7000)
        new = (await browser.refresh(old)).json()["refresh_token"]
        sim.clock.advance(200)
        assert (await browser.refresh(new)).status_code == 400


async def test_rotation_can_leave_a_grace_period():
    sim = simulator(app_client(refresh_rotation=True, retry_grace_seconds=30))
    async with Browser(sim) as browser:
        old = (await browser.tokens())["refresh_token"]
        await browser.refresh(old)
        sim.clock.advance(29)
        assert (await browser.refresh(old)).status_code == 200
        sim.clock.advance(1)
        assert (await browser.refresh(old)).status_code == 400


# Keys and discovery


async def test_discovery_has_exactly_cognitos_members(sim, browser):
    document = (await browser.get(f"{sim.issuer}/.well-known/openid-configuration")).json()
    assert document["issuer"] == sim.issuer == "http://127.0.0.1:8001/eu-north-1_6m0O668r5"
    assert document["token_endpoint"] == f"{DOMAIN}/oauth2/token"
    assert document["end_session_endpoint"] == f"{DOMAIN}/logout"
    assert sorted(document) == [
        "authorization_endpoint",
        "end_session_endpoint",
        "id_token_signing_alg_values_supported",
        "issuer",
        "jwks_uri",
        "response_types_supported",
        "revocation_endpoint",
        "scopes_supported",
        "subject_types_supported",
        "token_endpoint",
        "token_endpoint_auth_methods_supported",
        "userinfo_endpoint",
    ]


async def test_discovery_is_not_on_the_hosted_domain(sim, browser):
    assert (await browser.get(f"{DOMAIN}/{sim.pool.pool_id}/.well-known/openid-configuration")).status_code == 404


async def jwks(sim, browser):
    return (await browser.get(f"{sim.issuer}/.well-known/jwks.json")).json()["keys"]


async def test_two_keys_are_published_and_verify_the_tokens(sim, browser):
    keys = await jwks(sim, browser)
    assert [list(key) for key in keys] == [["alg", "e", "kid", "kty", "n", "use"]] * 2
    tokens = await browser.tokens()
    assert verified(tokens["id_token"], keys)["token_use"] == "id"
    assert verified(tokens["access_token"], keys)["token_use"] == "access"


async def test_rotation_keeps_the_old_keys_until_they_are_dropped(sim, browser):
    before = await jwks(sim, browser)
    sim.keys.rotate()
    during = await jwks(sim, browser)
    assert during[2:] == before
    assert header_of(sim.mint_id_token())["kid"] == during[0]["kid"]
    sim.keys.drop_old()
    assert await jwks(sim, browser) == during[:2]


async def test_rotation_can_drop_the_old_keys_at_once(sim, browser):
    before = await jwks(sim, browser)
    sim.keys.rotate(keep_old=False)
    after = await jwks(sim, browser)
    assert len(after) == 2
    assert not {key["kid"] for key in before} & {key["kid"] for key in after}


# Tampering and minting


async def test_a_test_can_change_anything_before_it_is_signed(sim, browser):
    sim.tamper.id_claims = lambda claims: claims.update(nonce="another")
    sim.tamper.access_header = lambda header: {**header, "typ": "JWT"}
    sim.tamper.token_response = lambda body: {**body, "extra": 1}
    tokens = await browser.tokens()
    assert claims_of(tokens["id_token"])["nonce"] == "another"
    assert header_of(tokens["access_token"])["typ"] == "JWT"
    assert tokens["extra"] == 1
    sim.tamper.clear()
    assert sim.tamper.id_claims is None


async def test_minted_tokens_are_as_good_as_issued_ones(sim, browser):
    tokens = sim.mint(JANE, nonce="n")
    assert (await browser.userinfo(tokens["access_token"])).json()["email"] == JANE
    assert (await browser.refresh(tokens["refresh_token"])).status_code == 200
    assert claims_of(tokens["id_token"])["nonce"] == "n"
    issued = await browser.tokens()
    assert claims_of(issued["id_token"])["sub"] == claims_of(tokens["id_token"])["sub"]


async def test_minted_claims_can_be_replaced_and_left_out(sim):
    claims = claims_of(sim.mint_access_token("a@unknown.example", claims={"exp": 1, "version": None}))
    assert claims["exp"] == 1
    assert "version" not in claims
