"""The token set as JSON: what leaves the service after the ID token passed every check."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from cognito_sso.errors import IdentityDiffers, ProviderUnavailable, SignInError
from cognito_sso.login.flow import SignedIn
from cognito_sso.login.transaction import LoginTransaction
from cognito_sso.observability import NOBODY
from cognito_sso.routes.people import who_came_back, who_typed
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
    services.audit.login_completed(
        who_came_back(signed_in),
        delivery=transaction.delivery,
        seconds=max(0.0, signed_in.at - transaction.started_at),  # two replicas' clocks may differ
    )


def decline_identity(services: Services, signed_in: SignedIn) -> None:
    """Whoever goes on as this person gets tokens of a new login: Cognito still knows them, and asks nobody."""
    services.login.decline(signed_in)
    who = who_came_back(signed_in)
    services.audit.identity_differs(replace(who, email=str(signed_in.requested)))


def tell_refused(services: Services, error: SignInError, transaction: LoginTransaction | None) -> None:
    """A login that came back and failed. Where Cognito itself did, that is told beside it."""
    who = who_typed(services, transaction.email) if transaction else NOBODY
    services.audit.login_refused(who, code=error.code, reason=error.reason)
    if isinstance(error, ProviderUnavailable):
        services.audit.provider_failed(reason=error.reason)
