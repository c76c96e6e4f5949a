"""The pages a person meets: a company's sign-in page, Scalekit's IdP Simulator, and what they all have in common."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from cognito_sso.simulator import Company, Person
from cognito_sso.simulator.signing import verified

from .world import CALLBACK, DOMAIN, JANE, NOW, SCALEKIT, answer

ANN = "ann@example.com"


async def idp_simulator_page(browser, **changes):
    return await browser.open(login_hint=ANN, **changes)


async def simulate(browser, **fields):
    page = await idp_simulator_page(browser)
    request_id = page.url.params["authRequestID"]
    form = {"authRequestID": request_id, "scenario": "login", "local_part": "ann", "domain": "example.com", **fields}
    return await browser.follow(await browser.post(f"{SCALEKIT}/idp-simulator/login", data=form))


# The page at the root


async def test_it_says_who_can_sign_in_and_how(browser):
    page = (await browser.get(f"{SCALEKIT}/")).text
    for company in browser.sim.people:
        assert company.name in page
        assert all(f"@{domain}" in page for domain in company.domains)
    assert "Jane Doe <code>jane@megasoft.example</code>" in page
    assert "Its connection is off" in page
    assert "peter@initech.example" not in page, "whose connection it is"


async def test_whoever_comes_later_is_on_it_and_can_write_no_markup(browser):
    browser.sim.people.add_company(Company("<b>Acme</b>", ("acme.example",), (Person("<i>@acme.example", "<u>"),)))
    page = (await browser.get(f"{SCALEKIT}/")).text
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page
    assert not re.search("<[biu]>", page)


async def test_each_of_its_links_leads_somewhere(browser):
    page = await browser.get(f"{DOMAIN}/")
    links = re.findall('<a href="([^"]+)"', page.text)
    assert len(links) > 5
    for link in links:
        assert (await browser.get(str(page.url.join(link)))).status_code == 200, link


# A company's sign-in page


async def test_the_page_is_the_companys_and_knows_whom_to_expect(browser):
    page = await browser.open(login_hint=JANE)
    assert page.status_code == 200
    assert "<title>Sign in - Megasoft</title>" in page.text
    assert f'type="email" required autocomplete="username" list="people" value="{JANE}"' in page.text
    assert "any password will do" in page.text
    assert "Omar Haddad" in page.text
    theme = await browser.get(f"{SCALEKIT}/idp/megasoft/theme.css")
    assert (theme.text, theme.headers["content-type"]) == (
        ":root { --brand: #0b6bcb; }",
        "text/css; charset=utf-8",
    )


async def test_somebody_unknown_and_an_empty_password_are_told_so(browser):
    page = await browser.open(login_hint=JANE)
    unknown = await browser.submit(page, email="who@megasoft.example", password="x")
    assert (unknown.status_code, "We do not know this e-mail" in unknown.text) == (401, True)
    empty = await browser.submit(page, email=JANE, password="")
    assert (empty.status_code, "Enter a password" in empty.text) == (401, True)


async def test_another_expected_person_or_a_prompt_is_asked_in_spite_of_a_session(browser):
    await browser.sign_in()
    for changes in ({"login_hint": "omar@megasoft.example"}, {"login_hint": JANE}):
        page = await browser.open(prompt="login", **changes)
        assert "Signed in as jane@megasoft.example" in page.text


async def test_a_person_can_be_picked_without_javascript(browser):
    page = await browser.open(login_hint=JANE)
    link = next(link for link in re.findall(r'href="([^"]+)"', page.text) if "omar%40" in link or "omar@" in link)
    picked = await browser.get(SCALEKIT + link.replace("&amp;", "&"))
    assert 'value="omar@megasoft.example"' in picked.text


async def test_signing_out_of_the_company_ends_its_session(browser):
    await browser.sign_in()
    assert "You are signed out" in (await browser.get(f"{SCALEKIT}/idp/megasoft/signout")).text
    assert "Password" in (await browser.open(login_hint=JANE, prompt="login")).text
    assert "Password" in (await browser.get(f"{SCALEKIT}/idp/megasoft")).text


async def test_a_session_at_one_company_is_none_at_another(browser):
    await browser.sign_in()
    browser.cookies.set("idp_session_globex", browser.cookies["idp_session_megasoft"], domain="127.0.0.1", path="/")
    assert "My apps" not in (await browser.get(f"{SCALEKIT}/idp/globex")).text


async def test_the_apps_tile_starts_an_idp_initiated_sign_in(sim, browser):
    assert (await browser.get(f"{SCALEKIT}/idp/megasoft/launch")).headers["location"] == "/idp/megasoft"
    await browser.post(f"{SCALEKIT}/idp/megasoft/login", data={"email": JANE, "password": "x"})
    assert "My apps" in (await browser.get(f"{SCALEKIT}/idp/megasoft")).text
    response = await browser.get(f"{SCALEKIT}/idp/megasoft/launch")
    assert response.headers["location"].startswith("http://localhost:8000/login/initiated?idp_initiated_login=")
    token = answer(response)["idp_initiated_login"]
    company = sim.people.company("megasoft")
    assert verified(token, [sim.scalekit.key.jwk()]) == {
        "organization_id": company.organization_id,
        "connection_id": company.connection_id,
        "login_hint": JANE,
        "iss": SCALEKIT,
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 300,
    }


async def test_a_minted_idp_initiated_token_may_carry_a_relay_state(sim):
    token = sim.mint_idp_initiated_login(JANE, relay_state="/reports")
    assert verified(token, [sim.scalekit.key.jwk()])["relay_state"] == "/reports"


@pytest.mark.parametrize("path", ["/idp/nobody", "/idp/nobody/login", "/idp/nobody/theme.css"])
async def test_an_unknown_company_is_not_found(browser, path):
    assert (await browser.get(SCALEKIT + path)).status_code == 404


@pytest.mark.parametrize("path", ["/idp/megasoft/login", "/idp/globex/login", "/idp-simulator/login"])
async def test_a_sign_in_that_is_over_says_so(sim, browser, path):
    url = f"{SCALEKIT}{path}"
    page = await browser.open(login_hint=JANE)
    sim.clock.advance(600)
    request_id = page.url.params["authRequestID"]
    for response in (
        await browser.get(url, params={"authRequestID": request_id}),
        await browser.post(url, data={"authRequestID": request_id}),
    ):
        assert (response.status_code, "This sign-in is over" in response.text) == (400, True)


# The IdP Simulator


async def test_the_simulator_shows_who_is_asking_and_prefills_the_email(browser):
    page = await idp_simulator_page(browser)
    for text in (
        "IdP Simulator",
        "Your Application Details",
        "Simulate Single Sign On",
        "User Login via SSO",
        "IDP Initiated SSO",
        "+ Add Attribute",
        "Simulate Login",
        "Reset",
        f"<code>{DOMAIN}/oauth2/idpresponse</code>",
        'value="ann"',
        "<option selected>example.com</option>",
        "<option>example.org</option>",
    ):
        assert text in page.text


async def test_a_simulated_login_is_who_was_typed(sim, browser):
    sim.pool.rules.attribute_mapping["custom:number"] = "employee_number"
    fields = {
        "given_name": "Arya",
        "family_name": "",
        "attribute_key": ["employee_number", "unregistered", ""],
        "attribute_value": ["7", "x", ""],
    }
    response = await simulate(browser, **fields)
    tokens = (await browser.redeem(answer(response)["code"])).json()
    profile = (await browser.userinfo(tokens["access_token"])).json()
    assert profile.pop("username").startswith("scalekitidprouter_conn_")
    profile.pop("sub")
    assert profile == {
        "email": ANN,
        "email_verified": "false",
        "given_name": "Arya",
        "preferred_username": ANN,
        "custom:org_id": sim.people.company("test-organization").organization_id,
        "custom:number": "7",
    }


async def test_an_empty_local_part_is_the_placeholder(sim, browser):
    await simulate(browser, local_part="")
    assert next(iter(sim.pool.users)).attributes["email"] == "testuser@example.com"


async def test_a_domain_of_somebody_else_is_refused(browser):
    refused = answer(await simulate(browser, domain="megasoft.example"))
    assert refused["error"] == "invalid_request"
    assert "not one of Test Organization's" in refused["error_description"]


async def test_idp_initiated_sends_the_browser_to_the_app(sim, browser):
    location = (await simulate(browser, scenario="idp_initiated")).headers["location"]
    assert location.startswith("http://localhost:8000/login/initiated?idp_initiated_login=")
    token = parse_qs(urlsplit(location).query)["idp_initiated_login"][0]
    assert verified(token, [sim.scalekit.key.jwk()])["login_hint"] == ANN


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("credentials", ("access_denied", "Invalid user credentials")),
        ("not_found", ("access_denied", "User not found")),
        ("server", ("invalid_request", "The identity provider could not answer")),
        ("made up", ("access_denied", "Invalid user credentials")),
    ],
)
async def test_the_error_scenario_reaches_the_app(browser, error, expected):
    refused = answer(await simulate(browser, scenario="error", error=error))
    assert (refused["error"], refused["error_description"]) == expected


async def test_the_scenario_can_be_switched_without_javascript(browser):
    page = await idp_simulator_page(browser)
    login, error = 'data-scenarios="login idp_initiated"', 'data-scenarios="error"'
    assert f"{login}>" in page.text
    assert f"{error} hidden>" in page.text
    page = await browser.get(page.url.copy_merge_params({"scenario": "error"}))
    assert f"{login} hidden>" in page.text
    assert f"{error}>" in page.text
    page = await browser.get(page.url.copy_merge_params({"scenario": "idp_initiated"}))
    assert '<input type="hidden" name="scenario" value="idp_initiated">' in page.text


async def test_an_attribute_row_can_be_added_without_javascript(browser):
    fields = {"action": "add_attribute", "attribute_key": "department", "attribute_value": "Sales", "given_name": "Q"}
    page = await simulate(browser, **fields)
    assert page.text.count('name="attribute_key"') == 2
    assert 'value="Sales"' in page.text
    assert 'value="Q"' in page.text


# What all pages have in common


@pytest.fixture
def evil(sim):
    name = "<script>alert(1)</script>\"'&"
    people = (Person("x@evil.example", name, name),)
    return sim.people.add_company(Company(name, ("evil.example",), people, slug="evil"))


async def pages(browser):
    hint = '"><script>alert(1)</script>@evil.example'
    return [
        await browser.open(login_hint=hint),
        await browser.open(login_hint=hint, identity_provider=None),
        await browser.open(identity_provider="<script>alert(1)</script>"),
        await browser.open(login_hint='"><script>alert(1)</script>@example.com'),
        await browser.get(f"{DOMAIN}/error", params={"error": "<script>alert(1)</script>", "client_id": '"<script>'}),
        await browser.get(f"{SCALEKIT}/idp/evil"),
        await browser.get(f"{SCALEKIT}/idp/evil/signout"),
        await simulate(browser, action="add_attribute", given_name='"><script>', attribute_key='"><script>'),
    ]


async def test_everything_is_escaped(browser, evil):
    for page in await pages(browser):
        assert "<script>" not in page.text
        assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_no_page_has_inline_scripts_or_styles_and_the_csp_forbids_them(browser, evil):
    for page in await pages(browser):
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"\sstyle=|\son\w+=|<style", page.text)


async def test_every_field_has_a_label(browser, evil):
    for page in await pages(browser):
        for tag in re.findall(r"<(?:input|select)\b[^>]*>", page.text):
            identifier = re.search(r'\bid="([^"]+)"', tag)
            assert (
                'type="hidden"' in tag
                or 'type="radio"' in tag
                or "aria-label=" in tag
                or (identifier and f'<label for="{identifier[1]}"' in page.text)
            ), tag


@pytest.mark.parametrize("origin", [DOMAIN, SCALEKIT])
@pytest.mark.parametrize("name", ["simulator.css", "simulator.js", "icon.svg"])
async def test_the_style_sheet_and_script_are_served_at_every_origin(sim, browser, origin, name):
    assert (await browser.get(f"{origin}/_static/{name}")).status_code == 200
    assert len(sim.journal) == 0


async def test_the_callback_is_the_end_of_the_simulators_world(browser):
    assert (await browser.sign_in()).headers["location"].startswith(CALLBACK)
