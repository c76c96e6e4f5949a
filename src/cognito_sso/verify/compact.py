"""The strict reading of a compact JWS: one spelling per token, one meaning per segment (RFC 7515 §5.2). Pure."""

from __future__ import annotations

import json
import re
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cognito_sso.verify.errors import TokenError

MAX_TOKEN_CHARACTERS: Final = 8192
MAX_JSON_DEPTH: Final = 32
MAX_SAFE_INTEGER: Final = 2**53  # I-JSON (RFC 7493 §2.2): beyond it two readers may see two numbers
ALGORITHM: Final = "RS256"

_ALLOWED_HEADERS: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
_TYPES: Final = frozenset({None, "JWT", "at+jwt"})
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_+/=.:-]{1,128}")  # Cognito's are standard base64 and end in "="
_JSON_SPACE: Final = " \t\n\r"

# By the length modulo 4: how to pad, and which last characters leave the unused bits zero (RFC 4648 §3.5), or one
# value has several spellings.
_PADDING: Final = ("", "", "==", "=")
_LAST: Final = (
    frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    frozenset[str](),
    frozenset("AQgw"),
    frozenset("AEIMQUYcgkosw048"),
)


class NotStrict(ValueError):
    """The text is not the one strict spelling of a value."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says once everything else has been refused."""

    kid: str
    typ: str | None


def base64url(segment: str) -> bytes:
    """Decode canonical, unpadded base64url (RFC 7515 §2); raise `NotStrict` on any other spelling."""
    rest = len(segment) % 4
    if segment[-1:] not in _LAST[rest] or "+" in segment or "/" in segment or "=" in segment:
        raise NotStrict("not canonical base64url")
    try:
        raw = a2b_base64(segment.replace("-", "+").replace("_", "/") + _PADDING[rest])
    except ValueError as e:  # of which binascii.Error is one, and non-ASCII text another
        raise NotStrict("not base64url") from e
    if len(raw) != len(segment) * 3 // 4:  # what is foreign was skipped; the decoder's own strict mode costs twice
        raise NotStrict("not base64url")
    return raw


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("a member appears twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0.0:
        raise NotStrict("a number overflows")
    return number


def _refuse(constant: str) -> Any:
    raise NotStrict(f"{constant} is not JSON")


# The scanner itself: JSONDecoder's methods around it cost as much as three claims.
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_finite, parse_constant=_refuse, strict=True
).scan_once  # type: ignore[attr-defined]


def read_json(raw: bytes) -> Any:
    """Read one JSON value (RFC 8259) that every reader reads alike; raise `NotStrict` otherwise.

    UTF-8 without BOM, unique members, finite numbers, integers below 2^53, at most 32 levels, no lone surrogates.
    """
    value = _parse(raw)
    bound(value)
    return value


def _parse(raw: bytes) -> Any:
    try:
        text = raw.decode().strip(_JSON_SPACE)
        value, end = _scan(text, 0)
        if end != len(text):
            raise NotStrict("something follows the value")
        if "\\" in text:  # it may spell a lone surrogate, which cannot be encoded
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError, StopIteration) as e:
        raise NotStrict("not strict JSON") from e
    return value


def bound(value: Any, depth: int = 1) -> None:
    """Refuse large integers and deep nesting. (A parser's hook would be called for every integer, which costs more.)"""
    kind = type(value)
    if kind is int and not -MAX_SAFE_INTEGER < value < MAX_SAFE_INTEGER:
        raise NotStrict("an integer is too large")
    if kind is dict or kind is list:
        if depth > MAX_JSON_DEPTH:
            raise NotStrict("nested too deeply")
        for item in value.values() if kind is dict else value:
            if type(item) is not str:
                bound(item, depth + 1)


def is_key_id(kid: object) -> bool:
    return type(kid) is str and _KEY_ID.fullmatch(kid) is not None


def read_header(segment: str) -> Header:
    """Read the protected header: RS256, a plain kid, and nothing that changes the token's meaning (RFC 7515 §4)."""
    try:
        header = read_json(base64url(segment))
    except NotStrict as e:
        raise TokenError("header") from e
    if type(header) is not dict:
        raise TokenError("header")
    if header.get("alg") != ALGORITHM:
        raise TokenError("algorithm")
    if not _ALLOWED_HEADERS.issuperset(
        header
    ):  # crit, b64, zip, cty, jwk, jku, x5u, x5c: none is ever used, so none is allowed
        raise TokenError("header")
    if not is_key_id(header.get("kid")):
        raise TokenError("key_id")
    if not _is_known_type(header):
        raise TokenError("type")
    if any(type(header.get(name, "")) is not str for name in ("x5t", "x5t#S256")):
        raise TokenError("header")
    return Header(header["kid"], header.get("typ"))


def _is_known_type(header: dict[str, Any]) -> bool:
    typ = header.get("typ", "JWT")
    return type(typ) is str and typ in _TYPES


def split(token: object) -> tuple[str, str, str, str]:
    """What was signed, and its header and claims segments and the signature's (RFC 7515 §3.1); by length first."""
    if type(token) is not str:
        raise TokenError("malformed")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenError("too_long")
    signed, _, signature = token.rpartition(".")  # these look for one character, `split` at every one
    header, dot, claims = signed.partition(".")
    if not dot or "." in claims or not token.isascii():
        raise TokenError("malformed")
    return signed, header, claims, signature


def read_claims_and_signature(claims_segment: str, signature_segment: str) -> tuple[dict[str, Any], bytes]:
    """Read the claims set, one strict JSON object (RFC 7519 §7.2), and the bytes of the signature.

    Integers and nesting are left to `claims.check_types`, which looks at every claim anyway.
    """
    try:
        raw, signature = base64url(claims_segment), base64url(signature_segment)
    except NotStrict as e:
        raise TokenError("malformed") from e
    try:
        claims = _parse(raw)
    except NotStrict as e:
        raise TokenError("payload") from e
    if type(claims) is not dict:
        raise TokenError("payload")
    return claims, signature
