"""Tokens and key sets for tests: good ones by default, and every part replaceable. Shares no code with the verifier."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOW = 1_757_330_938
POOL_ID = "eu-north-1_6m0O668r5"
ISSUER = f"https://cognito-idp.eu-north-1.amazonaws.com/{POOL_ID}"
CLIENT_ID = "k6tana1l8b0bvhk9gfixkurr6"
SUB = "807c593c-d0c1-709c-598f-633ec61bcc8b"
CONNECTION_ID = "conn_60040666217971987"
USER_ID = f"{CONNECTION_ID};a2c49d97-d36f-460f-97c2-87eb295095af"
NONCE = "sGSXePnJ0Ue5pV4b0r1Zsw"
PROVIDER_GROUP = f"{POOL_ID}_ScalekitIdPRouter"

ACCESS_KID = "OntGMiw2AmvQi6yGOEaYlZBYOd4nBbD19OcJwHoCWNs="
ID_KID = "9Qx+/2AmvQi6yGOEaYlZBYOd4nBbD19OcJwHoCWNs0A="


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@functools.cache
def rsa_key(name: str, bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """One key per name and process."""
    return rsa.generate_private_key(exponent, bits)


def jwk(name: str, kid: str, **members: Any) -> dict[str, Any]:
    """Cognito's form of a published key; a member given as None is left out."""
    numbers = rsa_key(name).public_key().public_numbers()
    plain = {"alg": "RS256", "e": b64_int(numbers.e), "kid": kid, "kty": "RSA", "n": b64_int(numbers.n), "use": "sig"}
    return {member: value for member, value in (plain | members).items() if value is not None}


def b64_int(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def jwks() -> dict[str, Any]:
    return {"keys": [jwk("id", ID_KID), jwk("access", ACCESS_KID)]}


@dataclass(frozen=True)
class Raw:
    """Claims or headers exactly as these bytes say."""

    body: bytes


def encode(part: dict[str, Any] | Raw) -> bytes:
    if isinstance(part, Raw):
        return part.body
    return json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def sign(name: str, message: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    return rsa_key(name).sign(message, padding.PKCS1v15(), digest or hashes.SHA256())


def compact(header: dict[str, Any] | Raw, claims: dict[str, Any] | Raw, name: str) -> str:
    return signed_segments(b64(encode(header)), b64(encode(claims)), name)


def signed_segments(header: str, claims: str, name: str) -> str:
    message = f"{header}.{claims}"
    return f"{message}.{b64(sign(name, message.encode('utf-8', 'surrogatepass')))}"


def access_claims(**changes: Any) -> dict[str, Any]:
    """Spec of Cognito's access token, with a claim given as `...` left out."""
    return _changed(
        {
            "sub": SUB,
            "cognito:groups": [PROVIDER_GROUP, "staff"],
            "iss": ISSUER,
            "version": 2,
            "client_id": CLIENT_ID,
            "origin_jti": "5b1f1b1e-1111-4c1c-9c1c-aaaaaaaaaaaa",
            "event_id": "2b1f1b1e-1111-4c1c-9c1c-bbbbbbbbbbbb",
            "token_use": "access",
            "scope": "openid email orders/read",
            "auth_time": NOW,
            "exp": NOW + 3600,
            "iat": NOW,
            "jti": "7b1f1b1e-1111-4c1c-9c1c-cccccccccccc",
            "username": f"scalekitidprouter_{USER_ID}",
        },
        changes,
    )


def id_claims(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "sub": SUB,
            "cognito:groups": [PROVIDER_GROUP, "staff"],
            "email_verified": False,
            "iss": ISSUER,
            "cognito:username": f"scalekitidprouter_{USER_ID}",
            "nonce": NONCE,
            "origin_jti": "5b1f1b1e-1111-4c1c-9c1c-aaaaaaaaaaaa",
            "aud": CLIENT_ID,
            "identities": [
                {
                    "dateCreated": "1757330938000",
                    "userId": USER_ID,
                    "providerName": "ScalekitIdPRouter",
                    "providerType": "OIDC",
                    "issuer": None,
                    "primary": "true",
                }
            ],
            "token_use": "id",
            "auth_time": NOW,
            "exp": NOW + 3600,
            "iat": NOW,
            "jti": "11112222-1111-4c1c-9c1c-dddddddddddd",
            "given_name": "John",
            "family_name": "Doe",
            "email": "john@example.com",
        },
        changes,
    )


def machine_claims(**changes: Any) -> dict[str, Any]:
    names = ("username", "cognito:groups", "origin_jti")
    return access_claims(**dict.fromkeys(names, ...), sub=CLIENT_ID, scope="orders/read", **changes)


def _changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def access_token(**changes: Any) -> str:
    return compact({"kid": ACCESS_KID, "alg": "RS256"}, access_claims(**changes), "access")


def id_token(**changes: Any) -> str:
    return compact({"kid": ID_KID, "alg": "RS256"}, id_claims(**changes), "id")


def machine_token(**changes: Any) -> str:
    return compact({"kid": ACCESS_KID, "alg": "RS256"}, machine_claims(**changes), "access")


def at_hash(access_token: str) -> str:
    return b64(hashlib.sha256(access_token.encode()).digest()[:16])
