"""The audit log: a closed vocabulary, one method for each security fact."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from cognito_sso.observability.logs import FIELDS

_log = logging.getLogger("cognito_sso.audit")


class AuditLog:
    """Says who, which company, what and why. An e-mail address appears as its domain only; nothing secret at all.

    `also` is told of each fact too: its event and its fields.
    """

    def __init__(self, *, also: Callable[[str, Mapping[str, object]], None] | None = None) -> None:
        self._also = also

    def login_started(
        self, *, domain: str, tenant: str | None, restarted: bool = False, initiated: bool = False
    ) -> None:
        """`restarted`: once more by itself after Cognito's first-login quirk; `initiated`: from a company's IdP."""
        self._tell("login_started", domain=domain, tenant=tenant, restarted=restarted, initiated=initiated)

    def login_completed(self, *, sub: str, domain: str, tenant: str | None, delivery: str, seconds: float) -> None:
        """`seconds`: since the browser was sent to Cognito."""
        self._tell("login_completed", sub=sub, domain=domain, tenant=tenant, delivery=delivery, seconds=seconds)

    def login_refused(self, *, code: str, reason: str, domain: str | None = None, tenant: str | None = None) -> None:
        self._tell("login_refused", logging.WARNING, code=code, reason=reason, domain=domain, tenant=tenant)

    def identity_differs(self, *, requested_domain: str, sub: str) -> None:
        """Somebody else of the same company came back than the address that was typed; the person is asked."""
        self._tell("identity_differs", sub=sub, domain=requested_domain)

    def session_refreshed(self, *, sub: str, tenant: str | None, delivery: str = "session") -> None:
        """`delivery`: who keeps the refresh token; the browser's cookies, or with `code` the frontend."""
        self._tell("session_refreshed", sub=sub, tenant=tenant, delivery=delivery)

    def session_ended(self, *, sub: str | None, code: str, reason: str, delivery: str = "session") -> None:
        self._tell("session_ended", sub=sub, code=code, reason=reason, delivery=delivery)

    def refresh_failed(self, *, sub: str | None, reason: str, delivery: str = "session") -> None:
        """Cognito gave no answer. The session is what it was, and can be refreshed later."""
        self._tell("refresh_failed", logging.WARNING, sub=sub, reason=reason, delivery=delivery)

    def signed_out(self, *, sub: str | None, revoked: bool) -> None:
        self._tell("signed_out", sub=sub, revoked=revoked)

    def bearer_refused(self, *, reason: str) -> None:
        self._tell("bearer_refused", reason=reason)

    def request_refused(self, *, code: str, reason: str) -> None:
        self._tell("request_refused", code=code, reason=reason)

    def provider_failed(self, *, reason: str) -> None:
        self._tell("provider_failed", logging.ERROR, reason=reason)

    def _tell(self, event: str, level: int = logging.INFO, **facts: object) -> None:
        _log.log(level, event, extra={FIELDS: {"event": event, **facts}})
        if self._also is not None:
            self._also(event, facts)
