"""Verdicts remembered for tokens seen before: bounded, and no crowd that comes once drives out who comes often."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from cognito_sso.verify.claims import Claims
from cognito_sso.verify.jwks import JwksCache
from cognito_sso.verify.keys import SigningKey

# What parsed claims take beside the text they came from: measured with tracemalloc, rounded up.
_BYTES_PER_VERDICT: Final = 2048
_BYTES_PER_CHARACTER: Final = 4


@dataclass(slots=True, eq=False)  # frozen it would take four times as long to make
class Verdict:
    """A yes, and for how long it stays one. There are no remembered noes."""

    claims: Claims
    key: SigningKey
    keys: JwksCache
    valid_from: float
    valid_until: float
    size: int


class Verdicts:
    """A dictionary of verdicts by token digest and requirements. The least recently used is the first to go.

    While it is full of what is still valid, room is made only for what comes a second time, among as many that came
    lately as are kept: more tokens than that, each shown once, cost only what it takes to verify them, and drive out
    nobody.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Verdict] = OrderedDict()
        self._came_once: OrderedDict[Hashable, bool] = OrderedDict()
        self._one_writer = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """About how many bytes the kept verdicts take."""
        return self._bytes

    def get(self, key: Hashable) -> Verdict | None:
        verdict = self._kept.get(key)
        if verdict is not None:
            try:
                self._kept.move_to_end(key)
            except KeyError:  # another thread dropped it just now
                return None
        return verdict

    # Neither of the next two waits: a forgotten verdict costs one verification, a lock that was held while forking the
    # whole process.

    def admits(self, key: Hashable, size: int, now: float) -> bool:
        """Whether a verdict of so many bytes is to be kept: there is room, or something valid is to go for it."""
        if not self._one_writer.acquire(blocking=False):
            return False
        try:
            return self._has_room(size, now) or key in self._kept or self._came_before(key)
        finally:
            self._one_writer.release()

    def keep(self, key: Hashable, verdict: Verdict) -> None:
        if verdict.size > self._most_bytes or not self._one_writer.acquire(blocking=False):
            return
        try:
            replaced = self._kept.pop(key, None)
            self._kept[key] = verdict
            self._bytes += verdict.size if replaced is None else verdict.size - replaced.size
            while len(self._kept) > self._most or self._bytes > self._most_bytes:
                self._bytes -= self._kept.popitem(last=False)[1].size
        finally:
            self._one_writer.release()

    def _has_room(self, size: int, now: float) -> bool:
        """Room is also where the first to go is good for nothing any more."""
        if len(self._kept) < self._most and self._bytes + size <= self._most_bytes:
            return True
        return bool(self._kept) and next(iter(self._kept.values())).valid_until <= now

    def _came_before(self, key: Hashable) -> bool:
        if self._came_once.pop(key, False):
            return True
        self._came_once[key] = True
        if len(self._came_once) > len(self._kept):
            self._came_once.popitem(last=False)
        return False


def size_of(signed: str) -> int:
    """About what is kept of a token, by the text of its header and claims."""
    return _BYTES_PER_VERDICT + _BYTES_PER_CHARACTER * len(signed)
