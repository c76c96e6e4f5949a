"""The metrics: their names stay, their labels are few, and they count what happened."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cognito_sso.observability import Metrics, MetricsApp, lag_sampled
from cognito_sso.observability.metrics import MOST_TENANTS, OTHERS, Spread
from cognito_sso.simulator import Fault
from tests.browser import NAVIGATION
from tests.world import FRONTEND, SERVICE, World

JANE = "jane@megasoft.example"
PREFIX = "cognito_sso_"
# What dashboards and alerts of others are made of. A change here is a breaking one.
FROZEN = {
    "logins_started": ("counter", {"tenant", "start"}),
    "logins_completed": ("counter", {"tenant", "delivery"}),
    "logins_failed": ("counter", {"tenant", "reason"}),
    "login_seconds": ("histogram", set()),
    "refreshes": ("counter", {"delivery", "outcome"}),
    "sessions_ended": ("counter", {"reason"}),
    "bearers_refused": ("counter", {"reason"}),
    "requests_refused": ("counter", {"code"}),
    "rate_limited": ("counter", {"endpoint"}),
    "rate_limit_storage_failures": ("counter", set()),
    "audit_events": ("counter", {"event"}),
    "log_lines_lost": ("counter", set()),
    "cookies_of_unknown_keys": ("counter", set()),
    "upstream_request_seconds": ("histogram", {"endpoint"}),
    "upstream_errors": ("counter", {"endpoint", "reason"}),
    "jwks_fetches": ("counter", {"issuer", "outcome"}),
    "jwks_age_seconds": ("gauge", set()),
    "tenant_refreshes": ("counter", {"outcome"}),
    "tenants_age_seconds": ("gauge", set()),
    "clock_ahead_seconds": ("gauge", set()),
    "verify_verdicts": ("counter", {"door", "status"}),
    "token_memory_lookups": ("counter", {"outcome"}),
    "requests": ("counter", {"route", "status"}),
    "request_seconds": ("histogram", {"route"}),
    "event_loop_lag_seconds": ("histogram", set()),
    "build_info": ("gauge", {"version", "python"}),
}


def value(world: World, name: str, **labels: str) -> float | None:
    return world.services.metrics.registry.get_sample_value(PREFIX + name, labels)


async def scraped(world: World) -> str:
    app = MetricsApp(world.services.metrics.registry)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://metrics") as prometheus:
        answer = await prometheus.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


async def test_names_types_and_labels_are_frozen(world: World) -> None:
    await world.signed_in(JANE)
    await world.script().get(f"{SERVICE}/auth/verify", headers={"authorization": "Bearer x"})
    families = text_string_to_metric_families(await scraped(world))
    ours = {
        family.name.removeprefix(PREFIX): (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in families
        if family.name.startswith(PREFIX)
    }
    assert ours == FROZEN


async def test_two_services_in_one_process_count_apart(world: World) -> None:
    other = World()
    await world.signed_in(JANE)
    assert value(world, "logins_completed_total", tenant="megasoft", delivery="session") == 1
    assert other.services.metrics.registry is not world.services.metrics.registry
    assert value(other, "audit_events_total", event="login_started") is None


async def test_the_funnel_of_a_sign_in(world: World) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
    assert value(world, "logins_started_total", tenant="megasoft", start="direct") == 1
    assert value(world, "login_seconds_count") == 0
    world.clock.advance(7)
    await world.be(browser, JANE)
    assert value(world, "logins_completed_total", tenant="megasoft", delivery="session") == 1
    assert value(world, "login_seconds_sum") == 7
    assert value(world, "upstream_request_seconds_count", endpoint="token") == 1
    assert value(world, "upstream_request_seconds_count", endpoint="jwks") == 1
    assert value(world, "jwks_fetches_total", issuer="cognito", outcome="fetched") == 1
    world.clock.advance(30)
    assert value(world, "jwks_age_seconds") == 30


async def test_the_companies_that_scalekit_told_grow_old_while_it_does_not_answer() -> None:
    world = World(from_scalekit=True)
    assert str(value(world, "tenants_age_seconds")) == "nan"
    await world.services.directory.refresh()
    world.clock.advance(600)
    world.simulator.faults.set("GET /api/v1/connections", Fault(status=503))
    await world.services.directory.refresh()
    assert value(world, "tenants_age_seconds") == 600
    assert value(world, "tenant_refreshes_total", outcome="refreshed") == 1
    assert value(world, "tenant_refreshes_total", outcome="failed") == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=503), "unreachable"),
        (Fault(status=200, body="no json"), "nonsense"),
        (Fault(status=400, body='{"error": "invalid_client"}'), "nonsense"),
    ],
    ids=["503", "no-json", "invalid-client"],
)
async def test_a_sign_in_that_cognito_fails(world: World, fault: Fault, kind: str) -> None:
    world.simulator.faults.set("POST /oauth2/token", fault)
    await world.signed_in(JANE)
    assert value(world, "logins_failed_total", tenant="megasoft", reason="provider_unavailable") == 1
    assert value(world, "upstream_errors_total", endpoint="token", reason=kind) == 1
    assert value(world, "audit_events_total", event="provider_failed") == 1


async def test_a_code_that_cognito_refuses_is_a_failed_sign_in_and_no_outage(world: World) -> None:
    world.simulator.faults.set("POST /oauth2/token", Fault(status=400, body='{"error": "invalid_grant"}'))
    await world.signed_in(JANE)
    assert value(world, "logins_failed_total", tenant="megasoft", reason="grant_rejected") == 1
    assert sum_of(world, "upstream_errors_total") == 0


async def test_a_callback_that_answers_no_login(world: World) -> None:
    await world.script().get("/auth/callback", params={"code": "x", "state": "y"}, headers=NAVIGATION)
    assert value(world, "logins_failed_total", tenant="", reason="login_expired") == 1


async def test_refreshes_by_how_they_ended(world: World) -> None:
    browser = await world.with_session()
    csrf = {"origin": FRONTEND}
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=csrf)).status_code == 200
    world.simulator.faults.set("POST /oauth2/token", Fault(status=503))
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=csrf)).status_code == 503
    world.simulator.faults.set("POST /oauth2/token", Fault(status=400, body='{"error": "invalid_grant"}'))
    assert (await browser.http.post(f"{SERVICE}/auth/refresh", headers=csrf)).status_code == 401
    outcomes = {name: value(world, "refreshes_total", delivery="session", outcome=name) for name in OUTCOMES}
    assert outcomes == {"renewed": 1, "unavailable": 1, "ended": 1}
    assert value(world, "sessions_ended_total", reason="grant_rejected") == 1


OUTCOMES = ("renewed", "ended", "unavailable")


@pytest.mark.parametrize(
    ("fault", "outcome", "event"),
    [
        (None, "renewed", "session_refreshed"),
        (Fault(status=503), "unavailable", "refresh_failed"),
        (Fault(status=400, body='{"error": "invalid_grant"}'), "ended", "session_ended"),
    ],
    ids=OUTCOMES,
)
async def test_refreshes_of_a_frontend_that_keeps_its_own_tokens(
    world: World, fault: Fault | None, outcome: str, event: str
) -> None:
    refresh_token = world.simulator.mint(JANE)["refresh_token"]
    if fault:
        world.simulator.faults.set("POST /oauth2/token", fault)
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    await world.script().post("/auth/token", json=grant)
    assert value(world, "refreshes_total", delivery="code", outcome=outcome) == 1
    assert value(world, "audit_events_total", event=event) == 1
    assert value(world, "audit_events_total", event="request_refused") is None


async def test_a_handed_out_code_that_is_not_ours_is_a_failed_sign_in(world: World) -> None:
    grant = {"grant_type": "authorization_code", "code": "x", "code_verifier": "y"}
    await world.script().post("/auth/token", json=grant)
    assert value(world, "logins_failed_total", tenant="", reason="grant_rejected") == 1
    await world.script().post("/auth/token", json={"grant_type": "authorization_code"})
    assert value(world, "requests_refused_total", code="invalid_request") == 1


async def test_whoever_is_limited_and_a_store_that_is_away() -> None:
    limited, away = World(sso_rate_limit="1/minute"), World(sso_rate_limit_storage="async+redis://127.0.0.1:1")
    for world in (limited, away):
        for _ in range(3):
            await world.script().get("/login/start", params={"email": JANE})
        await world.services.rate_limits.aclose()
    assert value(limited, "rate_limited_total", endpoint="/login/start") == 2
    assert value(away, "rate_limit_storage_failures_total") == 1


async def test_a_sign_out_ends_a_session(world: World) -> None:
    browser = await world.with_session()
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})
    assert value(world, "sessions_ended_total", reason="signed_out") == 1
    assert value(world, "upstream_request_seconds_count", endpoint="revoke") == 1


async def test_verdicts_for_gateways_and_what_is_remembered_of_tokens(world: World) -> None:
    browser, script = await world.with_session(), world.script()
    token = world.simulator.mint(JANE)["access_token"]
    before = value(world, "token_memory_lookups_total", outcome="hit")
    for _ in range(3):
        await script.get("/auth/verify", headers={"authorization": f"Bearer {token}"})
    await script.get("/auth/verify?scope=none", headers={"authorization": f"Bearer {token}"})
    await script.get("/auth/verify", headers={"authorization": "Bearer x"})
    await script.get("/auth/verify")
    await browser.http.get(f"{SERVICE}/auth/verify")
    await script.get("/auth/%76erify", headers={"authorization": f"Bearer {token}"})
    told = {(door, status): value(world, "verify_verdicts_total", door=door, status=status) for door, status in DOORS}
    assert told == {
        ("bearer", "204"): 3,
        ("bearer", "403"): 1,
        ("bearer", "401"): 1,
        ("session", "204"): 1,
        ("session", "401"): 1,
        ("path", "403"): 1,
    }
    assert value(world, "token_memory_lookups_total", outcome="hit") == (before or 0) + 3
    assert value(world, "bearers_refused_total", reason="malformed") == 1


DOORS = [
    ("bearer", "204"),
    ("bearer", "403"),
    ("bearer", "401"),
    ("session", "204"),
    ("session", "401"),
    ("path", "403"),
]


async def test_our_clock_is_held_against_cognitos(world: World) -> None:
    assert value(world, "clock_ahead_seconds") != value(world, "clock_ahead_seconds"), "NaN before the first answer"
    headers = {"date": "Mon, 21 Sep 2026 14:12:40 GMT"}  # forty seconds before the world's noon
    world.simulator.faults.set("POST /oauth2/token", Fault(status=503, headers=headers))
    await world.signed_in(JANE)
    assert value(world, "clock_ahead_seconds") == 40
    for nonsense in ("canary", "", "Mon, 99 Sep 9999999 14:12:40 GMT"):
        world.simulator.faults.set("POST /oauth2/token", Fault(status=503, headers={"date": nonsense}))
        await world.signed_in(JANE)
    assert value(world, "clock_ahead_seconds") == 40


async def test_what_a_stranger_sends_is_no_label(world: World) -> None:
    script = world.script()
    for path in ("/canary", "/me/canary", "/auth/verify/canary", "/login/start?email=a@canary.example"):
        await script.get(path)
    await script.request("CANARY", "/me")
    text = await scraped(world)
    assert "canary" not in text.lower()
    assert value(world, "requests_total", route="other", status="404") == 2
    assert value(world, "request_seconds_count", route="other") == 2


def test_a_thousand_tenants_have_a_label_of_their_own_and_the_rest_share_one() -> None:
    metrics = Metrics()
    labels = [metrics.tenant(f"tenant-{number}") for number in range(MOST_TENANTS + 2)]
    assert labels[:MOST_TENANTS] == [f"tenant-{number}" for number in range(MOST_TENANTS)]
    assert labels[MOST_TENANTS:] == [OTHERS, OTHERS]
    assert metrics.tenant("tenant-0") == "tenant-0"
    assert metrics.tenant(None) == ""


async def test_a_loop_that_was_held_up_shows_its_lag() -> None:
    metrics = Metrics()
    async with lag_sampled(metrics.event_loop_lag, every=0.0):
        while not metrics.registry.get_sample_value("cognito_sso_event_loop_lag_seconds_count"):
            await asyncio.sleep(0)
    ended = metrics.registry.get_sample_value("cognito_sso_event_loop_lag_seconds_count")
    await asyncio.sleep(0)
    assert metrics.registry.get_sample_value("cognito_sso_event_loop_lag_seconds_count") == ended


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/", 404), ("POST", "/metrics", 405), ("HEAD", "/metrics", 200)],
)
async def test_nothing_else_is_at_the_listener_of_metrics(method: str, path: str, status: int) -> None:
    transport = httpx.ASGITransport(MetricsApp(Metrics().registry))
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as prometheus:
        answer = await prometheus.request(method, path, headers={"accept": "text/plain;version=canary"})
    assert answer.status_code == status
    assert (answer.text == "") == (method == "HEAD")


def sum_of(world: World, name: str) -> float:
    families: Any = world.services.metrics.registry.collect()
    return sum(sample.value for family in families for sample in family.samples if sample.name == PREFIX + name)


def test_a_spread_counts_as_a_histogram_does_bounds_included() -> None:
    spread = Spread("seconds", "How long.", label="route", buckets=(0.1, 1.0))
    for route in ("/me", "/never"):
        spread.expect(route)
    for seconds in (0.05, 0.1, 0.5, 3.0):
        spread.observe("/me", seconds)
    (family,) = spread.collect()
    told = {(one.name, *one.labels.values()): one.value for one in family.samples}
    assert [told["seconds_bucket", "/me", bound] for bound in ("0.1", "1.0", "+Inf")] == [2, 3, 4]
    assert (told["seconds_count", "/me"], told["seconds_sum", "/me"]) == (4, 3.65)
    assert (told["seconds_count", "/never"], told["seconds_sum", "/never"]) == (0, 0)
