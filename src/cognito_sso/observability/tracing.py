"""OpenTelemetry spans: one for each request, one for each question to Cognito. Never a URL with its query."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cognito_sso.errors import ProviderUnavailable
from cognito_sso.observability.asked import TRACE_ID

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_HEADERS: Final = ("traceparent", "tracestate")
_propagator = TraceContextTextMapPropagator()


class Tracing:
    """Spans of one provider, named for routes and endpoints of a closed list.

    No exception is recorded, only its kind: its text and the frames around it are for the log, which is scanned.
    """

    def __init__(self, provider: TracerProvider, *, version: str) -> None:
        self._tracer = provider.get_tracer("cognito_sso", version)

    @contextmanager
    def request(self, name: str, parent: Context) -> Iterator[Span]:
        """One request that we answer, part of its caller's trace."""
        with self._tracer.start_as_current_span(
            name, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            yield span

    @contextmanager
    def upstream(self, endpoint: str) -> Iterator[None]:
        """One request to Cognito, which is told nothing of the trace."""
        with self._tracer.start_as_current_span(
            f"cognito {endpoint}", kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except ProviderUnavailable as error:
                _failed(span, type(error).__name__)
                raise

    def keys_fetched(self, issuer: str, *, ok: bool, seconds: float) -> None:
        """A fetch of keys that has just ended."""
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{issuer} jwks", kind=SpanKind.CLIENT, start_time=ended - int(seconds * 1_000_000_000)
        )
        if not ok:
            _failed(span, "KeysUnavailable")
        span.end(ended)


class TracedRequests:
    """A layer, around all those that tell anybody anything; only there where tracing is on."""

    def __init__(
        self, handler: Callable[[Request], Awaitable[Response]], *, tracing: Tracing, routes: Collection[str]
    ) -> None:
        self._handler = handler
        self._tracing = tracing
        self._routes = routes

    async def __call__(self, request: Request) -> Response:
        scope = request.scope
        route = scope["path"] if scope["path"] in self._routes else None
        method = scope["method"] if scope["method"] in _METHODS else "HTTP"
        with self._tracing.request(f"{method} {route}" if route else method, _parent_of(scope)) as span:
            span.set_attributes({"http.request.method": method, **({"http.route": route} if route else {})})
            scope[TRACE_ID] = f"{span.get_span_context().trace_id:032x}"
            response = await self._handler(request)
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 500:
                _failed(span, str(response.status_code))
            return response


def _parent_of(scope: Scope) -> Context:
    """The caller's, if it says so in one way (W3C Trace Context)."""
    given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    carrier = {name: value for name, value in given if name in _HEADERS}
    is_plain = sum(name == "traceparent" for name, _ in given) == 1
    return _propagator.extract(carrier if is_plain else {}, Context())


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
