"""Companies that the service takes from Scalekit: does it get them, and can their people sign in?"""

from __future__ import annotations

from collections.abc import Iterator

from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.doctor.setup import Setup
from cognito_sso.login.routing import Ruling, rule
from cognito_sso.scalekit import Organization, ScalekitError, ScalekitRefused

ORGANIZATIONS = Part("Companies at Scalekit")
NOT_SET = ORGANIZATIONS.skipped(
    "scalekit_client_not_set", "Companies are not taken from Scalekit: SCALEKIT_CLIENT_ID is not set."
)
TAKEN = ORGANIZATIONS.ok("scalekit_companies_taken", "Scalekit tells its companies. Routed from there: {companies}.")
REFUSED = ORGANIZATIONS.error(
    "scalekit_client_refused",
    "Scalekit does not take SCALEKIT_CLIENT_ID and SCALEKIT_CLIENT_SECRET.",
    why="No company is known from there: after the next start only those of the tenants file sign in.",
    remedy="Copy both from Scalekit's dashboard (Developers, Settings, API credentials), of the same environment.",
)
UNREADABLE = ORGANIZATIONS.error(
    "scalekit_companies_unreadable",
    "Scalekit's companies can't be read: {reason}.",
    why="The service goes on with those it knows; after a start it knows only those of the tenants file.",
    remedy="Let the service out to Scalekit, and run it again in a minute: Scalekit may be asking to slow down.",
)
TOO_MANY_FOR_NOW = ORGANIZATIONS.warning(
    "scalekit_companies_not_read",
    "Could not tell whether Scalekit's companies can be read: it took longer than this examination may.",
    why="Many companies take many requests; the service allows itself two minutes.",
    remedy="Run it again with --timeout 120.",
)
CONTESTED = ORGANIZATIONS.warning(
    "domain_contested",
    "{domain} is verified by several organisations at Scalekit: {organizations}.",
    why="It signs nobody in (domain_not_served): nobody can tell whose it is.",
    remedy="In Scalekit, take the domain away from all of them but one.",
)
INACTIVE = ORGANIZATIONS.warning(
    "organization_inactive",
    "{organization} has verified {domain} at Scalekit, and has no active connection.",
    why="Its people get domain_not_served.",
    remedy="Have its administrator finish and enable the connection: cognito-sso tenants invite.",
)


def judge_organizations(found: tuple[Organization, ...] | ScalekitError, setup: Setup) -> Iterator[Finding]:
    if isinstance(found, ScalekitError):
        yield (REFUSED if isinstance(found, ScalekitRefused) else UNREADABLE).found(reason=found)
        return
    ruling = rule(setup.tenants, found, provider=setup.settings.cognito_identity_provider)
    yield TAKEN.found(companies=ruling.companies)
    yield from _of_domains(ruling)


def _of_domains(ruling: Ruling) -> Iterator[Finding]:
    for domain, organizations in ruling.contested.items():
        yield CONTESTED.found(domain=domain, organizations=", ".join(organizations))
    for claim in ruling.claims:
        if claim.verdict == "inactive":
            yield INACTIVE.found(organization=claim.organization.name, domain=claim.domain)
