"""Who a gateway's request stands for, and what the gateway requires of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl, quote

MOST_PARAMETERS = 10
LONGEST_QUERY_BYTES = 2_048
_SAYS_ITSELF = re.compile(r"[!-$&-+\--~]*")  # visible ASCII but "%" and ","


@dataclass(slots=True)  # frozen it would take four times as long to make
class Identity:
    """What `/auth/verify` tells a gateway; None and empty where it is not known."""

    sub: str
    email: str | None
    groups: tuple[str, ...]
    scopes: Callable[[], frozenset[str]]
    """Asked for where a filter wants them: to read them out of a session's token takes as long as all the rest."""
    tenant: str | None
    access_token: str = field(default="", repr=False)

    @property
    def domain(self) -> str:
        """Of the e-mail address; empty where two readers could see two domains in it."""
        _, _, domain = (self.email or "").partition("@")
        return domain.lower() if domain.isascii() and "@" not in domain else ""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Always all of them, so that a gateway overwrites whatever the client sent under these names."""
        return [
            (b"x-auth-request-user", _encoded(self.sub)),
            (b"x-auth-request-email", _encoded(self.email)),
            (b"x-auth-request-groups", b",".join([_encoded(group) for group in self.groups])),
            (b"x-auth-request-tenant", _encoded(self.tenant)),
            (b"x-auth-request-access-token", _encoded(self.access_token)),
        ]


Filter = Callable[[Identity, frozenset[str]], bool]
_FILTERS: MappingProxyType[str, Filter] = MappingProxyType(
    {
        "groups": lambda identity, any_of: not any_of.isdisjoint(identity.groups),
        "domains": lambda identity, any_of: identity.domain in {domain.lower() for domain in any_of},
        "scope": lambda identity, all_of: all_of <= identity.scopes(),
        "tenant": lambda identity, any_of: identity.tenant in any_of,
    }
)


@dataclass(frozen=True)
class Requirements:
    """The filters of one `/auth/verify` URL: each must say yes. None stands for ones that nobody can meet."""

    filters: tuple[tuple[str, frozenset[str]], ...] | None

    @classmethod
    def parse(cls, query: bytes) -> Requirements:
        """From the query string. What is not understood is required all the same, and so met by nobody."""
        return _parsed(query) if len(query) <= LONGEST_QUERY_BYTES else cls(None)

    def met_by(self, identity: Identity) -> bool:
        if not self.filters:  # as of most URLs
            return self.filters is not None
        return all(_FILTERS[name](identity, values) for name, values in self.filters)


@lru_cache(maxsize=256)
def _parsed(query: bytes) -> Requirements:
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        return Requirements(None)
    filters = tuple((name, frozenset(value.replace(",", " ").split())) for name, value in pairs)
    understood = all(name in _FILTERS and values for name, values in filters)
    return Requirements(filters) if understood and len(dict(pairs)) == len(pairs) else Requirements(None)


def _encoded(text: str | None) -> bytes:
    """A header value that says the same to every gateway: anything but visible ASCII is percent-encoded.

    So are `%`, and `,` which separates groups. A space at either end would get lost on the way.
    """
    if not text:
        return b""
    if _SAYS_ITSELF.fullmatch(text):
        return text.encode()
    return quote(text, safe="!\"#$&'()*+/:;<=>?@[\\]^`{|}", errors="replace").encode()
