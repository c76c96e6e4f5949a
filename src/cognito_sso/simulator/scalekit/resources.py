"""How the management API writes an organisation, a connection, a domain."""

from datetime import UTC, datetime

from cognito_sso.simulator.people import Company, scalekit_id
from cognito_sso.simulator.scalekit.environment import ScalekitEnvironment
from cognito_sso.simulator.signing import Claims

VERIFIED, PENDING = "VERIFIED", "PENDING"


def organization(scalekit: ScalekitEnvironment, company: Company) -> Claims:
    return {
        "id": company.organization_id,
        "create_time": timestamp(scalekit),
        "update_time": timestamp(scalekit),
        "display_name": company.name,
        "region_code": "US",
        **({"external_id": company.external_id} if company.external_id else {}),
        "metadata": {},
        "settings": {"features": [{"name": "sso", "enabled": True}]},
    }


def listed_connection(company: Company) -> Claims:
    """As a list has it; the connection alone says a little more."""
    return {
        "id": company.connection_id,
        "provider": "IDP_SIMULATOR" if company.idp_simulator else "CUSTOM",
        "type": "OIDC",
        "status": "DRAFT" if company.connection == "unconfigured" else "COMPLETED",
        "enabled": company.connection == "active",
        "organization_id": company.organization_id,
        "ui_button_title": company.name,
        "domains": list(company.domains),
        "organization_name": company.name,
    }


def connection(scalekit: ScalekitEnvironment, company: Company) -> Claims:
    return {
        **listed_connection(company),
        "test_connection_uri": f"{scalekit.url}/sso/v1/connections/{company.connection_id}:test",
        "attribute_mapping": {"email": "email", "given_name": "given_name", "family_name": "family_name"},
        "create_time": timestamp(scalekit),
        "update_time": timestamp(scalekit),
    }


def domain(scalekit: ScalekitEnvironment, company: Company, name: str) -> Claims:
    dom_id = domain_id(company, name)
    return {
        "id": dom_id,
        "domain": name,
        "environment_id": scalekit.id,
        "organization_id": company.organization_id,
        "connection_id": company.connection_id,
        "txt_record_key": f"_scalekit.{name}",
        "txt_record_secret": scalekit_id("secret", dom_id),
        "verification_status": PENDING if name in company.pending_domains else VERIFIED,
        "create_time": timestamp(scalekit),
        "update_time": timestamp(scalekit),
        "domain_type": "ORGANIZATION_DOMAIN",
    }


def domain_id(company: Company, name: str) -> str:
    return scalekit_id("dom", f"{company.slug} {name}")


def timestamp(scalekit: ScalekitEnvironment) -> str:
    return as_time(scalekit.clock.now())


def as_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
