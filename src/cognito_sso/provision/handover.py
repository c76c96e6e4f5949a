"""What no API does: what has to be entered at Scalekit, and the settings that the service needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cognito_sso.provision.found import Found
from cognito_sso.provision.wanted import INITIATED_PATH, Wanted

UNKNOWN_YET = "(known after --apply)"


@dataclass(frozen=True)
class ByHand:
    """One thing to enter: where, what, and why."""

    where: str
    value: str
    why: str


def at_scalekit(wanted: Wanted) -> tuple[ByHand, ...]:
    """Scalekit has no API for these."""
    return (
        ByHand(
            "Authentication > Redirects > Allowed callback URLs",
            wanted.provider_redirect_uri,
            "Cognito's address, not this service's. Each domain of the pool needs its own.",
        ),
        ByHand(
            "Authentication > Redirects > Initiate login URL",
            wanted.service.public_url + INITIATED_PATH,
            "for people who start at their company's portal",
        ),
        ByHand(
            "Modular Auth (Full-Stack Auth)",
            "Modular Auth on, that is Full-Stack Auth off",
            "otherwise tokens look different, and unknown domains end on a one-time code",
        ),
        ByHand("Enforce PKCE, of the application", "off", "Cognito sends no PKCE to providers"),
    )


def service_settings(wanted: Wanted, found: Found) -> dict[str, str]:
    """The environment of the service, but for its secrets."""
    return {
        "COGNITO_USER_POOL_ID": found.pool_id or wanted.pool.id or UNKNOWN_YET,
        "COGNITO_CLIENT_ID": found.client_id or UNKNOWN_YET,
        "COGNITO_DOMAIN": wanted.domain.name,
        "COGNITO_IDENTITY_PROVIDER": wanted.provider.name,
        "COGNITO_SCOPES": " ".join(wanted.client.scopes),
        "SCALEKIT_ENVIRONMENT_URL": wanted.provider.issuer,
        "SSO_PUBLIC_URL": wanted.service.public_url,
        "SSO_FRONTENDS": ",".join(wanted.service.frontends),
    }


def in_dns(wanted: Wanted, found: Found) -> Iterator[str]:
    """A domain of one's own has to point at Amazon's."""
    target = (found.domain or {}).get("CloudFrontDistribution")
    if wanted.domain.is_custom and target:
        yield f"{wanted.domain.name}  CNAME  {target}"
