"""The management API, asked: all of it or an error, by one token, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cognito_sso.scalekit import (
    ScalekitApi,
    ScalekitNonsense,
    ScalekitNotFound,
    ScalekitRefused,
    ScalekitUnavailable,
    client,
)
from cognito_sso.simulator import Company, Fault, People, Simulator
from tests.world import Clock

URL = "https://acme-dev.scalekit.dev"


class Scalekit:
    """The stand-in, and our way to it."""

    def __init__(self, people: People | None = None, **changed: Any) -> None:
        self.clock = Clock()
        self.simulator = Simulator(scalekit_url=URL, people=people, clock=self.clock)
        known = next(iter(self.simulator.scalekit.clients.values()))
        self.http = httpx.AsyncClient(transport=self.simulator.transport())
        values: dict[str, Any] = {
            "http": self.http,
            "environment_url": URL,
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "clock": self.clock,
        }
        self.api = ScalekitApi(**{**values, **changed})

    def asked(self, method: str, path: str) -> int:
        return len(self.simulator.journal.of(method, path))


@pytest.fixture
def scalekit() -> Scalekit:
    return Scalekit()


async def test_every_organisation_comes_with_its_connections_and_domains(scalekit: Scalekit) -> None:
    scalekit.simulator.people.change("megasoft", pending_domains=("megasoft.test",))
    found = {one.external_id: one for one in await scalekit.api.organizations()}
    assert set(found) == {company.slug for company in scalekit.simulator.people}
    assert [(one.name, one.verified) for one in found["megasoft"].domains] == [
        ("megasoft.example", True),
        ("megasoft.test", False),
    ]
    assert [one.active for one in found["megasoft"].connections] == [True]
    assert [one.active for one in found["initech"].connections] == [False]


async def test_hundreds_of_them_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    companies = tuple(Company(f"Company {n}", tuple(f"d{d}.c{n}.example" for d in range(n % 3))) for n in range(230))
    scalekit = Scalekit(People(companies))
    assert len(await scalekit.api.organizations()) == 230
    assert scalekit.asked("GET", "/api/v1/organizations") == 3
    monkeypatch.setattr(client, "MOST_ORGANIZATIONS", 229)
    with pytest.raises(ScalekitNonsense, match="more than 229"):
        await scalekit.api.organizations()


async def test_many_domains_come_page_by_page() -> None:
    scalekit = Scalekit(People((Company("Large", tuple(f"d{n}.example" for n in range(250))),)))
    (large,) = await scalekit.api.organizations()
    assert len({domain.name for domain in large.domains}) == 250


async def test_more_than_anybody_has_is_too_much() -> None:
    scalekit = Scalekit(People((Company("Huge", tuple(f"d{n}.example" for n in range(1_001))),)))
    with pytest.raises(ScalekitNonsense, match="1000 domains"):
        await scalekit.api.organizations()


async def test_one_token_does_for_a_day_and_a_new_one_is_had_in_time(scalekit: Scalekit) -> None:
    await scalekit.api.organizations()
    scalekit.clock.advance(86_000)
    await scalekit.api.organizations()
    assert scalekit.asked("POST", "/oauth/token") == 1
    scalekit.clock.advance(360)
    await scalekit.api.organizations()
    assert scalekit.asked("POST", "/oauth/token") == 2


async def test_a_token_that_was_taken_back_is_replaced_once(scalekit: Scalekit) -> None:
    await scalekit.api.organizations()
    scalekit.simulator.scalekit.rotate_key()
    assert await scalekit.api.organizations()
    assert scalekit.asked("POST", "/oauth/token") == 2


async def test_a_client_that_may_not_is_told_apart_from_an_outage(scalekit: Scalekit) -> None:
    scalekit.simulator.faults.set("GET /api/v1/connections", Fault(status=403))
    with pytest.raises(ScalekitRefused):
        await scalekit.api.organizations()
    with pytest.raises(ScalekitRefused, match="client id or secret"):
        await Scalekit(client_secret="wrong-canary").api.organizations()


async def test_the_secret_is_in_the_forms_body_and_in_no_error(scalekit: Scalekit) -> None:
    wrong = Scalekit(client_secret="wrong-canary")
    with pytest.raises(ScalekitRefused) as told:
        await wrong.api.organizations()
    assert "canary" not in str(told.value)
    (entry,) = wrong.simulator.journal.of("POST", "/oauth/token")
    assert entry.form["client_secret"] == ["wrong-canary"]
    assert entry.query == {}
    assert "authorization" not in entry.headers


async def test_a_limit_is_told_with_the_pause_that_is_asked_for(scalekit: Scalekit) -> None:
    scalekit.simulator.scalekit.requests_per_minute = 3
    with pytest.raises(ScalekitUnavailable) as told:
        await scalekit.api.organizations()
    assert told.value.retry_after_seconds == 30


@pytest.mark.parametrize("asked", ["", "soon", "-1", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 30])
async def test_a_pause_that_can_not_be_read_is_left_to_us(scalekit: Scalekit, asked: str) -> None:
    fault = Fault(status=429, headers={"Retry-After": asked})
    scalekit.simulator.faults.set("GET /api/v1/organizations", fault)
    with pytest.raises(ScalekitUnavailable) as told:
        await scalekit.api.organizations()
    assert told.value.retry_after_seconds is None


ONE_DOMAIN_LIST = "GET /api/v1/organizations/{}/domains"
FAULTS: dict[str, tuple[Fault, type[Exception], str]] = {
    "hangs": (Fault(hang=True), ScalekitUnavailable, "no whole answer"),
    "hangs up": (Fault(abort=True), ScalekitUnavailable, "not reached"),
    "hangs up when done": (Fault(lose_answer=True), ScalekitUnavailable, "not reached"),
    "500": (Fault(status=500), ScalekitUnavailable, "answered 500"),
    "a redirect": (Fault(status=302, headers={"Location": f"{URL}/"}), ScalekitUnavailable, "answered 302"),
    "404": (Fault(status=404), ScalekitNotFound, "answered 404"),
    "HTML": (Fault(status=200, body="<html>captive portal"), ScalekitNonsense, "not JSON"),
    "nothing": (Fault(status=200), ScalekitNonsense, "not JSON"),
    "half": (Fault(status=200, body='{"domains":[{"domain":"mega'), ScalekitNonsense, "not JSON"),
    "another answer": (Fault(status=200, body='{"link":{}}'), ScalekitNonsense, "has no"),
    "compressed": (Fault(status=200, body=b"x", headers={"Content-Encoding": "gzip"}), ScalekitNonsense, "compressed"),
    "too large": (Fault(status=200, body=b" " * (client.ANSWER_LIMIT_BYTES + 1)), ScalekitNonsense, "too large"),
    "just not too large": (Fault(status=200, body=b" " * client.ANSWER_LIMIT_BYTES), ScalekitNonsense, "not JSON"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "where", ["POST /oauth/token", "GET /api/v1/organizations", "GET /api/v1/connections", "domains"]
)
async def test_one_bad_answer_is_an_error_for_the_whole(scalekit: Scalekit, fault: str, where: str) -> None:
    played, expected, told = FAULTS[fault]
    company = scalekit.simulator.people.company("umbrella")
    assert company
    endpoint = ONE_DOMAIN_LIST.format(company.organization_id) if where == "domains" else where
    scalekit.simulator.faults.set(endpoint, played)
    with pytest.raises(expected, match=told):
        await scalekit.api.organizations()


async def test_a_drip_ends_at_the_deadline() -> None:
    scalekit = Scalekit(deadline_seconds=0.05)
    scalekit.simulator.faults.set("GET /api/v1/organizations", Fault(drip=0.02))
    with pytest.raises(ScalekitUnavailable, match="no whole answer"):
        await scalekit.api.organizations()


async def test_all_together_end_at_a_deadline_too(scalekit: Scalekit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WHOLE_DEADLINE_SECONDS", 0.0)
    with pytest.raises(ScalekitUnavailable, match="not everything"):
        await scalekit.api.organizations()


Lie = Callable[[dict[str, Any]], None]
LIES: dict[str, tuple[str, Lie, str]] = {
    "fewer than told": (
        "organizations",
        lambda answer: answer.update(organizations=answer["organizations"][:-1]),
        "organisations where",
    ),
    "one twice": (
        "organizations",
        lambda answer: answer.update(organizations=[*answer["organizations"][:-1], answer["organizations"][0]]),
        "stands twice",
    ),
    "a page that leads to none": (
        "organizations",
        lambda answer: answer.update(organizations=[], next_page_token="again"),
        "do not end",
    ),
    "a connection twice": (
        "connections",
        lambda answer: answer.update(connections=[*answer["connections"], *answer["connections"][:1]]),
        "stands twice",
    ),
    "connections without end": ("connections", lambda answer: answer.update(next_page_token="again"), "do not end"),
}


@pytest.mark.parametrize(("where", "lie", "told"), LIES.values(), ids=LIES)
async def test_pages_that_do_not_add_up_are_not_believed(scalekit: Scalekit, where: str, lie: Lie, told: str) -> None:
    scalekit.simulator.tamper.scalekit_management = lambda answer: lie(answer) if where in answer else None
    with pytest.raises(ScalekitNonsense, match=told):
        await scalekit.api.organizations()


async def test_pages_that_lead_to_themselves_do_not_end_and_are_not_followed() -> None:
    scalekit = Scalekit(people=People(tuple(Company(f"Company {n}", ()) for n in range(230))))
    following: list[str] = []

    def always_the_second(answer: dict[str, Any]) -> None:
        if "organizations" in answer:
            following.append(answer["next_page_token"])
            answer["next_page_token"] = following[0]

    scalekit.simulator.tamper.scalekit_management = always_the_second
    with pytest.raises(ScalekitNonsense, match="do not end"):
        await scalekit.api.organizations()
    assert len(following) == 2


async def test_somebody_elses_connection_among_an_organisations_own_is_not_believed(scalekit: Scalekit) -> None:
    """Asked for by name, since the list of all lacks it."""
    globex, megasoft = (scalekit.simulator.people.company(name) for name in ("globex", "megasoft"))
    assert globex
    assert megasoft

    def swapped(answer: dict[str, Any]) -> None:
        listed = answer.get("connections", [])
        if len(listed) > 1:
            listed[:] = [one for one in listed if one["organization_id"] != globex.organization_id]
        elif listed and listed[0]["organization_id"] == globex.organization_id:
            listed[0]["organization_id"] = megasoft.organization_id

    scalekit.simulator.tamper.scalekit_management = swapped
    with pytest.raises(ScalekitNonsense, match="another organisation"):
        await scalekit.api.organizations()


async def test_a_redirect_is_not_followed_nor_a_cookie_kept_whatever_the_client_would_do(scalekit: Scalekit) -> None:
    scalekit.http.follow_redirects = True
    elsewhere = {"Location": f"{URL}/api/v1/organizations", "Set-Cookie": "canary=1"}
    scalekit.simulator.faults.set("GET /api/v1/connections", Fault(status=307, headers=elsewhere, times=1))
    with pytest.raises(ScalekitUnavailable, match="answered 307"):
        await scalekit.api.organizations()
    await scalekit.api.organizations()
    assert not any("cookie" in entry.headers for entry in scalekit.simulator.journal)


async def test_a_list_of_connections_that_is_cut_short_loses_nobody(scalekit: Scalekit) -> None:
    """Scalekit documents no pages for it: whoever it lacks is asked for by name."""
    whole = {one.external_id: one.connections for one in await scalekit.api.organizations()}

    def cut(answer: dict[str, Any]) -> None:
        if len(answer.get("connections", ())) > 1:
            del answer["connections"][1:]

    scalekit.simulator.tamper.scalekit_management = cut
    assert {one.external_id: one.connections for one in await scalekit.api.organizations()} == whole


async def test_a_portal_link_is_had_by_either_name_of_the_organisation(scalekit: Scalekit) -> None:
    company = scalekit.simulator.people.company("globex")
    assert company
    assert await scalekit.api.organization_id("globex") == company.organization_id
    assert await scalekit.api.organization_id(company.organization_id) == company.organization_id
    link = await scalekit.api.portal_link(company.organization_id)
    assert link.location.startswith(f"{URL}/magicLink/")
    assert link.location not in repr(link)
    with pytest.raises(ScalekitNotFound):
        await scalekit.api.organization_id("../organizations")


async def test_not_everything_is_asked_at_once() -> None:
    class Counting(httpx.AsyncBaseTransport):
        now = most = 0

        def __init__(self, road: httpx.AsyncBaseTransport) -> None:
            self._road = road

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            answer = await self._road.handle_async_request(request)
            self.now -= 1
            return answer

    scalekit = Scalekit(People(tuple(Company(f"C {n}", (f"c{n}.example",)) for n in range(40))))
    counting = Counting(scalekit.simulator.transport())
    known = next(iter(scalekit.simulator.scalekit.clients.values()))
    async with httpx.AsyncClient(transport=counting) as http:
        api = ScalekitApi(http=http, environment_url=URL, client_id=known.client_id, client_secret=known.client_secret)
        await api.organizations()
    assert 1 < counting.most <= client.AT_ONCE
