"""How the result of a login reaches the frontend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cognito_sso.errors import RequestInvalid


class Delivery(StrEnum):
    SESSION = "session"
    """The callback seals the session into cookies and sends the browser to `return_to`."""

    CODE = "code"
    """The callback sends the browser to `return_to?code=…&state=…`; the frontend redeems that at `/auth/token`."""

    TOKENS = "tokens"
    """The callback itself answers with the token set, for a caller that follows the redirects itself."""

    @classmethod
    def parse(cls, text: str | None) -> Delivery:
        try:
            return cls(text or cls.SESSION)
        except ValueError:
            raise RequestInvalid("delivery must be one of: " + ", ".join(cls)) from None


_CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 section 4.2: base64url of a SHA-256
_STATE = re.compile(r"[\x20-\x7e]{1,512}")  # RFC 6749 appendix A.5


@dataclass(frozen=True)
class FrontendProof:
    """What a frontend with delivery `code` gives at the start, and gets or proves at the end."""

    code_challenge: str = ""
    state: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, str], delivery: Delivery) -> FrontendProof:
        """Raises `RequestInvalid`. Of a frontend with another delivery nothing is taken."""
        if delivery is not Delivery.CODE:
            return NO_PROOF
        challenge, state = parameters.get("code_challenge", ""), parameters.get("state", "")
        if not _CODE_CHALLENGE.fullmatch(challenge) or parameters.get("code_challenge_method", "S256") != "S256":
            raise RequestInvalid("delivery code needs a code_challenge, S256 of the code_verifier")
        if not _STATE.fullmatch(state):
            raise RequestInvalid("delivery code needs a state of 1 to 512 printable characters")
        return cls(challenge, state)


NO_PROOF = FrontendProof()
