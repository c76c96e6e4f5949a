"""Where the browser is sent, as others were led astray."""

from __future__ import annotations

import httpx
import pytest

from tests.browser import NAVIGATION
from tests.world import FRONTEND, SERVICE, World

OURS = {
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce"),
    *("code_challenge", "code_challenge_method", "identity_provider", "login_hint"),
}


async def start(world: World, return_to: str, **more: str) -> httpx.Response:
    query = {"email": "you@example.com", "return_to": return_to, **more}
    return await world.script().get("/login/start", params=query)


@pytest.mark.parametrize(
    "target", ["/\\evil.example", "\\/evil.example", "/\\/evil.example", "\\\\evil.example", "/%5cevil\\"]
)
async def test_a_backslash_is_no_slash_ghsa_qqxw_m5fj_f7gv(world: World, target: str) -> None:
    assert (await start(world, target)).json()["code"] == "invalid_return_to"


@pytest.mark.parametrize("between", ["\t", "\n", "\r\n", " ", "\x00", "\x0b", "\u00a0", "\u2028", "\u3000"], ids=ascii)
async def test_white_space_between_slashes_ghsa_j7px_6hwj_hpjg(world: World, between: str) -> None:
    assert (await start(world, f"/{between}/evil.example")).json()["code"] == "invalid_return_to"


@pytest.mark.parametrize("encoded", ["%09", "%0a", "%0d%0a", "%20", "%00", "%5c", "%2f"])
async def test_encoded_white_space_stays_a_path_of_the_frontend_ghsa_5m6c_jp6f_2vcv(world: World, encoded: str) -> None:
    browser = world.browser()
    await world.sign_in(browser, "you@example.com", return_to=f"/{encoded}/evil.example")
    assert str(browser.page.request.url).startswith(f"{FRONTEND}/{encoded}/")


@pytest.mark.parametrize(
    "value",
    ["/x&identity_provider=Evil", "/?client_id=evil", "/#&redirect_uri=https://evil.example", "/x%26prompt=none"],
)
async def test_the_authorize_url_has_our_parameters_only_ghsa_7p99_3798_f85c(world: World, value: str) -> None:
    added = {"redirect_uri": "https://evil.example", "prompt": "none", "idp_identifier": "evil"}
    url = httpx.URL((await start(world, value, **added)).headers["location"])
    names = [name for name, _ in url.params.multi_items()]
    assert (len(names), set(names)) == (len(OURS), OURS)
    assert "evil" not in str(url).lower()


@pytest.mark.parametrize("name", ["redirect_uri", "return_to", "error_uri", "target_link_uri", "next"])
async def test_an_error_is_never_redirected_authlib_1_6_10(world: World, name: str) -> None:
    for path in (
        "/auth/callback?error=access_denied&state=x",
        "/auth/callback?code=x",
        "/login/start?email=nobody",
        "/login/initiated?iss=x",
    ):
        for headers in ({}, NAVIGATION):
            answer = await world.script().get(f"{path}&{name}=https://evil.example", headers=headers)
            assert "location" not in answer.headers
            assert 'href="https://evil' not in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "https://app.example.evil.example",
        "javascript:alert(1)",
    ],
)
async def test_a_sign_out_ends_on_a_frontend_cognito_at_edge(world: World, target: str) -> None:
    refused = await world.script().post("/auth/logout", json={"return_to": target})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_return_to")
    planted = await world.script().get(f"/auth/signed-out?return_to={target}&redirect_uri={target}&logout_uri={target}")
    assert planted.headers["location"] == f"{FRONTEND}/"
    assert SERVICE not in planted.headers["location"]
