"""Whatever Cognito does, over real sockets: a documented answer in time, no session lost, no code sent twice."""

from __future__ import annotations

import asyncio
import logging
import re

import httpx
import pytest

from cognito_sso.cognito import USUAL_PATIENCE, Patience
from cognito_sso.observability.logs import JsonFormatter
from tests.browser import Browser
from tests.upstream.misbehaving_cognito import (
    FAULTS,
    HUGE_BYTES,
    JWKS,
    REVOKE,
    TOKEN,
    USER_INFO,
    answers_with,
)
from tests.upstream.stage import YOU, Service, Stage
from tests.world import CLIENT_SECRET, FRONTEND, SERVICE

# What lasts for ever ends at the deadline. The work may have been done by then.
TOO_SLOW = {"hangs", "works and hangs", "drips"}
OUT_OF_REACH = {
    "resets",
    "works and resets",
    "is cut in the body",
    "is cut in a chunk",
    "speaks no HTTP",
    "answers with endless headers",
}
IMPATIENT = Patience(sign_in=0.4, user_info=0.4, revoke=0.4)
SPENT = {"works and hangs", "works and resets", "drips", "is cut in the body", "is cut in a chunk"}
SPENT |= {"answers compressed, unasked", "answers in an unknown encoding", "answers 206"}
UNDERSTOOD = {"answers compressed, unasked"}  # for keys, where nothing is secret, and the size is bounded


def waiting_for(fault: str) -> Patience:
    return IMPATIENT if fault in TOO_SLOW else USUAL_PATIENCE


def status_of(fault: str) -> int:
    """What we say: too slow, out of reach, or nonsense."""
    if fault in TOO_SLOW:
        return 504
    return 503 if fault in OUT_OF_REACH or re.match(r"answers (5\d\d|429)\b", fault) else 502


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="cognito_sso")
    return caplog


def through(browser: Browser, service: Service) -> Browser:
    """The same browser, led to another replica."""
    other = Browser(service.roads)
    other.http.cookies = browser.http.cookies
    return other


def names(browser: Browser, word: str) -> list[str]:
    return [name for name in browser.cookie_names() if word in name]


def must_not_tell(caplog: pytest.LogCaptureFixture, *secrets: str) -> None:
    ours = [record for record in caplog.records if record.name.startswith("cognito_sso")]
    lines = "\n".join(JsonFormatter().format(record) for record in ours)
    assert ours
    assert [secret for secret in (*secrets, CLIENT_SECRET, "canary", YOU) if secret in lines] == []
    assert "traceback" not in lines


def refused(answer: httpx.Response, fault: str) -> None:
    assert answer.status_code == status_of(fault), answer.text
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "provider_unavailable" in answer.text
    assert "canary" not in answer.text


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_callback_is_answered_and_can_be_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    browser = Browser(stage.service.roads)
    url = await stage.brought_back(browser)
    other = through(browser, await stage.ready(waiting_for(fault)))
    sent = stage.cognito.bytes_sent
    stage.cognito.faults[TOKEN] = FAULTS[fault]

    answer = await other.goto(url)

    refused(answer, fault)
    assert len(stage.cognito.requests(TOKEN)) == 1, "a code was sent again by itself"
    assert names(other, "sso_login")
    assert not names(other, "sso_session")
    assert stage.cognito.bytes_sent - sent < HUGE_BYTES // 2
    code = httpx.URL(url).params["code"]
    must_not_tell(caplog, code, httpx.URL(url).params["state"])

    stage.cognito.faults.clear()
    again = await through(other, stage.service).goto(url)
    ended = "grant_rejected" if fault in SPENT else "the app"
    assert ended in again.text


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_refresh_loses_no_session(stage: Stage, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    other = await stage.signed_in(await stage.ready(waiting_for(fault)))
    asked = {"url": f"{SERVICE}/auth/refresh", "headers": {"origin": FRONTEND}}
    stage.cognito.faults[TOKEN] = FAULTS[fault]
    before = len(stage.cognito.requests(TOKEN))

    answer = await other.http.post(**asked)

    refused(answer, fault)
    assert "set-cookie" not in answer.headers
    assert len(stage.cognito.requests(TOKEN)) == before + 1
    assert (await other.http.get(f"{SERVICE}/me")).json()["email"] == YOU
    must_not_tell(caplog, *[cookie.value or "" for cookie in other.http.cookies.jar if "sso" in cookie.name])

    stage.cognito.faults.clear()
    assert (await through(other, stage.service).http.post(**asked)).status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_token_whose_person_can_not_be_asked_for_is_not_refused(
    stage: Stage, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    token = stage.cognito.simulator.mint(YOU)["access_token"]
    service = await stage.ready(waiting_for(fault))
    script = service.script(authorization=f"Bearer {token}")
    stage.cognito.faults[USER_INFO] = FAULTS[fault]

    refused(await script.get("/me"), fault)
    assert (await script.get("/auth/verify")).status_code == 204
    must_not_tell(caplog, token)

    stage.cognito.faults.clear()
    again = stage.service.script(authorization=f"Bearer {token}")
    assert (await again.get("/me")).json()["email"] == YOU


@pytest.mark.parametrize("fault", FAULTS)
async def test_signing_out_never_depends_on_cognito(stage: Stage, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    browser = await stage.signed_in(await stage.ready(waiting_for(fault)))
    stage.cognito.faults[REVOKE] = FAULTS[fault]

    answer = await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": FRONTEND})

    assert (answer.status_code, list(answer.json())) == (200, ["logout_url"])
    assert not names(browser, "sso_session") + names(browser, "sso_refresh")
    assert len(stage.cognito.requests(REVOKE)) == 1
    must_not_tell(caplog)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - UNDERSTOOD))
async def test_without_keys_no_code_is_spent_and_none_is_lost(
    stage: Stage, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    browser = Browser(stage.service.roads)
    url = await stage.brought_back(browser)
    sent = stage.cognito.bytes_sent
    stage.cognito.faults[JWKS] = FAULTS[fault]
    cold = stage.replica(Patience(sign_in=0.4, keys=0.4) if fault in TOO_SLOW else USUAL_PATIENCE)
    other = through(browser, cold)
    script = cold.script()

    answer = await other.goto(url)

    assert answer.status_code in (503, 504)
    assert names(other, "sso_login")
    assert stage.cognito.requests(TOKEN) == []
    assert stage.cognito.bytes_sent - sent < HUGE_BYTES // 2
    assert (await script.get("/readyz")).status_code == 503
    assert (await script.get("/healthz")).status_code == 200
    must_not_tell(caplog, httpx.URL(url).params["code"])

    stage.cognito.faults.clear()
    stage.clock.advance(60)
    assert (await through(other, stage.service).goto(url)).text == "the app"


async def test_keys_that_are_held_outlive_every_outage(stage: Stage) -> None:
    script = stage.service.script()
    await script.get("/readyz")
    for number, fault in enumerate(set(FAULTS) - TOO_SLOW - UNDERSTOOD, start=2):
        stage.cognito.faults[JWKS] = FAULTS[fault]
        stage.clock.advance(1_200)  # long enough to ask again
        token = stage.cognito.simulator.mint(YOU)["access_token"]
        answer = await script.get("/auth/verify", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 204, fault
        await fetched(stage.service, times=number)
    assert (await script.get("/readyz")).status_code == 200


async def fetched(service: Service, *, times: int) -> None:
    """Waits for what is fetched in the background."""
    value = service.app.state.services.metrics.registry.get_sample_value
    name, pool = "cognito_sso_jwks_fetches_total", {"issuer": "cognito"}
    async with asyncio.timeout(20):
        while sum(value(name, {**pool, "outcome": outcome}) for outcome in ("fetched", "failed")) < times:
            await asyncio.sleep(0.005)


async def test_a_refused_connection_spends_nothing(stage: Stage) -> None:
    browser = Browser(stage.service.roads)
    url = await stage.brought_back(browser)
    await browser.http.get(f"{SERVICE}/readyz")
    stage.cognito.stop_listening()
    refused(await browser.goto(url), "resets")
    await stage.cognito.listen_again()
    assert (await browser.goto(url)).text == "the app"
    assert len(stage.cognito.requests(TOKEN)) == 1


async def test_a_connection_that_died_meanwhile_costs_no_sign_in(stage: Stage) -> None:
    for _ in range(5):
        browser = Browser(stage.service.roads)
        assert (await browser.goto(await stage.brought_back(browser))).text == "the app"
        stage.cognito.hang_up()


@pytest.mark.parametrize(
    "date", ["", "soon", "Thu, 99 Foo 99999 99:99:99 GMT", "9" * 5_000, "Fri, 01 Jan 9999 00:00:00 +9999"]
)
async def test_a_date_that_is_none_is_no_fault(stage: Stage, date: str) -> None:
    browser = Browser(stage.service.roads)
    url = await stage.brought_back(browser)
    stage.cognito.faults[TOKEN] = answers_with(503, date=date)
    refused(await browser.goto(url), "answers 503")


async def test_slow_keys_and_a_slow_answer_together_end_in_time(stage: Stage) -> None:
    """Each alone would be in time."""
    browser = Browser(stage.service.roads)
    url = await stage.brought_back(browser)
    for endpoint in (JWKS, TOKEN):
        stage.cognito.faults[endpoint] = FAULTS["hangs"]
    service = stage.replica(Patience(sign_in=0.3, keys=30))
    answer = await through(browser, service).goto(url)
    assert answer.status_code == 504
    stage.cognito.hang_up()
