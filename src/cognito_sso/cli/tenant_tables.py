"""What `cognito-sso tenants` shows: tables for people, JSON for scripts, TOML for a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cognito_sso.login.routing import WHY, Claim, Ruling
from cognito_sso.login.tenant_differences import Difference
from cognito_sso.login.tenants import Tenant

Paint = Callable[[str], str]
_FROM_FILE = "tenants file"


def routes(ruling: Ruling, listed: Sequence[Tenant]) -> list[dict[str, Any]]:
    """One for each domain that is routed."""
    return [
        {
            "domain": domain,
            "tenant": tenant.name,
            "identity_provider": tenant.identity_provider,
            "connection_ids": [one for one in (tenant.connection_id, *tenant.other_connection_ids) if one],
            "why": _FROM_FILE if tenant in listed else WHY["routed"],
        }
        for tenant in ruling.routing.tenants
        for domain in tenant.domains
    ]


def not_routed(ruling: Ruling) -> list[dict[str, Any]]:
    """One for each claim at Scalekit that comes to nothing."""
    routed = {domain for tenant in ruling.routing.tenants for domain in tenant.domains}
    return [_claim(claim) for claim in ruling.claims if claim.verdict != "routed" and not _is_met(claim, routed)]


def _is_met(claim: Claim, routed: set[str]) -> bool:
    """The file has both the company and the domain."""
    return claim.verdict == "listed" and claim.domain in routed


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "domain": claim.domain,
        "organization_id": claim.organization.id,
        "organization": claim.organization.name,
        "verdict": claim.verdict,
        "why": WHY[claim.verdict],
        "refused": claim.verified,
    }


def as_text(ruling: Ruling, listed: Sequence[Tenant], *, unlisted: str, faint: Paint) -> str:
    lines = table(
        ("DOMAIN", "COMPANY", "PROVIDER", "CONNECTION", "WHY"),
        (
            (
                one["domain"],
                one["tenant"],
                one["identity_provider"],
                " ".join(one["connection_ids"]) or "any",
                one["why"],
            )
            for one in routes(ruling, listed)
        ),
        faint,
    )
    left_out = [(one["domain"], one["organization"], one["organization_id"], one["why"]) for one in not_routed(ruling)]
    if left_out:
        lines += ["", "Not routed", *table(("DOMAIN", "ORGANISATION", "ID", "WHY"), left_out, faint)]
    return "\n".join([*lines, "", unlisted])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], faint: Paint) -> list[str]:
    cells = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    first, *others = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *cells)
    )
    return [faint(first), *others]


def as_toml(tenants: Iterable[Tenant], comments: Iterable[str]) -> str:
    """A tenants file. Every value passes through JSON's quoting, which is TOML's for what can be in them."""
    tables = [f"# {comment}" for comment in comments]
    for tenant in tenants:
        members: dict[str, Any] = {
            "name": tenant.name,
            "domains": list(tenant.domains),
            "identity_provider": tenant.identity_provider,
            "connection_id": tenant.connection_id,
            "other_connection_ids": list(tenant.other_connection_ids),
        }
        tables += ["", "[[tenant]]", *(f"{name} = {_quoted(value)}" for name, value in members.items() if value)]
    return "\n".join(tables) + "\n"


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def differences_as_text(found: Sequence[Difference], bad: Paint) -> str:
    if not found:
        return "The tenants file and Scalekit agree."
    lines = []
    for one in found:
        lines.append(bad(f"{one.tenant + ': ' if one.tenant else ''}{one.subject}"))
        lines.append(f"  {one.text}")
    return "\n".join(lines)
