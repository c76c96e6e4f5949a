"""What an operator sees: one audit event for each security fact, metrics, and logs that never hold a secret."""

from cognito_sso.observability.asked import Asked, answered, answering, asked, request_id_of_context
from cognito_sso.observability.audit import NOBODY, AuditLog, Person
from cognito_sso.observability.counting import Counting
from cognito_sso.observability.email_digest import EmailDigest
from cognito_sso.observability.lag import lag_sampled
from cognito_sso.observability.logs import configure_logging, count_lost_lines
from cognito_sso.observability.metrics import Metrics, Tally
from cognito_sso.observability.metrics_app import MetricsApp
from cognito_sso.observability.tracing import TracedRequests, Tracing

__all__ = [
    "NOBODY",
    "Asked",
    "AuditLog",
    "Counting",
    "EmailDigest",
    "Metrics",
    "MetricsApp",
    "Person",
    "Tally",
    "TracedRequests",
    "Tracing",
    "answered",
    "answering",
    "asked",
    "configure_logging",
    "count_lost_lines",
    "lag_sampled",
    "request_id_of_context",
]
