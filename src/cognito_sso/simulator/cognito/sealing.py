"""Values the browser carries for Cognito: readable, but signed, in the form its `state` and `cognito` cookie have."""

import gzip
import hashlib
import hmac
import json
import os

from cognito_sso.simulator.signing import Claims, InvalidToken, b64url, compact_json, from_b64url

KEY_VERSION = "4"


class Sealer:
    """`<base64url gzip JSON>.<base64url gzip HMAC-SHA256>.<key version>`."""

    def __init__(self, purpose: str) -> None:
        self._key = hashlib.sha256(purpose.encode() + os.urandom(32)).digest()

    def seal(self, payload: Claims, bound_to: str = "") -> str:
        readable = b64url(_zip(compact_json(payload)))
        return f"{readable}.{b64url(_zip(self._tag(readable, bound_to)))}.{KEY_VERSION}"

    def open(self, value: str, bound_to: str = "") -> Claims | None:
        """The payload, or None for anything this sealer did not make for the same `bound_to`."""
        readable, _, rest = value.partition(".")
        expected = f"{b64url(_zip(self._tag(readable, bound_to)))}.{KEY_VERSION}"
        if not hmac.compare_digest(rest.encode(), expected.encode()):
            return None
        try:
            payload: Claims = json.loads(gzip.decompress(from_b64url(readable)))
        except (InvalidToken, OSError, ValueError):
            return None
        return payload

    def _tag(self, readable: str, bound_to: str) -> bytes:
        return hmac.digest(self._key, f"{readable}\n{bound_to}".encode(), "sha256")


def _zip(raw: bytes) -> bytes:
    """As Java writes gzip: no time, no operating system, hence every value starts `H4sIAAAAAAAA`."""
    zipped = bytearray(gzip.compress(raw, compresslevel=6, mtime=0))
    zipped[9] = 0
    return bytes(zipped)
