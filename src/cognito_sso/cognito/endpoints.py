"""Where a user pool answers: its issuer, its keys and its hosted domain."""

from __future__ import annotations

from dataclasses import dataclass

FIPS_ONLY_REGION = "us-gov-west-1"  # its prefix domains are served from auth-fips


@dataclass(frozen=True)
class Endpoints:
    """URLs of one pool. The keys are served from the issuer, never from the domain (AWS, federation-endpoints)."""

    issuer: str
    domain: str

    @classmethod
    def of_pool(cls, user_pool_id: str, *, domain: str, issuer: str | None = None) -> Endpoints:
        """`domain` is a prefix (`acme`), a host (`login.acme.com`) or a whole URL."""
        region = user_pool_id.partition("_")[0]
        return cls(
            issuer=issuer or f"https://cognito-idp.{region}.{_partition(region)}/{user_pool_id}",
            domain=_domain_url(domain, region),
        )

    @property
    def jwks(self) -> str:
        return f"{self.issuer}/.well-known/jwks.json"

    @property
    def authorize(self) -> str:
        return f"{self.domain}/oauth2/authorize"

    @property
    def token(self) -> str:
        return f"{self.domain}/oauth2/token"

    @property
    def user_info(self) -> str:
        return f"{self.domain}/oauth2/userInfo"

    @property
    def revoke(self) -> str:
        return f"{self.domain}/oauth2/revoke"

    @property
    def logout(self) -> str:
        return f"{self.domain}/logout"


def _partition(region: str) -> str:
    """The European sovereign cloud has a domain of its own."""
    return "amazonaws.eu" if region.startswith("eusc-") else "amazonaws.com"


def _domain_url(domain: str, region: str) -> str:
    if "://" in domain:
        return domain
    if "." in domain:
        return f"https://{domain}"
    auth = "auth-fips" if region == FIPS_ONLY_REGION else "auth"
    return f"https://{domain}.{auth}.{region}.amazoncognito.com"
