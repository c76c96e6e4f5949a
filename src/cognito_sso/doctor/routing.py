"""Does Scalekit take Cognito's request, and send each company's people on to their own sign-in?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.authorization import onward_of
from cognito_sso.doctor.finding import Finding, Kind, Part
from cognito_sso.doctor.scalekit import UNREACHABLE
from cognito_sso.doctor.setup import Setup

MOST_DOMAINS = 100
CLIENT_ERROR = range(400, 500)

ROUTING = Part("From Cognito to Scalekit")
ROUTED = ROUTING.ok("domains_routed", "Scalekit sends the people of {count} domains on to their companies.")
TAKEN = ROUTING.ok("cognito_known_to_scalekit", "Scalekit takes {provider}'s request and redirect URI.")
COGNITO_REFUSED = ROUTING.error(
    "cognito_unknown_to_scalekit",
    "Scalekit refuses the request that Cognito's {provider} sends people with (status {status}).",
    why="Everybody ends on a page of Scalekit's.",
    remedy="Register {redirect_uri} in Scalekit: Authentication, Redirects, Allowed callback URLs. If it is there, "
    "the provider's client id in the pool is not the environment's.",
)
NOT_ROUTED = ROUTING.warning(
    "domain_not_routed",
    "Scalekit does not send the people of {domain} on to {company}. It says {error}.",
    why="They end as provider_error.",
    remedy="In Scalekit, {company} needs this exact domain and a connection that is set up and enabled.",
)
UNCLEAR = ROUTING.warning(
    "routing_unclear",
    "Could not tell what Scalekit makes of Cognito's request: it answers {status}.",
    why="It should send the browser on.",
    remedy="Try a sign-in in a browser, with an address of {domain}.",
)
NOT_ALL_ASKED = ROUTING.skipped("domains_not_asked", "{count} more domains were not asked about: {most} are the most.")


@dataclass(frozen=True)
class Domain:
    """One of a company's e-mail domains, and the provider its people are sent to."""

    name: str
    company: str
    provider: str


@dataclass(frozen=True)
class Routed:
    """What Scalekit answered to Cognito's request. Without a domain it was asked without an address."""

    provider: str
    answer: Answer | NoAnswer
    domain: Domain | None = None


def domains_of(setup: Setup) -> tuple[Domain, ...]:
    return tuple(
        Domain(name, tenant.name, tenant.identity_provider) for tenant in setup.tenants for name in tenant.domains
    )


def judge_routing(asked: Sequence[Routed], setup: Setup, *, left_out: int) -> Iterator[Finding]:
    verdicts = [(routed, _verdict(routed, setup)) for routed in asked]
    if arrived := sum(kind is ROUTED for _, kind in verdicts):
        yield ROUTED.found(count=arrived)
    for routed, kind in verdicts:
        if kind is not ROUTED:
            yield _finding(kind, routed, setup)
    if left_out:
        yield NOT_ALL_ASKED.found(count=left_out, most=MOST_DOMAINS)


def _verdict(routed: Routed, setup: Setup) -> Kind:
    if isinstance(routed.answer, NoAnswer):
        return UNREACHABLE
    if routed.answer.status in CLIENT_ERROR:
        return COGNITO_REFUSED
    onward = onward_of(routed.answer)
    if onward is None or not onward.host:
        return UNCLEAR
    if onward.address != provider_redirect_uri(setup):
        return ROUTED if routed.domain else TAKEN
    # Back to Cognito before anybody signed in: with an address its domain is refused, without one that is the reason.
    return NOT_ROUTED if routed.domain else TAKEN


def _finding(kind: Kind, routed: Routed, setup: Setup) -> Finding:
    answer = routed.answer
    onward = onward_of(answer) if isinstance(answer, Answer) else None
    return kind.found(
        provider=routed.provider,
        domain=routed.domain.name if routed.domain else "a company",
        company=routed.domain.company if routed.domain else "",
        status=answer.status if isinstance(answer, Answer) else "",
        reason=answer.reason if isinstance(answer, NoAnswer) else "",
        error=onward.query.get("error") if onward else "",
        redirect_uri=provider_redirect_uri(setup),
        url=setup.settings.scalekit_environment_url,
    )


def provider_redirect_uri(setup: Setup) -> str:
    """Where Scalekit sends people back to: Cognito."""
    return f"{setup.endpoints.domain}/oauth2/idpresponse"
