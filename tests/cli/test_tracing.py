"""Spans leave a real process for a collector, as OpenTelemetry's own variables say."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .served import Served


class Collector(HTTPServer):
    """What OTLP over HTTP posts to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiving)
        self.received: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Receiving(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def test_what_was_asked_is_at_the_collector_when_the_process_has_ended(collector: Collector, tmp_path: Path) -> None:
    with Served(
        tmp_path,
        SSO_TRACING="on",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=trial",
    ) as served:
        assert served.status("/auth/callback?code=canary-code&state=canary-state") == 400
        code, log = served.ended_by(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in log
    (path,) = {path for path, _ in collector.received}
    assert path == "/v1/traces"
    resources = [one for _, request in collector.received for one in request.resource_spans]
    spans = {span.name for one in resources for scope in one.scope_spans for span in scope.spans}
    assert {"cognito jwks", "GET /auth/callback"} <= spans
    attributes = {one.key: one.value.string_value for resource in resources for one in resource.resource.attributes}
    assert attributes["service.name"] == "cognito-sso"
    assert attributes["deployment.environment.name"] == "trial"
    assert "canary" not in str(collector.received)


def test_their_variables_alone_turn_nothing_on(collector: Collector, tmp_path: Path) -> None:
    with Served(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as served:
        assert served.status("/healthz") == 200
        served.ended_by(signal.SIGTERM)
    assert collector.received == []
