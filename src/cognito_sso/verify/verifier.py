"""Is this token genuine, and meant for us? The one module that calls python-jose, for the RS256 signature alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jose.backends.cryptography_backend import CryptographyRSAKey

from cognito_sso.verify.claims import ACCESS, ID, Claims, Rules, TokenUse, Wanted, check, valid_between
from cognito_sso.verify.compact import (
    ALGORITHM,
    MAX_TOKEN_CHARACTERS,
    Header,
    read_claims_and_signature,
    read_header,
    split,
)
from cognito_sso.verify.errors import ConfigurationError, TokenError
from cognito_sso.verify.jwks import JwksCache, KeyPolicy
from cognito_sso.verify.keys import SignatureCheck, SigningKey, UnusableKeySet
from cognito_sso.verify.memory import Verdict, Verdicts, size_of
from cognito_sso.verify.observer import LogObserver, Observer
from cognito_sso.verify.pool import MISSING, Missing, Pool, is_name, issuer_of

MAX_LEEWAY_SECONDS: Final = 300.0
MAX_REMEMBERED_BYTES: Final = 16 * 1024 * 1024
_NO_TOKEN: Final = sha256()
_MAX_HEADERS: Final = 64  # Cognito writes one header per key


def prepare(public_key: RSAPublicKey) -> SignatureCheck:
    """python-jose's RS256 check with a key built once; `MODULUS || PKCS#1 v1.5 || SHA-256` and nothing to choose."""
    check_signature: SignatureCheck = CryptographyRSAKey(public_key, ALGORITHM).verify
    return check_signature


@dataclass(frozen=True, slots=True)
class _TrustedPool:
    """One pool, with the keys that it publishes."""

    rules: Rules
    keys: JwksCache


_Place = tuple[bytes, Wanted]
"""A token's SHA-256, and everything that was required of it."""


_Draft = tuple[str, str, Header, dict[str, Any], bytes, _TrustedPool]
"""What was signed, the header's segment and what it says, the claims, the signature, and whose token it says it is.

Nothing in it is believed yet, but for choosing the key. A plain tuple: a named one costs as much as three claims.
"""


class TokenVerifier:
    """Verifies Cognito's ID and access tokens of one or several pools. Safe to share between threads and event loops.

    Give either `issuer` or `user_pool_id`, and `client_id`; or `pools`. `http` is used to fetch keys, else a client of
    our own that follows no redirects and ignores proxy variables unless `trust_env`. `leeway` is granted after `exp`,
    `skew` before `iat` and `nbf`, both in seconds. `remember` verdicts at most (0: none), in at most 16 MiB.

    Raises `ConfigurationError`. The constructor does no network I/O.
    """

    def __init__(
        self,
        *,
        issuer: str | Missing | None = MISSING,
        user_pool_id: str | None = None,
        client_id: str | Collection[str] | Missing | None = MISSING,
        jwks_uri: str | None = None,
        jwks: Mapping[str, Any] | str | Path | None = None,
        resources: Collection[str] = (),
        pools: Sequence[Pool] | None = None,
        http: httpx.AsyncClient | None = None,
        trust_env: bool = False,
        clock: Callable[[], float] = time.time,
        leeway: float = 0.0,
        skew: float = 60.0,
        key_policy: KeyPolicy | None = None,
        remember: int = 2048,
        observer: Observer | None = None,
    ) -> None:
        if user_pool_id is not None:
            if issuer is not MISSING:
                raise ConfigurationError("give issuer or user_pool_id, not both")
            issuer = issuer_of(user_pool_id)
        one = Pool(issuer=issuer, client_id=client_id, jwks_uri=jwks_uri, jwks=jwks, resources=resources)
        if pools is not None and one != Pool():
            raise ConfigurationError("give pools, or one pool's settings, not both")
        self._clock = clock
        self._leeway, self._skew = _seconds("leeway", leeway), _seconds("skew", skew)
        self._observer = observer or LogObserver()
        self._policy, self._http, self._trust_env = key_policy, http, trust_env
        self._pools = self._trusted([one] if pools is None else list(pools))
        self._only = self._pools[0] if len(self._pools) == 1 else None
        self._by_issuer = {pool.rules.issuer: pool for pool in self._pools}
        self._verdicts = Verdicts(most=remember, most_bytes=MAX_REMEMBERED_BYTES) if remember > 0 else None
        self._headers: dict[str, Header] = {}

    def __repr__(self) -> str:
        return f"<TokenVerifier {', '.join(str(pool.rules.issuer) for pool in self._pools)}>"

    async def access_token(
        self,
        token: object,
        *,
        scopes: Collection[str] = (),
        groups: Collection[str] = (),
        connection_id: str | None = None,
        machine: bool = False,
    ) -> Claims:
        """Verify an access token with every one of `scopes`, one of `groups` (if any given), and that `connection_id`.

        Client-credentials tokens are refused unless `machine`. Raises `TokenError`, its `InsufficientError` when only a
        requirement is not met, or `KeysUnavailable`. RFC 9068 §4.
        """
        wanted = _wanted_of_access_token(scopes, groups, connection_id, machine=machine)
        place = self._place(token, wanted)
        known = self._recall(place)
        return await self._verify(token, wanted, place) if known is None else known

    def access_token_sync(
        self,
        token: object,
        *,
        scopes: Collection[str] = (),
        groups: Collection[str] = (),
        connection_id: str | None = None,
        machine: bool = False,
    ) -> Claims:
        """`access_token` for threads: blocks while keys are fetched, at most `KeyPolicy.deadline` seconds."""
        wanted = _wanted_of_access_token(scopes, groups, connection_id, machine=machine)
        place = self._place(token, wanted)
        known = self._recall(place)
        return self._verify_sync(token, wanted, place) if known is None else known

    def recall(self, token: object) -> Claims | None:
        """`access_token` out of memory alone; None where it would look at the token."""
        known = self._held_verdict(self._place(token, _ANY_PERSON))
        if known is not None:
            self._observer.remembered(True)  # noqa: FBT003 (the observer's own word)
        return known

    def access_token_at_once(self, token: object) -> tuple[Claims, bool] | None:
        """`access_token` where that takes no waiting and has a yes, and whether it was remembered; else None.

        Of a None nothing is told to the observer: whoever asks again the other way is counted then.
        """
        place = self._place(token, _ANY_PERSON)
        known = self._held_verdict(place)
        try:
            claims = self._verify_at_once(token, _ANY_PERSON, place) if known is None else known
        except TokenError:
            return None
        if claims is None:
            return None
        if place is not None:
            self._observer.remembered(known is not None)
        return claims, known is not None

    async def id_token(
        self,
        token: object,
        *,
        nonce: str | None = None,
        access_token: str | None = None,
        groups: Collection[str] = (),
        connection_id: str | None = None,
    ) -> Claims:
        """Verify an ID token (OIDC Core §3.1.3.7). Give the login's `nonce`, and the `access_token` that came along.

        Raises `TokenError`, its `InsufficientError` for groups and connection, or `KeysUnavailable`.
        """
        wanted = _wanted_of_id_token(nonce, access_token, groups, connection_id)
        place = self._place(token, wanted)
        known = self._recall(place)
        return await self._verify(token, wanted, place) if known is None else known

    def id_token_sync(
        self,
        token: object,
        *,
        nonce: str | None = None,
        access_token: str | None = None,
        groups: Collection[str] = (),
        connection_id: str | None = None,
    ) -> Claims:
        """`id_token` for threads: blocks while keys are fetched, at most `KeyPolicy.deadline` seconds."""
        wanted = _wanted_of_id_token(nonce, access_token, groups, connection_id)
        place = self._place(token, wanted)
        known = self._recall(place)
        return self._verify_sync(token, wanted, place) if known is None else known

    async def verify(self, token: object, *, token_use: TokenUse | Missing | None = MISSING) -> Claims:
        """Verify a token of either kind: "id", "access", or None for both. Machine tokens are refused."""
        wanted = Wanted(_token_use(token_use))
        place = self._place(token, wanted)
        known = self._recall(place)
        return await self._verify(token, wanted, place) if known is None else known

    def verify_sync(self, token: object, *, token_use: TokenUse | Missing | None = MISSING) -> Claims:
        """`verify` for threads."""
        wanted = Wanted(_token_use(token_use))
        place = self._place(token, wanted)
        known = self._recall(place)
        return self._verify_sync(token, wanted, place) if known is None else known

    async def prefetch(self) -> None:
        """Fetch every pool's keys now. Raises `KeysUnavailable` for the first pool that is left without."""
        for pool in self._pools:
            await pool.keys.fetch()

    def prefetch_sync(self) -> None:
        """`prefetch` for threads."""
        for pool in self._pools:
            pool.keys.fetch_sync()

    @property
    def keys_held(self) -> bool:
        """Are usable keys held for every pool? Says so without fetching."""
        return all(pool.keys.usable for pool in self._pools)

    @property
    def keys_age(self) -> float | None:
        """Seconds since the oldest pool's last good fetch; None before a pool's first, or when all keys were given."""
        ages = [pool.keys.age for pool in self._pools if pool.keys.fetches]
        return None if not ages or None in ages else max(age for age in ages if age is not None)

    # The slow way: read, choose the key, check the signature, believe the claims

    async def _verify(self, token: object, wanted: Wanted, place: _Place | None) -> Claims:
        kid, keys, draft = self._read(token)
        now = self._clock()
        key = keys.held(kid, now) or await keys.find(kid)
        return self._conclude(draft, key, wanted, place, now)

    def _verify_sync(self, token: object, wanted: Wanted, place: _Place | None) -> Claims:
        kid, keys, draft = self._read(token)
        now = self._clock()
        key = keys.held(kid, now) or keys.find_sync(kid)
        return self._conclude(draft, key, wanted, place, now)

    def _verify_at_once(self, token: object, wanted: Wanted, place: _Place | None) -> Claims | None:
        kid, keys, draft = self._read(token)
        now = self._clock()
        key = keys.held(kid, now)
        return None if key is None else self._conclude(draft, key, wanted, place, now)

    def _read(self, token: object) -> tuple[str, JwksCache, _Draft]:
        """The key that the token asks for, the keys it may be one of, and what they are to decide."""
        signed, header_segment, claims_segment, signature_segment = split(token)
        header = self._headers.get(header_segment) or read_header(header_segment)
        claims, signature = read_claims_and_signature(claims_segment, signature_segment)
        pool = self._only or self._pool_of(claims)
        return header.kid, pool.keys, (signed, header_segment, header, claims, signature, pool)

    def _pool_of(self, claims: dict[str, Any]) -> _TrustedPool:
        """A key counts for its own issuer only (RFC 8725 §3.8)."""
        issuer = claims.get("iss")
        pool = self._by_issuer.get(issuer) if type(issuer) is str else None
        if pool is None:
            raise TokenError("issuer")
        return pool

    def _conclude(self, draft: _Draft, key: SigningKey, wanted: Wanted, place: _Place | None, now: float) -> Claims:
        signed, header_segment, header, claims, signature, pool = draft
        if not is_signed(signed, signature, key):
            raise TokenError("signature")
        if header_segment not in self._headers:
            self._remember_header(header_segment, header)
        if header.typ == "at+jwt" and claims.get("token_use") != ACCESS:
            raise TokenError("type")
        check(claims, wanted, pool.rules, now)
        believed = Claims(claims)
        if (
            place is not None
            and self._verdicts is not None
            and self._verdicts.admits(place, size := size_of(signed), now)
        ):
            start, end = valid_between(claims, pool.rules)
            self._verdicts.keep(place, Verdict(believed, key, pool.keys, start, end, size))
        return believed

    # The fast way: the same token, the same requirements, the key still published

    def _place(self, token: object, wanted: Wanted) -> _Place | None:
        """Where a verdict on this token is remembered; None when it never is."""
        if self._verdicts is None or type(token) is not str or len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            return None
        if wanted.nonce is not None or wanted.access_token is not None:
            return None  # shown once, and remembering it would keep a nonce and an access token in memory
        digest = _NO_TOKEN.copy()  # cheaper than to ask OpenSSL for SHA-256 anew
        digest.update(token.encode())
        return digest.digest(), wanted

    def _recall(self, place: _Place | None) -> Claims | None:
        if place is None:
            return None
        known = self._held_verdict(place)
        self._observer.remembered(known is not None)
        return known

    def _held_verdict(self, place: _Place | None) -> Claims | None:
        if place is None or self._verdicts is None:
            return None
        verdict = self._verdicts.get(place)
        if verdict is None:
            return None
        now = self._clock()
        if not verdict.valid_from <= now < verdict.valid_until:
            return None
        return verdict.claims if verdict.keys.held(verdict.key.kid, now) is verdict.key else None

    def _remember_header(self, segment: str, header: Header) -> None:
        """Only after a good signature, so that strangers' headers cannot crowd out the pool's."""
        if len(self._headers) >= _MAX_HEADERS:
            self._headers.clear()
        self._headers[segment] = header

    def _trusted(self, pools: list[Pool]) -> tuple[_TrustedPool, ...]:
        issuers = [pool.checked_issuer for pool in pools]
        if not pools or len(set(issuers)) < len(issuers) or (len(issuers) > 1 and None in issuers):
            raise ConfigurationError("pools must be one or several, each with an issuer of its own")
        return tuple(self._trust(pool) for pool in pools)

    def _trust(self, pool: Pool) -> _TrustedPool:
        rules = Rules(pool.checked_issuer, pool.client_ids, pool.resource_names, self._leeway, self._skew)
        try:
            keys = JwksCache(
                issuer=pool.checked_issuer or "any issuer",
                prepare=prepare,
                uri=pool.uri,
                document=pool.document,
                policy=self._policy,
                http=self._http,
                trust_env=self._trust_env,
                clock=self._clock,
                observer=self._observer,
            )
        except UnusableKeySet as e:
            raise ConfigurationError(f"the given JWKS cannot be used: {e}") from e
        return _TrustedPool(rules, keys)


def is_signed(signed: str, signature: bytes, key: SigningKey) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256 over everything before the last dot (RFC 7515 §5.2, RFC 7518 §3.3)."""
    if len(signature) != key.size:
        return False
    try:
        return key.verify(signed.encode(), signature)
    except Exception:  # python-jose and OpenSSL: whatever they raise, it is not a good signature
        return False


def several(setting: str, names: Collection[str]) -> tuple[str, ...]:
    if names.__class__ is tuple and not names:
        return ()
    if isinstance(names, str) or not all(is_name(name) for name in names):
        raise ConfigurationError(f"{setting} must be a collection of non-empty strings")
    return tuple(names)


_ANY_PERSON: Final = Wanted(ACCESS)


def _wanted_of_access_token(
    scopes: Collection[str], groups: Collection[str], connection_id: str | None, *, machine: bool
) -> Wanted:
    if scopes == () == groups and connection_id is None and not machine:
        return _ANY_PERSON
    return Wanted(ACCESS, several("scopes", scopes), several("groups", groups), connection_id, machine)


def _wanted_of_id_token(
    nonce: object, access_token: object, groups: Collection[str], connection_id: str | None
) -> Wanted:
    # What Cognito answered may be anything; what is not text cannot match, and must not crash.
    if not isinstance(access_token, str | None):
        raise TokenError("at_hash")
    if not isinstance(nonce, str | None):
        raise TokenError("nonce")
    return Wanted(
        ID,
        groups=several("groups", groups),
        connection_id=connection_id,
        nonce=nonce,
        access_token=access_token,
    )


def _token_use(token_use: object) -> TokenUse | None:
    if token_use is None:
        return None
    if token_use == ID:
        return ID
    if token_use == ACCESS:
        return ACCESS
    raise ConfigurationError('token_use is missing: give "id", "access", or None to accept both')


def _seconds(setting: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{setting} must be a number of seconds")
    if not 0 <= value <= MAX_LEEWAY_SECONDS:
        raise ConfigurationError(f"{setting} must be 0 to {MAX_LEEWAY_SECONDS:g} seconds")
    return float(value)
