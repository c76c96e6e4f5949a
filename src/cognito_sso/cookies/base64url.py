"""Base64url with one spelling for a value: no padding, foreign character or unused bit (RFC 4648 section 3.5)."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

_OURS = bytes.maketrans(b"+/", b"-_")
# Back to the alphabet that is decoded. Its own marks and padding are foreign in ours: `!` is in neither.
_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")


def encode(*parts: bytes) -> str:
    """Several parts are joined by dots, as a compact token's are."""
    return b".".join([b2a_base64(raw, newline=False).rstrip(b"=") for raw in parts]).translate(_OURS).decode()


def decode(text: str) -> bytes:
    """Raises `ValueError` for every other spelling."""
    standard = text.encode("ascii").translate(_STANDARD) + b"=" * (-len(text) % 4)
    raw = a2b_base64(standard)
    # Foreign characters were skipped, or unused bits are set: those can only be in the last group.
    groups = len(raw) // 3
    if len(raw) != len(text) * 3 // 4 or b2a_base64(raw[groups * 3 :], newline=False) != standard[groups * 4 :]:
        raise ValueError("not the one spelling")
    return raw
