"""How long Cognito may take, and how many requests may wait for it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import uniform

from cognito_sso.errors import ProviderTimeout, ProviderUnreachable


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, each for the whole of what it names: a place, names, connection, TLS, every byte of the answer."""

    sign_in: float = 10.0
    """A code or refresh token becomes a session; fetching keys, where it is needed, included."""
    user_info: float = 10.0
    revoke: float = 2.0
    keys: float = 5.0
    connect: float = 3.0
    """One try of two; never more than half of the whole."""
    place: float = 2.0
    """In the queue for one of an endpoint's places."""


_SHORTEST_WAIT = 0.5  # of the longest
USUAL_PATIENCE = Patience()


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raises `ProviderTimeout`. httpx's own timeouts are for each read, so that a drip would last for ever."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise ProviderTimeout(f"no whole answer within {seconds:g} s") from None


class Bulkhead:
    """Places for the requests to one endpoint, so that one that hangs takes no connection from the others.

    Who finds no place waits for one, and is refused if none is free in time: nothing was sent, nothing is lost. One
    waits up to `wait_seconds`, the next a little less: hundreds of refusals in one moment would hold up everybody else.
    """

    def __init__(self, endpoint: str, *, places: int, wait_seconds: float) -> None:
        self._endpoint = endpoint
        self._places = asyncio.Semaphore(places)
        self._wait_seconds = wait_seconds

    async def __aenter__(self) -> None:
        """Takes a place. Raises `ProviderUnreachable`."""
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds * uniform(_SHORTEST_WAIT, 1)):  # noqa: S311 (no secret)
                await self._places.acquire()
        except TimeoutError:
            raise ProviderUnreachable(f"the {self._endpoint} endpoint has too many requests under way") from None
