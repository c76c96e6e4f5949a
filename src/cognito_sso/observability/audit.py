"""The audit log: a closed vocabulary, one method for each security fact."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cognito_sso.observability.asked import asked
from cognito_sso.observability.email_digest import EmailDigest
from cognito_sso.observability.logs import FIELDS

_log = logging.getLogger("cognito_sso.audit")
SUCCESS, FAILURE, UNDECIDED = "success", "failure", "undecided"


@dataclass(frozen=True)
class Person:
    """Whom a fact is about, as far as it is known. The address is written as its domain and its digest."""

    sub: str | None = None
    email: str | None = field(default=None, repr=False)
    tenant: str | None = None


NOBODY = Person()


class AuditLog:
    """Says who, which company, what, how it ended and why; nothing secret, and no whole e-mail address.

    `also` is told of each fact too: its event and its fields.
    """

    def __init__(self, *, digest: EmailDigest, also: Callable[[str, Mapping[str, object]], None] | None = None) -> None:
        self._digest = digest
        self._also = also

    def login_started(self, who: Person, *, restarted: bool = False, initiated: bool = False) -> None:
        """`restarted`: once more by itself after Cognito's first-login quirk; `initiated`: from a company's IdP."""
        self._tell("login_started", SUCCESS, who, restarted=restarted, initiated=initiated)

    def login_completed(self, who: Person, *, delivery: str, seconds: float) -> None:
        """`seconds`: since the browser was sent to Cognito."""
        self._tell("login_completed", SUCCESS, who, delivery=delivery, seconds=seconds)

    def login_refused(self, who: Person, *, code: str, reason: str) -> None:
        self._tell("login_refused", FAILURE, who, logging.WARNING, code=code, reason=reason)

    def identity_differs(self, who: Person) -> None:
        """Somebody else of the same company came back than the address that was typed; the person is asked.

        `who` came back, with the address that was typed.
        """
        self._tell("identity_differs", UNDECIDED, who)

    def session_refreshed(self, who: Person, *, delivery: str = "session") -> None:
        """`delivery`: who keeps the refresh token; the browser's cookies, or with `code` the frontend."""
        self._tell("session_refreshed", SUCCESS, who, delivery=delivery)

    def session_ended(self, who: Person, *, code: str, reason: str, delivery: str = "session") -> None:
        self._tell("session_ended", FAILURE, who, code=code, reason=reason, delivery=delivery)

    def refresh_failed(self, who: Person, *, reason: str, delivery: str = "session") -> None:
        """Cognito gave no answer. The session is what it was, and can be refreshed later."""
        self._tell("refresh_failed", FAILURE, who, logging.WARNING, reason=reason, delivery=delivery)

    def signed_out(self, who: Person, *, revoked: bool) -> None:
        self._tell("signed_out", SUCCESS, who, revoked=revoked)

    def bearer_refused(self, *, reason: str) -> None:
        """Whose it was is not told: nothing in a token that is not genuine is believed."""
        self._tell("bearer_refused", FAILURE, NOBODY, reason=reason)

    def request_refused(self, *, code: str, reason: str) -> None:
        self._tell("request_refused", FAILURE, NOBODY, code=code, reason=reason)

    def tenants_changed(
        self, *, added: Sequence[str], removed: Sequence[str], changed: Sequence[str], refused: Sequence[str]
    ) -> None:
        """Tenants by name; `refused` are domains that sign nobody in from now on."""
        self._tell(
            "tenants_changed",
            SUCCESS,
            NOBODY,
            added=",".join(added),
            removed=",".join(removed),
            changed=",".join(changed),
            refused=",".join(refused),
        )

    def provider_failed(self, *, reason: str) -> None:
        self._tell("provider_failed", FAILURE, NOBODY, logging.ERROR, reason=reason)

    def _tell(self, event: str, outcome: str, who: Person, level: int = logging.INFO, **facts: object) -> None:
        if _log.isEnabledFor(level):
            fields = {"event": event, "outcome": outcome, **self._described(who), **facts, **_asker()}
            _log.log(level, event, extra={FIELDS: fields})
        if self._also is not None:
            self._also(event, {"tenant": who.tenant, **facts})

    def _described(self, who: Person) -> dict[str, object]:
        domain = who.email.rpartition("@")[2] if who.email else None
        digest = self._digest.of(who.email) if who.email else None
        return {"sub": who.sub, "tenant": who.tenant, "domain": domain, "email_digest": digest}


def _asker() -> dict[str, object]:
    request = asked()
    return {"client": request.client if request else None}
