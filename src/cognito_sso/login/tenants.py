"""Which company an e-mail domain belongs to, where its people sign in, and whether an identity proves it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cognito_sso.errors import (
    AttributesMissing,
    DomainNotServed,
    EmailInvalid,
    IdentityDiffers,
    ProviderUnreachable,
    TenantMismatch,
)
from cognito_sso.login.email_address import EmailAddress, canonical_domain
from cognito_sso.pool_rules import PROVIDER_NAME
from cognito_sso.verify import Claims

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CONNECTION_ID = re.compile(r"conn_[A-Za-z0-9]{1,64}")
_MEMBERS = {"name", "domains", "identity_provider", "connection_id", "other_connection_ids"}


@dataclass(frozen=True)
class Tenant:
    """One enterprise customer. `connection_id` is the Scalekit connection that must answer, where one is pinned.

    `other_connection_ids` may answer too: those of a company that has several, or is moving from one to another.
    """

    name: str
    domains: tuple[str, ...]
    identity_provider: str
    connection_id: str | None = None
    other_connection_ids: tuple[str, ...] = ()

    @property
    def connections(self) -> tuple[str, ...]:
        """All that may answer, in lower case, as pools that ignore case tell them; empty where none is pinned."""
        return tuple(one.lower() for one in (self.connection_id, *self.other_connection_ids) if one)


@dataclass(frozen=True)
class Routing:
    """Who is routed where, and what signs nobody in.

    refused_domains    with the reason, also where unlisted domains are allowed
    known_connections  of companies, in lower case: none of them answers for a domain that is not its company's
    complete           False until it is known which companies there are
    """

    tenants: tuple[Tenant, ...] = ()
    refused_domains: Mapping[str, str] = field(default_factory=dict)
    known_connections: frozenset[str] = frozenset()
    complete: bool = True


class TenantsFileInvalid(Exception):
    """The file can't be used. `faults` has a sentence for each thing to mend."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Tenants:
    """Routes an address to a provider, and holds who came back against it."""

    def __init__(self, tenants: Iterable[Tenant], *, default_provider: str, unlisted_allowed: bool) -> None:
        self._default_provider = default_provider
        self._unlisted_allowed = unlisted_allowed
        self.use(Routing(tuple(tenants)))

    def use(self, routing: Routing) -> None:
        """Another routing from now on, for logins under way too."""
        self._routing = routing
        providers = {self._default_provider, *(tenant.identity_provider for tenant in routing.tenants)}
        self._user_prefixes = {provider: f"{provider.lower()}_" for provider in providers}
        self._by_domain = {domain: tenant for tenant in routing.tenants for domain in tenant.domains}
        self._by_connection: dict[str, Tenant | None] = {}
        for tenant in routing.tenants:
            for one in tenant.connections:
                self._by_connection[one] = None if one in self._by_connection else tenant  # of several: of none

    def for_email(self, email: EmailAddress) -> Tenant | None:
        """The company, or None for a domain of nobody's.

        Raises `DomainNotServed` where those or this one are refused, and `ProviderUnreachable` while it is not known.
        """
        tenant = self._by_domain.get(email.domain)
        if tenant is None:
            self._check_unlisted(email.domain)
        return tenant

    def name_for(self, domain: str) -> str | None:
        """The company's name, for the log."""
        tenant = self._by_domain.get(domain)
        return tenant.name if tenant else None

    def check_served(self, email: str) -> None:
        """Raises as `for_email` does."""
        self.for_email(EmailAddress.parse(email))

    def _check_unlisted(self, domain: str) -> None:
        if domain in self._routing.refused_domains:
            raise DomainNotServed(self._routing.refused_domains[domain])
        if not self._routing.complete:
            raise ProviderUnreachable("Scalekit has not told the companies yet")
        if not self._unlisted_allowed:
            raise DomainNotServed("no tenant claims the domain")

    def provider_for(self, tenant: Tenant | None) -> str:
        return tenant.identity_provider if tenant else self._default_provider

    def prove(self, claims: Claims, requested: EmailAddress) -> Tenant | None:
        """The company that the identity belongs to, which must be the one whose address was typed.

        Any company's identity provider can assert any e-mail address, so the address alone proves nothing: the
        provider and, where pinned, the connection must be the company's own. Raises `TenantMismatch`.
        """
        tenant = self.for_email(requested)
        asserted = email_of(claims)
        if asserted.domain != requested.domain and (tenant is None or asserted.domain not in tenant.domains):
            raise TenantMismatch("the e-mail's domain is not the requested one")
        # An identity of the pool itself names no provider: whoever made it may have chosen its e-mail address.
        if claims.provider != self.provider_for(tenant) and (tenant or claims.provider):
            raise TenantMismatch("another provider answered")
        if not self._may_answer(claims.connection_id, tenant):
            raise TenantMismatch("another connection than the tenant's answered")
        return tenant

    def _may_answer(self, connection_id: str | None, tenant: Tenant | None) -> bool:
        """Whether a connection speaks for the company: its own, or where none is pinned, one of no other company."""
        connection = (connection_id or "").lower()
        if tenant and tenant.connections:
            return connection in tenant.connections
        return connection not in self._by_connection and connection not in self._routing.known_connections

    def of_access_token(self, claims: Claims) -> str | None:
        """The company whose pinned connection it came through: all that an access token alone can prove.

        A connection of several companies proves none of them.
        """
        if not self._by_connection:  # nobody's is pinned
            return None
        tenant = self._by_connection.get((claims.connection_id or "").lower())
        return tenant.name if tenant and tenant.identity_provider == self._provider_of(claims) else None

    def prove_renewed(self, claims: Claims, email: str) -> str | None:
        """The same at each refresh: the name of the company that the person still belongs to.

        Only a sign-in asks the company anew. An address that changed since then is not the company's word: with some
        access tokens people can write their own attributes (AWS, UpdateUserAttributes). Raises `IdentityDiffers`.
        """
        signed_in_as = EmailAddress.parse(email)
        tenant = self.prove(claims, signed_in_as)
        if email_of(claims) != signed_in_as:
            raise IdentityDiffers("the e-mail address is not the one of the sign-in")
        return tenant.name if tenant else None

    def of_bearer(self, claims: Claims, email: str | None) -> tuple[str | None, str | None]:
        """Provider and company of an access token, which names neither: as far as its user name proves them."""
        provider = self._provider_of(claims)
        try:
            tenant = self._by_domain.get(EmailAddress.parse(email or "").domain)
        except EmailInvalid:
            return provider, None
        if tenant is None or tenant.identity_provider != provider:
            return provider, None
        return provider, tenant.name if self._may_answer(claims.connection_id, tenant) else None

    def _provider_of(self, claims: Claims) -> str | None:
        """A federated user is called `<provider>_<sub>`, in lower case where the pool ignores case.

        Believed only beside Cognito's own group of that provider: people of the pool itself may have chosen a user
        name that looks like a federated one, but cannot choose their groups.
        """
        pool, username = claims.issuer.rpartition("/")[2], (claims.username or "").lower()
        for provider, prefix in self._user_prefixes.items():
            if username.startswith(prefix) and f"{pool}_{provider}" in claims.get("cognito:groups", ()):
                return provider
        return None


def is_tenant_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def email_of(claims: Claims) -> EmailAddress:
    """The identity's address in canonical form. Raises `AttributesMissing` where it has none."""
    try:
        return EmailAddress.parse(claims.email or "")
    except EmailInvalid:
        raise AttributesMissing("the ID token has no usable email") from None


def load_tenants(path: Path) -> tuple[Tenant, ...]:
    """Reads a tenants file as a whole. Raises `TenantsFileInvalid` with every fault."""
    import tomllib  # for who has such a file

    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TenantsFileInvalid([f"can't be read as TOML: {error}"]) from None
    tables = document.pop("tenant", [])
    if not isinstance(tables, list):
        raise TenantsFileInvalid(["must have [[tenant]] tables"])
    faults = [f"has {name!r}, where only [[tenant]] tables belong" for name in sorted(document)]
    tenants = tuple(_tenant(table, number, faults) for number, table in enumerate(tables, 1))
    faults += _doubled("name", [tenant.name for tenant in tenants])
    faults += _doubled("domain", [domain for tenant in tenants for domain in tenant.domains])
    if faults:
        raise TenantsFileInvalid(faults)
    return tenants


def _tenant(table: Any, number: int, faults: list[str]) -> Tenant:
    if not isinstance(table, dict):
        table = {}
    name = _matching(table, "name", _NAME, number, faults) or ""
    faults += [f"tenant {number}: {member} is not a setting of a tenant" for member in sorted(set(table) - _MEMBERS)]
    return Tenant(
        name=name,
        domains=_domains(table.get("domains"), number, faults),
        identity_provider=_matching(table, "identity_provider", PROVIDER_NAME, number, faults) or "",
        connection_id=_matching(table, "connection_id", _CONNECTION_ID, number, faults, required=False),
        other_connection_ids=_other_connections(table, number, faults),
    )


def _matching(
    table: dict[str, Any],
    member: str,
    pattern: re.Pattern[str],
    number: int,
    faults: list[str],
    *,
    required: bool = True,
) -> str | None:
    value = table.get(member)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        faults.append(f"tenant {number}: {member} is missing or malformed")
        return None
    return value


def _other_connections(table: dict[str, Any], number: int, faults: list[str]) -> tuple[str, ...]:
    value = table.get("other_connection_ids", [])
    if not isinstance(value, list) or not all(isinstance(one, str) and _CONNECTION_ID.fullmatch(one) for one in value):
        faults.append(f"tenant {number}: other_connection_ids must be a list of connections")
        return ()
    if value and "connection_id" not in table:
        faults.append(f"tenant {number}: other_connection_ids needs a connection_id")
    return tuple(value)


def _domains(value: Any, number: int, faults: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        faults.append(f"tenant {number}: domains must be a list of e-mail domains")
        return ()
    domains: list[str] = []
    for item in value:
        try:
            domains.append(canonical_domain(item))
        except EmailInvalid:
            faults.append(f"tenant {number}: one of the domains is not a domain")
    return tuple(domains)


def _doubled(what: str, values: list[str]) -> list[str]:
    twice = [value for value, times in Counter(values).items() if value and times > 1]
    return [f"the {what} {value} stands twice" for value in sorted(twice)]
