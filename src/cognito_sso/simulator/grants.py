"""Authorization codes and refresh tokens: what the pool remembers between two requests of an app."""

import base64
import hashlib
import os
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cognito_sso.simulator.signing import b64url

CODE_SECONDS = 300
MOST_REMEMBERED = 10_000

T = TypeVar("T")


class Bounded(OrderedDict[str, T], Generic[T]):
    """A dict that forgets its oldest entry, so that a long-running stand-in stays small."""

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


@dataclass(frozen=True)
class Grant:
    """What one sign-in gave one client; every token of the family shares `origin_jti`."""

    client_id: str
    username: str
    scopes: Sequence[str]
    auth_time: int
    nonce: str | None = None
    resource: str | None = None
    origin_jti: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class AuthorizationCode:
    grant: Grant
    redirect_uri: str
    code_challenge: str | None
    expires_at: float


class Codes:
    """Each good once, for five minutes."""

    def __init__(self) -> None:
        self._codes: Bounded[AuthorizationCode] = Bounded()

    def issue(self, grant: Grant, redirect_uri: str, code_challenge: str | None, now: float) -> str:
        code = str(uuid.uuid4())
        self._codes[code] = AuthorizationCode(grant, redirect_uri, code_challenge, now + CODE_SECONDS)
        return code

    def find(self, code: str, now: float) -> AuthorizationCode | None:
        found = self._codes.get(code)
        return found if found and now < found.expires_at else None

    def use_up(self, code: str) -> None:
        self._codes.pop(code, None)


@dataclass
class RefreshToken:
    """`dies_at` moves forward when rotation replaces the token."""

    grant: Grant
    family_ends_at: float
    dies_at: float


class RefreshTokens:
    def __init__(self) -> None:
        self._tokens: Bounded[RefreshToken] = Bounded()
        self._revoked: Bounded[bool] = Bounded()

    def issue(self, grant: Grant, family_ends_at: float) -> str:
        value = _opaque_value()
        self._tokens[value] = RefreshToken(grant, family_ends_at, family_ends_at)
        return value

    def find(self, value: str, now: float) -> RefreshToken | None:
        """The token, if it can still be used."""
        found = self._tokens.get(value)
        if found is None or now >= found.dies_at or self.is_revoked(found.grant.origin_jti):
            return None
        return found

    def rotate(self, token: RefreshToken, now: float, grace_seconds: float) -> str:
        """A successor that ends when the family does; the old token ends after the grace period."""
        token.dies_at = min(token.dies_at, now + grace_seconds)
        return self.issue(token.grant, token.family_ends_at)

    def revoke(self, value: str, client_id: str) -> None:
        """Ends the whole family. Silent about a value it does not know, as Cognito is."""
        found = self._tokens.get(value)
        if found and found.grant.client_id == client_id:
            self._revoked[found.grant.origin_jti] = True

    def revoke_all_of(self, username: str) -> None:
        for token in self._tokens.values():
            if token.grant.username == username:
                self._revoked[token.grant.origin_jti] = True

    def is_revoked(self, origin_jti: str) -> bool:
        return origin_jti in self._revoked


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return b64url(hashlib.sha256(verifier.encode()).digest())


def _opaque_value() -> str:
    """Looks like Cognito's JWE, starts `eyJj` as theirs do, and says nothing."""
    header = b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    parts = (header, os.urandom(256), os.urandom(12), os.urandom(820), os.urandom(16))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii") for part in parts)
