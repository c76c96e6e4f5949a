"""Each test gets a simulator of its own, and a browser for it."""

from collections.abc import AsyncIterator

import pytest

from cognito_sso.simulator import Simulator

from .world import Browser, simulator


@pytest.fixture
def sim() -> Simulator:
    return simulator()


@pytest.fixture
async def browser(sim: Simulator) -> AsyncIterator[Browser]:
    async with Browser(sim) as browser:
        yield browser
