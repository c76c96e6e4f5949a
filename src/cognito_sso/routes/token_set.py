"""The token set as JSON: what leaves the service after the ID token passed every check."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cognito_sso.errors import IdentityDiffers, ProviderUnavailable, SignInError
from cognito_sso.login.flow import SignedIn
from cognito_sso.login.transaction import LoginTransaction
from cognito_sso.services import Services


def token_set(signed_in: SignedIn) -> dict[str, Any]:
    """RFC 6749 section 5.1 and OpenID Connect Core section 3.1.3.3, with `expires_at` and the profile as `user`."""
    tokens, profile = signed_in.tokens, signed_in.session.profile
    refresh = {"refresh_token": tokens.refresh_token} if tokens.refresh_token else {}
    return {
        "access_token": tokens.access_token,
        "id_token": tokens.id_token,
        **refresh,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "expires_at": profile.expires_at,
        "user": asdict(profile),
    }


def as_requested(services: Services, signed_in: SignedIn, transaction: LoginTransaction) -> SignedIn:
    """The result, for a program: nobody can be asked whether another account will do. Raises `IdentityDiffers`."""
    if not signed_in.as_requested:
        decline_identity(services, signed_in)
        raise IdentityDiffers("somebody else of the same company came back")
    tell_completed(services, signed_in, transaction)
    return signed_in


def tell_completed(services: Services, signed_in: SignedIn, transaction: LoginTransaction) -> None:
    profile = signed_in.session.profile
    services.audit.login_completed(
        sub=profile.sub,
        domain=signed_in.actual.domain,
        tenant=profile.tenant,
        delivery=transaction.delivery,
        seconds=max(0.0, signed_in.at - transaction.started_at),  # two replicas' clocks may differ
    )


def decline_identity(services: Services, signed_in: SignedIn) -> None:
    """Whoever goes on as this person gets tokens of a new login: Cognito still knows them, and asks nobody."""
    services.login.decline(signed_in)
    services.audit.identity_differs(requested_domain=signed_in.requested.domain, sub=signed_in.session.profile.sub)


def tell_refused(services: Services, error: SignInError, transaction: LoginTransaction | None) -> None:
    """A login that came back and failed. Where Cognito itself did, that is told beside it."""
    domain = transaction.email.rpartition("@")[2] if transaction else None
    tenant = services.tenants.name_for(domain) if domain else None
    services.audit.login_refused(code=error.code, reason=error.reason, domain=domain, tenant=tenant)
    if isinstance(error, ProviderUnavailable):
        services.audit.provider_failed(reason=error.reason)
