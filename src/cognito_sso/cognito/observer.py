"""What may be watched of the requests to Cognito. Never a token, a code or an answer."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Observer(Protocol):
    """Must not block and must not raise."""

    def request(self, endpoint: str) -> AbstractContextManager[object]:
        """Around one request and the reading of its answer; what it raises says how it ended.

        `endpoint` is `token`, `userinfo` or `revoke`.
        """

    def clock_seen(self, ahead_seconds: float) -> None:
        """Our clock less Cognito's, by the Date of an answer (RFC 9110 section 6.6.1)."""


class Unobserved:
    def request(self, endpoint: str) -> AbstractContextManager[object]:
        return nullcontext()

    def clock_seen(self, ahead_seconds: float) -> None:
        pass
