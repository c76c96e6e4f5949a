"""Authenticated encryption of what the browser keeps for us, bound to its purpose, with key rotation."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cognito_sso.cookies import base64url

KEY_ID_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16


class NotSealedByUs(Exception):
    """The text was not made by `Seal.seal` with one of our keys, for this purpose."""


class Seal:
    """AES-256-GCM (NIST SP 800-38D) with the key's id in front. The first key seals, all open.

    `context` separates deployments that share keys by mistake: the client id. The purpose and the cookie's name
    are associated data too, so that a sealed login can never be read as a session. Nonces are random: rotate keys
    before a key has sealed 2^32 values. `unknown_key` is called for each text whose key is none of these.
    """

    def __init__(self, keys: Sequence[bytes], *, context: str, unknown_key: Callable[[], None] = lambda: None) -> None:
        self._context = context.encode()
        self._unknown_key = unknown_key
        self.use(keys)

    def use(self, keys: Sequence[bytes]) -> None:
        """Other keys from now on. What the old ones sealed opens as long as they are among them."""
        self._ciphers, self._sealing_key_id = {_key_id(key): AESGCM(key) for key in keys}, _key_id(keys[0])

    def seal(self, payload: bytes, *, purpose: str, name: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[self._sealing_key_id]
        sealed = cipher.encrypt(nonce, payload, self._associated_data(purpose, name))
        return base64url.encode(self._sealing_key_id + nonce + sealed)

    def open(self, text: str, *, purpose: str, name: str) -> bytes:
        """The payload. Raises `NotSealedByUs` for every other text there is."""
        try:
            raw = base64url.decode(text)
        except ValueError:
            raise NotSealedByUs from None
        cipher = self._ciphers.get(raw[:KEY_ID_BYTES])
        nonce, sealed = raw[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], raw[KEY_ID_BYTES + NONCE_BYTES :]
        if len(sealed) < TAG_BYTES:
            raise NotSealedByUs
        if cipher is None:
            self._unknown_key()
            raise NotSealedByUs
        try:
            return cipher.decrypt(nonce, sealed, self._associated_data(purpose, name))
        except InvalidTag:
            raise NotSealedByUs from None

    def _associated_data(self, purpose: str, name: str) -> bytes:
        return b"\0".join((purpose.encode(), name.encode(), self._context))


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"cognito-sso key id" + key).digest()[:KEY_ID_BYTES]
