"""The audit log: a closed vocabulary, one method for each security fact."""

from __future__ import annotations

import logging

from cognito_sso.observability.logs import FIELDS

_log = logging.getLogger("cognito_sso.audit")


class AuditLog:
    """Says who, which company, what and why. An e-mail address appears as its domain only; nothing secret at all."""

    def login_started(
        self, *, domain: str, tenant: str | None, restarted: bool = False, initiated: bool = False
    ) -> None:
        """`restarted`: once more by itself after Cognito's first-login quirk; `initiated`: from a company's IdP."""
        self._tell("login_started", domain=domain, tenant=tenant, restarted=restarted, initiated=initiated)

    def login_completed(self, *, sub: str, domain: str, tenant: str | None, delivery: str) -> None:
        self._tell("login_completed", sub=sub, domain=domain, tenant=tenant, delivery=delivery)

    def login_refused(self, *, code: str, reason: str, domain: str | None = None) -> None:
        self._tell("login_refused", logging.WARNING, code=code, reason=reason, domain=domain)

    def identity_differs(self, *, requested_domain: str, sub: str) -> None:
        """Somebody else of the same company came back than the address that was typed; the person is asked."""
        self._tell("identity_differs", sub=sub, domain=requested_domain)

    def session_refreshed(self, *, sub: str, tenant: str | None) -> None:
        self._tell("session_refreshed", sub=sub, tenant=tenant)

    def session_ended(self, *, sub: str, reason: str) -> None:
        self._tell("session_ended", sub=sub, reason=reason)

    def signed_out(self, *, sub: str | None, revoked: bool) -> None:
        self._tell("signed_out", sub=sub, revoked=revoked)

    def bearer_refused(self, *, reason: str) -> None:
        self._tell("bearer_refused", reason=reason)

    def request_refused(self, *, code: str, reason: str) -> None:
        self._tell("request_refused", code=code, reason=reason)

    def provider_failed(self, *, reason: str) -> None:
        self._tell("provider_failed", logging.ERROR, reason=reason)

    def _tell(self, event: str, level: int = logging.INFO, **fields: object) -> None:
        _log.log(level, event, extra={FIELDS: {"event": event, **fields}})
