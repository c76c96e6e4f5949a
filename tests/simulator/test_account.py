"""userInfo, revocation, sign-out, and what every answer of the hosted domain carries."""

import pytest

from cognito_sso.simulator import Simulator

from .world import CALLBACK, CLIENT_ID, DOMAIN, JANE, SIGNED_OUT, Browser, app_client, authorize_url, simulator

DEAD = (
    'error="invalid_token", '
    'error_description="Access token is expired, disabled, or deleted, or the user has globally signed out."'
)


async def revoke(browser, token, **form):
    return await browser.post(f"{DOMAIN}/oauth2/revoke", data={"token": token, "client_id": CLIENT_ID, **form})


async def logout(browser, **query):
    return await browser.get(f"{DOMAIN}/logout", params={"client_id": CLIENT_ID, **query})


# userInfo


async def test_userinfo_speaks_in_strings(browser):
    response = await browser.userinfo((await browser.tokens(scope="openid email"))["access_token"])
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    profile = response.json()
    assert set(profile) == {"sub", "email_verified", "email", "username"}
    assert profile["email_verified"] == "true"


async def test_an_email_nobody_verified_is_not_verified(sim, browser):
    page = await browser.open(login_hint="ann@example.com")
    await browser.submit(page, local_part="ann", domain="example.com", action="simulate")
    tokens = sim.mint("ann@example.com")
    assert (await browser.userinfo(tokens["access_token"])).json()["email_verified"] == "false"


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer "])
async def test_userinfo_without_a_token_is_a_bad_request(browser, header):
    headers = {"Authorization": header} if header else {}
    response = await browser.get(f"{DOMAIN}/oauth2/userInfo", headers=headers)
    expected = 'error="invalid_request", error_description="Bad OAuth2 request at UserInfo Endpoint"'
    assert (response.status_code, response.headers["www-authenticate"]) == (400, expected)


async def assert_dead(browser, token):
    response = await browser.userinfo(token)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, DEAD)


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "e30.e30.", "bm90anNvbg.e30.AAAA", "W10.e30.AA"])
async def test_userinfo_refuses_what_the_pool_did_not_sign(browser, token):
    await assert_dead(browser, token)


async def test_userinfo_refuses_id_tokens_and_expired_tokens(sim, browser):
    tokens = await browser.tokens()
    await assert_dead(browser, tokens["id_token"])
    sim.clock.advance(3600)
    await assert_dead(browser, tokens["access_token"])


async def test_userinfo_refuses_users_that_are_gone_or_disabled(sim, browser):
    tokens = await browser.tokens()
    user = next(iter(sim.pool.users))
    user.enabled = False
    await assert_dead(browser, tokens["access_token"])
    sim.pool.users.delete(user.username)
    await assert_dead(browser, tokens["access_token"])
    assert (await browser.refresh(tokens["refresh_token"])).json() == {"error": "invalid_grant"}


# Revocation


async def test_revoking_ends_the_whole_family(browser):
    tokens = await browser.tokens()
    refreshed = (await browser.refresh(tokens["refresh_token"])).json()
    response = await revoke(browser, tokens["refresh_token"])
    assert (response.status_code, response.content) == (200, b"")
    await assert_dead(browser, tokens["access_token"])
    await assert_dead(browser, refreshed["access_token"])
    assert (await browser.refresh(tokens["refresh_token"])).json() == {"error": "invalid_grant"}


async def test_revoking_one_family_leaves_the_others(browser):
    first, second = await browser.tokens(), await browser.tokens(prompt="login")
    await revoke(browser, first["refresh_token"])
    assert (await browser.userinfo(second["access_token"])).status_code == 200


async def test_a_global_sign_out_ends_every_family(sim, browser):
    tokens = await browser.tokens()
    sim.pool.sign_out_everywhere(next(iter(sim.pool.users)).username)
    await assert_dead(browser, tokens["access_token"])


async def test_revoking_garbage_or_twice_is_fine(browser):
    token = (await browser.tokens())["refresh_token"]
    assert [(await revoke(browser, value)).status_code for value in ("garbage", token, token)] == [200] * 3


async def test_access_and_id_tokens_cannot_be_revoked(browser):
    tokens = await browser.tokens()
    for name in ("access_token", "id_token"):
        response = await revoke(browser, tokens[name])
        assert (response.status_code, response.json()) == (400, {"error": "unsupported_token_type"})


async def test_revoking_needs_a_token_and_a_client(browser):
    assert (await revoke(browser, "")).status_code == 400
    unknown = await revoke(browser, "x", client_id="nobody")
    assert (unknown.status_code, unknown.json()) == (401, {"error": "invalid_client"})


async def test_another_clients_token_stays_alive():
    async with Browser(simulator(app_client(), app_client(client_id="other"))) as browser:
        tokens = await browser.tokens()
        assert (await revoke(browser, tokens["refresh_token"], client_id="other")).status_code == 200
        assert (await browser.refresh(tokens["refresh_token"])).status_code == 200


async def test_revocation_can_be_off_for_a_client():
    async with Browser(simulator(app_client(token_revocation=False))) as browser:
        response = await revoke(browser, "x")
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})


# Sign-out


async def test_signing_out_ends_the_hosted_session_and_goes_to_the_registered_url(browser):
    await browser.sign_in()
    response = await logout(browser, logout_uri=SIGNED_OUT, post_logout_redirect_uri="http://x")
    assert (response.status_code, response.headers["location"]) == (302, SIGNED_OUT)
    assert "cognito" not in browser.cookies
    assert "/oauth/authorize" in (await browser.authorize()).headers["location"]


async def test_the_companys_own_session_survives_so_the_next_sign_in_is_silent(sim, browser):
    await browser.sign_in()
    await logout(browser, logout_uri=SIGNED_OUT)
    response = await browser.open(login_hint=JANE)
    assert response.headers["location"].startswith(f"{CALLBACK}?code=")
    assert len(sim.journal.of("POST", "/idp/megasoft/login")) == 1


async def test_a_slash_too_many_shows_the_misleading_message(browser):
    await browser.sign_in()
    response = await logout(browser, logout_uri=f"{SIGNED_OUT}/")
    assert response.headers["location"] == (
        f"{DOMAIN}/error?error=Required+String+parameter+%27redirect_uri%27+is+not+present"
    )
    assert "cognito" in browser.cookies


async def test_signing_out_can_lead_to_the_login_page(browser):
    query = {"redirect_uri": CALLBACK, "response_type": "code", "state": "s", "identity_provider": "X"}
    response = await logout(browser, **query)
    location = response.headers["location"]
    assert location.startswith(f"{DOMAIN}/login?client_id={CLIENT_ID}&redirect_uri=")
    assert location.endswith("&response_type=code&state=s")
    assert (await browser.follow(response)).status_code == 200


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"client_id": ""}, "Required+String+parameter+%27client_id%27+is+not+present"),
        ({"client_id": "nobody"}, "Client+does+not+exist."),
        ({"redirect_uri": CALLBACK}, "Required+String+parameter+%27response_type%27+is+not+present"),
        ({"redirect_uri": "http://x", "response_type": "code"}, "redirect_mismatch"),
    ],
)
async def test_other_mistakes_end_on_the_error_page(browser, query, error):
    assert f"/error?error={error}" in (await logout(browser, **query)).headers["location"]


# Every answer


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/userInfo", "/logout", "/error", "/nowhere"])
async def test_every_answer_carries_cognitos_headers_and_a_new_xsrf_token(browser, path):
    one, two = await browser.get(f"{DOMAIN}{path}"), await browser.get(f"{DOMAIN}{path}")
    for response in (one, two):
        assert response.headers["x-amz-cognito-request-id"]
        assert response.headers["strict-transport-security"] == "max-age=31536000 ; includeSubDomains"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["server"] == "Server"
        assert "XSRF-TOKEN=" in response.headers["set-cookie"]
    assert one.headers["set-cookie"] != two.headers["set-cookie"]


async def test_only_three_endpoints_may_be_fetched_from_anywhere(sim, browser):
    tokens = await browser.tokens()
    open_to_all = [
        await browser.userinfo(tokens["access_token"]),
        await browser.userinfo("bad"),
        await browser.refresh(tokens["refresh_token"]),
        await browser.refresh("bad"),
        await revoke(browser, "x"),
        await revoke(browser, ""),
    ]
    assert [response.headers["access-control-allow-origin"] for response in open_to_all] == ["*"] * 6
    for response in (await browser.authorize(), await logout(browser), await browser.get(f"{DOMAIN}/login")):
        assert "access-control-allow-origin" not in response.headers


class TestASharedHost:
    """All three stand-ins at one origin."""

    @pytest.fixture
    def sim(self) -> Simulator:
        return simulator(domain_url="http://127.0.0.1:8001")

    async def test_works_by_disjoint_paths(self, sim, browser):
        page = await browser.follow(
            await browser.get(authorize_url(login_hint=JANE).replace(DOMAIN, sim.pool.domain_url))
        )
        response = await browser.submit(page, email=JANE, password="x")
        assert response.headers["location"].startswith(CALLBACK)
