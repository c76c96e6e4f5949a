"""What one running service is made of."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from cognito_sso.cognito import CognitoClient
from cognito_sso.cookies import Seal, SealedCookie
from cognito_sso.login.flow import LoginFlow
from cognito_sso.login.handed_code import HandedCodes
from cognito_sso.login.initiated import InitiatedLogins
from cognito_sso.login.return_to import ReturnTargets
from cognito_sso.login.tenant_directory import TenantDirectory
from cognito_sso.login.tenants import Tenants
from cognito_sso.login.transaction import LoginCookies
from cognito_sso.observability import AuditLog, EmailDigest, Metrics
from cognito_sso.scalekit import Webhooks
from cognito_sso.session import BearerProfiles, ForwardAuth, Refresher, Revocations, SessionCookies
from cognito_sso.verify import TokenVerifier
from cognito_sso.web.pages import Pages
from cognito_sso.web.problems import ProblemAnswers
from cognito_sso.web.rate_limits import RateLimits


@dataclass(frozen=True, kw_only=True)
class Services:
    """Made once by `create_services`; a route takes what it needs by name."""

    public_url: str
    seal: Seal
    tenants: Tenants
    directory: TenantDirectory
    webhooks: Webhooks | None
    session_max_age: int
    cognito: CognitoClient
    verifier: TokenVerifier
    login: LoginFlow
    login_cookies: LoginCookies
    initiated_logins: InitiatedLogins | None
    handed_codes: HandedCodes
    return_targets: ReturnTargets
    session_cookies: SessionCookies
    signed_out_cookie: SealedCookie
    refresher: Refresher
    revocations: Revocations
    bearer_profiles: BearerProfiles
    forward_auth: ForwardAuth
    pages: Pages
    problems: ProblemAnswers
    rate_limits: RateLimits
    audit: AuditLog
    email_digest: EmailDigest
    metrics: Metrics

    def url(self, path: str) -> str:
        return self.public_url + path


def services_of(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101 (tells the type checker; create_app puts it there)
    return services
