"""What the service is made of: each part, from the settings and from the parts below it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import httpx

import cognito_sso
from cognito_sso.cognito import USUAL_PATIENCE, CognitoClient, Endpoints, Patience
from cognito_sso.cookies import Seal, SealedCookie
from cognito_sso.login.flow import LoginFlow
from cognito_sso.login.handed_code import HandedCodes
from cognito_sso.login.initiated import InitiatedLogins
from cognito_sso.login.return_to import ReturnTargets
from cognito_sso.login.tenant_directory import TenantDirectory
from cognito_sso.login.tenants import Tenants
from cognito_sso.login.transaction import MEMBERS_VERSION, LoginCookies
from cognito_sso.observability import AuditLog, Counting, EmailDigest, Metrics, Tracing
from cognito_sso.rate_limit import RateLimit
from cognito_sso.reloading import listed_tenants
from cognito_sso.scalekit import ScalekitApi, Webhooks, webhook_key
from cognito_sso.services import Services
from cognito_sso.session import BearerProfiles, ForwardAuth, Refresher, Revocations, SessionCookies
from cognito_sso.settings import IN_MEMORY, ConfigurationError, Settings, is_loopback
from cognito_sso.verify import JwtVerifier, KeyPolicy, TokenVerifier
from cognito_sso.watching import WatchedCognito, WatchedKeys
from cognito_sso.web.counts import Counts, CountsInMemory
from cognito_sso.web.pages import Brand, Pages
from cognito_sso.web.problems import ProblemAnswers
from cognito_sso.web.rate_limits import RateLimits

Clock = Callable[[], float]
_LOOPBACK_FORM_TARGETS = ("http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*")


def create_services(
    settings: Settings,
    *,
    http: httpx.AsyncClient,
    clock: Clock = time.time,
    patience: Patience = USUAL_PATIENCE,
    tracing: Tracing | None = None,
) -> Services:
    """Every part, made of plain values; no part reads a setting or the environment. Raises `ConfigurationError`."""
    return _Assembly(settings, http, clock, patience, tracing).services()


def scalekit_api(settings: Settings, *, http: httpx.AsyncClient, clock: Clock = time.time) -> ScalekitApi | None:
    """The management API, where the settings have what it takes to ask it."""
    url, client_id = settings.scalekit_environment_url, settings.scalekit_client_id
    secret = settings.scalekit_client_secret
    if not url or not client_id or not secret:
        return None
    return ScalekitApi(
        http=http, environment_url=url, client_id=client_id, client_secret=secret.get_secret_value(), clock=clock
    )


@dataclass(frozen=True)
class _Assembly:
    """What several parts need is a property, and made once."""

    settings: Settings
    http: httpx.AsyncClient
    clock: Clock
    patience: Patience
    tracing: Tracing | None

    def services(self) -> Services:
        self.metrics.read_ages(keys=lambda: self.verifier.keys_age, tenants=lambda: self.directory.age)
        return Services(
            public_url=self.settings.sso_public_url,
            seal=self.seal,
            tenants=self.tenants,
            directory=self.directory,
            webhooks=self._webhooks(),
            session_max_age=self.settings.sso_session_max_age,
            cognito=self.cognito,
            verifier=self.verifier,
            login=self._login(),
            login_cookies=LoginCookies(self._cookie("login", version=MEMBERS_VERSION)),
            initiated_logins=self._initiated_logins(),
            handed_codes=HandedCodes(self.seal, clock=self.clock),
            return_targets=self.return_targets,
            session_cookies=self.session_cookies,
            signed_out_cookie=self._cookie("signed_out"),
            refresher=self._refresher(),
            revocations=self.revocations,
            bearer_profiles=self.bearer_profiles,
            forward_auth=self.forward_auth,
            pages=self.pages,
            problems=self._problems(),
            rate_limits=self._rate_limits(),
            audit=self.audit,
            email_digest=self.email_digest,
            metrics=self.metrics,
        )

    # What is told of it all.

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics(version=cognito_sso.__version__)

    @cached_property
    def email_digest(self) -> EmailDigest:
        return EmailDigest(self.settings.cookie_keys[0])

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(digest=self.email_digest, also=Counting(self.metrics))

    # Cognito, and whether what it says is genuine.

    @cached_property
    def endpoints(self) -> Endpoints:
        settings = self.settings
        return Endpoints.of_pool(
            settings.cognito_user_pool_id, domain=settings.cognito_domain, issuer=settings.cognito_issuer
        )

    @cached_property
    def cognito(self) -> CognitoClient:
        settings, secret = self.settings, self.settings.cognito_client_secret
        return CognitoClient(
            http=self.http,
            endpoints=self.endpoints,
            client_id=settings.cognito_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            redirect_uri=settings.sso_public_url + "/auth/callback",
            logout_uri=settings.sso_public_url + "/auth/signed-out",
            scopes=settings.cognito_scopes,
            patience=self.patience,
            observer=WatchedCognito(self.metrics, self.tracing),
            clock=self.clock,
        )

    @cached_property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier(
            issuer=self.endpoints.issuer,
            client_id=self.settings.cognito_client_id,
            http=self.http,
            clock=self.clock,
            key_policy=KeyPolicy(deadline=self.patience.keys),
            observer=WatchedKeys(self.metrics, self.tracing, issuer="cognito"),
        )

    @cached_property
    def revocations(self) -> Revocations:
        return Revocations(cognito=self.cognito, audit=self.audit)

    # The companies.

    @cached_property
    def tenants(self) -> Tenants:
        """Without anybody in it yet: the directory says who is."""
        return Tenants(
            (),
            default_provider=self.settings.cognito_identity_provider,
            unlisted_allowed=self.settings.sso_unlisted_domains == "allow",
        )

    @cached_property
    def directory(self) -> TenantDirectory:
        return TenantDirectory(
            tenants=self.tenants,
            listed=listed_tenants(self.settings),
            provider=self.settings.cognito_identity_provider,
            scalekit=scalekit_api(self.settings, http=self.http, clock=self.clock),
            audit=self.audit,
            changed=self._tenants_changed,
            asked=lambda outcome: self.metrics.tenant_refreshes.labels(outcome).inc(),
            clock=self.clock,
        )

    def _tenants_changed(self) -> None:
        self.forward_auth.forget()
        self.bearer_profiles.use_other_tenants()

    def _webhooks(self) -> Webhooks | None:
        secret = self.settings.scalekit_webhook_secret
        return Webhooks(webhook_key(secret.get_secret_value()), clock=self.clock) if secret else None

    # A sign-in.

    @cached_property
    def return_targets(self) -> ReturnTargets:
        return ReturnTargets(self.settings.sso_frontends, own_origin=self.settings.sso_public_url)

    def _login(self) -> LoginFlow:
        return LoginFlow(
            cognito=self.cognito,
            verifier=self.verifier,
            tenants=self.tenants,
            return_targets=self.return_targets,
            revocations=self.revocations,
            issuer=self.endpoints.issuer,
            session_max_age=self.settings.sso_session_max_age,
            patience=self.patience,
            clock=self.clock,
        )

    def _initiated_logins(self) -> InitiatedLogins | None:
        issuer = self.settings.scalekit_environment_url
        if issuer is None:
            return None
        verifier = JwtVerifier(
            issuer=issuer,
            jwks_uri=f"{issuer}/keys",
            http=self.http,
            clock=self.clock,
            observer=WatchedKeys(self.metrics, issuer="scalekit"),
        )
        return InitiatedLogins(issuer=issuer, verifier=verifier, clock=self.clock)

    # Who is signed in.

    @cached_property
    def seal(self) -> Seal:
        unknown_key = self.metrics.cookies_of_unknown_keys.inc
        return Seal(self.settings.cookie_keys, context=self.settings.cognito_client_id, unknown_key=unknown_key)

    @cached_property
    def session_cookies(self) -> SessionCookies:
        return SessionCookies(
            session=self._cookie("session"),
            refresh=self._cookie("refresh", path="/auth"),
            held=self._cookie("held"),
            ended=self._cookie("ended"),
            clock=self.clock,
        )

    @cached_property
    def forward_auth(self) -> ForwardAuth:
        return ForwardAuth(
            verifier=self.verifier,
            session_cookies=self.session_cookies,
            tenant_of=self.tenants.of_access_token,
            audit=self.audit,
            verdicts=self.metrics.verify_verdicts,
        )

    @cached_property
    def bearer_profiles(self) -> BearerProfiles:
        return BearerProfiles(
            cognito=self.cognito, verifier=self.verifier, tenant_of=self.tenants.of_bearer, clock=self.clock
        )

    def _cookie(self, purpose: str, path: str = "/", version: int = 1) -> SealedCookie:
        secure = self.settings.sso_public_url.startswith("https:")
        return SealedCookie(
            purpose=purpose, seal=self.seal, secure=secure, path=path, version=version, clock=self.clock
        )

    def _refresher(self) -> Refresher:
        return Refresher(
            cognito=self.cognito,
            verifier=self.verifier,
            tenant_of=self.tenants.prove_renewed,
            served=self.tenants.check_served,
            revocations=self.revocations,
            patience=self.patience,
            clock=self.clock,
        )

    # What wraps every answer.

    @cached_property
    def pages(self) -> Pages:
        settings = self.settings
        brand = Brand(name=settings.sso_brand_name, logo=settings.sso_brand_logo, color=settings.sso_brand_color)
        loopback = _LOOPBACK_FORM_TARGETS if _is_on_loopback(settings.sso_public_url) else ()
        try:
            return Pages(brand=brand, form_targets=("https:", *loopback))
        except ValueError as error:
            raise ConfigurationError([f"SSO_BRAND_LOGO: {error}"]) from None

    def _problems(self) -> ProblemAnswers:
        return ProblemAnswers(pages=self.pages, audit=self.audit, login_url=self.settings.sso_public_url + "/login")

    def _rate_limits(self) -> RateLimits:
        return RateLimits(
            RateLimit.parse(self.settings.sso_rate_limit),
            counts=self._counts(),
            refused=lambda endpoint: self.metrics.rate_limited.labels(endpoint).inc(),
        )

    def _counts(self) -> Counts:
        storage = self.settings.sso_rate_limit_storage.get_secret_value()
        if storage == IN_MEMORY:
            return CountsInMemory(clock=self.clock)
        from cognito_sso.web.shared_counts import SharedCounts  # a sixth of all imports, and most count in memory

        return SharedCounts(storage, failed=self.metrics.rate_limit_storage_failures.inc)


def _is_on_loopback(public_url: str) -> bool:
    return public_url.startswith("http:") and is_loopback(httpx.URL(public_url).host)
