"""The companies in force: those of the file, and Scalekit's beside them, read anew every few minutes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from secrets import SystemRandom
from typing import Final

from cognito_sso.login.routing import Ruling, rule
from cognito_sso.login.tenants import Routing, Tenant, Tenants
from cognito_sso.observability import AuditLog
from cognito_sso.scalekit import Organization, ScalekitApi, ScalekitError, ScalekitNonsense, ScalekitUnavailable

REFRESH_SECONDS: Final = 300.0
SOONEST_SECONDS: Final = 5.0  # between two refreshes, however many webhooks come
FIRST_RETRY_SECONDS: Final = 10.0
JITTER: Final = 0.2  # so that replicas do not ask at once
FIRST_ATTEMPT_SECONDS: Final = 10.0
PICTURES_TO_BELIEVE: Final = 3  # in a row, that none of several companies can sign in any more
_random: Final = SystemRandom().random
_log = logging.getLogger("cognito_sso.tenants")


class TenantDirectory:
    """Puts a new routing in force, as a whole or not at all.

    Whatever Scalekit answers but a whole and sound picture changes nothing: the companies of the last one stay, for as
    long as it takes, and `age` tells how long that is. A picture in which all of several companies are gone has to come
    three times to be believed. `changed` is called after each change, `asked` with the outcome of each refresh:
    `refreshed` or `failed`.
    """

    def __init__(
        self,
        *,
        tenants: Tenants,
        listed: tuple[Tenant, ...],
        provider: str,
        scalekit: ScalekitApi | None,
        audit: AuditLog,
        changed: Callable[[], None],
        asked: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = _random,
    ) -> None:
        self._tenants = tenants
        self._listed = listed
        self._provider = provider
        self._scalekit = scalekit
        self._audit = audit
        self._changed = changed
        self._asked = asked
        self._clock = clock
        self._chance = chance
        self._organizations: tuple[Organization, ...] | None = None
        self._fetched_at: float | None = None
        self._failures = 0
        self._retry_after = 0.0
        self._doubts = 0
        self._hurried = asyncio.Event()
        self._attempted = asyncio.Event()
        self._ruling = self._rule()
        tenants.use(self._ruling.routing)

    @property
    def age(self) -> float | None:
        """Seconds since Scalekit last told the companies; None before, and where it is not asked."""
        return None if self._fetched_at is None else max(self._clock() - self._fetched_at, 0.0)

    @property
    def asks_scalekit(self) -> bool:
        return self._scalekit is not None

    @property
    def is_ready(self) -> bool:
        """Whether anybody can be routed: Scalekit has told the companies, or the file has some."""
        return self._ruling.routing.complete or bool(self._listed)

    @property
    def ruling(self) -> Ruling:
        return self._ruling

    def use_listed(self, listed: tuple[Tenant, ...]) -> None:
        """Another file. Scalekit's companies stay beside it."""
        self._listed = listed
        self._put_in_force(self._rule())

    async def refresh(self) -> bool:
        """Asks Scalekit once; whether it told the companies."""
        if self._scalekit is None:
            return True
        try:
            organizations = await self._scalekit.organizations()
        except ScalekitError as error:
            self._note_failure(error)
            return False
        finally:
            self._attempted.set()
        return self._take(organizations)

    def hurry(self) -> None:
        """Something changed at Scalekit: the next refresh is now, or as soon as one may be."""
        self._hurried.set()

    async def keep_fresh(self) -> None:
        """Refreshes for ever. Runs until it is cancelled."""
        while self._scalekit is not None:
            self._hurried.clear()
            try:
                await self.refresh()
            except Exception:  # a mistake of ours must not leave the companies as they are for ever
                self._failures += 1
                _log.exception("the tenants could not be refreshed")
            await asyncio.sleep(SOONEST_SECONDS)
            await self._pause(pause_after(self._failures, self._retry_after, self._chance()) - SOONEST_SECONDS)

    async def first_attempt(self) -> None:
        """Waits until Scalekit was asked once, but not for long: what it could not tell, it is asked again."""
        try:
            async with asyncio.timeout(FIRST_ATTEMPT_SECONDS):
                await self._attempted.wait()
        except TimeoutError:
            _log.warning("Scalekit has not told the tenants yet")

    def _take(self, organizations: tuple[Organization, ...]) -> bool:
        ruling = rule(self._listed, organizations, provider=self._provider)
        self._doubts = self._doubts + 1 if _empties(self._ruling, ruling) else 0
        if 0 < self._doubts < PICTURES_TO_BELIEVE:
            self._note_failure(ScalekitNonsense("all companies are gone at once"))
            return False
        self._failures, self._retry_after, self._doubts = 0, 0.0, 0
        self._organizations, self._fetched_at = organizations, self._clock()
        self._asked("refreshed")
        self._put_in_force(ruling)
        return True

    async def _pause(self, seconds: float) -> None:
        if self._failures:  # webhooks don't shorten what Scalekit asked for, or what it needs to recover
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return

    def _rule(self) -> Ruling:
        if self._scalekit is None:
            return Ruling(Routing(self._listed))
        return rule(self._listed, self._organizations, provider=self._provider)

    def _put_in_force(self, ruling: Ruling) -> None:
        before, self._ruling = self._ruling, ruling
        if ruling.routing == before.routing:
            return
        self._tenants.use(ruling.routing)
        self._changed()
        self._tell(before, ruling)

    def _tell(self, before: Ruling, after: Ruling) -> None:
        old = {tenant.name: tenant for tenant in before.routing.tenants}
        new = {tenant.name: tenant for tenant in after.routing.tenants}
        self._audit.tenants_changed(
            added=sorted(new.keys() - old.keys()),
            removed=sorted(old.keys() - new.keys()),
            changed=sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
            refused=sorted(after.routing.refused_domains.keys() - before.routing.refused_domains.keys()),
        )
        for domain, organizations in after.contested.items():
            if domain not in before.contested:
                _log.warning("%s signs nobody in: verified by %s", domain, " and ".join(organizations))

    def _note_failure(self, error: ScalekitError) -> None:
        self._failures += 1
        self._asked("failed")
        self._retry_after = (isinstance(error, ScalekitUnavailable) and error.retry_after_seconds) or 0.0
        kept = "there are none yet" if self.age is None else f"those of {self.age:.0f} s ago stay in force"
        _log.warning("Scalekit has not told the tenants, %s: %s", kept, error)


def _empties(before: Ruling, after: Ruling) -> bool:
    return before.companies > 1 and after.companies == 0


def pause_after(failures: int, retry_after: float, chance: float) -> float:
    """Seconds until the next refresh. `chance` is from 0 to 1."""
    backoff = FIRST_RETRY_SECONDS * 2 ** min(failures - 1, 10) if failures else REFRESH_SECONDS
    pause = max(min(backoff, REFRESH_SECONDS), retry_after)
    return pause * (1 + JITTER * chance) if retry_after else pause * (1 + JITTER * (2 * chance - 1))
