"""Each finding is provoked by the mistake that it is about, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cognito_sso.doctor import KINDS, Severity
from cognito_sso.doctor.configured import INVALID, NOTHING_ELSE, OFFLINE
from cognito_sso.doctor.organizations import ORGANIZATIONS
from cognito_sso.doctor.pool import POOL
from cognito_sso.login.tenants import Tenant
from cognito_sso.settings import new_cookie_key
from cognito_sso.simulator import MISCONFIGURATIONS, Company, Fault
from tests.doctor.patient import MEGASOFT, Patient, problems
from tests.world import CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, DOMAIN, PROVIDER, SCALEKIT, SERVICE

# What a set-up that is right says, once each.
HEALTHY = [
    "settings_readable",
    "cookie_keys_in_force",
    "frontend_same_site",
    "session_cookie_roomy",
    "companies_listed",
    "discovery_agrees",
    "keys_usable",
    "clock_agrees",
    "sign_in_accepted",
    "client_secret_right",
    "logout_uri_registered",
    "scalekit_agrees",
    "scalekit_client_not_set",
    "domains_routed",
    "pool_not_read",
]
PUBLIC = {"client_secret": None}

# switch of the stand-ins -> what the doctor says is wrong
SWITCHES: dict[str, list[str]] = {
    "redirect_uri_not_registered": ["redirect_uri_not_registered"],
    "redirect_uri_with_slash": ["redirect_uri_not_registered"],
    "logout_uri_not_registered": ["logout_uri_not_registered"],
    "scope_not_allowed": ["scope_not_allowed"],
    "code_grant_not_allowed": ["code_grant_not_allowed", "code_not_redeemable"],
    "oauth_not_enabled": ["oauth_not_enabled", "code_not_redeemable"],
    "client_unknown": ["client_unknown"],
    "client_secret_changed": ["client_secret_wrong"],
    "client_without_secret": ["client_secret_needless"],
    "provider_not_enabled": ["provider_not_available"],
    "provider_unknown": ["provider_not_available"],
    "provider_in_lower_case": ["provider_not_available"],
    "provider_asks_for_openid_only": ["provider_scopes_missing"],
    "provider_elsewhere": ["provider_elsewhere"],
    "updated_issuer": ["issuer_differs"],
    "another_domain": ["domain_differs"],
    "no_domain": ["pool_without_domain"],
    "no_keys": ["keys_unreadable"],
    "weak_key": ["key_refused"],
    "clock_11_minutes_ahead": ["clock_wrong"],
    "clock_11_minutes_behind": ["clock_wrong"],
    "clock_half_a_minute_ahead": ["clock_off"],
    "issuer_down": ["issuer_unreachable", "keys_unreadable"],
    "pool_unknown": ["discovery_refused", "keys_unreadable"],
    "issuer_behind_a_sign_in_page": ["discovery_unreadable", "keys_unreadable"],
    "domain_down": ["domain_unreachable"],
    "scalekit_lacks_cognitos_callback": ["cognito_unknown_to_scalekit"],
    "scalekit_client_gone": ["cognito_unknown_to_scalekit"],
    "connections_off": ["domain_not_routed"],
    "scalekit_down": ["scalekit_unreachable"],
    "scalekit_environment_unknown": ["scalekit_unreadable", "scalekit_keys_unreadable"],
    "scalekit_custom_domain": ["scalekit_issuer_differs"],
    "scalekit_no_keys": ["scalekit_keys_unreadable"],
    "domain_behind_a_firewall": ["sign_in_unclear", "client_secret_unclear", "logout_uri_unclear"],
}

# What nobody has seen Cognito say, but which must not be taken for health.
UNSEEN: dict[str, tuple[str, Fault, str]] = {
    "other words on the error page": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{DOMAIN}/error?error=Something+else"}),
        "sign_in_refused",
    ),
    "another error at the callback": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{SERVICE}/auth/callback?error=server_error"}),
        "sign_in_refused",
    ),
    "a scope refused as documented": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{SERVICE}/auth/callback?error=invalid_scope"}),
        "scope_not_allowed",
    ),
    "a flow refused as documented": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{SERVICE}/auth/callback?error=unauthorized_client"}),
        "code_grant_not_allowed",
    ),
    "the sign-in page without a message": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{DOMAIN}/login?client_id={CLIENT_ID}"}),
        "provider_not_followed",
    ),
    "a page that names an address": (
        "GET /oauth2/authorize",
        Fault(status=200, headers={"location": f"{SCALEKIT}/oauth/authorize"}),
        "sign_in_unclear",
    ),
    "a page where a redirect should be": ("GET /oauth2/authorize", Fault(status=200), "sign_in_unclear"),
    "a redirect to no address": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": "https://[elsewhere"}),
        "sign_in_unclear",
    ),
    "a redirect that stays": (
        "GET /oauth2/authorize",
        Fault(status=302, headers={"location": f"{DOMAIN}/oauth2/authorize"}),
        "sign_in_unclear",
    ),
    "throttling": ("POST /oauth2/token", Fault(status=429, body="slow down"), "client_secret_unclear"),
    "invalid_client as 401": (
        "POST /oauth2/token",
        Fault(status=401, body='{"error":"invalid_client"}'),
        "client_secret_wrong",
    ),
    "an error that is no text": (
        "POST /oauth2/token",
        Fault(status=400, body='{"error":["x"]}'),
        "client_secret_unclear",
    ),
    "a sign-out that goes elsewhere": (
        "GET /logout",
        Fault(status=302, headers={"location": "https://elsewhere.example/"}),
        "logout_uri_unclear",
    ),
    "an answer without end": ("GET /logout", Fault(status=302, body="x" * 600_000), "domain_unreachable"),
    "no answer": ("GET /oauth2/authorize", Fault(hang=True), "domain_unreachable"),
    "a page of Scalekit's where a redirect should be": ("GET /oauth/authorize", Fault(status=200), "routing_unclear"),
    "no keys of Scalekit's": ("GET /keys", Fault(hang=True), "scalekit_keys_unreadable"),
    "no time": (
        "GET /eu-north-1_6m0O668r5/.well-known/openid-configuration",
        Fault(status=200, body="{}", headers={"date": "yesterday"}),
        "clock_unknown",
    ),
}

# settings and companies -> what the doctor says is wrong
GLOBEX = Tenant("globex", ("globex.example",), PROVIDER, "conn_22345678901234567")
LONG_SCOPES = ("openid", "email", *(f"https://api.example/{number:0200}" for number in range(9)))
OPERATORS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "three cookie keys": ({"sso_cookie_keys": ",".join(new_cookie_key() for _ in range(3))}, ["cookie_keys_left_over"]),
    "a frontend elsewhere": ({"sso_frontends": "https://app.elsewhere.example"}, ["frontend_other_site"]),
    "two cookie keys, rightly": ({"sso_cookie_keys": ",".join(new_cookie_key() for _ in range(2))}, []),
    "a proxy that is not trusted": ({"sso_trusted_proxies": ""}, ["proxy_not_trusted"]),
    "a public URL on loopback": (
        {"sso_public_url": "http://localhost:8000", "app_client": {
            "callback_urls": ("http://localhost:8000/auth/callback",),
            "logout_urls": ("http://localhost:8000/auth/signed-out",),
        }},
        ["public_url_loopback", "frontend_other_site"],
    ),
    "a scope as long as a novel": (
        {"cognito_scopes": " ".join(LONG_SCOPES), "app_client": {"scopes": LONG_SCOPES}},
        ["session_cookie_tight"],
    ),
    "nobody listed, everybody else refused": ({"tenants": ()}, ["nobody_served"]),
    "nobody listed, and Scalekit is asked": (
        {"tenants": (), "scalekit_client_id": "skc_1", "scalekit_client_secret": "test_1"},
        ["scalekit_client_refused"],  # and not nobody_served
    ),
    "everybody allowed": ({"sso_unlisted_domains": "allow"}, ["unlisted_domains_allowed"]),
    "a company without its connection": ({"tenants": (replace(MEGASOFT, connection_id=None),)}, ["company_not_pinned"]),
    "two companies, one connection": (
        {"tenants": (MEGASOFT, replace(GLOBEX, connection_id=MEGASOFT.connection_id))},
        ["connection_shared"],
    ),
    "a provider in two spellings": (
        {"tenants": (replace(MEGASOFT, identity_provider=PROVIDER.lower()),)},
        ["provider_name_case", "provider_not_available"],
    ),
    "everybody's mail": (
        {"tenants": (replace(MEGASOFT, domains=("gmail.com",)),)},
        ["domain_of_anybody", "domain_not_routed"],
    ),
    "no secret for a client that has one": ({"cognito_client_secret": None}, ["client_secret_missing"]),
    "a public client, rightly": ({"cognito_client_secret": None, "app_client": PUBLIC}, []),
}  # fmt: skip


async def test_a_set_up_that_is_right_has_a_clean_bill_of_health() -> None:
    findings = await Patient().examined()

    assert [finding.code for finding in findings] == HEALTHY
    assert problems(findings) == []


@pytest.mark.parametrize("switch", SWITCHES)
async def test_a_mistake_at_cognito_is_found(switch: str) -> None:
    patient = Patient()
    patient.simulator.misconfigure(switch)

    assert problems(await patient.examined()) == SWITCHES[switch]


def test_every_switch_of_the_stand_ins_is_a_mistake_that_is_found() -> None:
    assert set(SWITCHES) == set(MISCONFIGURATIONS)


@pytest.mark.parametrize("case", UNSEEN)
async def test_what_nobody_has_seen_is_told_and_not_taken_for_health(case: str) -> None:
    endpoint, fault, code = UNSEEN[case]
    patient = Patient()
    patient.simulator.faults.set(endpoint, fault)

    assert code in [finding.code for finding in await patient.examined()]


@pytest.mark.parametrize("case", OPERATORS)
async def test_a_mistake_of_the_operator_is_found(case: str) -> None:
    set_up, expected = OPERATORS[case]

    assert problems(await Patient(**set_up).examined()) == expected


async def test_a_client_without_a_secret_that_needs_none_is_told_so() -> None:
    findings = await Patient(cognito_client_secret=None, app_client=PUBLIC).examined()

    assert "client_is_public" in [finding.code for finding in findings]


async def test_a_client_without_a_secret_that_may_redeem_nothing_lacks_no_secret() -> None:
    patient = Patient(cognito_client_secret=None, app_client=PUBLIC)
    patient.simulator.faults.set("POST /oauth2/token", Fault(status=400, body='{"error":"unauthorized_client"}'))

    assert problems(await patient.examined()) == ["code_not_redeemable"]


@pytest.mark.parametrize(("switch", "told"), [
    ("clock_11_minutes_ahead", "behind"),
    ("clock_11_minutes_behind", "ahead of"),
    ("clock_half_a_minute_ahead", "behind"),
])  # fmt: skip
async def test_a_clock_is_told_which_way_it_is_off(switch: str, told: str) -> None:
    """Theirs ahead is this machine's behind."""
    patient = Patient()
    patient.simulator.misconfigure(switch)

    (found,) = (finding for finding in await patient.examined() if finding.code.startswith("clock"))
    assert f" {told} " in found.sentence


def test_every_finding_there_can_be_is_provoked_by_one_of_these_tests() -> None:
    provoked = {code for codes in SWITCHES.values() for code in codes}
    provoked |= {code for _, _, code in UNSEEN.values()}
    provoked |= {code for _, codes in OPERATORS.values() for code in codes}
    elsewhere = {INVALID.code, NOTHING_ELSE.code, OFFLINE.code, "client_is_public"}
    elsewhere |= {kind.code for kind in ORGANIZATIONS.kinds}
    elsewhere |= {"cognito_known_to_scalekit", "scalekit_not_set", "domains_not_asked"}

    of_the_pool = {kind.code for kind in POOL.kinds}  # in test_pool
    assert {kind.code for kind in KINDS} - of_the_pool == (provoked | set(HEALTHY) | elsewhere) - of_the_pool


def test_codes_are_unique() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_what_is_wrong_has_a_reason_and_a_remedy(kind: Any) -> None:
    is_problem = kind.severity in (Severity.ERROR, Severity.WARNING)

    assert bool(kind.why) is is_problem
    assert bool(kind.remedy) is is_problem
    assert all(text.endswith((".", "}")) for text in (kind.sentence, kind.why, kind.remedy) if text)


async def test_it_signs_nobody_in_and_changes_nothing() -> None:
    patient = Patient()
    await patient.examined()

    asked = {(entry.method, entry.path) for entry in patient.simulator.journal}
    assert {path for method, path in asked if method == "POST"} == {"/oauth2/token"}
    assert not list(patient.simulator.pool.users)


@pytest.mark.parametrize("tenants", [(), (MEGASOFT,)])
async def test_companies_that_are_taken_from_scalekit_are_all_there(tenants: tuple[Tenant, ...]) -> None:
    patient = Patient(tenants=tenants, from_scalekit=True)
    patient.simulator.people.change("initech", connection="active")

    findings = await patient.examined()
    assert problems(findings) == []
    assert "scalekit_companies_taken" in [finding.code for finding in findings]


async def test_organisations_whose_people_can_not_sign_in_are_told() -> None:
    patient = Patient(from_scalekit=True)
    patient.simulator.people.add_company(Company("Copycat", domains=("globex.example",)))

    assert problems(await patient.examined()) == ["domain_contested", "organization_inactive"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=503), "scalekit_companies_unreadable"),
        (Fault(status=429), "scalekit_companies_unreadable"),
        (Fault(body="<html>", status=200), "scalekit_companies_unreadable"),
        (Fault(status=403), "scalekit_client_refused"),
    ],
)
async def test_companies_that_scalekit_does_not_tell_are_told(fault: Fault, code: str) -> None:
    patient = Patient(from_scalekit=True)
    patient.simulator.faults.set("GET /api/v1/organizations", fault)

    assert code in problems(await patient.examined())


async def test_an_examination_without_time_says_so_and_blames_nobody_for_many_companies() -> None:
    findings = await Patient(from_scalekit=True).examined(seconds=0)

    assert "scalekit_companies_not_read" in problems(findings)
    (unreachable,) = [finding for finding in findings if finding.code == "domain_unreachable"]
    assert unreachable.sentence.endswith("it took too long.")


async def test_a_wrong_secret_of_scalekits_is_found() -> None:
    patient = Patient(from_scalekit=True, scalekit_client_secret="yesterdays")

    assert problems(await patient.examined()) == ["scalekit_client_refused"]


async def test_without_companies_scalekit_is_asked_about_cognito_alone() -> None:
    findings = await Patient(tenants=(), sso_unlisted_domains="allow").examined()

    assert "cognito_known_to_scalekit" in [finding.code for finding in findings]


async def test_without_scalekit_in_the_settings_it_is_not_asked() -> None:
    patient = Patient(scalekit_environment_url=None)
    findings = await patient.examined()

    assert "scalekit_not_set" in [finding.code for finding in findings]
    assert {entry.path for entry in patient.simulator.journal if entry.origin == SCALEKIT} == set()


async def test_more_domains_than_a_hundred_are_not_asked_about() -> None:
    domains = tuple(f"{number}.megasoft.example" for number in range(101))
    findings = await Patient(tenants=[replace(MEGASOFT, domains=domains)]).examined()

    assert "domains_not_asked" in [finding.code for finding in findings]
    assert sum(finding.code == "domain_not_routed" for finding in findings) == 100


async def test_a_host_that_is_down_is_told_once() -> None:
    patient = Patient(tenants=[MEGASOFT, replace(GLOBEX, identity_provider="Another")])
    patient.simulator.misconfigure("domain_down")

    assert problems(await patient.examined()) == ["domain_unreachable"]


@pytest.mark.parametrize("switch", ["client_secret_changed", "client_without_secret", "domain_behind_a_firewall"])
async def test_no_finding_shows_a_secret(switch: str) -> None:
    patient = Patient()
    patient.simulator.misconfigure(switch)

    told = str(await patient.examined())
    assert CLIENT_SECRET not in told
    assert COOKIE_KEY not in told


async def test_a_host_can_not_write_to_the_terminal() -> None:
    patient = Patient()
    location = f"{DOMAIN}/error?error=%1b[2J%0d%0aall+is+well"
    patient.simulator.faults.set("GET /oauth2/authorize", Fault(status=302, headers={"location": location}))

    (refused,) = [finding for finding in await patient.examined() if finding.code == "sign_in_refused"]
    assert refused.sentence.isprintable()


async def test_what_was_set_right_is_healthy_again() -> None:
    patient = Patient()
    for switch in MISCONFIGURATIONS:
        patient.simulator.misconfigure(switch)
    patient.simulator.set_right()

    assert problems(await patient.examined()) == []
