"""Delivery `code`: Cognito's own code, sealed together with its login, for the frontend that can show the verifier.

Nothing is remembered, and yet it works once: Cognito's code does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlencode

from cognito_sso.cookies import NotSealedByUs, Seal
from cognito_sso.errors import GrantRejected
from cognito_sso.login.transaction import MEMBERS_VERSION, LoginTransaction, transaction_from

LIFETIME_SECONDS = 300  # as Cognito's code
LONGEST_HANDED_CODE = 8_192
_PURPOSE, _NAME = f"code/{MEMBERS_VERSION}", "code"


class HandedCodes:
    """Makes the code that a frontend gets, and opens it for who proves to have started the login."""

    def __init__(self, seal: Seal, *, clock: Callable[[], float] = time.time) -> None:
        self._seal = seal
        self._clock = clock

    def redirect_url(self, code: str, transaction: LoginTransaction) -> str:
        """`return_to` with `code` and `state` in its query (RFC 6749 section 4.1.2)."""
        before, hash_sign, fragment = transaction.return_to.partition("#")
        query = urlencode({"code": self._sealed(code, transaction), "state": transaction.proof.state}, quote_via=quote)
        return f"{before}{'&' if '?' in before else '?'}{query}{hash_sign}{fragment}"

    def open(self, text: str, code_verifier: str) -> tuple[str, LoginTransaction]:
        """Cognito's code and the login it answers (RFC 7636 section 4.6). Raises `GrantRejected`."""
        try:
            members = json.loads(self._seal.open(text[:LONGEST_HANDED_CODE], purpose=_PURPOSE, name=_NAME))
        except NotSealedByUs:
            raise GrantRejected("the code is not one of ours") from None
        transaction = transaction_from(members["login"])
        if members["expires_at"] <= self._clock():
            raise GrantRejected("the code has expired")
        if not hmac.compare_digest(_challenge(code_verifier), transaction.proof.code_challenge.encode()):
            raise GrantRejected("the code_verifier is not the one of the code_challenge")
        return members["code"], transaction

    def _sealed(self, code: str, transaction: LoginTransaction) -> str:
        expires_at = int(self._clock()) + LIFETIME_SECONDS
        members = {"code": code, "expires_at": expires_at, "login": replace(transaction, return_to="").members}
        return self._seal.seal(json.dumps(members, separators=(",", ":")).encode(), purpose=_PURPOSE, name=_NAME)


def _challenge(code_verifier: str) -> bytes:
    digest = hashlib.sha256(code_verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
