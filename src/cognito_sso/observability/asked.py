"""The request that is being answered, as its log lines name it: its id, who sent it, and the trace it is part of."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Scope

# Of the scope: `TracedRequests` puts the first there, the first line of a request the second.
TRACE_ID: Final = "cognito_sso.trace_id"
REQUEST_ID: Final = "cognito_sso.request_id"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{1,64}")
# W3C Trace Context section 3.2: version, trace-id, parent-id, flags. Later versions may have more behind.
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")

_answered: ContextVar[Scope | None] = ContextVar("answered", default=None)
# Lines between the two are about a request. They do nothing else, since gateways ask thirty thousand times a second:
# the headers are read when the first line is written, which for most requests is never.
answering = _answered.set
answered = _answered.reset


class Asked:
    """One request; lines written in its `with` block are about it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> Asked:
        self._token = answering(self._scope)
        return self

    def __exit__(self, *_: object) -> None:
        answered(self._token)

    @property
    def request_id(self) -> str:
        """The caller's `X-Request-Id`, where it is one; else a fresh one."""
        if REQUEST_ID not in self._scope:
            given = self._only(b"x-request-id")
            self._scope[REQUEST_ID] = given.decode() if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        return str(self._scope[REQUEST_ID])

    @property
    def client(self) -> str | None:
        """The address, as far as `SSO_TRUSTED_PROXIES` are believed."""
        client = self._scope.get("client")
        return str(client[0]) if client else None

    @property
    def trace_id(self) -> str | None:
        """The span's, where tracing is on; else the caller's, from `traceparent`."""
        if TRACE_ID in self._scope:
            return str(self._scope[TRACE_ID])
        found = _TRACEPARENT.fullmatch(self._only(b"traceparent"))
        return found[1].decode() if found else None

    def _only(self, header: bytes) -> bytes:
        """A header's value; nothing where it is missing or there twice."""
        values = [value for name, value in self._scope["headers"] if name == header]
        return bytes(values[0]) if len(values) == 1 else b""


def asked() -> Asked | None:
    """The request that is being answered."""
    scope = _answered.get()
    return None if scope is None else Asked(scope)


def request_id_of_context() -> str:
    """The id of the request that is being answered; empty outside of any."""
    one = asked()
    return one.request_id if one else ""
