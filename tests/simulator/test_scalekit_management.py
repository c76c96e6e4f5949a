"""Scalekit's management API: who may ask, what it answers, page by page."""

from typing import Any

import httpx
import pytest

from cognito_sso.simulator import Company, Fault, Simulator
from cognito_sso.simulator.people import People

from .world import JANE, SCALEKIT, Browser

API = f"{SCALEKIT}/api/v1"


class Management:
    """The application itself, with a token of client credentials."""

    def __init__(self, browser: Browser, sim: Simulator) -> None:
        self._browser, self.sim = browser, sim
        self.token = ""

    async def token_answer(self, **changes: str) -> httpx.Response:
        client = next(iter(self.sim.scalekit.clients.values()))
        form = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            **changes,
        }
        return await self._browser.post(f"{SCALEKIT}/oauth/token", data=form)

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        if not self.token:
            self.token = (await self.token_answer()).json()["access_token"]
        return await self._browser.request(
            method, API + path, headers={"authorization": f"Bearer {self.token}"}, **request
        )

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def management(browser: Browser, sim: Simulator) -> Management:
    return Management(browser, sim)


async def test_client_credentials_give_a_token_for_a_day(management: Management) -> None:
    told = (await management.token_answer()).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 86_399, "openid")


async def test_a_wrong_secret_gives_none(management: Management) -> None:
    answer = await management.token_answer(client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("token", ["", "x.y.z", "a-persons"])
async def test_nobody_else_is_answered(management: Management, browser: Browser, token: str) -> None:
    if token == "a-persons":
        token = management.sim.mint_access_token(JANE)
    answer = await browser.get(f"{API}/organizations", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == 16
    assert answer.json()["details"][0]["error_code"] == "UNAUTHENTICATED"


async def test_a_days_old_token_is_refused(management: Management) -> None:
    await management.get("/organizations")
    management.sim.clock.advance(86_400)
    assert (await management.ask("GET", "/organizations")).status_code == 401


async def test_organisations_come_in_pages_that_add_up(browser: Browser) -> None:
    sim = management_of_many(25)
    async with Browser(sim) as own:
        management = Management(own, sim)
        pages, token = [], ""
        while not pages or token:
            page = await management.get("/organizations", page_size="10", page_token=token)
            pages.append(len(page["organizations"]))
            token = page["next_page_token"]
            assert page["total_size"] == 25
    assert pages == [10, 10, 5]


def management_of_many(number: int) -> Simulator:
    from .world import simulator

    companies = tuple(Company(f"Company {n}", (f"c{n}.example",)) for n in range(number))
    return simulator(people=People(companies))


@pytest.mark.parametrize(
    "query",
    [{"page_size": "9"}, {"page_size": "101"}, {"page_size": "ten"}, {"page_token": "made-up"}, {"page_token": "é"}],
)
async def test_a_page_that_is_none_is_refused(management: Management, query: dict[str, str]) -> None:
    answer = await management.ask("GET", "/organizations", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


async def test_connections_are_the_active_ones_unless_all_are_wanted(management: Management) -> None:
    active = (await management.get("/connections"))["connections"]
    everything = (await management.get("/connections", include="all"))["connections"]
    assert {one["organization_name"] for one in everything} - {one["organization_name"] for one in active} == {
        "Initech"
    }
    assert all(one["enabled"] and one["status"] == "COMPLETED" for one in active)


async def test_connections_of_a_domain_or_of_an_organisation(management: Management) -> None:
    (by_domain,) = (await management.get("/connections", domain="megasoft.example"))["connections"]
    (by_organization,) = (await management.get("/connections", organization_id=by_domain["organization_id"]))[
        "connections"
    ]
    assert by_domain == by_organization
    assert by_domain["domains"] == ["megasoft.example"]
    assert (await management.get("/connections", domain="eu.megasoft.example"))["connections"] == []


async def test_domains_say_whether_they_are_verified(management: Management) -> None:
    company = management.sim.people.change("megasoft", pending_domains=("megasoft.test",))
    told = await management.get(f"/organizations/{company.organization_id}/domains")
    assert {one["domain"]: one["verification_status"] for one in told["domains"]} == {
        "megasoft.example": "VERIFIED",
        "megasoft.test": "PENDING",
    }


async def test_a_domain_comes_and_goes(management: Management) -> None:
    company = management.sim.people.company("globex")
    assert company
    path = f"/organizations/{company.organization_id}/domains"
    body = {"domain": "Globex.Test", "domain_type": "ORGANIZATION_DOMAIN"}
    added = (await management.ask("POST", path, json=body)).json()["domain"]
    assert added["domain"] == "globex.test"
    assert (await management.ask("POST", path, json=body)).status_code == 400
    assert (await management.get(f"{path}/{added['id']}"))["domain"] == added
    assert (await management.ask("DELETE", f"{path}/{added['id']}")).status_code == 200
    assert (await management.ask("GET", f"{path}/{added['id']}")).status_code == 404


async def test_a_connection_is_switched_off_and_on(management: Management) -> None:
    company = management.sim.people.company("globex")
    assert company
    path = f"/organizations/{company.organization_id}/connections/{company.connection_id}"
    assert (await management.ask("PATCH", f"{path}:disable")).json()["enabled"] is False
    assert (await management.get(path))["connection"]["enabled"] is False
    assert (await management.ask("PATCH", f"{path}:enable")).json()["enabled"] is True


async def test_a_portal_link_is_made_for_an_organisation_that_there_is(management: Management) -> None:
    company = management.sim.people.company("globex")
    assert company
    told = await management.get("/organizations:external/globex")
    assert told["organization"]["id"] == company.organization_id
    link = (await management.ask("PUT", f"/organizations/{company.organization_id}/portal_links")).json()["link"]
    assert link["location"].startswith(f"{SCALEKIT}/magicLink/lnk_")
    answer = await management.ask("PUT", "/organizations/org_1/portal_links")
    assert (answer.status_code, answer.json()["details"][0]["error_code"]) == (404, "RESOURCE_NOT_FOUND")


async def test_too_many_requests_are_told_to_wait(management: Management) -> None:
    management.sim.scalekit.requests_per_minute = 2
    statuses = [(await management.ask("GET", "/organizations")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = await management.ask("GET", "/organizations")
    assert (answer.headers["retry-after"], answer.json()["code"]) == ("30", 8)
    management.sim.clock.advance(60)
    assert (await management.ask("GET", "/organizations")).status_code == 200


async def test_it_can_be_made_to_fail_and_to_lie(management: Management) -> None:
    management.sim.faults.set("GET /api/v1/connections", Fault(status=503, times=1))
    assert (await management.ask("GET", "/connections")).status_code == 503
    management.sim.tamper.scalekit_management = lambda _: {"nonsense": True}
    assert await management.get("/connections") == {"nonsense": True}


async def test_a_company_is_changed_and_a_hook_sent_from_another_process(browser: Browser, sim: Simulator) -> None:
    changed = await browser.patch(
        f"{SCALEKIT}/_control/companies",
        json={"company": "globex", "connection": "disabled", "pending_domains": ["globex.test"]},
    )
    assert (changed.status_code, changed.json()["connection"]) == (200, "disabled")
    assert changed.json()["pending_domains"] == ["globex.test"]
    unsent = await browser.post(
        f"{SCALEKIT}/_control/hooks",
        json={"url": "http://127.0.0.1:1/hooks/scalekit", "type": "organization.sso_enabled", "company": "globex"},
    )
    assert unsent.status_code == 422
