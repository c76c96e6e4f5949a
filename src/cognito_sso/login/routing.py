"""Which companies are routed, which are not, and why: the file's first, then Scalekit's."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cognito_sso.errors import EmailInvalid
from cognito_sso.login.email_address import canonical_domain
from cognito_sso.login.tenants import Routing, Tenant, is_tenant_name
from cognito_sso.scalekit import Organization

Verdict = Literal["routed", "listed", "unverified", "contested", "inactive", "malformed"]
WHY: Final[Mapping[Verdict, str]] = {
    "routed": "verified at Scalekit",
    "listed": "the tenants file has this company, and decides alone",
    "unverified": "not verified at Scalekit",
    "contested": "several organisations have verified it at Scalekit",
    "inactive": "the organisation has no active connection",
    "malformed": "not a domain",
}
# Its own canonical form: letters, digits and single hyphens, at least two labels, the last no number.
_PLAIN_DOMAIN = re.compile(
    r"(?=[a-z0-9.-]{1,253}\Z)(?:[a-z0-9](?:-?[a-z0-9]){0,30}\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:-?[a-z0-9]){0,30}"
)
# Verified claims that lead nowhere. A claim alone refuses nothing: any company could shut out any other by it.
_REFUSED: Final[tuple[Verdict, ...]] = ("listed", "contested", "inactive")


@dataclass(frozen=True)
class Claim:
    """What an organisation says of one domain, and what becomes of it."""

    organization: Organization
    domain: str
    verified: bool
    verdict: Verdict


@dataclass(frozen=True)
class Ruling:
    """The routing, and how it came about."""

    routing: Routing
    claims: tuple[Claim, ...] = ()

    @property
    def companies(self) -> int:
        """How many of Scalekit's organisations are routed."""
        return len({claim.organization.id for claim in self.claims if claim.verdict == "routed"})

    @property
    def contested(self) -> dict[str, tuple[str, ...]]:
        """Domains that several organisations have verified, with those."""
        found: dict[str, tuple[str, ...]] = {}
        for claim in self.claims:
            if claim.verdict == "contested":
                found[claim.domain] = (*found.get(claim.domain, ()), claim.organization.id)
        return found


def rule(listed: tuple[Tenant, ...], organizations: tuple[Organization, ...] | None, *, provider: str) -> Ruling:
    """Decides from the file's tenants and Scalekit's organisations, which are None while they are not known.

    The file wins for each company: an organisation is the file's if a table has its name, one of its connections or
    one of its verified domains, and then nothing that Scalekit says of it is used. Of the others, verified domains are
    routed that no second organisation has verified too, if the organisation has an active connection.
    """
    if organizations is None:
        return Ruling(Routing(listed, complete=False))
    names = names_of(organizations)
    listing = Listing(listed)
    claims = _claims(listing, organizations, names)
    routing = Routing(
        tenants=(*listed, *_tenants(claims, names, provider)),
        refused_domains=_refused(claims, listed),
        known_connections=frozenset(_known(listing, organizations, names)),
    )
    return Ruling(routing, claims)


class Listing:
    """The file's tenants, by all that an organisation can be told by."""

    def __init__(self, listed: Iterable[Tenant]) -> None:
        self._by_sign: dict[str, list[Tenant]] = {}
        for tenant in listed:
            for sign in {f"name {tenant.name}", *tenant.connections, *tenant.domains}:
                self._by_sign.setdefault(sign, []).append(tenant)

    def tables_of(self, organization: Organization, name: str) -> tuple[Tenant, ...]:
        """Those that are this organisation: by its name or id, a connection or a verified domain."""
        signs = [f"name {name}", f"name {organization.id}"]
        signs += [connection.id.lower() for connection in organization.connections]
        signs += [canonical_or_none(domain.name) or "" for domain in organization.domains if domain.verified]
        return tuple(dict.fromkeys(tenant for sign in signs for tenant in self._by_sign.get(sign, ())))


def canonical_or_none(domain: str) -> str | None:
    if _PLAIN_DOMAIN.fullmatch(domain):  # thousands at each refresh, and IDNA takes a tenth of a millisecond for one
        return domain
    try:
        return canonical_domain(domain)
    except EmailInvalid:
        return None


def names_of(organizations: tuple[Organization, ...]) -> dict[str, str]:
    """What each organisation is called here: its external id, which only the app sets; else its id.

    Never its display name: its own administrators may be able to change that, and a gateway may let in by the name.
    """
    external = Counter(one.external_id for one in organizations)
    return {
        one.id: one.external_id if one.external_id and _is_usable(one.external_id, external) else one.id
        for one in organizations
    }


def _is_usable(external_id: str, external: Counter[str | None]) -> bool:
    return is_tenant_name(external_id) and not external_id.startswith("org_") and external[external_id] == 1


def _claims(listing: Listing, organizations: tuple[Organization, ...], names: Mapping[str, str]) -> tuple[Claim, ...]:
    owners: defaultdict[str | None, set[str]] = defaultdict(set)
    for one in organizations:
        for domain in one.domains:
            if domain.verified:
                owners[canonical_or_none(domain.name)].add(one.id)
    claims = []
    for one in organizations:
        is_listed = bool(listing.tables_of(one, names[one.id]))
        for domain in one.domains:
            name = canonical_or_none(domain.name)
            verdict = _verdict(one, verified=domain.verified, is_listed=is_listed, owners=len(owners[name]))
            claims.append(Claim(one, name or domain.name, domain.verified, verdict if name else "malformed"))
    return tuple(claims)


def _verdict(organization: Organization, *, verified: bool, is_listed: bool, owners: int) -> Verdict:
    if not verified:
        return "unverified"
    if is_listed:
        return "listed"
    # Also if only one of them could sign anybody in: or switching its connection off would hand the domain over.
    if owners > 1:
        return "contested"
    return "routed" if any(connection.active for connection in organization.connections) else "inactive"


def _tenants(claims: tuple[Claim, ...], names: Mapping[str, str], provider: str) -> Iterable[Tenant]:
    routed: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.verdict == "routed":
            routed.setdefault(claim.organization.id, []).append(claim)
    for own in routed.values():
        organization = own[0].organization
        first, *others = (connection.id for connection in organization.connections if connection.active)
        domains = tuple(dict.fromkeys(claim.domain for claim in own))
        yield Tenant(names[organization.id], domains, provider, first, tuple(others))


def _refused(claims: tuple[Claim, ...], listed: tuple[Tenant, ...]) -> dict[str, str]:
    file = {domain for tenant in listed for domain in tenant.domains}
    return {
        claim.domain: WHY[claim.verdict]
        for claim in claims
        if claim.verified and claim.verdict in _REFUSED and claim.domain not in file
    }


def _known(listing: Listing, organizations: tuple[Organization, ...], names: Mapping[str, str]) -> Iterable[str]:
    """Connections that speak for their own company only. A file that pins none for its company leaves them free."""
    for one in organizations:
        if all(tenant.connections for tenant in listing.tables_of(one, names[one.id])):
            yield from (connection.id.lower() for connection in one.connections)
