"""How the result of a login reaches the frontend."""

from __future__ import annotations

from enum import StrEnum

from cognito_sso.errors import RequestInvalid


class Delivery(StrEnum):
    SESSION = "session"
    """The callback seals the session into cookies and sends the browser to `return_to`."""

    TOKENS = "tokens"
    """The callback itself answers with the token set, for a caller that follows the redirects itself."""

    @classmethod
    def parse(cls, text: str | None) -> Delivery:
        try:
            return cls(text or cls.SESSION)
        except ValueError:
            raise RequestInvalid("delivery must be one of: " + ", ".join(cls)) from None
