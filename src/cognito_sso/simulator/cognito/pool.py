"""The user pool: everything the endpoints share."""

from dataclasses import dataclass, field

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.cognito.clients import AppClient, IdentityProvider
from cognito_sso.simulator.cognito.sealing import Sealer
from cognito_sso.simulator.cognito.tokens import PoolKeys, TokenMint
from cognito_sso.simulator.cognito.users import FederationRules, Users
from cognito_sso.simulator.grants import Codes, Grant, RefreshTokens
from cognito_sso.simulator.tamper import Tamper


@dataclass(kw_only=True)
class SimulatedPool:
    """`rules` and `users` may be changed while it runs; so may `clients` and `providers`, by name."""

    pool_id: str
    issuer: str
    domain_url: str
    clients: dict[str, AppClient]
    providers: dict[str, IdentityProvider]
    managed_login: bool
    case_sensitive: bool
    clock: Clock
    tamper: Tamper
    codes: Codes = field(default_factory=Codes)
    refresh_tokens: RefreshTokens = field(default_factory=RefreshTokens)
    state_seal: Sealer = field(default_factory=lambda: Sealer("state"))
    session_seal: Sealer = field(default_factory=lambda: Sealer("session"))

    def __post_init__(self) -> None:
        self.users = Users(pool_id=self.pool_id, case_sensitive=self.case_sensitive)
        self.keys = PoolKeys(self.pool_id)
        self.mint = TokenMint(issuer=self.issuer, keys=self.keys, clock=self.clock, tamper=self.tamper)

    @property
    def rules(self) -> FederationRules:
        return self.users.rules

    @property
    def idp_response_url(self) -> str:
        return f"{self.domain_url}/oauth2/idpresponse"

    def providers_of(self, client: AppClient) -> list[IdentityProvider]:
        return [self.providers[name] for name in client.providers if name in self.providers]

    def sign_out_everywhere(self, username: str) -> None:
        """What AdminUserGlobalSignOut does to the user's refresh tokens."""
        self.refresh_tokens.revoke_all_of(username)

    def token_set(self, grant: Grant, client: AppClient) -> dict[str, str | int] | None:
        """Fresh ID and access tokens, or None when the user is gone."""
        user = self.users.get(grant.username)
        if user is None or not user.enabled:
            return None
        access_token = self.mint.access_token(grant, client, user)
        tokens: dict[str, str | int] = {}
        if "openid" in grant.scopes:
            tokens["id_token"] = self.mint.id_token(grant, client, user, access_token)
        tokens["access_token"] = access_token
        return tokens
