"""One sign-in, top to bottom: `start` sends the browser away, `finish` says who came back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cognito_sso.cognito import USUAL_PATIENCE, CognitoClient, Patience, TokenSet, within
from cognito_sso.errors import (
    DomainNotServed,
    IdTokenRefused,
    ProviderUnreachable,
    ReturnToInvalid,
    SignInError,
    SignInRefused,
)
from cognito_sso.login.authorization_response import code_from
from cognito_sso.login.delivery import NO_PROOF, Delivery, FrontendProof
from cognito_sso.login.email_address import EmailAddress
from cognito_sso.login.return_to import ReturnTargets
from cognito_sso.login.tenants import Tenant, Tenants, email_of
from cognito_sso.login.transaction import LIFETIME_SECONDS, LoginTransaction
from cognito_sso.session import RefreshGrant, Revocations, Session
from cognito_sso.verify import Claims, KeysUnavailable, TokenError, TokenVerifier


@dataclass(frozen=True)
class StartedLogin:
    """Where to send the browser, and what to remember meanwhile."""

    authorization_url: str
    transaction: LoginTransaction
    tenant: Tenant | None

    @property
    def expires_at(self) -> int:
        return self.transaction.started_at + LIFETIME_SECONDS


@dataclass(frozen=True)
class SignedIn:
    """Somebody came back and passed every check, `at` that time. `as_requested`: with the address that was typed."""

    session: Session
    grant: RefreshGrant | None
    tokens: TokenSet = field(repr=False)
    requested: EmailAddress
    actual: EmailAddress
    at: float

    @property
    def as_requested(self) -> bool:
        return self.actual.is_same_as(self.requested)


class LoginFlow:
    """Both halves of a sign-in. Raises a `SignInError` that says why there is none."""

    def __init__(
        self,
        *,
        cognito: CognitoClient,
        verifier: TokenVerifier,
        tenants: Tenants,
        return_targets: ReturnTargets,
        revocations: Revocations,
        issuer: str,
        session_max_age: int,
        patience: Patience = USUAL_PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cognito = cognito
        self._verifier = verifier
        self._tenants = tenants
        self._return_targets = return_targets
        self._revocations = revocations
        self._issuer = issuer
        self._session_max_age = session_max_age
        self._patience = patience
        self._clock = clock

    def start(
        self, *, email: str, return_to: str | None, delivery: Delivery, proof: FrontendProof = NO_PROOF
    ) -> StartedLogin:
        target = self._return_targets.resolve(return_to, loopback=delivery is Delivery.CODE)
        address = EmailAddress.parse(email)
        transaction = LoginTransaction.begin(
            email=str(address), return_to=target, delivery=delivery, now=self._clock(), proof=proof
        )
        return self._away(transaction, address)

    def restart(self, transaction: LoginTransaction) -> StartedLogin:
        """The same login once more, with everything about it new but the wish."""
        return self._away(transaction.restart(now=self._clock()), EmailAddress.parse(transaction.email))

    def recall(self, transaction: LoginTransaction) -> LoginTransaction:
        """A login that came back, with where it ends judged again: a frontend may have been taken off the list."""
        try:
            self._return_targets.resolve(transaction.return_to, loopback=transaction.delivery is Delivery.CODE)
        except ReturnToInvalid:
            return replace(transaction, return_to=self._return_targets.default)
        return transaction

    def code_from(self, query: Mapping[str, str]) -> str:
        return code_from(query, issuer=self._issuer)

    async def finish(self, query: Mapping[str, str], transaction: LoginTransaction) -> SignedIn:
        return await self.redeem(self.code_from(query), transaction)

    async def redeem(self, code: str, transaction: LoginTransaction) -> SignedIn:
        requested = EmailAddress.parse(transaction.email)
        self._tenants.for_email(requested)  # a code can be redeemed once: nothing is spent on a company not served
        async with within(self._patience.sign_in):
            await self._hold_keys()
            tokens = await self._cognito.exchange_code(code, transaction.code_verifier)
            try:
                return await self._proven(tokens, transaction, requested)
            except (SignInError, asyncio.CancelledError):
                self._revocations.begin(tokens.refresh_token)
                raise

    def decline(self, signed_in: SignedIn) -> None:
        """Nobody is to have what this login brought: its refresh token is given back."""
        self._revocations.begin(signed_in.tokens.refresh_token)

    async def renew(self, refresh_token: str) -> SignedIn:
        """A refreshed token set for a frontend that keeps its own; the person's company is held against it again."""
        async with within(self._patience.sign_in):
            await self._hold_keys()
            tokens = await self._cognito.refresh(refresh_token)
        try:
            claims = await self._verified(tokens, nonce=None)
            email = email_of(claims)
            return self._signed_in(claims, tokens, email, self._tenants.prove(claims, email))
        except (SignInRefused, DomainNotServed):
            self._revocations.begin(tokens.refresh_token or refresh_token)
            raise

    def _away(self, transaction: LoginTransaction, address: EmailAddress) -> StartedLogin:
        tenant = self._tenants.for_email(address)
        url = self._cognito.authorization_url(
            state=transaction.state,
            nonce=transaction.nonce,
            code_challenge=transaction.code_challenge,
            identity_provider=self._tenants.provider_for(tenant),
            login_hint=transaction.email,
        )
        return StartedLogin(url, transaction, tenant)

    async def _hold_keys(self) -> None:
        """A code can be redeemed once, so the keys to check what it buys are fetched first."""
        if not self._verifier.keys_held:
            try:
                await self._verifier.prefetch()
            except KeysUnavailable as error:
                raise ProviderUnreachable("the pool's keys can't be had") from error

    async def _proven(self, tokens: TokenSet, transaction: LoginTransaction, requested: EmailAddress) -> SignedIn:
        claims = await self._verified(tokens, nonce=transaction.nonce)
        tenant = self._tenants.prove(claims, requested)
        return self._signed_in(claims, tokens, requested, tenant)

    async def _verified(self, tokens: TokenSet, *, nonce: str | None) -> Claims:
        try:
            return await self._verifier.id_token(tokens.id_token, nonce=nonce, access_token=tokens.access_token)
        except TokenError as error:
            raise IdTokenRefused(f"the ID token: {error.code}") from error
        except KeysUnavailable as error:
            raise ProviderUnreachable("the pool's keys can't be had") from error

    def _signed_in(self, claims: Claims, tokens: TokenSet, requested: EmailAddress, tenant: Tenant | None) -> SignedIn:
        now, actual = self._clock(), email_of(claims)
        ends_at = int(now) + self._session_max_age
        session = Session.open(claims, tokens, tenant=tenant.name if tenant else None, ends_at=ends_at, now=now)
        grant = None
        if tokens.refresh_token:
            grant = RefreshGrant(tokens.refresh_token, session.id, claims.sub, str(actual), ends_at)
        return SignedIn(session, grant, tokens, requested, actual, now)
