"""The set-up that is examined: the settings, the companies, and what the service makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from cognito_sso.cognito import CognitoClient, Endpoints
from cognito_sso.login.tenants import Tenant
from cognito_sso.scalekit import ScalekitApi
from cognito_sso.settings import Settings

CALLBACK_PATH = "/auth/callback"
SIGNED_OUT_PATH = "/auth/signed-out"


@dataclass(frozen=True)
class Setup:
    settings: Settings
    tenants: tuple[Tenant, ...] = ()

    @property
    def endpoints(self) -> Endpoints:
        chosen = self.settings
        return Endpoints.of_pool(
            chosen.cognito_user_pool_id, domain=chosen.cognito_domain, issuer=chosen.cognito_issuer
        )

    @property
    def redirect_uri(self) -> str:
        return self.settings.sso_public_url + CALLBACK_PATH

    @property
    def logout_uri(self) -> str:
        return self.settings.sso_public_url + SIGNED_OUT_PATH

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.settings.cognito_scopes.split(" "))

    @property
    def providers(self) -> tuple[str, ...]:
        """Every provider that somebody may be sent to, each once."""
        named = (tenant.identity_provider for tenant in self.tenants)
        return tuple(dict.fromkeys((self.settings.cognito_identity_provider, *named)))

    @property
    def client_secret(self) -> str | None:
        secret = self.settings.cognito_client_secret
        return secret.get_secret_value() if secret else None

    @property
    def takes_companies_from_scalekit(self) -> bool:
        return self.settings.scalekit_client_id is not None

    def scalekit(self, http: httpx.AsyncClient) -> ScalekitApi | None:
        """The management API as the service asks it."""
        chosen = self.settings
        if not (chosen.scalekit_environment_url and chosen.scalekit_client_id and chosen.scalekit_client_secret):
            return None
        return ScalekitApi(
            http=http,
            environment_url=chosen.scalekit_environment_url,
            client_id=chosen.scalekit_client_id,
            client_secret=chosen.scalekit_client_secret.get_secret_value(),
        )

    def cognito(self, http: httpx.AsyncClient, *, client_secret: str | None) -> CognitoClient:
        """The requests of the service, to the letter. It is not asked to send any."""
        return CognitoClient(
            http=http,
            endpoints=self.endpoints,
            client_id=self.settings.cognito_client_id,
            client_secret=client_secret,
            redirect_uri=self.redirect_uri,
            logout_uri=self.logout_uri,
            scopes=self.settings.cognito_scopes,
        )
