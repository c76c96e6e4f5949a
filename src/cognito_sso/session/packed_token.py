"""A token as the bytes its base64url stands for: a quarter smaller in a sealed cookie, and exactly the same back."""

from __future__ import annotations

from cognito_sso.cookies import base64url

_AS_TEXT, _AS_SEGMENTS = b"\0", b"\1"
_LENGTH_BYTES = 2


def pack(token: str) -> bytes:
    """Dot-separated base64url (a JWS or JWE in compact form) is decoded; any other text is kept as it is."""
    segments = [_decoded(segment) for segment in token.split(".")]
    if None in segments or len(segments) < 2:
        return _AS_TEXT + token.encode()
    return _AS_SEGMENTS + b"".join(len(raw).to_bytes(_LENGTH_BYTES, "big") + raw for raw in segments if raw is not None)


def unpack(packed: bytes) -> str:
    if packed[:1] == _AS_TEXT:
        return packed[1:].decode()
    return base64url.encode(*segments_of(packed))


def segments_of(packed: bytes) -> list[bytes]:
    """The decoded segments of a packed compact token; empty for one kept as text."""
    segments: list[bytes] = []
    position = 1 if packed[:1] == _AS_SEGMENTS else len(packed)
    while position < len(packed):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(packed[position:start], "big")
        segments.append(packed[start:position])
    return segments


def _decoded(segment: str) -> bytes | None:
    try:
        raw = base64url.decode(segment)
    except ValueError:
        return None
    return raw if len(raw) < 1 << (8 * _LENGTH_BYTES) else None
