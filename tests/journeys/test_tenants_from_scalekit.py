"""A company is set up in Scalekit, and that is all there is to do: its people sign in, and nobody else as them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognito_sso.login import tenant_directory
from cognito_sso.login.tenant_directory import TenantDirectory, pause_after
from cognito_sso.reloading import Reloader
from cognito_sso.simulator import Company, Fault, Person
from tests.browser import Browser
from tests.world import FRONTEND, SERVICE, World, settings_for

START, HOOK = f"{SERVICE}/login/start", f"{SERVICE}/hooks/scalekit"
ANN = "ann@newcorp.example"
NEWCORP = Company("Newcorp", ("newcorp.example",), (Person(ANN, "Ann", "Lee"),))


@pytest.fixture
async def world() -> World:
    world = World(from_scalekit=True)
    assert await directory(world).refresh()
    return world


def directory(world: World) -> TenantDirectory:
    return world.services.directory


async def me(browser: Browser) -> dict[str, Any]:
    return dict((await browser.http.get(f"{SERVICE}/me")).json())


async def refused(world: World, email: str) -> str:
    answer = await world.script().post(START, json={"email": email})
    return str(answer.json().get("code", answer.status_code))


async def hook(world: World, slug: str = "newcorp", **changed: str) -> httpx.Response:
    event = world.simulator.signed_event("organization.sso_enabled", slug)
    return await world.script().post(HOOK, content=event.body, headers={**event.headers, **changed})


@contextlib.asynccontextmanager
async def kept_fresh(world: World) -> AsyncIterator[None]:
    task = asyncio.create_task(directory(world).keep_fresh())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not fact():
            await asyncio.sleep(0)


def names(world: World) -> set[str]:
    return {tenant.name for tenant in directory(world).ruling.routing.tenants}


async def test_a_company_that_is_set_up_in_scalekit_signs_in_after_its_webhook(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_directory, "SOONEST_SECONDS", 0.0)
    async with kept_fresh(world):
        await until(lambda: len(world.simulator.journal.of("GET", "/api/v1/organizations")) >= 2)
        world.simulator.people.add_company(NEWCORP)
        assert "newcorp" not in names(world)
        assert (await hook(world)).status_code == 202
        await until(lambda: "newcorp" in names(world))
    browser = await world.signed_in(ANN)
    profile = await me(browser)
    assert (profile["tenant"], profile["email"], profile["connection_id"]) == ("newcorp", ANN, NEWCORP.connection_id)


async def test_another_companys_identity_provider_proves_nothing_for_it(world: World) -> None:
    world.simulator.people.add_company(NEWCORP)
    world.simulator.people.add_person("shady", Person(ANN, "Ann", "Lee"))
    await directory(world).refresh()
    browser = world.browser()
    await browser.goto(START, params={"email": "mallory@shady.example"})
    page = await browser.press("Sign in", email=ANN, password="x")
    assert "tenant_mismatch" in page.text
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 401


async def test_a_domain_that_is_only_claimed_is_not_routed_and_brings_its_claimer_nothing(world: World) -> None:
    world.simulator.people.change("shady", pending_domains=("newcorp.example",))
    await directory(world).refresh()
    assert directory(world).ruling.contested == {}
    tenants = directory(world).ruling.routing.tenants
    assert all("newcorp.example" not in tenant.domains for tenant in tenants)
    # Even if Scalekit itself were to send the domain's people there.
    world.simulator.people.change("shady", domains=("shady.example", "newcorp.example"))
    world.simulator.people.add_person("shady", Person(ANN, "Ann", "Lee"))
    browser = world.browser()
    await browser.goto(START, params={"email": ANN})
    page = await browser.press("Sign in", email=ANN, password="x")
    assert "tenant_mismatch" in page.text


async def test_a_domain_that_a_second_company_verifies_signs_nobody_in_and_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    jane = await world.signed_in("jane@megasoft.example")
    world.simulator.people.change("shady", domains=("shady.example", "megasoft.example"))
    await directory(world).refresh()
    assert await refused(world, "jane@megasoft.example") == "domain_not_served"
    assert "megasoft.example signs nobody in: verified by org_" in caplog.text
    ended = await jane.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")
    world.simulator.people.change("shady", domains=("shady.example",))
    await directory(world).refresh()
    assert (await me(await world.signed_in("jane@megasoft.example")))["tenant"] == "megasoft"


async def test_a_connection_that_is_switched_off_ends_the_companys_sign_ins_and_sessions(world: World) -> None:
    hank = await world.signed_in("hank@globex.example")
    under_way = world.browser()
    await under_way.goto(START, params={"email": "hank@globex.example"})
    world.simulator.people.change("globex", connection="disabled")
    await directory(world).refresh()
    spent = world.token_requests()
    assert await refused(world, "hank@globex.example") == "domain_not_served"
    page = await world.be(under_way, "hank@globex.example")
    assert "domain_not_served" in page.text
    assert (await hank.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 401
    assert world.token_requests() == spent


async def test_a_company_that_is_deleted_is_unlisted_again(world: World) -> None:
    world.simulator.people.remove("globex")
    await directory(world).refresh()
    assert "globex" not in names(world)


OUTAGES: dict[str, Fault] = {
    "away": Fault(abort=True),
    "slow": Fault(hang=True),
    "500": Fault(status=500),
    "429": Fault(status=429, headers={"Retry-After": "60"}),
    "401": Fault(status=401),
    "a login page": Fault(status=200, body="<html>"),
    "nothing in it": Fault(status=200, body="{}"),
    "another shape": Fault(status=200, body='{"organizations":[{"id":"org_1"}],"total_size":6}'),
    "half": Fault(status=200, body='{"organizations":['),
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
async def test_an_outage_or_nonsense_changes_nothing_and_the_age_tells(
    world: World, outage: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    before = directory(world).ruling
    world.simulator.people.add_company(NEWCORP)
    world.simulator.faults.set("GET /api/v1/organizations", outage)
    world.clock.advance(3_600)
    assert not await directory(world).refresh()
    assert directory(world).ruling is before
    assert directory(world).age == 3_600
    assert "those of 3600 s ago stay in force" in caplog.text
    assert (await me(await world.signed_in("jane@megasoft.example")))["tenant"] == "megasoft"
    world.simulator.faults.clear()
    assert await directory(world).refresh()
    assert directory(world).age == 0
    assert "newcorp" in names(world)


async def test_that_nobody_has_a_connection_any_more_is_believed_the_third_time(world: World) -> None:
    world.simulator.tamper.scalekit_management = lambda answer: {"connections": []} if "connections" in answer else None
    assert [await directory(world).refresh() for _ in range(2)] == [False, False]
    assert {"megasoft", "globex"} <= names(world)
    assert await directory(world).refresh()
    assert names(world) == set()


async def test_nor_is_a_doubt_kept_once_it_is_cleared(world: World) -> None:
    companies = list(world.simulator.people)
    for _ in range(3):
        for company in companies:
            world.simulator.people.remove(company.slug)
        assert not await directory(world).refresh()
        for company in companies:
            world.simulator.people.add_company(company)
        assert await directory(world).refresh()


async def test_the_only_company_that_leaves_is_gone_at_once(world: World) -> None:
    for company in list(world.simulator.people)[1:]:
        world.simulator.people.remove(company.slug)
        await directory(world).refresh()
    assert len(names(world)) == 1
    world.simulator.people.remove(next(iter(world.simulator.people)).slug)
    assert await directory(world).refresh()
    assert names(world) == set()


async def test_a_picture_with_one_page_missing_takes_nobody_away(world: World) -> None:
    world.simulator.tamper.scalekit_management = lambda answer: (
        answer.update(organizations=answer["organizations"][:2]) if "total_size" in answer else None
    )
    assert not await directory(world).refresh()
    assert "megasoft" in names(world)


class TestStartingDuringAnOutage:
    async def test_without_a_file_it_is_not_ready_and_takes_nobody_for_unlisted(self) -> None:
        world = World(from_scalekit=True)
        world.simulator.faults.set("POST /oauth/token", Fault(abort=True))
        assert not await directory(world).refresh()
        assert directory(world).age is None
        ready = await world.script().get(f"{SERVICE}/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "Scalekit has not told the tenants yet")
        assert await refused(world, "jane@megasoft.example") == "provider_unavailable"
        world.simulator.faults.clear()
        await directory(world).refresh()
        assert (await world.script().get(f"{SERVICE}/readyz")).status_code == 200
        assert await refused(world, "jane@megasoft.example") == "200"

    async def test_with_a_file_its_companies_sign_in_and_the_others_wait(self, tmp_path: Path) -> None:
        file = tmp_path / "listed.toml"
        file.write_text(LISTED_MEGASOFT)
        world = World(from_scalekit=True, sso_tenants_file=file)
        assert (await world.script().get(f"{SERVICE}/readyz")).status_code == 200
        assert (await me(await world.signed_in("jane@megasoft.example")))["tenant"] == "megasoft-by-hand"
        assert await refused(world, "hank@globex.example") == "provider_unavailable"
        await directory(world).refresh()
        assert (await me(await world.signed_in("hank@globex.example")))["tenant"] == "globex"
        assert (await me(await world.signed_in("jane@megasoft.example")))["tenant"] == "megasoft-by-hand"

    async def test_a_session_waits_without_losing_its_refresh_token(self, tmp_path: Path) -> None:
        world = World(from_scalekit=True)
        await directory(world).refresh()
        jane = await world.signed_in("jane@megasoft.example")
        directory(world)._organizations = None
        directory(world).use_listed(())
        spent = world.token_requests()
        answer = await jane.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
        assert (answer.status_code, world.token_requests()) == (503, spent)
        await directory(world).refresh()
        assert (await jane.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 200


LISTED_MEGASOFT = f"""
[[tenant]]
name = "megasoft-by-hand"
domains = ["megasoft.example"]
identity_provider = "ScalekitIdPRouter"
connection_id = "{World().simulator.people.company("megasoft").connection_id}"
"""  # type: ignore[union-attr]


async def test_a_reloaded_file_and_a_refresh_stand_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "listed.toml"
    file.write_text(LISTED_MEGASOFT)
    world = World(from_scalekit=True, sso_tenants_file=file)
    reloader = Reloader(
        read=lambda: settings_for(sso_tenants_file=file),
        seal=world.services.seal,
        directory=directory(world),
        email_digest=world.services.email_digest,
    )
    await directory(world).refresh()
    assert {"megasoft-by-hand", "globex"} <= names(world)
    file.write_text("")
    assert reloader.reload()
    assert {"megasoft", "globex"} <= names(world)
    assert "megasoft-by-hand" not in names(world)
    file.write_text(LISTED_MEGASOFT)
    assert reloader.reload()
    await directory(world).refresh()
    assert {"megasoft-by-hand", "globex"} <= names(world)
    assert "megasoft" not in names(world)


async def test_a_gateway_is_told_the_company_of_today(world: World) -> None:
    token = world.simulator.mint_access_token("hank@globex.example")
    ask = {"headers": {"authorization": f"Bearer {token}"}}
    assert (await world.script().get("/auth/verify", **ask)).headers["x-auth-request-tenant"] == "globex"  # type: ignore[arg-type]
    world.simulator.people.change("globex", external_id="globex-inc")
    await directory(world).refresh()
    assert (await world.script().get("/auth/verify", **ask)).headers["x-auth-request-tenant"] == "globex-inc"  # type: ignore[arg-type]


async def test_what_changed_is_told_to_the_audit_log_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cognito_sso.audit")
    world.simulator.people.add_company(NEWCORP)
    world.simulator.people.change("globex", connection="disabled")
    world.simulator.people.change("megasoft", domains=("megasoft.example", "mega.example"))
    for _ in range(2):
        await directory(world).refresh()
    (told,) = [vars(record)["fields"] for record in caplog.records if record.message == "tenants_changed"]
    assert {what: told[what] for what in ("added", "changed", "removed", "refused")} == {
        "added": "newcorp",
        "changed": "megasoft",
        "removed": "globex",
        "refused": "globex.example",
    }


async def test_a_contested_domain_is_told_once_however_long_it_is_contested(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.simulator.people.change("shady", domains=("shady.example", "megasoft.example"))
    await directory(world).refresh()
    world.simulator.people.add_company(NEWCORP)
    await directory(world).refresh()
    assert "newcorp" in names(world)
    assert caplog.text.count("megasoft.example signs nobody in") == 1


class TestTheHook:
    async def test_is_not_there_without_its_secret(self) -> None:
        world = World()
        event = world.simulator.signed_event("organization.sso_enabled", "megasoft")
        answer = await world.script().post(HOOK, content=event.body, headers=event.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        "changed",
        [
            {"webhook-signature": "v1,AAAA"},
            {"webhook-id": "evt_other"},
            {"webhook-timestamp": "1"},
            {"webhook-signature": ""},
        ],
    )
    async def test_refuses_what_scalekit_did_not_sign(self, world: World, changed: dict[str, str]) -> None:
        answer = await hook(world, "globex", **changed)
        assert (answer.status_code, answer.json()["code"]) == (403, "hook_refused")
        assert not directory(world)._hurried.is_set()

    async def test_refuses_an_old_one(self, world: World) -> None:
        event = world.simulator.signed_event("organization.sso_enabled", "globex")
        world.clock.advance(301)
        answer = await world.script().post(HOOK, content=event.body, headers=event.headers)
        assert answer.json()["code"] == "hook_refused"

    async def test_takes_one_twice_and_heeds_it_once(self, world: World) -> None:
        event = world.simulator.signed_event("organization.sso_enabled", "globex")
        for heeded in (True, False):
            answer = await world.script().post(HOOK, content=event.body, headers=event.headers)
            assert (answer.status_code, directory(world)._hurried.is_set()) == (202, heeded)
            directory(world)._hurried.clear()

    async def test_takes_a_large_event_and_no_endless_one(self, world: World) -> None:
        answer = await world.script().post(HOOK, content=b"x" * 262_145)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        answer = await world.script().post(HOOK, content=b"x" * 200_000)
        assert answer.json()["code"] == "hook_refused"

    async def test_is_no_way_in_for_a_web_page(self, world: World) -> None:
        answer = await hook(world, "globex", origin="https://evil.example")
        assert answer.json()["code"] == "origin_not_allowed"

    async def test_does_not_read_what_the_event_says(self, world: World) -> None:
        before = directory(world).ruling
        await hook(world, "globex")
        assert directory(world).ruling is before

    async def test_a_flood_of_them_is_one_refresh(self, world: World) -> None:
        journal = world.simulator.journal
        asked = len(journal.of("GET", "/api/v1/organizations"))
        async with kept_fresh(world):
            await until(lambda: len(journal.of("GET", "/api/v1/organizations")) == asked + 1)
            for _ in range(50):
                assert (await hook(world, "globex")).status_code == 202
        assert len(journal.of("GET", "/api/v1/organizations")) == asked + 1


class Pauses:
    """Stands for `asyncio` where the directory waits: no pause takes any time, and each is on the list."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float]] = []

    async def sleep(self, seconds: float) -> None:
        self.taken.append(("deaf", seconds))
        await asyncio.sleep(0)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        self.taken.append(("listening", seconds))
        return asyncio.timeout(0)


@pytest.fixture
def pauses(world: World, monkeypatch: pytest.MonkeyPatch) -> Pauses:
    pauses = Pauses()
    monkeypatch.setattr(tenant_directory, "asyncio", pauses)
    monkeypatch.setattr(directory(world), "_chance", lambda: 0.5)
    return pauses


class TestThePace:
    def test_is_a_few_minutes_and_not_the_same_for_all_replicas(self) -> None:
        assert (pause_after(0, 0, 0), pause_after(0, 0, 0.5), pause_after(0, 0, 1)) == (240, 300, 360)

    def test_slows_down_while_scalekit_is_away_and_never_below_the_usual(self) -> None:
        assert [pause_after(failures, 0, 0.5) for failures in (1, 2, 3, 5, 6, 99)] == [10, 20, 40, 160, 300, 300]

    def test_keeps_the_pause_that_scalekit_asks_for(self) -> None:
        assert min(pause_after(1, 60, chance) for chance in (0, 0.5, 1)) == 60
        assert pause_after(9, 400, 0) == 400

    async def test_a_webhook_does_not_shorten_it_then(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tenant_directory, "SOONEST_SECONDS", 0.0)
        world.simulator.faults.set("GET /api/v1/organizations", Fault(status=503))
        journal = world.simulator.journal
        asked = len(journal.of("GET", "/api/v1/organizations"))
        async with kept_fresh(world):
            await until(lambda: len(journal.of("GET", "/api/v1/organizations")) == asked + 1)
            for _ in range(20):
                await hook(world, "globex")
        assert len(journal.of("GET", "/api/v1/organizations")) == asked + 1

    async def test_a_mistake_of_ours_does_not_end_it(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(tenant_directory, "SOONEST_SECONDS", 0.0)
        monkeypatch.setattr(tenant_directory, "pause_after", lambda *_: 0.0)
        calls: list[int] = []

        async def broken() -> bool:
            calls.append(1)
            raise RuntimeError

        monkeypatch.setattr(directory(world), "refresh", broken)
        async with kept_fresh(world):
            await until(lambda: len(calls) > 2)
        assert "the tenants could not be refreshed" in caplog.text

    async def test_hears_webhooks_after_five_seconds(self, world: World, pauses: Pauses) -> None:
        async with kept_fresh(world):
            await until(lambda: len(pauses.taken) >= 2)
        assert pauses.taken[:2] == [("deaf", 5), ("listening", 295)]

    async def test_heeds_one_that_came_in_between_once(self, world: World, pauses: Pauses) -> None:
        directory(world).hurry()
        async with kept_fresh(world):
            await until(lambda: bool(pauses.taken))
        assert not directory(world)._hurried.is_set()

    async def test_is_slower_with_each_failure_and_deaf(self, world: World, pauses: Pauses) -> None:
        world.simulator.faults.set("GET /api/v1/organizations", Fault(status=503))
        async with kept_fresh(world):
            await until(lambda: len(pauses.taken) >= 6)
        assert pauses.taken[:6] == [("deaf", seconds) for seconds in (5, 5, 5, 15, 5, 35)]

    async def test_is_slower_with_each_mistake_of_ours(
        self, world: World, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken() -> bool:
            raise RuntimeError

        monkeypatch.setattr(directory(world), "refresh", broken)
        async with kept_fresh(world):
            await until(lambda: len(pauses.taken) >= 4)
        assert pauses.taken[:4] == [("deaf", seconds) for seconds in (5, 5, 5, 15)]

    async def test_waits_as_long_as_scalekit_asked_and_is_the_usual_again_once_it_answers(
        self, world: World, pauses: Pauses
    ) -> None:
        world.simulator.faults.set("GET /api/v1/organizations", Fault(status=429, headers={"Retry-After": "60"}))
        async with kept_fresh(world):
            await until(lambda: len(pauses.taken) >= 2)
            world.simulator.faults.clear()
            await until(lambda: ("listening", 295) in pauses.taken)
        assert pauses.taken[:2] == [("deaf", 5), ("deaf", 61)]

    async def test_is_that_of_a_failure_while_all_companies_seem_gone(self, world: World, pauses: Pauses) -> None:
        for company in list(world.simulator.people):
            world.simulator.people.remove(company.slug)
        async with kept_fresh(world):
            await until(lambda: len(pauses.taken) >= 6)
        assert pauses.taken[:6] == [
            ("deaf", 5),
            ("deaf", 5),
            ("deaf", 5),
            ("deaf", 15),
            ("deaf", 5),
            ("listening", 295),
        ]


async def test_the_service_starts_without_waiting_long_for_scalekit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tenant_directory, "FIRST_ATTEMPT_SECONDS", 0.0)
    world = World(from_scalekit=True)
    async with world.app.router.lifespan_context(world.app):
        assert (await world.script().get(f"{SERVICE}/healthz")).status_code == 200
        await until(lambda: directory(world).is_ready)
    assert directory(world).age == 0
    assert "Scalekit has not told the tenants yet" in caplog.text


async def test_the_service_starts_with_what_scalekit_has_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World(from_scalekit=True)
    async with world.app.router.lifespan_context(world.app):
        assert directory(world).is_ready
    assert "Scalekit has not told the tenants yet" not in caplog.text


async def test_where_scalekit_is_not_asked_nothing_waits_for_it() -> None:
    world = World()
    async with world.app.router.lifespan_context(world.app):
        assert directory(world).is_ready
    assert directory(world).age is None
    assert await directory(world).refresh()
    assert world.simulator.journal.of("POST", "/oauth/token") == []
