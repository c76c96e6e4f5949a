"""Where spans go: OpenTelemetry's SDK, imported where `SSO_TRACING` is on, and set by its own `OTEL_` variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cognito_sso
from cognito_sso.observability import Tracing
from cognito_sso.settings import ConfigurationError

_NEEDS_EXTRA = (
    "SSO_TRACING: needs the extra otel: pip install 'cognito-sso[otel]',"
    " or docker build --build-arg REQUIREMENTS=tracing"
)


@contextmanager
def tracing(switch: str) -> Iterator[Tracing | None]:
    """Spans are sent by OTLP over HTTP while the block lasts. None where the switch is off.

    Raises `ConfigurationError`.
    """
    if switch == "off":
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError([_NEEDS_EXTRA]) from None
    ours = Resource({"service.name": "cognito-sso", "service.version": cognito_sso.__version__})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield Tracing(provider, version=cognito_sso.__version__)
    finally:
        provider.shutdown()
