"""What is counted of the parts that know no metrics: requests to Cognito, fetches of keys, remembered verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from cognito_sso.errors import ProviderNonsense, ProviderTimeout, ProviderUnavailable
from cognito_sso.observability import Metrics, Tracing
from cognito_sso.verify import LogObserver

ELSEWHERE = "other"
_HIT, _MISS = ("hit",), ("miss",)
_KINDS: tuple[tuple[type[ProviderUnavailable], str], ...] = (
    (ProviderTimeout, "timeout"),
    (ProviderNonsense, "nonsense"),
)


class WatchedCognito:
    """Times every request, and counts those that brought no usable answer."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None = None) -> None:
        self._metrics = metrics
        self._span = tracing.upstream if tracing else nullcontext

    @contextmanager
    def request(self, endpoint: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with self._span(endpoint):
                yield
        except ProviderUnavailable as error:
            self._metrics.upstream_errors.labels(endpoint, _kind_of(error)).inc()
            raise
        finally:
            self._metrics.upstream_seconds.labels(endpoint).observe(time.perf_counter() - started)

    def clock_seen(self, ahead_seconds: float) -> None:
        self._metrics.clock_ahead.set(ahead_seconds)


class AnsweredRequests:
    """Counts and times requests by path, those to paths that are none of ours together."""

    def __init__(self, metrics: Metrics, *, routes: Iterable[str]) -> None:
        self._metrics = metrics
        self._routes = frozenset(routes)
        for route in (*self._routes, ELSEWHERE):
            metrics.request_seconds.expect(route)

    def __call__(self, path: str, status: int, seconds: float) -> None:
        route = path if path in self._routes else ELSEWHERE
        self._metrics.request_seconds.observe(route, seconds)
        self._metrics.requests.counts[route, status] += 1


class WatchedKeys(LogObserver):
    """One issuer's keys: what the log is told is counted too."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None = None, *, issuer: str) -> None:
        self._metrics = metrics
        self._lookups = metrics.token_memory.counts
        self._tracing = tracing
        self._issuer = issuer

    def jwks_fetched(self, issuer: str, ok: bool, reason: str | None, seconds: float) -> None:  # noqa: FBT001
        super().jwks_fetched(issuer, ok, reason, seconds)
        self._metrics.jwks_fetches.labels(self._issuer, "fetched" if ok else "failed").inc()
        if self._tracing:
            self._tracing.keys_fetched(self._issuer, ok=ok, seconds=seconds)
        if self._issuer == "cognito":
            self._metrics.upstream_seconds.labels("jwks").observe(seconds)

    def remembered(self, hit: bool) -> None:  # noqa: FBT001
        self._lookups[_HIT if hit else _MISS] += 1


def _kind_of(error: ProviderUnavailable) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(error, type_)), "unreachable")
