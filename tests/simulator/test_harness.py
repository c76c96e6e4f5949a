"""What makes the stand-ins good for tests: transport, journal, clock, faults, control, and manners with bad input."""

import asyncio
import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cognito_sso.simulator
from cognito_sso.simulator import Company, Fault, Simulator

from .world import CLIENT_ID, DOMAIN, JANE, NOW, SCALEKIT, Browser, answer, simulator

TOKEN = f"{DOMAIN}/oauth2/token"


def test_the_public_names():
    assert {"AppClient", "Fault", "IdentityProvider", "Person", "SimulatedPool", "Simulator"} <= set(
        cognito_sso.simulator.__all__
    )
    assert all(hasattr(cognito_sso.simulator, name) for name in cognito_sso.simulator.__all__)


def test_everything_has_a_default():
    sim = Simulator()
    assert sim.issuer == "http://127.0.0.1:8001/eu-north-1_6m0O668r5"
    assert sim.pool.clients[CLIENT_ID].callback_urls == ("http://localhost:8000/auth/callback",)


# The transport


@pytest.mark.parametrize("url", ["http://localhost:8002/", "http://example.com/", "https://localhost:8001/"])
async def test_the_transport_reaches_nothing_else(browser, url):
    with pytest.raises(httpx.ConnectError):
        await browser.get(url)


async def test_the_transport_lets_others_run_before_it_answers(browser):
    order = []

    async def ask():
        await browser.get(f"{DOMAIN}/error")
        order.append("answered")

    async def other():
        order.append("other")

    await asyncio.gather(ask(), other())
    assert order == ["other", "answered"]


async def test_httpx_own_asgi_transport_works_too(sim):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sim.app)) as client:
        assert (await client.get(f"{sim.issuer}/.well-known/jwks.json")).status_code == 200
        assert (await client.get("http://elsewhere.example/")).status_code == 421


async def test_cognito_can_be_given_its_own_way_to_scalekit():
    async def nobody(request):
        raise httpx.ConnectError("down")

    http = httpx.AsyncClient(transport=httpx.MockTransport(nobody))
    async with http, Browser(simulator(http=http)) as browser:
        assert answer(await browser.sign_in())["error_description"] == "Connection reset"


# The journal


async def test_the_journal_has_every_request(sim, browser):
    tokens = await browser.redeem(await browser.code())
    assert tokens.status_code == 200
    entry = sim.journal.last("POST", "/oauth2/token")
    assert (entry.origin, entry.status, entry.at) == (DOMAIN, 200, NOW)
    assert entry.form["grant_type"] == ["authorization_code"]
    assert entry.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sim.journal.of("GET", "/oauth2/authorize")[0].query["login_hint"] == [JANE]
    assert sim.journal.of("GET", "/oauth/authorize")[0].origin == SCALEKIT
    sim.journal.clear()
    assert sim.journal.of("POST", "/oauth2/token") == []


async def test_the_journal_is_bounded(sim, browser):
    for _ in range(1100):
        sim.journal.open_entry("o", {"method": "GET", "path": "/", "query_string": b"", "headers": []}, b"", 0)
    assert len(sim.journal) == 1000


# Faults


async def test_a_fault_replaces_the_answer_as_often_as_it_says(sim, browser):
    sim.faults.set("POST /oauth2/token", Fault(status=503, body="<html>", headers={"Retry-After": "7"}, times=2))
    for _ in range(2):
        response = await browser.post(TOKEN)
        assert (response.status_code, response.text, response.headers["retry-after"]) == (503, "<html>", "7")
    assert (await browser.post(TOKEN)).status_code == 400


async def test_a_fault_without_a_status_only_adds_to_the_answer(sim, browser):
    sim.faults.set("POST /oauth2/token", Fault(headers={"X-Slow": "yes"}, delay=3.0))
    response = await browser.post(TOKEN)
    assert (response.status_code, response.headers["x-slow"]) == (400, "yes")
    sim.faults.clear()
    assert "x-slow" not in (await browser.post(TOKEN)).headers


async def test_delays_and_drips_sleep_for_as_long_as_they_say():
    slept = []

    async def note(seconds):
        slept.append(seconds)

    sim = simulator(sleep=note)
    sim.faults.set("POST /oauth2/token", Fault(status=200, body="x" * 40, delay=3.0, drip=0.5))
    async with Browser(sim) as browser:
        assert (await browser.post(TOKEN)).text == "x" * 40
    assert slept == [3.0, 0.5, 0.5, 0.5]


async def test_a_connection_can_be_lost_before_the_work(sim, browser):
    code = await browser.code()
    sim.faults.set("POST /oauth2/token", Fault(abort=True, times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.redeem(code)
    assert sim.journal.last("POST", "/oauth2/token").status is None
    assert (await browser.redeem(code)).status_code == 200


async def test_an_answer_can_be_lost_after_the_work(sim, browser):
    code = await browser.code()
    sim.faults.set("POST /oauth2/token", Fault(lose_answer=True, times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.redeem(code)
    assert (await browser.redeem(code)).json() == {"error": "invalid_grant"}


async def test_an_endpoint_can_never_answer(sim, browser):
    sim.faults.set("POST /oauth2/token", Fault(hang=True))
    with pytest.raises(httpx.ReadTimeout):
        await browser.post(TOKEN)


async def test_a_slow_answer_runs_into_the_callers_read_timeout():
    sim = simulator(sleep=lambda seconds: asyncio.Event().wait())
    sim.faults.set("POST /oauth2/token", Fault(delay=3.0))
    async with Browser(sim) as browser:
        with pytest.raises(httpx.ReadTimeout):
            await browser.post(TOKEN, timeout=0)


# Control


async def test_tests_in_another_process_have_the_same_powers(sim, browser):
    control = f"{SCALEKIT}/_control"
    kids = (await browser.post(f"{control}/keys/rotate", json={"keep_old": False})).json()["kids"]
    assert kids == [sim.keys.id.kid, sim.keys.access.kid]
    assert (await browser.post(f"{control}/clock", json={"advance": 60})).json() == {"now": NOW + 60}
    assert (await browser.get(f"{control}/clock")).json() == {"now": sim.clock.now()}
    fault = {"endpoint": "GET /error", "status": 503, "times": 1}
    assert (await browser.put(f"{control}/faults", json=fault)).status_code == 200
    assert (await browser.get(f"{DOMAIN}/error")).status_code == 503
    await browser.put(f"{control}/faults", json={**fault, "times": None})
    await browser.delete(f"{control}/faults")
    assert (await browser.get(f"{DOMAIN}/error")).status_code == 400
    requests = (await browser.get(f"{control}/journal")).json()["requests"]
    assert [request["path"] for request in requests] == ["/error", "/error"]
    await browser.delete(f"{control}/journal")
    assert len(sim.journal) == 0


async def test_companies_and_people_can_be_added_from_outside(sim, browser):
    control = f"{SCALEKIT}/_control"
    company = {"name": "Acme", "domains": ["acme.example"], "people": [{"email": "a@acme.example"}]}
    assert (await browser.post(f"{control}/companies", json=company)).json()["slug"] == "acme"
    person = {"company": "acme", "email": "ann@acme.example", "given_name": "Ann"}
    assert (await browser.post(f"{control}/people", json=person)).status_code == 200
    assert "code" in answer(await browser.sign_in("ann@acme.example"))
    listed = (await browser.get(f"{control}/companies")).json()["companies"]
    assert listed[-1]["connection_id"].startswith("conn_")


async def test_mistakes_are_switched_on_by_name_and_all_put_right_again(sim, browser):
    control = f"{SCALEKIT}/_control/misconfigurations"
    as_it_was = dict(sim.pool.clients), dict(sim.pool.providers), sim.clock.now(), tuple(sim.people)

    names = (await browser.get(control)).json()["names"]
    for name in names:
        assert (await browser.post(control, json={"name": name})).json() == {"name": name}
    assert not sim.pool.clients

    assert (await browser.delete(control)).status_code == 200
    assert (dict(sim.pool.clients), dict(sim.pool.providers), sim.clock.now(), tuple(sim.people)) == as_it_was
    assert (await browser.post(control, json={"name": "no such mistake"})).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("clock", {"advance": "soon"}, 422),
        ("clock", {}, 422),
        ("companies", {"name": "x"}, 422),
        ("companies", {"name": "!!", "domains": []}, 422),
        ("companies", {"name": "x", "domains": ["x"], "colour": "red;}"}, 422),
        ("people", {"company": "nobody", "email": "x"}, 422),
        ("people", [], 400),
    ],
)
async def test_the_control_api_refuses_nonsense(browser, path, body, status):
    assert (await browser.post(f"{SCALEKIT}/_control/{path}", json=body)).status_code == status


@pytest.mark.parametrize("fault", [{"status": "500"}, {"delay": "x"}, {"nonsense": 1}, {"abort": "yes"}])
async def test_a_fault_of_the_wrong_type_is_refused(browser, fault):
    body = {"endpoint": "GET /error", **fault}
    assert (await browser.put(f"{SCALEKIT}/_control/faults", json=body)).status_code == 422


async def test_a_web_page_cannot_use_the_control_api(browser):
    url = f"{SCALEKIT}/_control/clock"
    assert (await browser.post(url, content=b'{"advance": 1}')).status_code == 415
    headers = {"Content-Type": "application/json"}
    assert (await browser.post(url, content=b"{", headers=headers)).status_code == 400


@pytest.mark.parametrize(
    ("control", "origin", "status"),
    [
        (None, "http://127.0.0.1:8001", 200),
        (None, "http://[::1]:8001", 200),
        (None, "http://cognito.localhost:8001", 200),
        (None, "https://login.acme.example", 404),
        (None, "http://127.0.0.1.evil.example", 404),
        (True, "https://login.acme.example", 200),
        (False, "http://127.0.0.1:8001", 404),
    ],
)
async def test_control_is_for_loopback_unless_asked_for(control, origin, status):
    async with Browser(simulator(domain_url=origin, control=control)) as browser:
        assert (await browser.get(f"{origin}/_control/clock")).status_code == status
        assert (await browser.get(f"{origin}/")).status_code == status, "it names people, too"


# People


def test_a_company_is_found_by_its_exact_domain_only():
    people = simulator().people
    assert people.of_domain("umbrella.test") is people.company("umbrella")
    assert people.of_domain("eu.umbrella.test") is None


def test_people_can_be_added_changed_and_found():
    people = simulator().people
    people.add_company(Company("Hooli XYZ", ("Hooli.example",)))
    assert people.company("hooli-xyz").domains == ("hooli.example",)
    assert people.change("megasoft", connection="disabled").connection == "disabled"
    assert people.find(JANE.upper())[1].given_name == "Jane"
    assert people.find("nobody@nowhere.example") is None


# Bad input

NASTY = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["%", "%zz", "%ff", "\x00", "a=b&a=b", "é", "\r\nX: y", "(", "💥", "a" * 5000, "[", "http://["]),
)
PATHS = (
    "/oauth2/authorize",
    "/oauth2/idpresponse",
    "/oauth2/token",
    "/oauth2/userInfo",
    "/oauth2/revoke",
    "/logout",
    "/login",
    "/error",
)
SCALEKIT_PATHS = (
    "/oauth/authorize",
    "/oauth/token",
    "/userinfo",
    "/sso/v1/oidc/conn_1/callback",
    "/idp/megasoft/login",
    "/idp/megasoft",
    "/idp-simulator/login",
)
NAMES = st.sampled_from(
    ["client_id", "redirect_uri", "state", "code", "scope", "prompt", "login_hint", "authRequestID", "email", "token"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    url=st.sampled_from([DOMAIN + path for path in PATHS] + [SCALEKIT + path for path in SCALEKIT_PATHS]),
    method=st.sampled_from(["GET", "POST"]),
    params=st.lists(st.tuples(NAMES, NASTY), max_size=6),
    raw=st.binary(max_size=60),
    authorization=st.sampled_from([b"", b"Basic \xff", b"Basic Og==", b"Bearer a.b.c", b"Bearer \xff.\xff.\xff"]),
)
async def test_no_input_makes_a_stand_in_fail(url, method, params, raw, authorization):
    async with Browser(simulator()) as browser:
        known = [("client_id", CLIENT_ID), ("redirect_uri", "http://localhost:8000/auth/callback")]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization}
        request = browser.build_request(method, url, params=[*known, *params], content=raw, headers=headers)
        response = await browser.send(request)
    assert response.status_code < 500


@pytest.mark.parametrize("query", ["client_id=%ff", "a=1&" * 200, "=", "&&&", "client_id=%00"])
@pytest.mark.parametrize("url", [f"{DOMAIN}/oauth2/authorize", f"{SCALEKIT}/oauth/authorize"])
async def test_broken_queries_are_a_bad_request(browser, url, query):
    response = await browser.get(f"{url}?{query}")
    assert response.status_code in (302, 400)


async def test_broken_forms_are_a_bad_request(browser):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"grant_type=%ff", b"\xff\xfe", b"a=1&" * 200):
        assert (await browser.post(TOKEN, content=body, headers=headers)).status_code == 400


async def test_huge_requests_are_refused(browser):
    assert (await browser.post(TOKEN, content=b"x" * 70_000)).status_code == 413
    assert (await browser.get(f"{DOMAIN}/error?{'x' * 17_000}")).status_code == 414


async def test_a_repeated_parameter_is_refused(browser):
    url = f"{DOMAIN}/oauth2/authorize?client_id={CLIENT_ID}&redirect_uri=http://localhost:8000/auth/callback&state=a"
    assert answer(await browser.get(f"{url}&state=b&response_type=code"))["error"] == "invalid_request"


async def test_the_app_lives_and_dies_with_its_server(sim):
    told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent = []

    async def receive():
        return next(told)

    async def send(message):
        sent.append(message["type"])

    await sim.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_journal_is_json(sim, browser):
    await browser.sign_in()
    assert json.dumps([entry.as_json() for entry in sim.journal])
