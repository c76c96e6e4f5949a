"""How late the event loop is: a task that wants to wake up once a second, and looks when it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import Histogram

EVERY_SECONDS = 1.0


@asynccontextmanager
async def lag_sampled(into: Histogram, *, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Samples as long as the block lasts."""
    sampling = asyncio.create_task(_sample(into, every))
    try:
        yield
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling


async def _sample(into: Histogram, every: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        into.observe(max(0.0, loop.time() - due))
