"""Where the tenants file and Scalekit say different things of the same company, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cognito_sso.login.routing import Listing, Ruling, canonical_or_none, names_of
from cognito_sso.login.tenants import Tenant
from cognito_sso.scalekit import Organization


@dataclass(frozen=True)
class Difference:
    """`subject` is the domain, connection or organisation that it is about."""

    code: str
    tenant: str
    subject: str
    text: str


def differences(
    listed: tuple[Tenant, ...], organizations: tuple[Organization, ...], ruling: Ruling, *, provider: str
) -> tuple[Difference, ...]:
    """In the order of the file, then what several organisations quarrel over."""
    names = names_of(organizations)
    found: list[Difference] = []
    for tenant in listed:
        table = Listing((tenant,))
        own = [one for one in organizations if table.tables_of(one, names[one.id])]
        if own:
            found += _of_company(tenant, own)
        elif tenant.identity_provider == provider:
            found.append(
                Difference("unknown", tenant.name, tenant.name, "Scalekit has no organisation that fits this table.")
            )
    return (*found, *_contested(ruling))


def _of_company(tenant: Tenant, organizations: list[Organization]) -> Iterable[Difference]:
    known = {connection.id.lower(): connection for one in organizations for connection in one.connections}
    for connection_id in (tenant.connection_id, *tenant.other_connection_ids):
        if connection_id and connection_id.lower() not in known:
            text = "The table pins it, and it is not one of the organisation's: its people can't sign in through it."
            yield Difference("connection_unknown", tenant.name, connection_id, text)
        elif connection_id and not known[connection_id.lower()].active:
            text = "The table pins it, and it is not active at Scalekit: nobody can sign in through it."
            yield Difference("connection_inactive", tenant.name, connection_id, text)
    yield from _unpinned(tenant, (one.id for one in known.values() if one.active))
    yield from _domains(tenant, organizations)


def _unpinned(tenant: Tenant, active: Iterable[str]) -> Iterable[Difference]:
    for connection_id in active:
        if connection_id.lower() in tenant.connections:
            continue
        text = (
            "It is active at Scalekit, and the table does not have it: who comes through it is refused."
            if tenant.connections
            else "The table pins no connection: pin this one, or another company's could answer for its people."
        )
        yield Difference("connection_not_pinned", tenant.name, connection_id, text)


def _domains(tenant: Tenant, organizations: list[Organization]) -> Iterable[Difference]:
    claimed = {canonical_or_none(domain.name): domain.verified for one in organizations for domain in one.domains}
    for domain, verified in claimed.items():
        if domain and verified and domain not in tenant.domains:
            text = "Verified at Scalekit and not in the table, which decides alone: it signs nobody in."
            yield Difference("domain_not_listed", tenant.name, domain, text)
    for domain in tenant.domains:
        if not claimed.get(domain):
            text = "In the table, and not verified at Scalekit, which may send its people nowhere."
            yield Difference("domain_not_verified", tenant.name, domain, text)


def _contested(ruling: Ruling) -> Iterable[Difference]:
    for domain, organizations in ruling.contested.items():
        text = f"Verified by {' and '.join(organizations)}: it signs nobody in until one of them gives it up."
        yield Difference("domain_contested", "", domain, text)
