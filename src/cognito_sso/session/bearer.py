"""Who a Bearer access token stands for: verified here, described by Cognito's userInfo, remembered until it expires."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from cognito_sso.cognito import CognitoClient
from cognito_sso.errors import BearerRefused, ProviderUnreachable
from cognito_sso.session.profile import Profile
from cognito_sso.session.single_flight import SingleFlight
from cognito_sso.verify import Claims, KeysUnavailable, TokenError, TokenVerifier

MOST_REMEMBERED = 10_000
LONGEST_CREDENTIALS = 16_384  # bytes of an `Authorization` header; a longer one is not read at all


class BearerProfiles:
    """Profiles by access token. Bounded in number; the least recently asked for goes first."""

    def __init__(
        self,
        *,
        cognito: CognitoClient,
        verifier: TokenVerifier,
        tenant_of: Callable[[Claims, str | None], tuple[str | None, str | None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cognito = cognito
        self._verifier = verifier
        self._tenant_of = tenant_of
        self._clock = clock
        self._remembered: OrderedDict[bytes, Profile] = OrderedDict()
        self._outdated: set[bytes] = set()
        self._requests = SingleFlight[Profile]()

    async def profile(self, token: str) -> Profile:
        """Raises `BearerRefused`, or `ProviderUnavailable` where keys or userInfo can't be had."""
        claims = await self._verified(token)
        key = hashlib.sha256(token.encode()).digest()
        profile = self._remembered.get(key)
        if profile is None:
            return await self._requests.shared(key, lambda: self._learned(key, token, claims))
        self._remembered.move_to_end(key)
        return self._judged_again(key, profile, claims) if key in self._outdated else profile

    def use_other_tenants(self) -> None:
        """Whoever is remembered is held against the companies anew; Cognito is not asked again for that."""
        self._outdated = set(self._remembered)

    def _judged_again(self, key: bytes, profile: Profile, claims: Claims) -> Profile:
        provider, tenant = self._tenant_of(claims, profile.email)
        profile = self._remembered[key] = replace(profile, provider=provider, tenant=tenant)
        self._outdated.discard(key)
        return profile

    async def _learned(self, key: bytes, token: str, claims: Claims) -> Profile:
        profile = self._remembered[key] = await self._described(token, claims)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return profile

    async def _verified(self, token: str) -> Claims:
        try:
            return await self._verifier.access_token(token)
        except TokenError as error:
            raise BearerRefused(f"the access token: {error.code}") from error
        except KeysUnavailable as error:
            raise ProviderUnreachable("the pool's keys can't be had") from error

    async def _described(self, token: str, claims: Claims) -> Profile:
        user_info = await self._cognito.user_info(token)
        if user_info.get("sub") != claims.sub:
            raise BearerRefused("userInfo describes somebody else")  # OpenID Connect Core section 5.3.2
        email = user_info.get("email")
        provider, tenant = self._tenant_of(claims, email if isinstance(email, str) else None)
        return Profile.of_bearer(claims, user_info, provider=provider, tenant=tenant, now=self._clock())
