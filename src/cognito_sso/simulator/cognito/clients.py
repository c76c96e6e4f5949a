"""How the pool is set up: app clients and identity providers."""

import re
from dataclasses import dataclass

NEED_OPENID = ("email", "phone", "profile")

PROVIDER_NAME = re.compile(r"[^_\s]\S[^_\s]{1,30}")
IDENTIFIER = re.compile(r"[\w\s+=.@-]{1,40}")
MOST_IDENTIFIERS = 50

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class AppClient:
    """An app client; a secret makes it confidential. Cognito allows two secrets at once, for changing them."""

    client_id: str
    client_secret: str | None = None
    callback_urls: tuple[str, ...] = ()
    logout_urls: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    providers: tuple[str, ...] = ("ScalekitIdPRouter",)
    name: str = "Your application"
    second_secret: str | None = None
    oauth_enabled: bool = True
    oauth_flows: tuple[str, ...] = ("code",)
    refresh_rotation: bool = False
    retry_grace_seconds: int = 0
    id_token_seconds: int = HOUR
    access_token_seconds: int = HOUR
    refresh_token_seconds: int = 30 * DAY
    session_seconds: int = HOUR
    token_revocation: bool = True
    unreadable_attributes: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.client_secret, self.second_secret) if secret)

    def allows_scopes(self, scopes: list[str]) -> bool:
        if "openid" not in scopes and any(scope in NEED_OPENID for scope in scopes):
            return False
        return all(scope in self.scopes for scope in scopes)


@dataclass(frozen=True)
class IdentityProvider:
    """An OIDC provider of the pool, with the limits the management API puts on it."""

    name: str
    oidc_issuer: str
    client_id: str
    client_secret: str
    authorize_scopes: str = "openid email profile"
    attributes_request_method: str = "GET"
    identifiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not PROVIDER_NAME.fullmatch(self.name):
            raise ValueError(f"Cognito refuses the provider name {self.name!r}")
        if len(self.identifiers) > MOST_IDENTIFIERS:
            raise ValueError("A provider has at most 50 identifiers")
        if bad := [name for name in self.identifiers if not IDENTIFIER.fullmatch(name)]:
            raise ValueError(f"Cognito refuses the identifiers {bad}: 1 to 40 of letters, digits, space and _+=.@-")

    @property
    def authorize_url(self) -> str:
        return f"{self.oidc_issuer}/oauth/authorize"

    @property
    def token_url(self) -> str:
        return f"{self.oidc_issuer}/oauth/token"

    @property
    def attributes_url(self) -> str:
        return f"{self.oidc_issuer}/userinfo"

    @property
    def jwks_uri(self) -> str:
        return f"{self.oidc_issuer}/keys"
