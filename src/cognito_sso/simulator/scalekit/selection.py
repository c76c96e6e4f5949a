"""Which company's connection an authorize request means: Scalekit's precedence list, top to bottom."""

from cognito_sso.simulator.people import Company, email_domain
from cognito_sso.simulator.scalekit.environment import ScalekitEnvironment
from cognito_sso.simulator.wire import Params


class NoConnection(Exception):
    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def selected_company(scalekit: ScalekitEnvironment, query: Params) -> Company:
    """The company with a usable connection. Raises NoConnection with one of Scalekit's error codes."""
    company = _named_company(scalekit, query)
    if company.connection == "disabled":
        raise NoConnection("connection_not_active", f"The connection of {company.name} is not enabled")
    if company.connection == "unconfigured":
        raise NoConnection("no_configured_connections", f"{company.name} has not configured a connection")
    return company


def _named_company(scalekit: ScalekitEnvironment, query: Params) -> Company:
    if "provider" in query:
        raise NoConnection("no_configured_connections", "No social connection is configured")
    if "connection_id" in query:
        found = scalekit.people.of_connection(query["connection_id"])
        return _or_refuse(found, "invalid_connection_id", "No such connection")
    if "organization_id" in query:
        found = scalekit.people.of_organization(query["organization_id"])
        return _or_refuse(found, "invalid_organization_id", "No such organization")
    domain = query.get("domain") or query.get("domain_hint") or query.get("login_hint")
    if domain is None:
        raise NoConnection(
            "invalid_connection_selector", "None of connection, organization, domain or login_hint given"
        )
    return _of_domain(scalekit, domain)


def _of_domain(scalekit: ScalekitEnvironment, hint: str) -> Company:
    domain = email_domain(hint if "@" in hint else f"@{hint}")
    found = scalekit.people.of_domain(domain) if domain else None
    return _or_refuse(found, scalekit.unknown_domain_error, "No active connection is configured for the domain")


def _or_refuse(company: Company | None, error: str, description: str) -> Company:
    if company is None:
        raise NoConnection(error, description)
    return company
