"""What these tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.upstream.misbehaving_cognito import MisbehavingCognito
from tests.upstream.stage import Stage
from tests.world import Clock


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    clock = Clock()
    async with MisbehavingCognito(clock=clock) as cognito:
        stage = Stage(cognito, clock)
        yield stage
        await stage.aclose()
