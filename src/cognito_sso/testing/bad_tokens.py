"""Every kind of access token that must be refused, named in plain words. Each differs from a good one in one thing."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cognito_sso.simulator.signing import SigningKey, b64url, compact_json, from_b64url, standing_key

if TYPE_CHECKING:
    from cognito_sso.testing.cognito import Cognito

Maker = Callable[["Cognito"], str]
LONGEST_TOKEN_CHARACTERS = 8192
DAY_SECONDS = 86_400
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _claims(**options: Any) -> Maker:
    """Correctly signed, but these claims, or other options of `Cognito.access_token`."""
    return lambda cognito: cognito.access_token(**options)


def _time(**seconds_from_now: int) -> Maker:
    """Correctly signed, but these times, given in seconds from now."""

    def make(cognito: Cognito) -> str:
        now = int(cognito.simulator.clock.now())
        times: dict[str, Any] = {name: now + seconds for name, seconds in seconds_from_now.items()}
        return cognito.access_token(**times)

    return make


def _header(**members: Any) -> Maker:
    """Correctly signed, but these members of the header; None leaves one out."""

    def make(cognito: Cognito) -> str:
        header = {"kid": cognito.simulator.keys.access.kid, "alg": "RS256", **members}
        return cognito.simulator.mint_access_token(header={name: v for name, v in header.items() if v is not None})

    return make


def _signed_by(key: Callable[[Cognito], SigningKey], header: Mapping[str, Any] | None = None) -> Maker:
    return lambda cognito: cognito.simulator.mint_access_token(key=key(cognito), header=header)


def _text(change: Callable[[str, str, str], str]) -> Maker:
    """The three segments of a good token, put together differently."""

    def make(cognito: Cognito) -> str:
        header, claims, signature = cognito.access_token().split(".")
        return change(header, claims, signature)

    return make


def _algorithm(alg: str, sign: Callable[[Cognito, bytes], bytes]) -> Maker:
    """Signed with another algorithm, and the header says so."""

    def make(cognito: Cognito) -> str:
        header = b64url(compact_json({"kid": cognito.simulator.keys.access.kid, "alg": alg}))
        message = f"{header}.{cognito.access_token().split('.')[1]}"
        return f"{message}.{b64url(sign(cognito, message.encode()))}"

    return make


def _payload(change: Callable[[bytes], bytes]) -> Maker:
    """Correctly signed, but the JSON of the claims is no longer that of an object."""

    def make(cognito: Cognito) -> str:
        header, claims, _ = cognito.access_token().split(".")
        message = f"{header}.{b64url(change(from_b64url(claims)))}"
        signature = cognito.simulator.keys.access.private.sign(message.encode(), PKCS1v15(), SHA256())
        return f"{message}.{b64url(signature)}"

    return make


def _strangers(cognito: Cognito) -> SigningKey:
    """A key of nobody we trust, that goes by the name of the pool's."""
    return SigningKey(cognito.simulator.keys.access.kid, standing_key("a stranger").private)


def _under_the_other_name(cognito: Cognito) -> SigningKey:
    return SigningKey(cognito.simulator.keys.id.kid, cognito.simulator.keys.access.private)


def _keyed_with_the_public_key(cognito: Cognito, message: bytes) -> bytes:
    public = cognito.simulator.keys.access.private.public_key()
    return hmac.digest(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), message, "sha256")


def _pss(cognito: Cognito, message: bytes) -> bytes:
    return cognito.simulator.keys.access.private.sign(message, PSS(MGF1(SHA256()), 32), SHA256())


def _rs512(cognito: Cognito, message: bytes) -> bytes:
    return cognito.simulator.keys.access.private.sign(message, PKCS1v15(), SHA512())


def _es256(_: Cognito, message: bytes) -> bytes:
    return generate_private_key(SECP256R1()).sign(message, ECDSA(SHA256()))


def _brings_its_own_key(cognito: Cognito) -> str:
    key = _strangers(cognito)
    return _signed_by(_strangers, {"kid": key.kid, "alg": "RS256", "jwk": key.jwk()})(cognito)


def _from_another_pool(cognito: Cognito) -> str:
    """Genuine, of a pool next door whose app client has the same id."""
    other = f"{cognito.issuer[:-1]}{'A' if cognito.issuer[-1] != 'A' else 'B'}"
    return cognito.simulator.mint_access_token(key=standing_key("another pool"), claims={"iss": other})


def _issuer(change: Callable[[str], str]) -> Maker:
    return lambda cognito: cognito.access_token(iss=change(cognito.issuer))


def _flipped(_header: str, _claims: str, signature: str) -> str:
    raw = bytearray(from_b64url(signature))
    raw[len(raw) // 2] ^= 1
    return f"{_header}.{_claims}.{b64url(bytes(raw))}"


def _other_spelling(header: str, claims: str, signature: str) -> str:
    """The same bytes: the last character's unused bits are set, which lax decoders overlook."""
    return f"{header}.{claims}.{signature[:-1]}{_ALPHABET[_ALPHABET.index(signature[-1]) ^ 1]}"


def _signature_of_another(cognito: Cognito) -> str:
    return f"{cognito.access_token(sub='somebody-else').rpartition('.')[0]}.{cognito.access_token().rpartition('.')[2]}"


def _claims_exchanged(cognito: Cognito) -> str:
    header, _, signature = cognito.access_token().split(".")
    return f"{header}.{cognito.access_token(groups=('admins',)).split('.')[1]}.{signature}"


def _unsigned(alg: str, *, keeps_signature: bool = False) -> Maker:
    def make(cognito: Cognito) -> str:
        _, claims, signature = cognito.access_token().split(".")
        header = b64url(compact_json({"kid": cognito.simulator.keys.access.kid, "alg": alg}))
        return f"{header}.{claims}.{signature if keeps_signature else ''}"

    return make


MAKERS: Final[dict[str, Maker]] = {
    # Who signed
    "signed by a stranger under the pool's key id": _signed_by(_strangers),
    "signed with a key that is not published": _signed_by(lambda _: standing_key("a stranger")),
    "signed by the pool's access key under its other key's id": _signed_by(_under_the_other_name),
    "brings its own key along": _brings_its_own_key,
    "names an address for its key": _header(jku="https://attacker.example/jwks.json"),
    "without a key id": _header(kid=None),
    "with a path as key id": _header(kid="../../../../dev/null"),
    # How
    "with algorithm none": _unsigned("none"),
    "with algorithm nOnE": _unsigned("nOnE"),
    "with algorithm none and a signature": _unsigned("none", keeps_signature=True),
    "with an empty signature": _text(lambda header, claims, _: f"{header}.{claims}."),
    "HMAC keyed with the public key": _algorithm("HS256", _keyed_with_the_public_key),
    "signed as RS512": _algorithm("RS512", _rs512),
    "signed as PS256": _algorithm("PS256", _pss),
    "signed as ES256": _algorithm("ES256", _es256),
    "with a critical extension": _header(crit=["exp"]),
    "compressed": _header(zip="DEF"),
    "with the type of a logout token": _header(typ="logout+jwt"),
    # Tampered with
    "with a bit of the signature flipped": _text(_flipped),
    "with the signature of another token": _signature_of_another,
    "with other claims than were signed": _claims_exchanged,
    "with the signature cut short": _text(lambda header, claims, signature: f"{header}.{claims}.{signature[:-4]}"),
    "with the signature spelled otherwise": _text(_other_spelling),
    "with padding": _text(lambda header, claims, signature: f"{header}.{claims}.{signature}=="),
    # No access token of Cognito's shape
    "opaque text": lambda _: "x" * 40,
    "an authorization code": lambda _: "5c2b9a30-0d5c-4f8c-9d38-0c6f3c8b8d0f",
    "two segments": _text(lambda header, claims, _: f"{header}.{claims}"),
    "four segments": _text(lambda header, claims, signature: f"{header}.{claims}.{signature}.{signature}"),
    "only dots": lambda _: "..",
    "an encrypted token": lambda _: f"{b64url(compact_json({'alg': 'RSA-OAEP'}))}.AAAA.AAAA.AAAA.AAAA",
    "longer than 8 kB": lambda cognito: cognito.access_token(filler="x" * LONGEST_TOKEN_CHARACTERS),
    "with claims that are a list": _payload(lambda raw: b"[" + raw + b"]"),
    "with claims that are not JSON": _payload(lambda raw: raw[:-1]),
    "with a claim that stands twice": _payload(lambda raw: b'{"sub":"somebody-else",' + raw[1:]),
    "with claims in UTF-16": _payload(lambda raw: raw.decode().encode("utf-16")),
    # When
    "expired a second ago": _claims(expires_in=-1),
    "expired an hour ago": _claims(expires_in=-3600),
    "expiring this very second": _claims(expires_in=0),
    "without expiry": _claims(exp=None),
    "with its expiry as text": _claims(exp="1999999999"),
    "with its expiry in milliseconds": lambda cognito: cognito.access_token(
        exp=int(cognito.simulator.clock.now() + 3600) * 1000
    ),
    "living longer than a day": _time(exp=DAY_SECONDS + 60, iat=0),
    "without the time of issue": _claims(iat=None),
    "issued in an hour": _time(iat=3600, exp=7200),
    "valid in an hour": _time(nbf=3600, exp=7200),
    # From whom, for whom, for what
    "from another pool": _from_another_pool,
    "in the name of another pool": _issuer(lambda issuer: f"{issuer}x"),
    "with a slash behind the issuer": _issuer(lambda issuer: f"{issuer}/"),
    "without an issuer": _claims(iss=None),
    "for another app client": _claims(client_id="another4client"),
    "without an app client": _claims(client_id=None),
    "for a list of app clients": lambda cognito: cognito.access_token(client_id=[cognito.client_id]),
    "for another resource": _claims(aud="https://another-api.example"),
    "an ID token": lambda cognito: cognito.id_token(),
    "an ID token that names the app client": lambda cognito: cognito.id_token(client_id=cognito.client_id),
    "a refresh token": lambda cognito: str(cognito.simulator.mint()["refresh_token"]),
    "a logout token": _claims(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "without a use": _claims(token_use=None),
    "a machine's": lambda cognito: cognito.machine_token(),
    "without a user name": _claims(username=None),
    # About whom
    "without a subject": _claims(sub=None),
    "with an empty subject": _claims(sub=""),
    "with a subject that is a number": _claims(sub=7),
    "with a line break in the subject": _claims(sub="somebody\r\nX-Admin: 1"),
    "with groups that are text": _claims(**{"cognito:groups": "admins"}),
    "with scopes that are a list": _claims(scope=["admin"]),
}

BAD_ACCESS_TOKENS: Final[tuple[str, ...]] = tuple(MAKERS)
"""Their names, for `@pytest.mark.parametrize`."""
