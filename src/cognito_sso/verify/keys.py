"""Which published keys may sign: a JWKS read strictly, its keys vetted one by one (RFC 7517, RFC 7518 §6.3). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from cognito_sso.verify.compact import ALGORITHM, NotStrict, base64url, is_key_id, read_json

MIN_KEY_BITS: Final = 2048
MAX_KEY_BITS: Final = 4096
MIN_EXPONENT: Final = 65537  # RFC 7518 asks for odd and >= 3; small ones forgive bad padding checks, so FIPS 186-5 §5.1
MAX_EXPONENT: Final = 2**32
MAX_KEYS: Final = 16  # a pool publishes two, four while rotating
_MAX_EXAMINED: Final = 1000  # half a megabyte has room for far more that are worth nothing

_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# ROCA (CVE-2017-15361): vulnerable moduli are a power of 65537 modulo every one of these primes.
_ROCA_PRIMES: Final = tuple(p for p in range(3, 168, 2) if all(p % q for q in range(3, p, 2)))
_ROCA_RESIDUES: Final = {p: frozenset(pow(65537, i, p) for i in range(p)) for p in _ROCA_PRIMES}

SignatureCheck = Callable[[bytes, bytes], bool]
"""(signed bytes, signature) -> does it verify?"""


class UnusableKey(ValueError):
    """The key may not verify tokens; the message is a short reason without any of the key's material."""


class UnusableKeySet(ValueError):
    """The document holds no usable key; the message is a short reason."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One published RSA key that may sign tokens, parsed once."""

    kid: str
    numbers: RSAPublicNumbers
    size: int
    """The modulus's length in bytes, and so every signature's."""
    verify: SignatureCheck = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of one document, and why the others are not."""

    by_kid: Mapping[str, SigningKey]
    refused: tuple[tuple[str, str], ...] = ()
    """(kid in printable ASCII, cut short; reason)"""


def read_key_set(
    body: bytes, prepare: Callable[[RSAPublicKey], SignatureCheck], held: Mapping[str, SigningKey] | None = None
) -> KeySet:
    """Read a JWKS; keys already in `held` keep their parsed form. Raises `UnusableKeySet` when none may be used."""
    try:
        document = read_json(body)
    except NotStrict as e:
        raise UnusableKeySet("not strict JSON") from e
    if type(document) is not dict or type(document.get("keys")) is not list:
        raise UnusableKeySet("not a key set")
    keys = _vet_all(document["keys"], prepare, held or {})
    if not keys.by_kid:
        raise UnusableKeySet("no usable key")
    return keys


def _vet_all(
    jwks: list[Any], prepare: Callable[[RSAPublicKey], SignatureCheck], held: Mapping[str, SigningKey]
) -> KeySet:
    refused: list[tuple[str, str]] = []
    vetted: list[tuple[str, RSAPublicNumbers]] = []
    for jwk in jwks[:_MAX_EXAMINED]:
        try:
            vetted.append(vet(jwk))
        except UnusableKey as e:
            refused.append((_printable(jwk), str(e)))
    seen = Counter(kid for kid, _ in vetted)
    refused += [(kid, "its kid is not unique") for kid, times in seen.items() if times > 1]
    unique = [(kid, numbers) for kid, numbers in vetted if seen[kid] == 1]
    refused += [(kid, f"more than {MAX_KEYS} keys") for kid, _ in unique[MAX_KEYS:]]
    return _parse(unique[:MAX_KEYS], refused, prepare, held)


def _parse(
    vetted: list[tuple[str, RSAPublicNumbers]],
    refused: list[tuple[str, str]],
    prepare: Callable[[RSAPublicKey], SignatureCheck],
    held: Mapping[str, SigningKey],
) -> KeySet:
    keys: dict[str, SigningKey] = {}
    for kid, numbers in vetted:
        known = held.get(kid)
        if known is not None and known.numbers == numbers:
            keys[kid] = known
            continue
        try:
            verify = prepare(numbers.public_key())
        except ValueError:  # OpenSSL's own opinion of the numbers
            refused.append((kid, "not an RSA public key"))
            continue
        keys[kid] = SigningKey(kid, numbers, numbers.n.bit_length() + 7 >> 3, verify)
    return KeySet(MappingProxyType(keys), tuple(refused))


def vet(jwk: object) -> tuple[str, RSAPublicNumbers]:
    """Return one JWK's kid and numbers; raise `UnusableKey` unless it is an RSA public key for RS256 signatures."""
    if type(jwk) is not dict:
        raise UnusableKey("not an object")
    if not is_key_id(jwk.get("kid")):
        raise UnusableKey("no usable kid")
    _vet_purpose(jwk)
    numbers = RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n"))
    _vet_numbers(numbers)
    return jwk["kid"], numbers


def _vet_purpose(jwk: dict[str, Any]) -> None:
    if jwk.get("kty") != "RSA":
        raise UnusableKey("not an RSA key")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise UnusableKey("its private part is published")
    if jwk.get("use", "sig") != "sig":
        raise UnusableKey("not for signatures")
    if jwk.get("alg", ALGORITHM) != ALGORITHM:
        raise UnusableKey("not for RS256")
    operations = jwk.get("key_ops", ["verify"])
    if type(operations) is not list or "verify" not in operations:
        raise UnusableKey("not for verifying")


def _number(jwk: dict[str, Any], name: str) -> int:
    text = jwk.get(name)
    if type(text) is not str or len(text) > MAX_KEY_BITS // 4:
        raise UnusableKey(f"{name} is malformed")
    try:
        octets = base64url(text)
    except NotStrict as e:
        raise UnusableKey(f"{name} is malformed") from e
    if octets[0] == 0:  # RFC 7518 §2: as few octets as possible
        raise UnusableKey(f"{name} is malformed")
    return int.from_bytes(octets, "big")


def _vet_numbers(numbers: RSAPublicNumbers) -> None:
    if not MIN_KEY_BITS <= numbers.n.bit_length() <= MAX_KEY_BITS:
        raise UnusableKey(f"not {MIN_KEY_BITS} to {MAX_KEY_BITS} bits long")
    if numbers.n % 2 == 0:
        raise UnusableKey("its modulus is even")
    if numbers.e % 2 == 0 or not MIN_EXPONENT <= numbers.e < MAX_EXPONENT:
        raise UnusableKey("its exponent is out of bounds")
    if all(numbers.n % p in residues for p, residues in _ROCA_RESIDUES.items()):
        raise UnusableKey("its primes can be computed (ROCA)")


def _printable(jwk: object) -> str:
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return ascii(kid)[1:65] if isinstance(kid, str) else "?"
