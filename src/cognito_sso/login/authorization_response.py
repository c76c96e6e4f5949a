"""Does what came back from Cognito answer this login, and with what?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cognito_sso.errors import (
    AccessDenied,
    AttributesMissing,
    LoginExpired,
    ProviderError,
    SignInRefused,
    UserAlreadyExists,
)

LONGEST_CODE = 2048
_CODE = re.compile(r"[\x21-\x7e]+")  # RFC 6749 appendix A.11, without the space

# Cognito's descriptions are not stable, so they choose only our own code (AWS, federation-endpoint-idp-responses).
_REFUSALS: tuple[tuple[str, type[SignInRefused]], ...] = (
    ("already found an entry for username", UserAlreadyExists),
    ("attributes required", AttributesMissing),
    ("attribute is required", AttributesMissing),
    ("access_denied", AccessDenied),
    ("user is disabled", AccessDenied),
)


def code_from(query: Mapping[str, str], *, issuer: str | None = None) -> str:
    """The authorization code (RFC 6749 section 4.1.2).

    Raises a `SignInRefused` for an error (section 4.1.2.1), `LoginExpired` for a response that is neither or both.
    """
    if issuer is not None and query.get("iss", issuer) != issuer:
        raise LoginExpired("another issuer answered")  # RFC 9207 section 2.4; Cognito itself sends none
    code, error = query.get("code"), query.get("error")
    if error is not None and code is None:
        raise _refusal(error, query.get("error_description", ""))
    if code is None or error is not None:
        raise LoginExpired("the response has neither or both of code and error")
    if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
        raise LoginExpired("the code is not one")
    return code


def _refusal(error: str, description: str) -> SignInRefused:
    text = f"{error} {description}".lower()
    for phrase, refusal in _REFUSALS:
        if phrase in text:
            return refusal(f"Cognito's callback told {refusal.code}")
    return ProviderError("Cognito's callback told an error of another kind")
