"""A cookie that the browser can neither read nor change: its name, its flags, reading, writing, clearing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cognito_sso.cookies.sealing import NotSealedByUs, Seal

EXPIRY_BYTES = 8
COOKIE_LIMIT_BYTES = 4096  # name and value, RFC 6265bis section 5.7


class CookieTooLarge(Exception):
    """A browser would drop the cookie without a word."""


@dataclass(frozen=True)
class SealedCookie:
    """One kind of cookie. With `family`, many of it: the name ends in a member's id.

    `secure` gives the names their `__Host-` or `__Secure-` prefix (RFC 6265bis section 4.1.3) and the `Secure` flag;
    it is off only where the public URL is http on loopback.
    """

    purpose: str
    seal: Seal
    secure: bool
    path: str = "/"
    version: int = 1  # of the payload's shape: one of another version is no cookie
    clock: Callable[[], float] = time.time

    def name(self, member: str = "") -> str:
        return f"{self._name}_{member}" if member else self._name

    def members(self, cookies: Mapping[str, str]) -> list[str]:
        prefix = self.name("x")[:-1]
        return [name.removeprefix(prefix) for name in cookies if name.startswith(prefix)]

    def size(self, cookies: Mapping[str, str], member: str = "") -> int:
        """Bytes of name and value, as the browser sends it."""
        return len(self.name(member)) + len(cookies.get(self.name(member), ""))

    def read(self, cookies: Mapping[str, str], member: str = "") -> bytes | None:
        """What was written, or None: absent, expired, tampered with, another's and garbage are all no cookie."""
        name = self.name(member)
        value = cookies.get(name)
        if value is None:
            return None
        try:
            payload = self.seal.open(value, purpose=self._sealed_purpose, name=name)
        except NotSealedByUs:
            return None
        expired = int.from_bytes(payload[:EXPIRY_BYTES], "big") <= self.clock()
        return None if expired else payload[EXPIRY_BYTES:]

    def write(self, payload: bytes, *, max_age: int, member: str = "", budget: int = COOKIE_LIMIT_BYTES) -> str:
        """The `Set-Cookie` value. `max_age` is in seconds; it is sealed inside as well, and that one counts.

        Raises `CookieTooLarge` where name and value take more bytes than `budget`.
        """
        name = self.name(member)
        expires_at = int(self.clock()) + max_age
        expiry = expires_at.to_bytes(EXPIRY_BYTES, "big")
        value = self.seal.seal(expiry + payload, purpose=self._sealed_purpose, name=name)
        if len(name) + len(value) > budget:
            raise CookieTooLarge(self.purpose)
        return f"{name}={value}; {self._attributes(max_age)}"

    def clear(self, member: str = "") -> str:
        return f"{self.name(member)}=; {self._attributes(0)}"

    @cached_property
    def _name(self) -> str:
        prefix = ("__Host-" if self.path == "/" else "__Secure-") if self.secure else ""
        return f"{prefix}sso_{self.purpose}"

    @cached_property
    def _sealed_purpose(self) -> str:
        return f"{self.purpose}/{self.version}"

    def _attributes(self, max_age: int) -> str:
        # Lax, not Strict: the login cookie must come back with Cognito's cross-site redirect.
        secure = "; Secure" if self.secure else ""
        return f"Path={self.path}; Max-Age={max_age}; HttpOnly{secure}; SameSite=Lax"


def read_cookies(headers: Iterable[str]) -> dict[str, str]:
    """Names and values of the `Cookie` headers. Two cookies of one name are none: somebody tossed one in."""
    cookies: dict[str, str] = {}
    doubled: set[str] = set()
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.strip(" \t").partition("=")
            if name in cookies:
                doubled.add(name)
            if equals:
                cookies[name] = value
    for name in doubled:
        del cookies[name]
    return cookies
