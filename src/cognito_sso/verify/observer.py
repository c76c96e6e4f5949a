"""What a service may watch: fetches of keys, refused keys, remembered verdicts. Never a token."""

from __future__ import annotations

import logging
from typing import Protocol

log = logging.getLogger("cognito_sso.verify")


class Observer(Protocol):
    """Called from any thread; must not block and must not raise."""

    def jwks_fetched(self, issuer: str, ok: bool, reason: str | None, seconds: float) -> None:  # noqa: FBT001 - the outcome, not a switch
        """A fetch of an issuer's keys has ended; `reason` says why it failed, without anything of the answer."""

    def key_refused(self, kid: str, reason: str) -> None:
        """A published key is not used. `kid` is printable ASCII, cut short."""

    def remembered(self, hit: bool) -> None:  # noqa: FBT001 - the outcome, not a switch
        """A verdict was looked up in memory."""


class LogObserver:
    """Writes what needs an operator's attention to the `cognito_sso.verify` logger."""

    def jwks_fetched(self, issuer: str, ok: bool, reason: str | None, seconds: float) -> None:  # noqa: FBT001
        if not ok:
            log.warning("keys of %s could not be fetched: %s", issuer, reason)

    def key_refused(self, kid: str, reason: str) -> None:
        log.warning("published key %s is not used: %s", kid, reason)

    def remembered(self, hit: bool) -> None:  # noqa: FBT001
        pass
