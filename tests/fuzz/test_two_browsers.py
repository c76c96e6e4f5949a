"""Two people, two browsers, any order of calls: neither ever has the other's session."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, sampled_from

from tests.browser import NAVIGATION, Browser
from tests.figures import tried
from tests.world import FRONTEND, SERVICE, World

PEOPLE = {"ada": "ada@example.com", "ben": "ben@example.com"}
CSRF = {"origin": FRONTEND}
who = sampled_from(sorted(PEOPLE))


class TwoBrowsers(RuleBasedStateMachine):
    """Ada's browser has only ever been Ada's hands; what it opens may come from Ben."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(sso_rate_limit="1000000/second")
        self.browsers: dict[str, Browser] = {name: self.world.browser() for name in PEOPLE}
        self.links: dict[str, list[str]] = {name: [] for name in PEOPLE}

    def teardown(self) -> None:
        self.loop.run_until_complete(self._close())
        self.loop.close()

    async def _close(self) -> None:
        for browser in self.browsers.values():
            await browser.http.aclose()

    def _do(self, call: Any) -> httpx.Response:
        tried["requests"] += 1
        answer: httpx.Response = self.loop.run_until_complete(call)
        assert answer.status_code < 500, answer.text
        return answer

    def _goto(self, name: str, url: str) -> None:
        """Follows on as far as it leads; where the company asks, it is this person who answers."""
        browser = self.browsers[name]
        self._do(browser.goto(url, follow=False))
        for _ in range(12):
            location = browser.page.headers.get("location", "")
            if location:
                self.links[name].append(location)
                if not location.startswith("http") or location.startswith(FRONTEND):
                    return
                self._do(browser.goto(location, follow=False))
            elif "Simulate Login" in browser.page.text:
                self._do(browser.press("Simulate Login", follow=False, local_part=name))
            else:
                return

    @rule(name=who, typed=who, delivery=sampled_from(["session", "session", "tokens"]))
    def signs_in(self, name: str, typed: str, delivery: str) -> None:
        self._goto(name, f"{SERVICE}/login/start?email={PEOPLE[typed]}&delivery={delivery}")

    @rule(name=who)
    def begins_and_stops_half_way(self, name: str) -> None:
        answer = self._do(
            self.browsers[name].http.get(f"{SERVICE}/login/start?email={PEOPLE[name]}", headers=NAVIGATION)
        )
        self.links[name].append(answer.headers["location"])

    @rule(name=who, theirs=booleans(), which=sampled_from(range(6)))
    def opens_an_old_link(self, name: str, *, theirs: bool, which: int) -> None:
        """Their own from the history, or the other's: an authorize URL, a callback, the way back from a sign-out."""
        source = next(one for one in PEOPLE if (one != name) == theirs)
        if self.links[source]:
            self._goto(name, self.links[source][-1 - which % len(self.links[source])])

    @rule(name=who)
    def refreshes(self, name: str) -> None:
        self._do(self.browsers[name].http.post(f"{SERVICE}/auth/refresh", headers=CSRF))

    @rule()
    def both_refresh_at_once(self) -> None:
        calls = [self.browsers[name].http.post(f"{SERVICE}/auth/refresh", headers=CSRF) for name in PEOPLE]
        self.loop.run_until_complete(_all(calls))

    @rule(name=who, further=booleans())
    def signs_out(self, name: str, *, further: bool) -> None:
        ended = self._do(self.browsers[name].http.post(f"{SERVICE}/auth/logout", json={}, headers=CSRF))
        if further:
            self._goto(name, ended.json()["logout_url"])

    @rule(hours=sampled_from([0.1, 0.9, 2, 13]))
    def time_passes(self, hours: float) -> None:
        self.world.clock.advance(hours * 3_600)

    @invariant()
    def each_is_themselves_or_nobody(self) -> None:
        for name, browser in self.browsers.items():
            answer = self._do(browser.http.get(f"{SERVICE}/me"))
            assert answer.status_code == 401 or answer.json()["email"] == PEOPLE[name]


async def _all(calls: list[Any]) -> None:
    await asyncio.gather(*calls)


TwoBrowsers.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestTwoBrowsers = TwoBrowsers.TestCase
