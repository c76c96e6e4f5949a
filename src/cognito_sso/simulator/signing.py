"""RSA keys and compact JWS, made with `cryptography` alone so that no bug is shared with the service's verifier."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

Claims = dict[str, Any]

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537


class InvalidToken(Exception):
    """The token is not one of ours; the message says why."""


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_b64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidToken("not base64url") from error


def compact_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def half_hash(value: str) -> str:
    """`at_hash` and `c_hash` of OpenID Connect Core 3.1.3.6."""
    return b64url(hashlib.sha256(value.encode()).digest()[:16])


@dataclass(frozen=True)
class SigningKey:
    kid: str
    private: RSAPrivateKey = field(repr=False)

    def jwk(self) -> dict[str, str]:
        """The public half with the six members Cognito publishes, in its order."""
        numbers = self.private.public_key().public_numbers()
        return {
            "alg": "RS256",
            "e": _b64url_int(numbers.e),
            "kid": self.kid,
            "kty": "RSA",
            "n": _b64url_int(numbers.n),
            "use": "sig",
        }

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A compact JWS; the members keep the order they are given in."""
        signing_input = f"{b64url(compact_json(header))}.{b64url(compact_json(claims))}"
        signature = self.private.sign(signing_input.encode(), PKCS1v15(), SHA256())
        return f"{signing_input}.{b64url(signature)}"


def new_key(kid: str | None = None) -> SigningKey:
    """A fresh key, named after its own public half as Cognito's are: 44 characters of base64 ending in "="."""
    private = generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    modulus = private.public_key().public_numbers().n
    digest = hashlib.sha256(modulus.to_bytes(KEY_BITS // 8)).digest()
    return SigningKey(kid or base64.b64encode(digest).decode("ascii"), private)


@cache
def standing_key(owner: str, kid: str | None = None) -> SigningKey:
    """The key `owner` starts with. Made once a process, because a test run builds many simulators and RSA is slow."""
    return new_key(kid)


def verified(token: str, jwks: Iterable[Mapping[str, str]]) -> Claims:
    """The claims of `token` if one of `jwks` signed it; only RS256 exists here."""
    header_part, claims_part, signature_part = _three_parts(token)
    header = _json_object(header_part)
    key = _public_key(header, jwks)
    try:
        signing_input = f"{header_part}.{claims_part}".encode("ascii")
        key.verify(from_b64url(signature_part), signing_input, PKCS1v15(), SHA256())
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise InvalidToken("bad signature") from error
    return _json_object(claims_part)


def _public_key(header: Mapping[str, Any], jwks: Iterable[Mapping[str, str]]) -> RSAPublicKey:
    if header.get("alg") != "RS256":
        raise InvalidToken("alg is not RS256")
    for jwk in jwks:
        if jwk.get("kid") == header.get("kid"):
            return RSAPublicNumbers(_int(jwk["e"]), _int(jwk["n"])).public_key()
    raise InvalidToken("unknown kid")


def _three_parts(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("not three parts")
    return parts


def _json_object(part: str) -> Claims:
    try:
        value = json.loads(from_b64url(part))
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not JSON") from error
    if not isinstance(value, dict):
        raise InvalidToken("not a JSON object")
    return value


def _b64url_int(number: int) -> str:
    return b64url(number.to_bytes((number.bit_length() + 7) // 8))


def _int(text: str) -> int:
    return int.from_bytes(from_b64url(text))
