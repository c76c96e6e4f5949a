"""The wanted state: what the file asks for, with every default filled in. Plain values, already judged by `file`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cognito_sso.cognito.endpoints import Endpoints
from cognito_sso.provision.lifetime import Lifetime

CALLBACK_PATH = "/auth/callback"
SIGNED_OUT_PATH = "/auth/signed-out"
INITIATED_PATH = "/login/initiated"


@dataclass(frozen=True)
class WantedService:
    public_url: str
    frontends: tuple[str, ...]


@dataclass(frozen=True)
class WantedPool:
    """One that is there (`id`), or one to make or to find again by its name (`create`)."""

    region: str
    id: str | None = None
    name: str | None = None

    @property
    def create(self) -> bool:
        return self.id is None


@dataclass(frozen=True)
class WantedProvider:
    name: str
    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    attributes_request_method: str
    attribute_mapping: Mapping[str, str]
    identifiers: tuple[str, ...] | None = None  # None: those in the pool are left alone
    identifiers_left_out: tuple[str, ...] = ()  # each with its reason
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class WantedClient:
    name: str
    id: str | None
    confidential: bool
    callback_urls: tuple[str, ...]
    logout_urls: tuple[str, ...]
    scopes: tuple[str, ...]
    access_token: Lifetime
    id_token: Lifetime
    refresh_token: Lifetime
    rotation: bool
    rotation_grace_seconds: int


@dataclass(frozen=True)
class WantedDomain:
    """A prefix of Amazon's domain, or a host of one's own with its certificate."""

    name: str
    certificate_arn: str | None = None
    managed_login_version: int | None = None

    @property
    def is_custom(self) -> bool:
        return "." in self.name


@dataclass(frozen=True)
class Wanted:
    service: WantedService
    pool: WantedPool
    provider: WantedProvider
    client: WantedClient
    domain: WantedDomain

    @property
    def domain_url(self) -> str:
        return Endpoints.of_pool(f"{self.pool.region}_", domain=self.domain.name).domain

    @property
    def provider_redirect_uri(self) -> str:
        """Where Scalekit sends people back to: Cognito, not this service. One for each domain of the pool."""
        return f"{self.domain_url}/oauth2/idpresponse"
