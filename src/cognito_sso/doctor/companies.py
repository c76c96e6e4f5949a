"""The tenants file beyond what makes it readable: who is listed, and does it prove who comes back?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.doctor.setup import Setup
from cognito_sso.login.tenants import Tenant

_ANYBODYS_MAIL = frozenset(
    {"aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com"}
    | {"mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "web.de"}
    | {"yahoo.com", "yandex.ru", "163.com"}
)

COMPANIES = Part("Companies")
LISTED = COMPANIES.ok("companies_listed", "Companies of the tenants file: {companies}, with {domains} e-mail domains.")
NOBODY_SERVED = COMPANIES.error(
    "nobody_served",
    "There is no company, and SSO_UNLISTED_DOMAINS is refuse.",
    why="Nobody can sign in.",
    remedy="Take the companies from Scalekit (SCALEKIT_CLIENT_ID), or list them in SSO_TENANTS_FILE.",
)
UNLISTED_ALLOWED = COMPANIES.warning(
    "unlisted_domains_allowed",
    "Addresses of no company may sign in, by {provider}.",
    why="Nothing proves whose they are: any company's identity provider can claim an address of an unlisted domain.",
    remedy="Take the companies from Scalekit, or list them all; and set SSO_UNLISTED_DOMAINS to refuse.",
)
NOT_PINNED = COMPANIES.warning(
    "company_not_pinned",
    "{company} has no connection_id.",
    why="Any other company's identity provider can then claim its addresses, and is believed.",
    remedy="Write its Scalekit connection (conn_...) into the tenants file.",
)
CONNECTION_SHARED = COMPANIES.warning(
    "connection_shared",
    "{companies} have the same connection {connection}.",
    why="Whoever comes through it may be of any of them; an access token says none of them.",
    remedy="Make them one company with several domains, or give each its own connection.",
)
PROVIDER_CASE = COMPANIES.warning(
    "provider_name_case",
    "The providers {one} and {other} differ in upper and lower case only.",
    why="Cognito tells them apart, and strands people at a name that it does not know.",
    remedy="Write the provider's name everywhere as it stands in the pool.",
)
ANYBODYS_DOMAIN = COMPANIES.warning(
    "domain_of_anybody",
    "{company} has the domain {domain}, where anybody can have an address.",
    why="Everybody with such an address is sent to this company's sign-in.",
    remedy="Take it out of the tenants file.",
)


def judge_companies(setup: Setup) -> Iterator[Finding]:
    """Overlaps, unknown members and malformed values are told with the settings: the file can't be used then."""
    yield _listed(setup)
    if setup.settings.sso_unlisted_domains == "allow":
        yield UNLISTED_ALLOWED.found(provider=setup.settings.cognito_identity_provider)
    for tenant in setup.tenants:
        yield from _judge(tenant)
    yield from _shared_connections(setup.tenants)
    yield from _case_differences(setup.providers)


def _listed(setup: Setup) -> Finding:
    nobody = not setup.tenants and not setup.takes_companies_from_scalekit
    if nobody and setup.settings.sso_unlisted_domains == "refuse":
        return NOBODY_SERVED.found()
    return LISTED.found(companies=len(setup.tenants), domains=sum(len(tenant.domains) for tenant in setup.tenants))


def _judge(tenant: Tenant) -> Iterator[Finding]:
    if not tenant.connection_id:
        yield NOT_PINNED.found(company=tenant.name)
    for domain in sorted(_ANYBODYS_MAIL & set(tenant.domains)):
        yield ANYBODYS_DOMAIN.found(company=tenant.name, domain=domain)


def _shared_connections(tenants: Sequence[Tenant]) -> Iterator[Finding]:
    names: dict[str, list[str]] = defaultdict(list)
    for tenant in tenants:
        for connection in tenant.connections:
            names[connection].append(tenant.name)
    for connection, sharing in names.items():
        if len(sharing) > 1:
            yield CONNECTION_SHARED.found(companies=" and ".join(sharing), connection=connection)


def _case_differences(providers: Sequence[str]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for provider in providers:
        known = first.setdefault(provider.lower(), provider)
        if known != provider:
            yield PROVIDER_CASE.found(one=known, other=provider)
