"""One call at a time for each key, shared by all who ask for the same meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Holds a call for as long as it is under way; what came of it, an error too, goes to all who waited."""

    def __init__(self) -> None:
        self._under_way: dict[bytes, asyncio.Task[T]] = {}

    async def shared(self, key: bytes, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the call that is under way for `key`, or of a new one."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(call())
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Shielded: one who goes away must not take the others' answer with them.
        return await asyncio.shield(task)
