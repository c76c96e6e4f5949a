"""The audit log's facts, counted: the one place where an event becomes a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cognito_sso.observability.metrics import Metrics

Facts = Mapping[str, Any]


class Counting:
    """Told by the audit log of each fact. Every event is counted by its name; some are the steps of a funnel."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._steps: dict[str, Callable[[Facts], None]] = {
            "login_started": self._login_started,
            "login_completed": self._login_completed,
            "login_refused": self._login_refused,
            "session_refreshed": self._session_refreshed,
            "session_ended": self._session_ended,
            "refresh_failed": self._refresh_failed,
            "signed_out": self._signed_out,
            "bearer_refused": self._bearer_refused,
            "request_refused": self._request_refused,
        }

    def __call__(self, event: str, facts: Facts) -> None:
        self._metrics.audit_events.counts[event,] += 1
        step = self._steps.get(event)
        if step is not None:
            step(facts)

    def _login_started(self, facts: Facts) -> None:
        start = "restarted" if facts["restarted"] else "initiated" if facts["initiated"] else "direct"
        self._metrics.logins_started.counts[self._metrics.tenant(facts["tenant"]), start] += 1

    def _login_completed(self, facts: Facts) -> None:
        self._metrics.logins_completed.counts[self._metrics.tenant(facts["tenant"]), facts["delivery"]] += 1
        self._metrics.login_seconds.observe(facts["seconds"])

    def _login_refused(self, facts: Facts) -> None:
        self._metrics.logins_failed.counts[self._metrics.tenant(facts["tenant"]), facts["code"]] += 1

    def _session_refreshed(self, facts: Facts) -> None:
        self._metrics.refreshes.labels(facts["delivery"], "renewed").inc()

    def _session_ended(self, facts: Facts) -> None:
        self._metrics.refreshes.labels(facts["delivery"], "ended").inc()
        self._metrics.sessions_ended.labels(facts["code"]).inc()

    def _refresh_failed(self, facts: Facts) -> None:
        self._metrics.refreshes.labels(facts["delivery"], "unavailable").inc()

    def _signed_out(self, _: Facts) -> None:
        self._metrics.sessions_ended.labels("signed_out").inc()

    def _bearer_refused(self, facts: Facts) -> None:
        self._metrics.bearers_refused.counts[(facts["reason"],)] += 1

    def _request_refused(self, facts: Facts) -> None:
        self._metrics.requests_refused.counts[(facts["code"],)] += 1
