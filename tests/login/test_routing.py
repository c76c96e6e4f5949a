"""Which of Scalekit's organisations are routed beside the file's tenants, and which are not."""

from __future__ import annotations

import pytest

from cognito_sso.errors import DomainNotServed, EmailInvalid, ProviderUnreachable, TenantMismatch
from cognito_sso.login.email_address import EmailAddress, canonical_domain
from cognito_sso.login.routing import Claim, Ruling, canonical_or_none, rule
from cognito_sso.login.tenants import Tenant, Tenants
from cognito_sso.scalekit import Connection, Domain, Organization
from tests.login.test_tenants import identity

PROVIDER = "ScalekitIdPRouter"
UNLISTED = EmailAddress.parse("x@nobody.example")


def organization(
    name: str, *domains: str, active: bool = True, external_id: str | None = "", **more: object
) -> Organization:
    """`org_<name>`, with a connection of its own; a domain with a `?` is not verified."""
    claims = tuple(Domain(domain.rstrip("?"), verified=not domain.endswith("?")) for domain in domains)
    connection = Connection(f"conn_{name}", f"org_{name}", active)
    values: dict[str, object] = {"connections": (connection,), "domains": claims, **more}
    return Organization(f"org_{name}", name.title(), name if external_id == "" else external_id, **values)  # type: ignore[arg-type]


MEGASOFT = organization("megasoft", "megasoft.example", "megasoft.test")
MALLORY = organization("mallory", "mallory.example")


def ruled(*organizations: Organization, listed: tuple[Tenant, ...] = ()) -> Ruling:
    return rule(listed, organizations, provider=PROVIDER)


def tenants_of(ruling: Ruling, *, unlisted_allowed: bool = True) -> Tenants:
    tenants = Tenants((), default_provider=PROVIDER, unlisted_allowed=unlisted_allowed)
    tenants.use(ruling.routing)
    return tenants


def verdicts(ruling: Ruling) -> dict[tuple[str, str], str]:
    return {(claim.organization.id, claim.domain): claim.verdict for claim in ruling.claims}


def test_an_organisation_with_an_active_connection_is_routed_by_its_verified_domains_and_pinned() -> None:
    (tenant,) = ruled(MEGASOFT).routing.tenants
    assert tenant == Tenant("megasoft", ("megasoft.example", "megasoft.test"), PROVIDER, "conn_megasoft")


def test_several_active_connections_of_a_company_are_all_its_own() -> None:
    both = (
        Connection("conn_old", "org_megasoft", active=True),
        Connection("conn_off", "org_megasoft", active=False),
        Connection("conn_New", "org_megasoft", active=True),
    )
    ruling = ruled(organization("megasoft", "megasoft.example", connections=both))
    (tenant,) = ruling.routing.tenants
    assert tenant.connections == ("conn_old", "conn_new")
    requested = EmailAddress.parse("jane@megasoft.example")
    assert tenants_of(ruling).prove(identity(str(requested), connection="conn_new"), requested) == tenant
    with pytest.raises(TenantMismatch):
        tenants_of(ruling).prove(identity(str(requested), connection="conn_off"), requested)


class TestDomains:
    def test_one_that_is_not_verified_is_not_routed_and_shuts_nobody_out(self) -> None:
        ruling = ruled(organization("mallory", "mallory.example", "megasoft.example?"))
        assert verdicts(ruling)["org_mallory", "megasoft.example"] == "unverified"
        assert tenants_of(ruling).for_email(EmailAddress.parse("jane@megasoft.example")) is None

    def test_a_claim_takes_nothing_from_whom_it_is_verified_for(self) -> None:
        ruling = ruled(MEGASOFT, organization("mallory", "mallory.example", "megasoft.example?"))
        tenant = tenants_of(ruling).for_email(EmailAddress.parse("jane@megasoft.example"))
        assert tenant is not None
        assert tenant.name == "megasoft"

    @pytest.mark.parametrize("active", [True, False])
    def test_one_that_two_organisations_have_verified_signs_nobody_in(self, active: bool) -> None:
        """Also where only one of them could: or its taking a rest would hand the domain to the other."""
        ruling = ruled(MEGASOFT, organization("mallory", "mallory.example", "MegaSoft.example", active=active))
        assert ruling.contested == {"megasoft.example": ("org_megasoft", "org_mallory")}
        tenants = tenants_of(ruling)
        with pytest.raises(DomainNotServed, match="several organisations"):
            tenants.for_email(EmailAddress.parse("jane@megasoft.example"))
        still = tenants.for_email(EmailAddress.parse("jane@megasoft.test"))
        assert still is not None
        assert still.domains == ("megasoft.test",)

    def test_one_of_a_company_without_an_active_connection_signs_nobody_in(self) -> None:
        ruling = ruled(organization("initech", "initech.example", active=False))
        with pytest.raises(DomainNotServed, match="no active connection"):
            tenants_of(ruling).for_email(EmailAddress.parse("peter@initech.example"))

    @pytest.mark.parametrize(
        "domain", ["localhost", "a b.example", "x@y.example", "-.example", "1.2.3.4", "a..example"]
    )
    def test_one_that_is_none_is_left_out_and_the_others_are_not(self, domain: str) -> None:
        ruling = ruled(organization("megasoft", "megasoft.example", domain))
        assert verdicts(ruling)["org_megasoft", domain] == "malformed"
        assert [tenant.domains for tenant in ruling.routing.tenants] == [("megasoft.example",)]

    def test_two_spellings_are_one_domain(self) -> None:
        (tenant,) = ruled(organization("acme", "straße.example", "xn--strae-oqa.example")).routing.tenants
        assert tenant.domains == ("xn--strae-oqa.example",)


class TestConnections:
    def test_one_companys_never_answers_for_an_unlisted_domain(self) -> None:
        tenants = tenants_of(ruled(MEGASOFT, MALLORY))
        with pytest.raises(TenantMismatch):
            tenants.prove(identity(str(UNLISTED), connection="conn_mallory"), UNLISTED)
        assert tenants.prove(identity(str(UNLISTED), connection="conn_elsewhere"), UNLISTED) is None

    def test_nor_does_one_that_is_switched_off_or_has_no_domain(self) -> None:
        tenants = tenants_of(ruled(organization("initech", active=False), organization("mallory")))
        for connection in ("conn_initech", "conn_mallory"):
            with pytest.raises(TenantMismatch):
                tenants.prove(identity(str(UNLISTED), connection=connection), UNLISTED)


class TestNames:
    def test_a_company_is_called_by_the_apps_own_id_for_it_never_by_what_it_calls_itself(self) -> None:
        mallory = Organization("org_2", "megasoft", None, MALLORY.connections, MALLORY.domains)
        assert [tenant.name for tenant in ruled(MEGASOFT, mallory).routing.tenants] == ["megasoft", "org_2"]

    @pytest.mark.parametrize("external_id", [None, "two words", "org_megasoft", "-a", "a" * 65, "a\n"])
    def test_an_external_id_that_can_be_no_name_leaves_the_organisations_id(self, external_id: str | None) -> None:
        (tenant,) = ruled(organization("acme", "acme.example", external_id=external_id)).routing.tenants
        assert tenant.name == "org_acme"

    def test_one_that_two_share_names_neither(self) -> None:
        ruling = ruled(
            organization("a", "a.example", external_id="same"), organization("b", "b.example", external_id="same")
        )
        assert [tenant.name for tenant in ruling.routing.tenants] == ["org_a", "org_b"]


LISTED = Tenant("megasoft", ("megasoft.example",), "MegasoftOkta", "conn_listed")


class TestTheFile:
    @pytest.mark.parametrize(
        "listed",
        [
            LISTED,
            Tenant("org_megasoft", ("other.example",), PROVIDER, "conn_listed"),
            Tenant("other", ("other.example",), PROVIDER, "CONN_megasoft".replace("CONN", "conn")),
            Tenant("other", ("other.example",), PROVIDER, "conn_listed", ("conn_megasoft",)),
            Tenant("other", ("megasoft.test",), PROVIDER, "conn_listed"),
        ],
        ids=["its name", "its id", "its connection", "another connection of its", "a verified domain"],
    )
    def test_wins_for_a_company_that_it_has_by(self, listed: Tenant) -> None:
        ruling = ruled(MEGASOFT, MALLORY, listed=(listed,))
        assert [tenant.name for tenant in ruling.routing.tenants] == [listed.name, "mallory"]
        assert ruling.routing.tenants[0] is listed

    def test_decides_alone_so_that_the_companys_other_domains_sign_nobody_in(self) -> None:
        tenants = tenants_of(ruled(MEGASOFT, listed=(LISTED,)))
        assert tenants.for_email(EmailAddress.parse("jane@megasoft.example")) is LISTED
        with pytest.raises(DomainNotServed, match="tenants file"):
            tenants.for_email(EmailAddress.parse("jane@megasoft.test"))

    def test_is_not_taken_for_a_company_by_a_claim_that_is_not_verified(self) -> None:
        ruling = ruled(organization("mallory", "mallory.example", "megasoft.example?"), listed=(LISTED,))
        assert [tenant.name for tenant in ruling.routing.tenants] == ["megasoft", "mallory"]

    def test_nobody_who_verifies_a_domain_of_it_gets_that_domain(self) -> None:
        ruling = ruled(organization("mallory", "megasoft.example", "mallory.example"), listed=(LISTED,))
        assert ruling.routing.tenants == (LISTED,)
        assert tenants_of(ruling).for_email(EmailAddress.parse("jane@megasoft.example")) is LISTED

    def test_that_pins_no_connection_goes_on_signing_its_people_in(self) -> None:
        loose = Tenant("megasoft", ("megasoft.example",), PROVIDER)
        requested = EmailAddress.parse("jane@megasoft.example")
        tenants = tenants_of(ruled(MEGASOFT, MALLORY, listed=(loose,)))
        assert tenants.prove(identity(str(requested), connection="conn_megasoft"), requested) is loose
        with pytest.raises(TenantMismatch):
            tenants.prove(identity(str(requested), connection="conn_mallory"), requested)


class TestBeforeScalekitHasAnswered:
    @pytest.mark.parametrize("unlisted_allowed", [True, False])
    def test_nobody_is_taken_for_unlisted_and_the_files_tenants_sign_in(self, unlisted_allowed: bool) -> None:
        tenants = tenants_of(rule((LISTED,), None, provider=PROVIDER), unlisted_allowed=unlisted_allowed)
        assert tenants.for_email(EmailAddress.parse("jane@megasoft.example")) is LISTED
        with pytest.raises(ProviderUnreachable):
            tenants.for_email(UNLISTED)


@pytest.mark.parametrize(
    "domain",
    [
        *("a.example", "a-b.example", "1.example", "xn--strae-oqa.example", "a--b.example", "a.b.c.d.example"),
        *("-a.example", "a-.example", "a.1", "a.1a", "a.a1", "example", "a..example", ".example", "a.example."),
        *(
            "A.example",
            "a_b.example",
            "a b.example",
            f"{'a' * 63}.example",
            f"{'a' * 64}.example",
            "a" * 31 + ".example",
        ),
        *(f"{'a.' * 124}example", f"{'a.' * 125}example", f"{'a.' * 123}exampl", "ab--c.example", "a.xn--p1ai", ""),
    ],
)
def test_the_short_way_to_a_canonical_domain_leads_where_the_long_one_does(domain: str) -> None:
    try:
        expected: str | None = canonical_domain(domain)
    except EmailInvalid:
        expected = None
    assert canonical_or_none(domain) == expected


def test_every_claim_gets_a_verdict() -> None:
    ruling = ruled(MEGASOFT, MALLORY, organization("initech", "initech.example", "x.example?", active=False))
    assert len(ruling.claims) == 5
    assert all(isinstance(claim, Claim) and claim.verdict for claim in ruling.claims)
