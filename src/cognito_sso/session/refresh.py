"""Renewing a session: one request to Cognito at a time for each refresh token, shared by the tabs that ask."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

from cognito_sso.cognito import USUAL_PATIENCE, CognitoClient, Patience, TokenSet, within
from cognito_sso.errors import (
    DomainNotServed,
    GrantRejected,
    IdentityDiffers,
    IdTokenRefused,
    ProviderUnreachable,
    SessionEnded,
    SignInError,
    SignInRefused,
)
from cognito_sso.session.revocations import Revocations
from cognito_sso.session.session import RefreshGrant, Session
from cognito_sso.session.single_flight import SingleFlight
from cognito_sso.verify import Claims, KeysUnavailable, TokenError, TokenVerifier

Renewed = tuple[Session, RefreshGrant]


class Refresher:
    """Renews a session, or says that it has ended.

    `served` raises where the company is not served any more, before a refresh token is spent on it. `tenant_of` holds
    the refreshed identity against the company it signed in with. Of a session that has ended the refresh token is
    given back to Cognito. Tabs that ask at once with the same refresh token share one request; different refresh tokens
    never share anything.
    """

    def __init__(
        self,
        *,
        cognito: CognitoClient,
        verifier: TokenVerifier,
        tenant_of: Callable[[Claims, str], str | None],
        served: Callable[[str], object],
        revocations: Revocations,
        patience: Patience = USUAL_PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cognito = cognito
        self._verifier = verifier
        self._tenant_of = tenant_of
        self._served = served
        self._revocations = revocations
        self._patience = patience
        self._clock = clock
        self._requests = SingleFlight[Renewed]()

    async def renew(self, grant: RefreshGrant) -> Renewed:
        """The new session and grant. Raises `SessionEnded` for good, `ProviderUnavailable` for now."""
        key = hashlib.sha256(grant.refresh_token.encode()).digest()
        return await self._requests.shared(key, lambda: self._renew(grant))

    async def _renew(self, grant: RefreshGrant) -> Renewed:
        held = grant.refresh_token
        try:
            tokens = await self._asked(grant)
            held = tokens.refresh_token or held
            return await self._proven(tokens, replace(grant, refresh_token=held))
        except SessionEnded as ended:
            if ended.cause != GrantRejected.code:  # that one is dead at Cognito already
                self._revocations.begin(held)
            raise

    async def _asked(self, grant: RefreshGrant) -> TokenSet:
        if grant.ends_at <= self._clock():
            raise SessionEnded("the session's absolute end")
        try:
            async with within(self._patience.sign_in):
                await self._hold_keys()
                self._served(grant.email)
                return await self._cognito.refresh(grant.refresh_token)
        except (SignInRefused, DomainNotServed) as error:
            raise _ended(error) from error
        except KeysUnavailable as error:
            raise ProviderUnreachable("the pool's keys can't be had") from error

    async def _proven(self, tokens: TokenSet, grant: RefreshGrant) -> Renewed:
        try:
            claims = await self._verifier.id_token(tokens.id_token, nonce=None, access_token=tokens.access_token)
            tenant = self._tenant_of(claims, grant.email)
        except (SignInRefused, DomainNotServed, TokenError) as error:
            raise _ended(error) from error
        except KeysUnavailable as error:
            raise ProviderUnreachable("the pool's keys can't be had") from error
        if claims.sub != grant.sub:
            raise SessionEnded("the refreshed ID token is somebody else's", cause=IdentityDiffers.code)
        session = Session.open(
            claims, tokens, tenant=tenant, ends_at=grant.ends_at, now=self._clock(), session_id=grant.session_id
        )
        return session, grant

    async def _hold_keys(self) -> None:
        """A refresh token that rotates is spent by asking, so the keys to check the answer are fetched first."""
        if not self._verifier.keys_held:
            await self._verifier.prefetch()


def _ended(error: SignInError | TokenError) -> SessionEnded:
    cause = error.code if isinstance(error, SignInError) else IdTokenRefused.code
    return SessionEnded(f"refreshing: {error.code}", cause=cause)
