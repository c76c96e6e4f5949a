"""`docker compose up`: two replicas behind nginx, and a person who does not notice that they are two."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from tests.browser import NAVIGATION
from tests.container.engine import LONGEST_TEST_SECONDS, Demo
from tests.container.people import JANE, Person, is_let_in
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.run import browser_path

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

REPLICAS = ("sso-1", "sso-2")
CHROMIUM_MILLISECONDS = 30_000
MOST_SIGN_INS = 12


async def test_a_sign_in_that_one_replica_begins_is_completed_by_the_other(demo: Demo) -> None:
    for _ in range(MOST_SIGN_INS):
        person, seen = Person.at(demo), {replica: len(demo.log(replica)) for replica in REPLICAS}
        assert is_let_in(await person.signs_in()), person.browser.page.text
        assert person.tries == 1
        await person.leaves()
        told = {replica: demo.log(replica)[seen[replica] :] for replica in REPLICAS}
        (began,) = [replica for replica, log in told.items() if "login_started" in log]
        (completed,) = [replica for replica, log in told.items() if "login_completed" in log]
        if began != completed:
            return
    pytest.fail("nginx sends everything to one replica")


async def test_nobody_reaches_the_backend_unasked_and_no_script_reaches_verify(demo: Demo) -> None:
    async with httpx.AsyncClient(base_url=demo.service, trust_env=False) as stranger:
        page = await stranger.get("/orders?page=2", headers=NAVIGATION)
        script = await stranger.get("/orders", headers={"X-Auth-Request-User": "me"})
        verify = await stranger.get("/auth/verify")

    assert (page.status_code, page.headers["location"]) == (302, "/login?return_to=/orders?page=2")
    assert (script.status_code, verify.status_code) == (401, 404)


async def test_in_a_real_browser_the_frontend_and_the_backend_know_the_same_person(demo: Demo) -> None:
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        page = await browser.new_page()
        page.set_default_timeout(CHROMIUM_MILLISECONDS)

        await page.goto(demo.frontend)
        await page.get_by_label("Work e-mail").fill(JANE)
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_label("Password").fill("anything")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Jane Doe")).to_be_visible(timeout=CHROMIUM_MILLISECONDS)
        await page.goto(demo.service)
        await expect(page.get_by_role("heading", name=f"You are {JANE}")).to_be_visible()
        await browser.close()


async def test_the_login_page_works_in_a_real_browser_without_a_script(demo: Demo) -> None:
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        page = await (await browser.new_context(java_script_enabled=False)).new_page()
        page.set_default_timeout(CHROMIUM_MILLISECONDS)

        await page.goto(demo.service)
        await page.get_by_label("e-mail").fill(JANE)
        await page.get_by_role("button").first.click()
        await page.get_by_label("Password").fill("anything")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name=f"You are {JANE}")).to_be_visible(timeout=CHROMIUM_MILLISECONDS)
        await browser.close()
