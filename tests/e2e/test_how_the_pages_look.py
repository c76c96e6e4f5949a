"""Every page in light and dark, wide and narrow: kept as pictures in tests/artefacts, and looked over for faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from .conftest import ARTEFACTS, Newcomer
from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JANE, OMAR, YOU = "jane@megasoft.example", "omar@megasoft.example", "you@example.com"
PAGE_FAULTS = (Path(__file__).parent / "page_faults.js").read_text("utf-8")
WIDTHS = {"wide": 1280, "narrow": 375}
HEIGHT = 800


def looks() -> Iterator[tuple[Literal["light", "dark"], str]]:
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            yield scheme, width


async def is_faultless(person: Person, name: str) -> None:
    """Takes a picture of each look, and holds each against `page_faults.js`."""
    faults: dict[str, Any] = {}
    for scheme, width in looks():
        await person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await person.page.set_viewport_size({"width": WIDTHS[width], "height": HEIGHT})
        picture = f"{name}-{scheme}-{width}.png"
        await person.page.screenshot(path=ARTEFACTS / picture, full_page=True, animations="disabled")
        faults[picture] = await person.page.evaluate(PAGE_FAULTS)
    assert {picture: found for picture, found in faults.items() if found} == {}


async def test_the_app_before_and_after_signing_in(person: Person) -> None:
    await person.opens_the_app()
    await expect(person.page.get_by_label("Work e-mail")).to_be_visible()
    await is_faultless(person, "app-signed-out")
    await person.signs_in_again(JANE)
    await is_faultless(person, "app-signed-in")
    await person.page.get_by_text("What GET /me answered").click()
    await is_faultless(person, "app-profile-as-json")
    await person.signs_out()
    await is_faultless(person, "app-after-signing-out")


async def test_the_app_with_a_mistyped_address(person: Person) -> None:
    person.may_be_refused(400)
    await person.opens_the_app()
    await person.types_the_address("jane@megasoft")
    await expect(person.page.get_by_role("alert")).not_to_be_empty()
    await is_faultless(person, "app-mistyped")


async def test_the_app_with_the_longest_of_names(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address("somebody.with.an.address.that.goes.on.and.on.and.on.and.on@example.com")
    await person.simulates(first_name="Wolfeschlegelsteinhausenbergerdorff" * 3, last_name="Δημήτρης 山田 😀")
    await expect(person.page.get_by_role("button", name="Sign out")).to_be_visible()
    await is_faultless(person, "app-long-name")


async def test_the_services_login_page(person: Person) -> None:
    person.may_be_refused(400)
    await person.page.goto(f"{person.demo.service}/login")
    await is_faultless(person, "login")
    await person.types_the_address("jane@megasoft")
    await expect(person.page.get_by_role("alert")).to_be_visible()
    await is_faultless(person, "login-mistyped")


async def test_the_idp_simulator(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(YOU)
    await expect(person.page.get_by_role("heading", name="IdP Simulator")).to_be_visible()
    await is_faultless(person, "idp-simulator")
    await person.page.get_by_label("Select a scenario").select_option("Error")
    await is_faultless(person, "idp-simulator-error")


async def test_the_companys_sign_in(person: Person) -> None:
    await person.opens_the_app()
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")
    await is_faultless(person, "company")


@pytest.mark.parametrize("slug", ["globex", "umbrella", "initech", "shady"])
async def test_the_other_companies_pages_and_a_mistake_at_them(person: Person, slug: str) -> None:
    await person.page.goto(f"{person.demo.company_pages}/idp/{slug}/login")
    await person.page.get_by_label("Work e-mail").fill(f"nobody@{slug}.example")
    await person.page.get_by_label("Password").fill("anything")
    await person.page.get_by_role("button", name="Sign in").click()
    await expect(person.page.get_by_role("alert")).to_be_visible()
    await is_faultless(person, f"company-{slug}")


async def test_the_explanation_page(person: Person) -> None:
    person.may_be_refused(403)
    await person.opens_the_app()
    await person.types_the_address(YOU)
    await person.simulates_the_error("Server error")
    await person.is_told("Your company's sign-in did not work", "provider_error")
    await is_faultless(person, "error")


async def test_the_question_who_you_are(person: Person) -> None:
    await person.signs_in(JANE)
    await person.forgets_the_session()
    await person.opens_the_app()
    await person.types_the_address(OMAR)
    await expect(person.page.get_by_role("button", name="Use another account")).to_be_visible()
    await is_faultless(person, "confirm-identity")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cognito-error", "/error?error=redirect_mismatch&client_id=k6tana1l8b0bvhk9gfixkurr6"),
        ("cognito-login", "/oauth2/authorize?{query}"),
    ],
)
async def test_cognitos_own_pages(person: Person, name: str, path: str) -> None:
    person.may_be_refused(400)
    callback = f"{person.demo.service}/auth/callback"
    query = f"client_id=k6tana1l8b0bvhk9gfixkurr6&response_type=code&scope=openid&redirect_uri={callback}"
    await person.page.goto(person.demo.stand_ins + path.format(query=query))
    await is_faultless(person, name)


async def test_what_the_stand_ins_say_of_themselves(person: Person) -> None:
    await person.page.goto(person.demo.stand_ins)
    await expect(person.page.get_by_role("heading", name="The stand-ins")).to_be_visible()
    await is_faultless(person, "stand-ins")
    await person.page.get_by_role("link", name="Start page of Globex").click()
    await expect(person.page.get_by_label("Work e-mail")).to_be_visible()


async def test_the_companys_start_page_and_its_farewell(person: Person) -> None:
    await person.signs_in(JANE)
    await person.page.goto(f"{person.demo.company_pages}/idp/megasoft")
    await expect(person.page.get_by_role("heading", name="My apps")).to_be_visible()
    await is_faultless(person, "company-home")
    await person.page.get_by_role("link", name="Sign out of Megasoft").click()
    await expect(person.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await is_faultless(person, "company-signed-out")


async def test_a_sign_in_that_is_over(person: Person) -> None:
    person.may_be_refused(400)
    await person.page.goto(f"{person.demo.company_pages}/idp-simulator/login?authRequestID=req_0")
    await expect(person.page.get_by_role("heading", name="This sign-in is over")).to_be_visible()
    await is_faultless(person, "sign-in-over")


async def test_without_javascript_the_app_says_what_to_do(newcomer: Newcomer) -> None:
    person = await newcomer(java_script_enabled=False)
    await person.opens_the_app()
    await person.page.screenshot(path=ARTEFACTS / "app-without-javascript.png")
    await person.types_the_address(JANE)
    await person.is_asked_to_sign_in_at("Megasoft")


FAULTY = """<!doctype html><title> </title><body style="background: #fff"><h1>One</h1><h1>Two</h1><h3>Deep</h3>
<input aria-describedby="nowhere"><button></button><img><p id="a" style="color: #999">Pale</p><p id="a">Again</p>
<div style="width: 3000px">Wide</div>"""


async def test_the_looking_over_finds_what_it_is_there_for(person: Person) -> None:
    await person.page.set_content(FAULTY)
    found = await person.page.evaluate(PAGE_FAULTS)
    expected = ["no language", "no title", "2 visible h1", "0 main", "it scrolls sideways", "headings skip a level"]
    expected += ["the id a is there twice", "aria-describedby names nothing", "no name", "no alt", "contrast 2.85"]
    assert [fault for fault in expected if not any(told.startswith(fault) for told in found)] == []
