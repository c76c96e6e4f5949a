"""What a login brought and nobody is to have: its refresh token is given back to Cognito, and nobody waits for that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cognito_sso.errors import SessionEnded
from cognito_sso.session import revocations
from cognito_sso.simulator import Fault
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World

JANE, OMAR = "jane@megasoft.example", "omar@megasoft.example"
REVOKE = "POST /oauth2/revoke"


class Issued:
    """Every refresh token that the pool gave out."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world, self.values = world, list[str]()
        self._tokens = world.simulator.pool.refresh_tokens
        self._issue = self._tokens.issue
        monkeypatch.setattr(self._tokens, "issue", self._noted)

    def _noted(self, *grant: Any) -> str:
        self.values.append(self._issue(*grant))
        return self.values[-1]

    async def alive(self) -> list[bool]:
        """In the order they were given out, once all that is under way has been done."""
        await self._world.services.revocations.finish()
        return [self._tokens.find(value, self._world.clock()) is not None for value in self.values]


@pytest.fixture
def issued(world: World, monkeypatch: pytest.MonkeyPatch) -> Issued:
    return Issued(world, monkeypatch)


async def as_somebody_else(world: World, **wish: str) -> Browser:
    """Jane's browser, where Omar's address was typed: Cognito's one-hour session answers for her."""
    browser = await world.signed_in(JANE)
    await browser.goto(f"{SERVICE}/login/start", params={"email": OMAR, **wish})
    return browser


async def test_a_login_that_is_delivered_keeps_its_refresh_token(world: World, issued: Issued) -> None:
    await world.signed_in(JANE)
    assert await issued.alive() == [True]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email": "jane@globex.example"}, "tenant_mismatch"),
        ({"email": ""}, "attributes_missing"),
        ({"nonce": "another"}, "id_token_refused"),
        ({"cognito:groups": [f"engineering-department-{number:03}" for number in range(100)]}, "session_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_login_that_is_refused_gives_it_back(
    world: World, issued: Issued, claims: dict[str, Any], code: str
) -> None:
    world.simulator.tamper.id_claims = lambda real: {**real, **claims}
    browser = await world.signed_in(JANE)
    assert code in browser.page.text
    assert await issued.alive() == [False]


REFUSED_AT_A_REFRESH = [
    ({"email": "jane@globex.example"}, "tenant_mismatch"),
    ({"sub": "00000000-0000-0000-0000-000000000000"}, "identity_differs"),
    ({"cognito:groups": [f"engineering-department-{number:03}" for number in range(100)]}, "session_too_large"),
]


@pytest.mark.parametrize("rotates", [False, True], ids=["one token", "rotating"])
@pytest.mark.parametrize(("claims", "why"), REFUSED_AT_A_REFRESH, ids=[why for _, why in REFUSED_AT_A_REFRESH])
async def test_a_session_that_a_refresh_ends_gives_its_refresh_token_back(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], why: str, rotates: bool
) -> None:
    world = World(app_client={"refresh_rotation": rotates, "retry_grace_seconds": 60})
    issued = Issued(world, monkeypatch)
    browser = await world.signed_in(JANE)
    world.simulator.tamper.id_claims = lambda real: {**real, **claims}
    refused = await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    assert not any(await issued.alive()), why


async def test_a_session_at_its_absolute_end_gives_its_refresh_token_back(world: World, issued: Issued) -> None:
    browser = await world.signed_in(JANE)
    grant = world.services.session_cookies.read_grant({one.name: one.value for one in browser.http.cookies.jar})
    assert grant is not None
    with pytest.raises(SessionEnded):
        await world.services.refresher.renew(replace(grant, ends_at=int(world.clock())))
    assert await issued.alive() == [False]


async def test_a_frontends_own_refresh_token_is_given_back_where_its_company_does_not_fit(
    world: World, issued: Issued
) -> None:
    browser = await world.signed_in(JANE, delivery="tokens")
    held = browser.page.json()["refresh_token"]
    world.simulator.tamper.id_claims = lambda real: {**real, "email": "jane@globex.example"}
    answer = await world.script().post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": held})
    assert answer.json()["code"] == "tenant_mismatch"
    assert not any(await issued.alive())


async def test_where_cognito_rotates_them_the_one_that_came_last_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tenants=tmp_path / "tenants.json", app_client={"refresh_rotation": True})
    issued = Issued(world, monkeypatch)
    browser = await world.signed_in(JANE, delivery="tokens")
    grant = {"grant_type": "refresh_token", "refresh_token": browser.page.json()["refresh_token"]}
    world.simulator.tamper.id_claims = lambda real: {**real, "email": "jane@globex.example"}
    assert (await world.script().post("/auth/token", data=grant)).status_code == 403
    assert await issued.alive() == [False, False]
    given_back = world.simulator.journal.of("POST", "/oauth2/revoke")
    assert [request.form["token"] for request in given_back] == [issued.values[-1:]]


async def test_a_refresh_token_that_cognito_refused_is_not_given_back_to_it(world: World, issued: Issued) -> None:
    browser = await world.signed_in(JANE)
    username = (await browser.http.get(f"{SERVICE}/me")).json()["username"]
    world.simulator.pool.refresh_tokens.revoke_all_of(username)
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 401
    await issued.alive()
    assert not world.simulator.journal.of("POST", "/oauth2/revoke")


async def test_somebody_elses_is_given_back_and_going_on_or_the_older_session_is_none_the_worse(
    world: World, issued: Issued
) -> None:
    browser = await as_somebody_else(world)
    assert await issued.alive() == [True, False]
    await browser.press("Continue")
    assert await issued.alive() == [True, False, True]
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 200


async def test_somebody_elses_tokens_are_given_back_where_a_program_waits(world: World, issued: Issued) -> None:
    browser = await as_somebody_else(world, delivery="tokens")
    assert "identity_differs" in browser.page.text
    assert await issued.alive() == [True, False]


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(abort=True), Fault(hang=True)], ids=str)
async def test_a_revocation_that_fails_changes_no_answer_and_is_told(
    world: World, issued: Issued, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    world.simulator.faults.set(REVOKE, fault)
    browser = await as_somebody_else(world)
    assert browser.page.status_code == 200
    assert OMAR in browser.page.text
    assert await issued.alive() == [True, True]
    (failed,) = [record.fields for record in caplog.records if record.message == "provider_failed"]  # type: ignore[attr-defined]
    assert failed["reason"].startswith("revocation: ")


async def test_no_answer_waits_for_a_revocation(world: World, issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    async def slow(_: str) -> None:
        await over.wait()

    monkeypatch.setattr(world.services.cognito, "revoke", slow)
    browser = await as_somebody_else(world)
    assert OMAR in browser.page.text
    over.set()
    assert await issued.alive() == [True, True]


async def test_those_under_way_are_few_and_one_too_many_is_told(
    world: World, issued: Issued, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(revocations, "MOST_AT_ONCE", 0)
    await as_somebody_else(world)
    assert await issued.alive() == [True, True]
    assert not world.simulator.journal.of("POST", "/oauth2/revoke")
    assert "provider_failed" in caplog.messages


async def test_the_process_does_not_end_before_those_under_way(world: World, issued: Issued) -> None:
    async with world.app.router.lifespan_context(world.app):
        await as_somebody_else(world)
    assert len(world.simulator.journal.of("POST", "/oauth2/revoke")) == 1
