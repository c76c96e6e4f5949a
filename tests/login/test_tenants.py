"""Which company an address belongs to, and whether an identity proves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cognito_sso.errors import AttributesMissing, DomainNotServed, IdentityDiffers, TenantMismatch
from cognito_sso.login.email_address import EmailAddress
from cognito_sso.login.tenants import Tenant, Tenants, TenantsFileInvalid, load_tenants
from cognito_sso.verify import Claims

POOL = "eu-north-1_6m0O668r5"
CONNECTION, OTHER_CONNECTION = "conn_60040666217971987", "conn_99999999999999999"
MEGASOFT = Tenant("megasoft", ("megasoft.example", "megasoft.test"), "ScalekitIdPRouter", CONNECTION)
GLOBEX = Tenant("globex", ("globex.example",), "GlobexOkta")


def tenants(*, unlisted_allowed: bool = True) -> Tenants:
    return Tenants([MEGASOFT, GLOBEX], default_provider="ScalekitIdPRouter", unlisted_allowed=unlisted_allowed)


def identity(email: str | None, *, provider: str | None = "ScalekitIdPRouter", connection: str = CONNECTION) -> Claims:
    """An ID token's claims; without a provider, those of somebody of the pool itself."""
    user_id = f"{connection};123"
    identities = (
        [{"providerName": provider, "userId": user_id, "providerType": "OIDC", "primary": "true"}] if provider else []
    )
    claims: dict[str, Any] = {
        "iss": f"https://cognito-idp.eu-north-1.amazonaws.com/{POOL}",
        "sub": "s",
        "token_use": "id",
    }
    named = (
        {"cognito:username": f"{provider}_{user_id}", "identities": identities}
        if provider
        else {"cognito:username": "jane"}
    )
    return Claims({**claims, **named, **({"email": email} if email is not None else {})})


def address(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


class TestRouting:
    @pytest.mark.parametrize("email", ["jane@megasoft.example", "JANE@MegaSoft.Example", "jane@megasoft.test"])
    def test_a_domain_leads_to_its_company(self, email: str) -> None:
        assert tenants().for_email(address(email)) is MEGASOFT

    @pytest.mark.parametrize(
        "domain", ["sub.megasoft.example", "megasoft.example.evil.example", "xmegasoft.example", "megasoft.exampl"]
    )
    def test_only_the_very_domain_counts_sec_378_cve_2021_21291(self, domain: str) -> None:
        assert tenants().for_email(address(f"jane@{domain}")) is None

    def test_each_company_has_its_provider_and_the_rest_the_default(self) -> None:
        assert tenants().provider_for(GLOBEX) == "GlobexOkta"
        assert tenants().provider_for(None) == "ScalekitIdPRouter"

    def test_unlisted_domains_can_be_refused(self) -> None:
        with pytest.raises(DomainNotServed):
            tenants(unlisted_allowed=False).for_email(address("jane@nobody.example"))
        assert tenants(unlisted_allowed=False).for_email(address("x@globex.example")) is GLOBEX


GOOD_PROOFS = [
    ("jane@megasoft.example", identity("jane@megasoft.example"), MEGASOFT),
    ("jane@megasoft.example", identity("JANE@MEGASOFT.example"), MEGASOFT),
    ("jane@megasoft.example", identity("jane@megasoft.test"), MEGASOFT),
    ("jane@megasoft.example", identity("bob@megasoft.example"), MEGASOFT),  # who is asked whether that will do
    (
        "jane@megasoft.example",
        identity("jane@megasoft.example", connection=CONNECTION.upper().replace("CONN", "conn")),
        MEGASOFT,
    ),
    ("x@globex.example", identity("x@globex.example", provider="GlobexOkta", connection="whatever"), GLOBEX),
    ("x@nobody.example", identity("x@nobody.example", connection=OTHER_CONNECTION), None),
    ("x@nobody.example", identity("x@nobody.example", provider=None), None),
]


@pytest.mark.parametrize(("requested", "claims", "tenant"), GOOD_PROOFS)
def test_an_identity_through_the_companys_own_way_proves_it(
    requested: str, claims: Claims, tenant: Tenant | None
) -> None:
    assert tenants().prove(claims, address(requested)) is tenant


BAD_PROOFS = {
    "evil-tenant-asserts-our-address": (
        "jane@megasoft.example",
        identity("jane@megasoft.example", connection=OTHER_CONNECTION),
    ),
    "evil-tenant-under-its-own-request": (
        "mallory@evil.example",
        identity("jane@megasoft.example", connection=OTHER_CONNECTION),
    ),
    "no-connection-told": ("jane@megasoft.example", identity("jane@megasoft.example", connection="jane")),
    "connection-with-more": ("jane@megasoft.example", identity("jane@megasoft.example", connection=CONNECTION + "0")),
    "other-domain": ("jane@megasoft.example", identity("jane@globex.example")),
    "sub-domain": ("jane@megasoft.example", identity("jane@sub.megasoft.example")),
    "other-provider": ("jane@megasoft.example", identity("jane@megasoft.example", provider="GlobexOkta")),
    "default-provider-for-a-company-with-its-own": ("x@globex.example", identity("x@globex.example")),
    "provider-in-another-case": ("x@globex.example", identity("x@globex.example", provider="globexokta")),
    "somebody-of-the-pool-itself": ("x@globex.example", identity("x@globex.example", provider=None)),
    "somebody-of-the-pool-itself-where-a-connection-is-pinned": (
        "jane@megasoft.example",
        identity("jane@megasoft.example", provider=None),
    ),
    "unlisted-through-another-provider": ("x@nobody.example", identity("x@nobody.example", provider="GlobexOkta")),
    "unlisted-through-a-companys-connection": ("x@nobody.example", identity("x@nobody.example")),
    "unlisted-with-anothers-domain": ("x@nobody.example", identity("x@unknown.example")),
    "unlisted-with-a-companys-domain": ("x@nobody.example", identity("x@globex.example", provider="GlobexOkta")),
}


@pytest.mark.parametrize(("requested", "claims"), BAD_PROOFS.values(), ids=BAD_PROOFS)
def test_an_identity_by_any_other_way_is_refused_sec_376(requested: str, claims: Claims) -> None:
    with pytest.raises(TenantMismatch):
        tenants().prove(claims, address(requested))


@pytest.mark.parametrize("email", [None, "", "jane", "a@b@megasoft.example", "Jane <jane@megasoft.example>"])
def test_an_identity_without_a_usable_address_is_refused_sec_377(email: str | None) -> None:
    with pytest.raises(AttributesMissing):
        tenants().prove(identity(email), address("jane@megasoft.example"))


def test_a_refreshed_identity_has_to_prove_it_again_ghsa_7qjx_gp9h_65qj() -> None:
    assert tenants().prove_renewed(identity("jane@megasoft.example"), "jane@megasoft.example") == "megasoft"
    unlisted = identity("x@nobody.example", connection=OTHER_CONNECTION)
    assert tenants().prove_renewed(unlisted, "x@nobody.example") is None
    with pytest.raises(TenantMismatch):
        tenants().prove_renewed(identity("jane@megasoft.example", connection=OTHER_CONNECTION), "jane@megasoft.example")


@pytest.mark.parametrize("email", ["omar@megasoft.example", "jane@megasoft.test"])
def test_a_refreshed_identity_has_the_address_of_its_sign_in(email: str) -> None:
    """With the scope aws.cognito.signin.user.admin people can give themselves a colleague's."""
    assert tenants().prove_renewed(identity("Jane@Megasoft.example"), "Jane@megasoft.example") == "megasoft"
    with pytest.raises(IdentityDiffers):
        tenants().prove_renewed(identity(email), "jane@megasoft.example")


def access(username: str | None, *groups: str) -> Claims:
    claims = {
        "iss": f"https://cognito-idp.eu-north-1.amazonaws.com/{POOL}",
        "sub": "s",
        "token_use": "access",
        "client_id": "c",
    }
    return Claims({**claims, "cognito:groups": list(groups), **({"username": username} if username else {})})


OKTA_GROUP, ROUTER_GROUP = f"{POOL}_GlobexOkta", f"{POOL}_ScalekitIdPRouter"


@pytest.mark.parametrize(
    ("claims", "email", "told"),
    [
        (
            access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP),
            "jane@megasoft.example",
            ("ScalekitIdPRouter", "megasoft"),
        ),
        (
            access(f"scalekitidprouter_{CONNECTION};1", ROUTER_GROUP),
            "JANE@megasoft.example",
            ("ScalekitIdPRouter", "megasoft"),
        ),
        (access("globexokta_1", OKTA_GROUP, "staff"), "x@globex.example", ("GlobexOkta", "globex")),
        (
            access(f"ScalekitIdPRouter_{OTHER_CONNECTION};1", ROUTER_GROUP),
            "jane@megasoft.example",
            ("ScalekitIdPRouter", None),
        ),
        (access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP), "x@globex.example", ("ScalekitIdPRouter", None)),
        (access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP), "x@nobody.example", ("ScalekitIdPRouter", None)),
        (access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP), None, ("ScalekitIdPRouter", None)),
        (access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP), "not an address", ("ScalekitIdPRouter", None)),
        # Somebody of the pool itself may choose a user name that looks federated, and any e-mail address.
        (access("GlobexOkta_1"), "x@globex.example", (None, None)),
        (access("GlobexOkta_1", "GlobexOkta", f"other_{OKTA_GROUP}", ROUTER_GROUP), "x@globex.example", (None, None)),
        (access("jane", OKTA_GROUP), "x@globex.example", (None, None)),
        (access(None), "x@globex.example", (None, None)),
    ],
)
def test_of_an_access_token_only_what_its_user_name_and_group_prove_is_told(
    claims: Claims, email: str | None, told: tuple[str | None, str | None]
) -> None:
    assert tenants().of_bearer(claims, email) == told


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP), "megasoft"),
        (access(f"scalekitidprouter_{CONNECTION};1", ROUTER_GROUP), "megasoft"),
        (access(f"ScalekitIdPRouter_{OTHER_CONNECTION};1", ROUTER_GROUP), None),
        (access("ScalekitIdPRouter_1", ROUTER_GROUP), None),
        (access("globexokta_1", OKTA_GROUP), None),  # no connection of theirs is pinned
        # Another company's provider may give its people ids that look like Scalekit's.
        (access(f"GlobexOkta_{CONNECTION};1", OKTA_GROUP), None),
        (access(f"ScalekitIdPRouter_{CONNECTION};1"), None),
        (access("jane", ROUTER_GROUP), None),
        (access(None), None),
    ],
)
def test_an_access_token_alone_proves_a_company_by_its_own_connection_through_its_own_provider(
    claims: Claims, told: str | None
) -> None:
    assert tenants().of_access_token(claims) == told
    nobody_pinned = Tenants([GLOBEX], default_provider="ScalekitIdPRouter", unlisted_allowed=True)
    assert nobody_pinned.of_access_token(claims) is None


def test_a_connection_that_several_companies_have_proves_none_of_them() -> None:
    both = [
        Tenant(name, (f"{name}.example",), "ScalekitIdPRouter", CONNECTION, others)
        for name, others in (("megasoft", (OTHER_CONNECTION,)), ("megahard", ()), ("megatext", ()))
    ]
    tenants = Tenants(both, default_provider="ScalekitIdPRouter", unlisted_allowed=False)
    assert tenants.of_access_token(access(f"ScalekitIdPRouter_{CONNECTION};1", ROUTER_GROUP)) is None
    assert tenants.of_access_token(access(f"ScalekitIdPRouter_{OTHER_CONNECTION};1", ROUTER_GROUP)) == "megasoft"


GOOD_FILE = """
[[tenant]]
name = "megasoft"
domains = ["MegaSoft.example", "straße.example"]
identity_provider = "ScalekitIdPRouter"
connection_id = "conn_60040666217971987"

[[tenant]]
name = "globex"
domains = ["globex.example"]
identity_provider = "GlobexOkta"
"""


class TestTheFile:
    def faults(self, tmp_path: Path, text: str | bytes) -> list[str]:
        path = tmp_path / "tenants.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(TenantsFileInvalid) as caught:
            load_tenants(path)
        return caught.value.faults

    def test_is_read_with_its_domains_in_canonical_form(self, tmp_path: Path) -> None:
        path = tmp_path / "tenants.toml"
        path.write_text(GOOD_FILE, "utf-8")
        megasoft, globex = load_tenants(path)
        assert megasoft == Tenant(
            "megasoft", ("megasoft.example", "xn--strae-oqa.example"), "ScalekitIdPRouter", CONNECTION
        )
        assert globex.connection_id is None

    def test_may_be_empty(self, tmp_path: Path) -> None:
        (tmp_path / "empty.toml").touch()
        assert load_tenants(tmp_path / "empty.toml") == ()

    @pytest.mark.parametrize(
        "text",
        ["[[tenant", "name = ", b"\xff", 'tenant = "x"', "[tenant]\nname = 'x'", "tenant = 1", "[[tenants]]", "x = 1"],
    )
    def test_that_is_none_is_told(self, tmp_path: Path, text: str | bytes) -> None:
        assert len(self.faults(tmp_path, text)) == 1

    def test_that_is_gone_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(TenantsFileInvalid, match="can't be read"):
            load_tenants(tmp_path / "gone.toml")

    def test_is_told_all_its_faults_at_once(self, tmp_path: Path) -> None:
        faults = self.faults(
            tmp_path,
            GOOD_FILE
            + """
[[tenant]]
name = "globex"
domains = ["globex.example", "globex.example.", "*.x.example", "x"]
identity_provider = "a b"
connection_id = "60040666217971987"
provider = "x"

[[tenant]]
""",
        )
        for fault in (
            "tenant 3: identity_provider is missing or malformed",
            "tenant 3: connection_id is missing or malformed",
            "tenant 3: provider is not a setting of a tenant",
            "tenant 3: one of the domains is not a domain",
            "tenant 4: name is missing or malformed",
            "tenant 4: domains must be a list of e-mail domains",
            "the name globex stands twice",
            "the domain globex.example stands twice",
        ):
            assert fault in faults

    @pytest.mark.parametrize(
        "member",
        [
            *(
                'name = ""',
                "name = 1",
                'name = "a b"',
                'name = "-a"',
                f'name = "{"a" * 65}"',
                'name = "a\\n"',
                'name = "ä"',
            ),
            *(
                "domains = []",
                'domains = "x.example"',
                "domains = [1]",
                'domains = [["x.example"]]',
                'domains = ["x@y.example"]',
            ),
            *(
                'identity_provider = "ab"',
                "identity_provider = true",
                f'identity_provider = "{"a" * 33}"',
                'identity_provider = "a b c"',
            ),
            *(
                'connection_id = "conn_"',
                'connection_id = "conn_a;b"',
                "connection_id = 1",
                'connection_id = ""',
                f'connection_id = "conn_{"1" * 65}"',
            ),
        ],
    )
    def test_with_one_member_wrong_is_told_that_one(self, tmp_path: Path, member: str) -> None:
        name = member.partition(" ")[0]
        good = {
            "name": 'name = "a"',
            "domains": 'domains = ["x.example"]',
            "identity_provider": 'identity_provider = "Abc"',
        }
        (fault,) = self.faults(tmp_path, "[[tenant]]\n" + "\n".join({**good, name: member}.values()))
        assert fault.startswith("tenant 1: ")
        assert name.removesuffix("s") in fault

    def test_domains_in_two_spellings_are_one_domain(self, tmp_path: Path) -> None:
        text = (
            '[[tenant]]\nname = "a"\ndomains = ["straße.example", "xn--strae-oqa.example"]\nidentity_provider = "Abc"'
        )
        assert self.faults(tmp_path, text) == ["the domain xn--strae-oqa.example stands twice"]

    def test_a_table_that_is_none_is_told(self, tmp_path: Path) -> None:
        assert len(self.faults(tmp_path, "tenant = [1]")) == 3

    def test_may_pin_several_connections_of_a_company(self, tmp_path: Path) -> None:
        text = f"""
[[tenant]]
name = "megasoft"
domains = ["megasoft.example"]
identity_provider = "ScalekitIdPRouter"
connection_id = "{CONNECTION}"
other_connection_ids = ["{OTHER_CONNECTION}"]
"""
        file = tmp_path / "tenants.toml"
        file.write_text(text)
        (tenant,) = load_tenants(file)
        assert tenant.connections == (CONNECTION, OTHER_CONNECTION)

    @pytest.mark.parametrize("others", ['"conn_1"', "[1]", '["x"]', '["conn_"]', "true"])
    def test_that_has_nonsense_for_other_connections_is_told(self, tmp_path: Path, others: str) -> None:
        (fault,) = self.faults(tmp_path, f"{ONE_TENANT}other_connection_ids = {others}")
        assert fault == "tenant 1: other_connection_ids must be a list of connections"

    def test_that_has_other_connections_and_not_the_first_is_told(self, tmp_path: Path) -> None:
        text = ONE_TENANT.replace(f'connection_id = "{CONNECTION}"', "") + 'other_connection_ids = ["conn_1"]'
        assert self.faults(tmp_path, text) == ["tenant 1: other_connection_ids needs a connection_id"]


ONE_TENANT = f"""
[[tenant]]
name = "megasoft"
domains = ["megasoft.example"]
identity_provider = "ScalekitIdPRouter"
connection_id = "{CONNECTION}"
"""


def test_any_connection_of_a_company_answers_for_it_and_for_nobody_else() -> None:
    both = Tenants(
        [Tenant("megasoft", ("megasoft.example",), "ScalekitIdPRouter", CONNECTION, (OTHER_CONNECTION,))],
        default_provider="ScalekitIdPRouter",
        unlisted_allowed=True,
    )
    for connection in (CONNECTION, OTHER_CONNECTION):
        came = identity("jane@megasoft.example", connection=connection)
        assert both.prove_renewed(came, "jane@megasoft.example") == "megasoft"
        with pytest.raises(TenantMismatch):
            both.prove_renewed(identity("x@nobody.example", connection=connection), "x@nobody.example")
