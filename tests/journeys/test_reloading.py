"""Customers come and keys rotate while people are signing in."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from cognito_sso import reloading
from cognito_sso.reloading import Reloader
from cognito_sso.settings import ConfigurationError, Settings, new_cookie_key
from tests.world import COOKIE_KEY, FRONTEND, SERVICE, World, settings_for

NEW_CUSTOMER = """
[[tenant]]
name = "newcorp"
domains = ["example.com"]
identity_provider = "ScalekitIdPRouter"
"""


class Sources:
    """What an operator edits."""

    def __init__(self, world: World, tenants: Path) -> None:
        self.tenants, self.keys = tenants, COOKIE_KEY
        services = world.services
        self.reloader = Reloader(
            read=self.read, seal=services.seal, directory=services.directory, email_digest=services.email_digest
        )

    def read(self) -> Settings:
        return settings_for(sso_cookie_keys=self.keys, sso_tenants_file=self.tenants)


@pytest.fixture
def sources(world: World, tmp_path: Path) -> Sources:
    return Sources(world, tmp_path / "tenants.toml")


async def test_a_new_customer_is_routed_without_a_restart_or_a_lost_login(world: World, sources: Sources) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": "jane@megasoft.example"})
    sources.tenants.write_text(sources.tenants.read_text().replace('"test-organization"', '"testers"') + "\n")
    assert sources.reloader.reload()
    await world.be(browser, "jane@megasoft.example")
    assert (await browser.http.get(f"{SERVICE}/me")).json()["tenant"] == "megasoft"
    you = await world.signed_in("you@example.com")
    assert (await you.http.get(f"{SERVICE}/me")).json()["tenant"] == "testers"


@pytest.mark.parametrize("broken", ["[[tenant", '[[tenant]]\nname = "x"', NEW_CUSTOMER + NEW_CUSTOMER])
async def test_a_bad_file_leaves_the_old_tenants_in_force_and_says_so(
    world: World, sources: Sources, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    sources.tenants.write_text(broken)
    sources.keys = new_cookie_key()
    assert not sources.reloader.reload()
    assert "the old settings stay in force: SSO_TENANTS_FILE" in caplog.text
    browser = await world.signed_in()
    assert (await browser.http.get(f"{SERVICE}/me")).json()["tenant"] == "megasoft"


async def test_bad_keys_leave_the_old_ones_in_force_and_are_not_shown(
    world: World, sources: Sources, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await world.signed_in()
    sources.keys = "canary-not-a-key"
    assert not sources.reloader.reload()
    assert "SSO_COOKIE_KEYS" in caplog.text
    assert "canary" not in caplog.text
    assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200


async def test_keys_rotate_under_sessions_and_logins_and_none_is_lost(world: World, sources: Sources) -> None:
    await world.services.verifier.prefetch()
    signed_in = [await world.with_session() for _ in range(1_000)]
    under_way = [world.browser() for _ in range(20)]
    for browser in under_way:
        await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
    sources.keys = f"{new_cookie_key()},{COOKIE_KEY}"
    assert sources.reloader.reload()
    for browser in under_way:
        await world.be(browser, "you@example.com")
    for browser in (*signed_in, *under_way):
        assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200
        assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})).status_code == 200
    sources.keys = sources.keys.partition(",")[0]
    assert sources.reloader.reload()
    for browser in (*signed_in, *under_way):
        assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200, "sealed anew when it was refreshed"


async def test_what_was_refreshed_since_the_rotation_outlives_the_old_key(world: World, sources: Sources) -> None:
    touched, untouched = await world.signed_in("you@example.com"), await world.signed_in("you@example.com")
    new = new_cookie_key()
    sources.keys = f"{new},{COOKIE_KEY}"
    sources.reloader.reload()
    await touched.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND})
    sources.keys = new
    sources.reloader.reload()
    assert (await touched.http.get(f"{SERVICE}/me")).status_code == 200
    assert (await untouched.http.get(f"{SERVICE}/me")).status_code == 401


async def test_a_changed_file_is_noticed_by_itself(
    world: World, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "LOOK_EVERY_SECONDS", 0.0)
    reloaded = asyncio.Event()
    monkeypatch.setattr(sources.reloader, "reload", reloaded.set)
    watching = asyncio.create_task(sources.reloader.watch([sources.tenants, Path("/nowhere/at/all")]))
    await asyncio.sleep(0)
    assert not reloaded.is_set()
    sources.tenants.write_text(NEW_CUSTOMER)
    await asyncio.wait_for(reloaded.wait(), 10)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_a_file_is_not_read_while_somebody_writes_it(
    world: World, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(sources.reloader, "reload", lambda: read.append(sources.tenants.read_text()))
    monkeypatch.setattr(reloading, "LOOK_EVERY_SECONDS", 0.0)
    writes, mark = iter(["", "[[tenant]]\n", NEW_CUSTOMER, NEW_CUSTOMER * 2, *[None] * 3]), reloading._mark

    def written_until_now(file: Path) -> object:
        written = next(writes, "no more")
        if written == "no more":
            raise asyncio.CancelledError
        if written is not None:
            file.write_text(written)
        return mark(file)

    monkeypatch.setattr(reloading, "_mark", written_until_now)
    with pytest.raises(asyncio.CancelledError):
        await sources.reloader.watch([sources.tenants])
    assert read == [NEW_CUSTOMER * 2]


def test_the_audit_logs_digests_are_of_the_new_key(world: World, sources: Sources) -> None:
    before = world.services.email_digest.of("jane@megasoft.example")
    sources.keys = f"{new_cookie_key()},{COOKIE_KEY}"
    assert sources.reloader.reload()
    assert world.services.email_digest.of("jane@megasoft.example") != before


def test_a_settings_fault_is_told_as_one_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text("[[tenant]]")
    with pytest.raises(ConfigurationError) as told:
        reloading.listed_tenants(settings_for(sso_tenants_file=file))
    assert all(fault.startswith("SSO_TENANTS_FILE: tenant 1:") for fault in told.value.faults)
