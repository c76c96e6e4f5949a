"""An e-mail address as it may stand in a log: the same digest for the same person, and no way back."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DIGEST_BYTES = 16
_KEY_BYTES = 32


class EmailDigest:
    """HMAC-SHA-256 with a key derived from a cookie key (HKDF, RFC 5869), cut to 128 bits.

    Without the key nobody can try addresses until one fits. Every replica has the same; another first cookie key makes
    other digests from then on.
    """

    def __init__(self, key: bytes) -> None:
        self.use(key)

    def use(self, key: bytes) -> None:
        """Another cookie key from now on."""
        self._key = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"cognito-sso audit e-mail").derive(key)

    def of(self, email: str) -> str:
        """Of the canonical form, in hex."""
        return hmac.digest(self._key, email.encode("utf-8", "surrogatepass"), hashlib.sha256)[:DIGEST_BYTES].hex()
