"""Spans: named for routes, part of the caller's trace, and with nothing in them that a log may not have."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cognito_sso.app import create_app
from cognito_sso.cli.tracing import tracing
from cognito_sso.observability import Tracing
from cognito_sso.settings import ConfigurationError
from cognito_sso.simulator import Fault
from tests.fresh_python import said_by
from tests.log_scan import scan
from tests.world import SERVICE, Roads, World, settings_for

JANE = "jane@megasoft.example"
TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.shutdown()


@pytest.fixture
def traced(world: World, spans: InMemorySpanExporter) -> World:
    """The same world, with tracing on."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = create_app(settings_for(), http=world.upstream, clock=world.clock, tracing=Tracing(provider, version="0.1.0"))
    world.app, world.services = app, app.state.services
    service = httpx.ASGITransport(app, raise_app_exceptions=False)
    world.roads = Roads({"login.app.example": service}, world.roads)
    return world


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (span,) = [span for span in spans.get_finished_spans() if span.name == name]
    return span


async def test_a_sign_in_is_told_span_by_span(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.signed_in(JANE)
    assert [span.name for span in spans.get_finished_spans()] == [
        "GET /login/start",
        "cognito jwks",
        "cognito token",
        "GET /auth/callback",
    ]
    callback, token, keys = (named(spans, name) for name in ("GET /auth/callback", "cognito token", "cognito jwks"))
    assert dict(callback.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/auth/callback",
        "http.response.status_code": 303,
    }
    assert (callback.kind, token.kind, keys.kind) == (SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CLIENT)
    assert callback.context
    for below in (token, keys):
        assert below.parent
        assert below.parent.span_id == callback.context.span_id
        assert below.start_time
        assert below.end_time
        assert below.start_time <= below.end_time


async def test_nothing_secret_and_nobody_is_in_any_of_them(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.signed_in(JANE)
    for fault in (Fault(status=503), Fault(hang=True), Fault(status=400, body='{"error": "canary"}')):
        traced.simulator.faults.set("POST /oauth2/token", fault)
        await traced.signed_in(JANE)
    script = traced.script()
    await script.get("/auth/verify", headers={"authorization": "Bearer eyJhbGciOiJub25lIn0.canary.canary"})
    await script.get("/canary?email=canary@megasoft.example")
    await script.request("CANARY", "/me")
    told = [span.to_json() for span in spans.get_finished_spans()]
    assert len(told) > 15
    for span in told:
        assert scan.faults_of(span) == []
        assert "canary" not in span
        assert "?" not in span
        assert json.loads(span)["events"] == []


async def test_the_callers_trace_goes_on_here_and_in_the_log_but_not_at_cognito(
    traced: World, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    browser = traced.browser()
    browser.http.headers["traceparent"] = TRACEPARENT
    await traced.sign_in(browser, JANE)
    contexts = [span.context for span in spans.get_finished_spans()]
    assert {f"{context.trace_id:032x}" for context in contexts if context} == {TRACE_ID}
    parent = named(spans, "GET /auth/callback").parent
    assert parent
    assert f"{parent.span_id:016x}" == PARENT_ID
    (sent,) = traced.simulator.journal.of("POST", "/oauth2/token")
    assert "traceparent" not in sent.headers


@pytest.mark.parametrize("header", [[], ["canary"], [TRACEPARENT, TRACEPARENT], ["00-" + "0" * 32 + "-1-01"]])
async def test_without_a_trace_of_the_callers_one_begins_here(
    traced: World, spans: InMemorySpanExporter, header: list[str]
) -> None:
    told: list[logging.LogRecord] = []
    traces: list[str | None] = []

    class Hearing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)
            traces.append(json.loads(scan.format(record)).get("trace_id"))

    handler = Hearing()
    logging.getLogger("cognito_sso.access").addHandler(handler)
    try:
        await traced.script().get("/me", headers=[("traceparent", value) for value in header])
    finally:
        logging.getLogger("cognito_sso.access").removeHandler(handler)
    span = named(spans, "GET /me")
    assert span.parent is None
    assert span.context
    assert traces == [f"{span.context.trace_id:032x}"]
    assert traces != [TRACE_ID]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=503), "ProviderUnreachable"),
        (Fault(hang=True), "ProviderTimeout"),
        (Fault(status=200), "ProviderNonsense"),
    ],
    ids=["503", "timeout", "nonsense"],
)
async def test_where_cognito_fails_both_spans_say_so(
    traced: World, spans: InMemorySpanExporter, fault: Fault, kind: str
) -> None:
    traced.simulator.faults.set("POST /oauth2/token", fault)
    await traced.signed_in(JANE)
    token, callback = named(spans, "cognito token"), named(spans, "GET /auth/callback")
    assert token.status.status_code is callback.status.status_code is StatusCode.ERROR
    assert (token.attributes or {})["error.type"] == kind
    assert callback.status.description is None


async def test_keys_that_cannot_be_fetched(traced: World, spans: InMemorySpanExporter) -> None:
    traced.simulator.faults.set("GET /eu-north-1_6m0O668r5/.well-known/jwks.json", Fault(status=503))
    await traced.script().get("/readyz")
    assert named(spans, "cognito jwks").status.status_code is StatusCode.ERROR


async def test_a_gateways_question_is_a_span_too(traced: World, spans: InMemorySpanExporter) -> None:
    await traced.script().get(f"{SERVICE}/auth/verify/and/what/it/protects")
    assert named(spans, "GET").attributes == {"http.request.method": "GET", "http.response.status_code": 401}


def test_off_nothing_of_the_sdk_is_imported() -> None:
    told = (
        "import sys, cognito_sso.app, cognito_sso.cli.serve\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])\n"
    )
    assert said_by(told) == "[]\n"


def test_off_nobody_traces() -> None:
    with tracing("off") as nothing:
        assert nothing is None


def test_on_without_the_extra_is_a_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"SSO_TRACING: needs the extra otel"), tracing("on"):
        pass
