"""What an operator sees: one audit event for each security fact, and logs that never hold a secret."""

from cognito_sso.observability.audit import AuditLog
from cognito_sso.observability.logs import configure_logging, request_id_context, request_id_of_context

__all__ = ["AuditLog", "configure_logging", "request_id_context", "request_id_of_context"]
