"""State, nonce, PKCE and what a session is made of, as others got them wrong."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognito_sso.cookies.sealing import NotSealedByUs
from cognito_sso.login.tenants import Tenants
from cognito_sso.settings import ConfigurationError, Settings
from cognito_sso.testing import Cognito
from tests.browser import Browser
from tests.world import SERVICE, World, settings_for

YOU, JANE = "you@example.com", "jane@megasoft.example"


async def at_the_callback(world: World, email: str = YOU) -> tuple[Browser, str]:
    """A browser with a login under way, and the URL that Cognito sends it back to."""
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": email})
    await browser.press("Simulate Login", follow=False, local_part=email.partition("@")[0])
    while not browser.page.headers["location"].startswith(f"{SERVICE}/auth/callback"):
        await browser.goto(browser.page.headers["location"], follow=False)
    return browser, browser.page.headers["location"]


def has_session(browser: Browser) -> bool:
    return "__Host-sso_session" in browser.cookie_names()


@pytest.mark.parametrize("state", [None, "", "x", "a" * 43, "null", "../x"])
async def test_a_state_of_nobody_asks_cognito_nothing_cve_2025_14546(world: World, state: str | None) -> None:
    browser, callback = await at_the_callback(world)
    query = {"code": httpx.URL(callback).params["code"], **({} if state is None else {"state": state})}
    answer = await browser.http.get(f"{SERVICE}/auth/callback", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "login_expired")
    assert world.token_requests() == 0


async def test_logins_at_once_are_each_their_own_fastapi_sso_186(world: World) -> None:
    async def one(email: str) -> str:
        browser = world.browser()
        await world.sign_in(browser, email)
        me = await browser.http.get(f"{SERVICE}/me")
        return str(me.json()["email"])

    people = [f"person-{number}@example.com" for number in range(60)]
    assert await asyncio.gather(*map(one, people)) == people


async def test_a_login_of_another_client_is_none_ghsa_x445_f3h2_j279(world: World) -> None:
    browser, callback = await at_the_callback(world)
    other = World(cognito_client_id="anotherclientofthepool")  # with the same cookie key, by mistake
    held = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar)
    answer = await other.script().get(httpx.URL(callback).raw_path.decode(), headers={"cookie": held})
    assert (answer.status_code, answer.json()["code"]) == (400, "login_expired")
    assert other.token_requests() == 0


async def test_a_check_that_breaks_lets_nobody_in_ghsa_8fpg_xm3f_6cx3(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    for part, check in ((world.services.verifier, "id_token"), (Tenants, "prove")):
        browser, callback = await at_the_callback(world)
        with monkeypatch.context() as patched:
            patched.setattr(part, check, broken)
            answer = await browser.http.get(callback)
        assert answer.status_code == 500
        assert not has_session(browser)


async def test_the_challenge_is_always_sent_and_the_verifier_too_cve_2024_23647(world: World) -> None:
    script = world.script()
    bodies: list[dict[str, str]] = [
        {},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"delivery": "tokens"},
    ]
    for more in bodies:
        started = await script.get("/login/start", params={"email": YOU, **more})
        query = httpx.URL(started.headers["location"]).params
        assert (len(query["code_challenge"]), query["code_challenge_method"]) == (43, "S256")
    await world.signed_in()
    (entry,) = world.simulator.journal.of("POST", "/oauth2/token")
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", entry.form["code_verifier"][0])


def test_cognito_is_reached_by_tls_and_nothing_turns_it_off_cve_2024_23656() -> None:
    for name in ("cognito_domain", "cognito_issuer", "sso_public_url", "scalekit_environment_url"):
        with pytest.raises(ConfigurationError):
            settings_for(**{name: "http://login.acme.com"})
    assert not [name for name in Settings.model_fields if re.search(r"tls|ssl|verif|insecure|allow_http|debug", name)]


async def test_a_machines_token_is_no_person_cve_2024_47616(world: World) -> None:
    token = Cognito(world.simulator).machine_token()
    for path in ("/me", "/auth/verify"):
        assert (await world.script().get(path, headers={"authorization": f"Bearer {token}"})).status_code == 401


def test_no_part_of_the_tag_may_be_wrong_or_missing_cve_2025_47275(world: World) -> None:
    seal = world.services.seal
    sealed = seal.seal(b"content", purpose="session", name="x")
    tag = range(len(sealed) - 22, len(sealed))
    wrong = [sealed[:at] for at in tag]
    wrong += [sealed[:at] + other + sealed[at + 1 :] for at in tag for other in set("AZaz09-_") - {sealed[at]}]
    for text in wrong:
        with pytest.raises(NotSealedByUs):
            seal.open(text, purpose="session", name="x")


def test_no_endpoint_takes_a_members_of_the_session_mass_assignment(world: World) -> None:
    of_a_session = {"sub", "groups", "tenant", "user", "username", "roles", "session", "access_token", "expires_at"}
    openapi: dict[str, Any] = world.app.openapi()
    for path, item in openapi["paths"].items():
        for operation in item.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                assert not of_a_session & set(content["schema"].get("properties", {})), path


async def test_a_company_speaks_for_its_own_people_only_cve_2024_47832(world: World, tmp_path: Path) -> None:
    world.simulator.tamper.id_claims = lambda claims: {**claims, "email": "ceo@globex.example"}
    browser = world.browser()
    await world.sign_in(browser, JANE)
    assert browser.page.status_code == 403
    assert "tenant_mismatch" in browser.page.text
    assert not has_session(browser)
