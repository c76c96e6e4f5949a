"""Every metric by its name: what an operator may graph, and be woken by."""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate, product
from math import nan
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString

from cognito_sso.errors import SignInError, SignInRefused

PREFIX: Final = "cognito_sso"
MOST_TENANTS: Final = 1_000  # label values; the tenants after that share one
OTHERS: Final = "(others)"  # no tenant can be called that

_ANSWER_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UPSTREAM_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0)
_SIGN_IN_SECONDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_NO_TENANT: Final = ("",)
_DELIVERIES: Final = ("session", "code", "tokens")
_OTHER_FAILURES: Final = ("login_expired", "provider_unavailable", "session_too_large", "too_many_requests")
_UPSTREAMS: Final = ("token", "userinfo", "revoke")


class Tally:
    """A counter for the fastest path: plain numbers, added to by one event loop and read when somebody scrapes.

    `tally.counts[labels] += 1` takes a fifth of what a `Counter` does with its lock. The labels that are known when it
    is made are there at zero.
    """

    def __init__(
        self, name: str, told: str, *, labels: tuple[str, ...], series: Iterator[tuple[str | int, ...]]
    ) -> None:
        self._name, self._told, self._labels = name, told, labels
        self.counts = defaultdict[tuple[str | int, ...], int](int, dict.fromkeys(series, 0))

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(self._name, self._told, labels=self._labels)
        for labels, count in self.counts.items():
            family.add_metric([str(label) for label in labels], count)
        yield family


class Spread:
    """A histogram for the same path: how long it took, by one label."""

    def __init__(self, name: str, told: str, *, label: str, buckets: tuple[float, ...]) -> None:
        self._name, self._told, self._label = name, told, label
        self._buckets = buckets
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def expect(self, label: str) -> None:
        """Shows it from now on, at zero."""
        self._counts.setdefault(label, [0] * (len(self._buckets) + 1))
        self._sums.setdefault(label, 0.0)

    def observe(self, label: str, seconds: float) -> None:
        self._counts[label][bisect_left(self._buckets, seconds)] += 1  # a bucket's bound is part of it
        self._sums[label] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._told, labels=(self._label,))
        bounds = [*map(floatToGoString, self._buckets), "+Inf"]
        for label, counts in self._counts.items():
            up_to = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric((label,), buckets=up_to, sum_value=self._sums[label])
        yield family


class Metrics:
    """One running service's, in a registry of its own.

    A label takes values from closed lists and from the tenants that are set up, never from what a stranger sends. Those
    of a closed list are there from the start, at zero, so that the first of its kind is an increase.
    """

    def __init__(self, *, version: str = "") -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # or each counter would come with the time of its making, as a metric of its own
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self._tenants: set[str] = set()
        # `/metrics` shows them in this order.
        self._count_logins()
        self._count_sessions()
        self._count_refusals()
        self._watch_upstream()
        self._watch_what_is_fetched()
        self._count_verifications()
        self._watch_the_process()
        self._tell_the_build(version)

    def tenant(self, name: object) -> str:
        """A tenant's label; empty where there is none."""
        if name is None:
            return ""
        if name not in self._tenants and len(self._tenants) >= MOST_TENANTS:
            return OTHERS
        self._tenants.add(str(name))
        return str(name)

    def read_ages(self, *, keys: Callable[[], float | None], tenants: Callable[[], float | None]) -> None:
        """Asks for the ages at each scrape."""
        self.jwks_age.set_function(lambda: _or_nan(keys()))
        self.tenants_age.set_function(lambda: _or_nan(tenants()))

    def _count_logins(self) -> None:
        self.logins_started = self._tally(
            "logins_started",
            "Browsers sent to Cognito; start is direct, initiated (from a company's IdP) or restarted (by itself).",
            tenant=_NO_TENANT,
            start=("direct", "initiated", "restarted"),
        )
        self.logins_completed = self._tally(
            "logins_completed", "Sign-ins that passed every check.", tenant=_NO_TENANT, delivery=_DELIVERIES
        )
        self.logins_failed = self._tally(
            "logins_failed",
            "Sign-ins that came back and were refused, by error code.",
            tenant=_NO_TENANT,
            reason=(*_codes_of(SignInRefused), *_OTHER_FAILURES),
        )
        self.login_seconds = self._histogram(
            "login_seconds",
            "From the redirect to Cognito until signed in, the person's typing included.",
            _SIGN_IN_SECONDS,
        )

    def _count_sessions(self) -> None:
        self.refreshes = self._counter(
            "refreshes",
            "Refreshes of sessions, and of the tokens that a frontend keeps (code), by how they ended.",
            delivery=("session", "code"),
            outcome=("renewed", "ended", "unavailable"),
        )
        self.sessions_ended = self._counter(
            "sessions_ended",
            "Sessions that signed out, reached their end or could not be refreshed.",
            reason=("signed_out", "max_age", *_codes_of(SignInRefused), "domain_not_served", "session_too_large"),
        )

    def _count_refusals(self) -> None:
        self.bearers_refused = self._tally("bearers_refused", "Access tokens refused, by reason.", reason=())
        self.requests_refused = self._tally(
            "requests_refused", "Other requests answered with an error code.", code=_codes_of(SignInError)
        )
        self.rate_limited = self._counter(
            "rate_limited",
            "Requests that were refused because their client address, or their session, had none left.",
            endpoint=("/login/start", "/auth/callback", "/auth/token", "/auth/refresh", "/auth/logout"),
        )
        self.rate_limit_storage_failures = self._counter(
            "rate_limit_storage_failures", "Times that the counts could not be reached; sign-ins go on uncounted."
        )
        self.audit_events = self._tally("audit_events", "Lines of the audit log.", event=())
        self.log_lines_lost = self._counter(
            "log_lines_lost", "Log lines that were given up, because nobody read the log and too many waited."
        )
        self.cookies_of_unknown_keys = self._counter(
            "cookies_of_unknown_keys",
            "Cookies that none of our keys sealed: replicas with different keys, a key taken away, or made up.",
        )

    def _watch_upstream(self) -> None:
        self.upstream_seconds = self._histogram(
            "upstream_request_seconds",
            "Requests to Cognito until the answer was read, whatever it was.",
            _UPSTREAM_SECONDS,
            endpoint=(*_UPSTREAMS, "jwks"),
        )
        self.upstream_errors = self._counter(
            "upstream_errors",
            "Requests to Cognito without a usable answer. A refused code or token is an answer.",
            endpoint=_UPSTREAMS,
            reason=("timeout", "unreachable", "nonsense"),
        )

    def _watch_what_is_fetched(self) -> None:
        self.jwks_fetches = self._counter(
            "jwks_fetches",
            "Fetches of signing keys.",
            issuer=("cognito", "scalekit"),
            outcome=("fetched", "failed"),
        )
        self.jwks_age = self._gauge("jwks_age_seconds", "Since the pool's keys were last fetched; NaN before that.")
        self.tenant_refreshes = self._counter(
            "tenant_refreshes", "Times that Scalekit was asked for the tenants.", outcome=("refreshed", "failed")
        )
        self.tenants_age = self._gauge(
            "tenants_age_seconds", "Since Scalekit last told the tenants; NaN before that, and where it is not asked."
        )
        self.clock_ahead = self._gauge(
            "clock_ahead_seconds",
            "Our clock less Cognito's, by the Date of its last answer, which is exact to a second; NaN before one.",
        )

    def _count_verifications(self) -> None:
        self.verify_verdicts = self._tally(
            "verify_verdicts",
            "Answers of /auth/verify.",
            door=("bearer", "session", "path"),
            status=(204, 401, 403),
        )
        self.token_memory = self._tally(
            "token_memory_lookups", "Tokens looked up among the verified ones.", outcome=("hit", "miss")
        )

    def _watch_the_process(self) -> None:
        self.requests = self._tally(
            "requests", "Requests by path and status; /auth/verify is counted by its verdicts.", route=(), status=()
        )
        self.request_seconds = Spread(
            f"{PREFIX}_request_seconds",
            "From a request's headers to its last byte, by path.",
            label="route",
            buckets=_ANSWER_SECONDS,
        )
        self.registry.register(self.request_seconds)
        self.event_loop_lag = self._histogram(
            "event_loop_lag_seconds", "How late a sampling task woke up, once a second.", _LAG_SECONDS
        )

    def _tell_the_build(self, version: str) -> None:
        self.build_info = self._gauge("build_info", "What is running; always 1.", version=(), python=())
        self.build_info.labels(version, platform.python_version()).set(1)

    def _counter(self, name: str, told: str, **labels: tuple[str, ...]) -> Counter:
        counter = Counter(name, told, tuple(labels), namespace=PREFIX, registry=self.registry)
        for values in product(*labels.values()) if labels else ():
            counter.labels(*values)
        return counter

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...], **labels: tuple[str, ...]) -> Histogram:
        histogram = Histogram(name, told, tuple(labels), namespace=PREFIX, registry=self.registry, buckets=buckets)
        for values in product(*labels.values()) if labels else ():
            histogram.labels(*values)
        return histogram

    def _gauge(self, name: str, told: str, **labels: tuple[str, ...]) -> Gauge:
        gauge = Gauge(name, told, tuple(labels), namespace=PREFIX, registry=self.registry)
        if not labels:
            gauge.set(nan)
        return gauge

    def _tally(self, name: str, told: str, **labels: tuple[str | int, ...]) -> Tally:
        known = product(*labels.values()) if all(labels.values()) else iter(())
        tally = Tally(f"{PREFIX}_{name}", told, labels=tuple(labels), series=known)
        self.registry.register(tally)
        return tally


def _or_nan(age: float | None) -> float:
    return nan if age is None else age


def _codes_of(kind: type[SignInError]) -> tuple[str, ...]:
    """The codes of a kind of error and of all below it."""
    own = (kind.code,) if hasattr(kind, "code") else ()
    below = (code for child in kind.__subclasses__() for code in _codes_of(child))
    return tuple(sorted({*own, *below}))
