"""The one canonical form of an e-mail address: what is routed, hinted, limited and compared is the same text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

from cognito_sso.errors import EmailInvalid

LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321 section 4.5.3.1.1
MOST_DOMAINS = 1_024  # remembered: each is read several times in a sign-in, and slowly
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True)
class EmailAddress:
    """A dot-atom local part and a domain in lower-case A-labels (RFC 5321, RFC 5891)."""

    local_part: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """Raises `EmailInvalid` for anything that two readers could read differently.

        Quoted local parts, comments, several `@`, look-alike characters that Unicode would map to others, and local
        parts beyond ASCII are refused.
        """
        text = text.strip(" ")
        if not text or len(text) > LONGEST_ADDRESS or not unicodedata.is_normalized("NFKC", text):
            raise EmailInvalid("the e-mail address can't be used here")
        local_part, at, domain = text.partition("@")
        if not at or not _DOT_ATOM.fullmatch(local_part) or len(local_part) > LONGEST_LOCAL_PART:
            raise EmailInvalid("the e-mail address must look like name@company.com")
        address = cls(local_part, canonical_domain(domain))
        if len(str(address)) > LONGEST_ADDRESS:
            raise EmailInvalid("the e-mail address is too long")
        return address

    def is_same_as(self, other: EmailAddress) -> bool:
        """Without regard to case: pools that ignore it answer in lower case (AWS, user-pool-case-sensitivity)."""
        return str(self).lower() == str(other).lower()

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"


@lru_cache(maxsize=MOST_DOMAINS)
def canonical_domain(text: str) -> str:
    """A domain in lower-case A-labels, with at least two labels. Raises `EmailInvalid`."""
    try:
        domain = idna.encode(text.lower(), strict=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise EmailInvalid("the e-mail address has no usable domain") from None
    # A dot at the end is another spelling of the same domain, which no tenant would be found by.
    if "." not in domain or domain.endswith(".") or domain.rpartition(".")[2].isdigit():
        raise EmailInvalid("the e-mail address has no usable domain")
    return domain
