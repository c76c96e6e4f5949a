"""One demo and one Chromium for all tests; every person gets a browser profile of their own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.run import browser_path

from .demo_process import DemoProcess, leaks
from .person import Person

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
LAST_SEEN = ARTEFACTS / "last-seen"  # what the browsers showed when a test failed
WAIT_MILLISECONDS = 15_000
CHROMIUM_FLAGS = (
    "--no-sandbox",  # root in a container has no user namespace to put it in
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Newcomer = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    shutil.rmtree(LAST_SEEN, ignore_errors=True)
    demo = DemoProcess(tmp_path_factory.mktemp("demo"))
    yield demo
    assert demo.end() == 0, "Ctrl-C ends the demo well"
    if demo.has_signed_in:
        assert any("login_started" in line for line in demo.log_lines()), "the log tells of the sign-ins"
    assert leaks(demo.log_lines(), demo.secrets) == [], "and of nothing secret"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(chromium: Browser, demo: DemoProcess, request: pytest.FixtureRequest) -> AsyncIterator[Newcomer]:
    """Makes people: `await newcomer()`. At the end of the test no browser's console may have complained."""
    demo.control.clear()
    people: list[Person] = []
    failed_before = request.session.testsfailed

    async def made(**options: Any) -> Person:
        context = await chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(WAIT_MILLISECONDS)
        people.append(Person(context, await context.new_page(), demo))
        return people[-1]

    yield made
    for number, person in enumerate(people):
        if request.session.testsfailed > failed_before:
            await person.page.screenshot(path=LAST_SEEN / f"{request.node.name}-{number}.png")
        demo.secrets |= await person.keeps()
        demo.has_signed_in |= bool(person.callbacks)
        await person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []


@pytest_asyncio.fixture(loop_scope="session")
async def person(newcomer: Newcomer) -> Person:
    return await newcomer()
