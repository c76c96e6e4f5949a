"""What can go wrong when a token is judged.

VerifyError
├── ConfigurationError    the verifier was built or called wrongly: a bug to fix, never a verdict
├── KeysUnavailable       no usable keys are held and none could be fetched: try again, not "bad token"
└── TokenError            this token is refused; `code` says why
    └── InsufficientError the token is genuine but lacks a scope, a group or the connection (403, not 401)

No message ever holds a token or any part of one.
"""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "malformed": "The token is not a compact JWS of three canonical base64url segments.",
    "too_long": "The token is longer than 8192 characters.",
    "header": "The token's header is not one this profile allows.",
    "algorithm": "The token's algorithm is not RS256.",
    "type": "The token's typ header names another kind of token.",
    "key_id": "The token's header names no usable key id.",
    "payload": "The token's claims are not strict JSON.",
    "unknown_key": "The token names a key the issuer does not publish.",
    "signature": "The token's signature does not verify.",
    "issuer": "The token comes from another issuer.",
    "token_use": "The token is meant for another use.",
    "audience": "The token is meant for another audience.",
    "client_id": "The token was issued to another app client.",
    "authorized_party": "The token's authorized party is another client.",
    "time_claim": "A time in the token is missing, malformed or out of bounds.",
    "expired": "The token has expired.",
    "not_yet_valid": "The token is not valid yet.",
    "subject": "The token's subject is missing or malformed.",
    "claim_type": "A claim of the token has the wrong type.",
    "nonce": "The token's nonce is not the one of this login.",
    "at_hash": "The token does not belong to this access token.",
    "machine_token": "The token stands for a machine, not for a person.",
    "scope": "The token lacks a required scope.",
    "group": "The token's subject is in none of the required groups.",
    "connection": "The token's subject did not come through the required connection.",
}
"""Every code of a TokenError, and what it says."""


class VerifyError(Exception):
    """Everything this package raises on purpose."""


class ConfigurationError(VerifyError, ValueError):
    """The verifier was built or called wrongly."""


class KeysUnavailable(VerifyError):
    """No usable keys of this issuer are held. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TokenError(VerifyError):
    """The token is refused. `code` is one of `REASONS`; it belongs in a log, not in an answer."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.code = code

    def __reduce__(self) -> tuple[type[TokenError], tuple[str]]:
        return type(self), (self.code,)


class InsufficientError(TokenError):
    """The token is genuine but does not carry what was required: answer 403 (RFC 6750 §3.1)."""
