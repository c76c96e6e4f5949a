"""Is this webhook Scalekit's, fresh, and the first of its id? By Svix's scheme, as Scalekit's libraries check it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from typing import Final

from cognito_sso.seen import Seen

WINDOW_SECONDS: Final = 300
MOST_SIGNATURES: Final = 16
LONGEST_HEADER: Final = 4_096
SHORTEST_KEY_BYTES: Final = 16
HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
_ID = re.compile(r"[\x21-\x7e]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]+={0,2}")


class WebhookRefused(Exception):
    """Not Scalekit's, not whole or not fresh. The message says which, without anything of the request."""


def webhook_key(secret: str) -> bytes:
    """The key in `whsec_<base64>`. Raises `ValueError`, which shows nothing of it."""
    if not _SECRET.fullmatch(secret):
        raise ValueError("must look like whsec_ and base64")
    try:
        key = base64.b64decode(secret.partition("_")[2], validate=True)
    except binascii.Error:
        raise ValueError("must look like whsec_ and base64") from None
    if len(key) < SHORTEST_KEY_BYTES:
        raise ValueError("is too short to keep anybody out")
    return key


class Webhooks:
    """Judges by headers and raw body. The ids of the last ten minutes are remembered.

    Another replica would take one a second time, which only makes it look at Scalekit once more.
    """

    def __init__(self, key: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._seen = Seen(seconds=2 * WINDOW_SECONDS, clock=clock)

    def is_news(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Whether it is the first of its id: Scalekit sends one again until it is answered. Raises `WebhookRefused`."""
        webhook_id, sent_at, signatures = (_only(headers, name) for name in HEADERS)
        if not _ID.fullmatch(webhook_id):
            raise WebhookRefused("the id is malformed")
        if not _SECONDS.fullmatch(sent_at) or abs(self._clock() - int(sent_at)) > WINDOW_SECONDS:
            raise WebhookRefused("the timestamp is more than five minutes off")
        if not self._is_signed(f"{webhook_id}.{sent_at}.".encode() + body, signatures):
            raise WebhookRefused("no signature fits")
        return self._seen.is_first(webhook_id.encode())

    def _is_signed(self, content: bytes, signatures: str) -> bool:
        expected = base64.b64encode(hmac.new(self._key, content, hashlib.sha256).digest())
        given = [part.partition(",") for part in signatures.split(" ")[:MOST_SIGNATURES]]
        return any(hmac.compare_digest(expected, mac.encode()) for version, _, mac in given if version == "v1")


def _only(headers: Sequence[tuple[bytes, bytes]], wanted: str) -> str:
    values = [value for name, value in headers if name == wanted.encode()]
    if len(values) != 1 or len(values[0]) > LONGEST_HEADER:
        raise WebhookRefused(f"{wanted} is missing, doubled or too long")
    return values[0].decode("latin-1")
