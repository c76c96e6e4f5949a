"""What is in the pool's tokens: claims, headers and scopes, as Cognito writes them."""

import uuid
from collections.abc import Sequence

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.users import User
from cognito_sso.simulator.grants import Grant
from cognito_sso.simulator.signing import Claims, SigningKey, half_hash, new_key, standing_key
from cognito_sso.simulator.tamper import Hook, Tamper, tampered, tampered_token

EMAIL = ("email", "email_verified")
PHONE = ("phone_number", "phone_number_verified")
VERIFIED_FLAGS = ("email_verified", "phone_number_verified")


class PoolKeys:
    """Two keys, one for ID tokens and one for access tokens, and the older ones still published."""

    def __init__(self, pool_id: str) -> None:
        self._id_owner, self._access_owner = f"{pool_id} id", f"{pool_id} access"
        self._rotated: list[SigningKey] = []
        self._older: list[SigningKey] = []

    @property
    def id(self) -> SigningKey:
        return self._rotated[0] if self._rotated else standing_key(self._id_owner)

    @property
    def access(self) -> SigningKey:
        return self._rotated[1] if self._rotated else standing_key(self._access_owner)

    @property
    def published(self) -> list[SigningKey]:
        return [self.id, self.access, *self._older]

    def rotate(self, *, keep_old: bool = True) -> None:
        """New keys sign from now on; `keep_old=False` also takes the old ones out of the JWKS."""
        self._older = self.published if keep_old else []
        self._rotated = [new_key(), new_key()]

    def drop_old(self) -> None:
        self._older = []

    def jwks(self) -> list[dict[str, str]]:
        return [key.jwk() for key in self.published]


class TokenMint:
    def __init__(self, *, issuer: str, keys: PoolKeys, clock: Clock, tamper: Tamper) -> None:
        self._issuer = issuer
        self._keys = keys
        self._clock = clock
        self._tamper = tamper

    def id_token(self, grant: Grant, client: AppClient, user: User, access_token: str) -> str:
        claims = tampered(self._tamper.id_claims, self.id_claims(grant, client, user, access_token))
        token = _sign(self._keys.id, claims, self._tamper.id_header)
        return tampered_token(self._tamper.id_token, token)

    def access_token(self, grant: Grant, client: AppClient, user: User | None) -> str:
        claims = tampered(self._tamper.access_claims, self.access_claims(grant, client, user))
        token = _sign(self._keys.access, claims, self._tamper.access_header)
        return tampered_token(self._tamper.access_token, token)

    def id_claims(self, grant: Grant, client: AppClient, user: User, access_token: str) -> Claims:
        attributes = _with_booleans(readable(user, grant.scopes, client))
        claims = {
            "at_hash": half_hash(access_token),
            "sub": user.sub,
            "cognito:groups": list(user.groups),
            "email_verified": attributes.pop("email_verified", None),
            "iss": self._issuer,
            "cognito:username": user.username,
            "nonce": grant.nonce,
            "origin_jti": grant.origin_jti if client.token_revocation else None,
            "aud": client.client_id,
            "identities": user.identities(),
            "token_use": "id",
            "auth_time": grant.auth_time,
            **self._times(client.id_token_seconds),
            "jti": str(uuid.uuid4()),
            **attributes,
        }
        return _without_nothing(claims)

    def access_claims(self, grant: Grant, client: AppClient, user: User | None) -> Claims:
        """Without a user it is a machine's: the client is its own subject."""
        claims = {
            "sub": user.sub if user else client.client_id,
            "cognito:groups": list(user.groups) if user else None,
            "iss": self._issuer,
            "version": 2,
            "client_id": client.client_id,
            "aud": grant.resource,
            "origin_jti": grant.origin_jti if user and client.token_revocation else None,
            "event_id": str(uuid.uuid4()),
            "token_use": "access",
            "scope": " ".join(grant.scopes),
            "auth_time": grant.auth_time,
            **self._times(client.access_token_seconds),
            "jti": str(uuid.uuid4()),
            "username": user.username if user else None,
        }
        return _without_nothing(claims)

    def _times(self, seconds: int) -> Claims:
        now = int(self._clock.now())
        return {"exp": now + seconds, "iat": now}


def _sign(key: SigningKey, claims: Claims, header_hook: Hook | None) -> str:
    """Cognito's header is exactly kid and alg, in that order, without typ."""
    return key.sign(tampered(header_hook, {"kid": key.kid, "alg": "RS256"}), claims)


def readable(user: User, scopes: Sequence[str], client: AppClient) -> dict[str, str]:
    """The attributes that the scopes cover and the client may read."""
    covered = {name: value for name, value in _known(user).items() if _is_covered(name, scopes)}
    return {name: value for name, value in covered.items() if name not in client.unreadable_attributes}


def _known(user: User) -> dict[str, str]:
    flags = {}
    if "email" in user.attributes:
        flags["email_verified"] = "false"
    return {**flags, **user.attributes}


def _is_covered(name: str, scopes: Sequence[str]) -> bool:
    if not {"email", "phone", "profile"} & set(scopes):
        return "openid" in scopes
    if name in EMAIL:
        return "email" in scopes
    if name in PHONE:
        return "phone" in scopes
    return "profile" in scopes


def _with_booleans(attributes: dict[str, str]) -> Claims:
    """The ID token has booleans where userInfo has strings."""
    return {name: value == "true" if name in VERIFIED_FLAGS else value for name, value in attributes.items()}


def _without_nothing(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}
