"""The keys one issuer publishes: fetched by one at a time, asked for by anybody, and outliving an outage."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cognito_sso.verify.errors import KeysUnavailable, TokenError
from cognito_sso.verify.fetch import Document, FetchError, fetch
from cognito_sso.verify.keys import SignatureCheck, SigningKey, UnusableKeySet, read_key_set
from cognito_sso.verify.observer import LogObserver, Observer

_MAX_REPORTED: Final = 16  # refused keys of one answer, so that it cannot flood a log
_GRACE_SECONDS: Final = 1.0  # how much longer than a fetch's deadline its waiters wait
_NO_KEYS: Final[Mapping[str, SigningKey]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """How long keys are believed and how often they are asked for. Everything in seconds."""

    deadline: float = 5.0
    """For one fetch in all: names, connection, TLS, every byte of the answer."""
    cooldown: float = 10.0
    """After an unknown kid stayed unknown, or a refresh failed."""
    retry_after: float = 1.0
    """After a failed fetch while no usable key is held."""
    min_age: float = 300.0
    max_age: float = 3600.0
    """Cache-Control is clamped between these two; without one, `max_age`. Then keys are refreshed in the background."""
    hard_age: float = 24 * 3600.0
    """Keys older than this verify nothing, outage or not: the longest a withdrawn key can live."""


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """The last good answer, and until when it counts."""

    by_kid: Mapping[str, SigningKey]
    fetched_at: float
    fresh_until: float
    dies_at: float


@dataclass(slots=True, eq=False)
class _Flight:
    """A fetch under way. `landed` never carries an error: whoever waited looks at what is held then."""

    kid: str | None
    loop: asyncio.AbstractEventLoop | None = None
    task: asyncio.Task[None] | None = None
    landed: concurrent.futures.Future[None] = field(default_factory=concurrent.futures.Future)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.landed.set_running_or_notify_cancel()  # a waiter that is cancelled must not cancel it for the others

    def is_lost(self, deadline: float) -> bool:
        """Its loop was closed, or it is long overdue: nobody will land it."""
        closed = self.loop is not None and self.loop.is_closed()
        return closed or time.monotonic() > self.started + deadline + _GRACE_SECONDS


class JwksCache:
    """One issuer's signing keys, shared by every thread and event loop of the process.

    With a `document` (the bytes of a JWKS) it never fetches. Otherwise a fetch runs in a thread of its own, or, when an
    `httpx.AsyncClient` is given, as a task on the loop that asks.
    """

    def __init__(
        self,
        *,
        issuer: str,
        prepare: Callable[[RSAPublicKey], SignatureCheck],
        uri: str | None = None,
        document: bytes | None = None,
        policy: KeyPolicy | None = None,
        http: httpx.AsyncClient | None = None,
        trust_env: bool = False,
        clock: Callable[[], float] = time.time,
        observer: Observer | None = None,
    ) -> None:
        self._issuer, self._uri, self._prepare = issuer, uri, prepare
        self._policy = policy or KeyPolicy()
        self._http, self._trust_env = http, trust_env
        self._clock = clock
        self._observer = observer or LogObserver()
        self._home: asyncio.AbstractEventLoop | None = None
        self._held: HeldKeys | None = None
        self._flight: _Flight | None = None
        self._rest_from, self._rest_for = 0.0, 0.0
        self._reason = "not fetched yet"
        # A lost fetch is landed by the garbage collector, which may come while this very thread holds it.
        self._one_flight_at_a_time = threading.RLock()
        _living.add(self)
        if document is not None:
            self._held = HeldKeys(self._read(document), float("-inf"), float("inf"), float("inf"))

    @property
    def usable(self) -> bool:
        """Are keys held that may verify a token now?"""
        held = self._held
        return held is not None and self._clock() < held.dies_at

    @property
    def fetches(self) -> bool:
        """False for keys that were given."""
        return self._uri is not None

    @property
    def age(self) -> float | None:
        """Seconds since the last good fetch; None before it, and for keys that were given."""
        held = self._held
        return None if held is None or self._uri is None else max(0.0, self._clock() - held.fetched_at)

    def held(self, kid: str, now: float) -> SigningKey | None:
        """The key if it is held, without waiting for anything; starts a refresh in the background once it is due."""
        held = self._held
        if held is not None and held.fetched_at <= now < held.fresh_until:
            return held.by_kid.get(kid)
        return self._held_but_stale(kid, now)

    def _held_but_stale(self, kid: str, now: float) -> SigningKey | None:
        held = self._held
        if held is None or now >= held.dies_at:
            return None
        self._refresh(now)
        return held.by_kid.get(kid)

    async def find(self, kid: str) -> SigningKey:
        """The key, fetching if need and cool-down allow. Raises `TokenError` (unknown_key) or `KeysUnavailable`."""
        flight = self._board(kid)
        if flight is not None:
            await self._wait(flight)
        return self._found(kid, flight)

    def find_sync(self, kid: str) -> SigningKey:
        """`find` for threads. Blocks for at most the fetch's deadline."""
        flight = self._board(kid, blocking=True)
        if flight is not None:
            self._wait_sync(flight)
        return self._found(kid, flight)

    async def fetch(self) -> None:
        """Fetch now, whatever is held. Raises `KeysUnavailable` when it fails and no usable keys are left."""
        if self._uri is not None:
            await self._wait(self._start())
        self._require_keys()

    def fetch_sync(self) -> None:
        if self._uri is not None:
            self._wait_sync(self._start(blocking=True))
        self._require_keys()

    def forget_threads(self) -> None:
        """In a forked child: the parent's threads and loops are gone, and with them whatever they held."""
        self._one_flight_at_a_time = threading.RLock()
        self._flight = self._home = None

    # Who may fly, and when

    def _resting(self, now: float) -> bool:
        return self._rest_from <= now < self._rest_from + self._rest_for  # a clock set back ends the rest

    def _rest(self, seconds: float) -> None:
        self._rest_from, self._rest_for = self._clock(), seconds

    def _refresh(self, now: float) -> None:
        if self._uri is not None and not self._resting(now) and self._under_way() is None:
            self._start()

    def _under_way(self) -> _Flight | None:
        flight = self._flight
        return None if flight is None or flight.is_lost(self._policy.deadline) else flight

    def _board(self, kid: str, *, blocking: bool = False) -> _Flight | None:
        """Join the fetch under way or start one; None when cooling down, or when the key has landed meanwhile."""
        if self._uri is None:
            return None
        with self._one_flight_at_a_time:
            if self._resting(self._clock()) or self._holds(kid):
                return None
            flight, is_new = self._next_flight(kid)
        return self._launch(flight, blocking=blocking) if is_new else flight

    def _start(self, *, blocking: bool = False) -> _Flight:
        with self._one_flight_at_a_time:
            flight, is_new = self._next_flight(None)
        return self._launch(flight, blocking=blocking) if is_new else flight

    def _next_flight(self, kid: str | None) -> tuple[_Flight, bool]:
        flight = self._under_way()
        if flight is not None:
            return flight, False
        self._flight = _Flight(kid)
        return self._flight, True

    def _holds(self, kid: str) -> bool:
        held = self._held
        return held is not None and kid in held.by_kid and self.usable

    def _launch(self, flight: _Flight, *, blocking: bool) -> _Flight:
        """Run it where it can finish while the caller waits: a given client belongs to the loop it is used on."""
        here, home = _running_loop(), self._home
        if self._http is None:
            self._launch_thread(flight)
        elif here is not None and not blocking:
            self._home = flight.loop = here
            flight.task = here.create_task(self._fly(flight))
        elif home is not None and home is not here and home.is_running():
            flight.loop = home
            asyncio.run_coroutine_threadsafe(self._fly(flight), home)
        else:
            self._launch_thread(flight)
        return flight

    def _launch_thread(self, flight: _Flight) -> None:
        def run() -> None:
            asyncio.run(self._fly(flight))

        try:
            threading.Thread(target=run, name="jwks", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is going
            self._land(flight, None, "no thread could be started")

    # One flight

    async def _fly(self, flight: _Flight) -> None:
        held, reason = None, "interrupted"
        try:
            document = await fetch(
                str(self._uri), http=self._http, trust_env=self._trust_env, deadline=self._policy.deadline
            )
            held, reason = self._accept(document), ""
        except (FetchError, UnusableKeySet) as e:
            reason = str(e)
        except Exception as e:  # any transport may have been given, and a flight must land whatever it raises
            reason = type(e).__name__
        finally:
            self._land(flight, held, reason)

    def _accept(self, document: Document) -> HeldKeys:
        by_kid, now, policy = self._read(document.body), self._clock(), self._policy
        granted = policy.max_age if document.max_age is None else document.max_age
        fresh = min(max(granted, policy.min_age), policy.max_age, policy.hard_age)
        return HeldKeys(by_kid, now, now + fresh, now + policy.hard_age)

    def _read(self, body: bytes) -> Mapping[str, SigningKey]:
        keys = read_key_set(body, self._prepare, _NO_KEYS if self._held is None else self._held.by_kid)
        for kid, reason in keys.refused[:_MAX_REPORTED]:
            self._observer.key_refused(kid, reason)
        return keys.by_kid

    def _land(self, flight: _Flight, held: HeldKeys | None, reason: str) -> None:
        with self._one_flight_at_a_time:
            if self._flight is flight:
                self._flight = None
                self._settle(flight, held, reason)
        flight.landed.set_result(None)
        seconds = time.monotonic() - flight.started
        self._observer.jwks_fetched(self._issuer, held is not None, reason or None, seconds)

    def _settle(self, flight: _Flight, held: HeldKeys | None, reason: str) -> None:
        self._reason = reason
        if held is None:
            self._rest(self._policy.cooldown if self.usable else self._policy.retry_after)
            return
        self._held = held
        if flight.kid is not None and flight.kid not in held.by_kid:
            self._rest(self._policy.cooldown)

    # Those who wait for it

    async def _wait(self, flight: _Flight) -> None:
        try:
            async with asyncio.timeout(self._policy.deadline + _GRACE_SECONDS):
                await asyncio.wrap_future(flight.landed)
        except TimeoutError:
            self._reason = "the fetch was lost"

    def _wait_sync(self, flight: _Flight) -> None:
        if flight.loop is not None and flight.loop is _running_loop():
            raise KeysUnavailable("this very event loop is fetching the keys: use the async method, or prefetch()")
        try:
            flight.landed.result(self._policy.deadline + _GRACE_SECONDS)
        except concurrent.futures.TimeoutError:
            self._reason = "the fetch was lost"

    def _found(self, kid: str, flight: _Flight | None) -> SigningKey:
        held = self._held
        self._require_keys()
        key = None if held is None else held.by_kid.get(kid)
        if key is not None:
            return key
        if flight is not None and not self._resting(self._clock()):
            self._rest(self._policy.cooldown)
        raise TokenError("unknown_key")

    def _require_keys(self) -> None:
        if not self.usable:
            message = f"no usable keys of {self._issuer} are held: {self._reason}"
            raise KeysUnavailable(message, retry_after=self._policy.retry_after)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_living: weakref.WeakSet[JwksCache] = weakref.WeakSet()


def _forget_threads_everywhere() -> None:
    for cache in _living:
        cache.forget_threads()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_forget_threads_everywhere)
