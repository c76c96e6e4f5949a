"""(6) What the browser keeps for us but can neither read nor change."""

from cognito_sso.cookies.sealed_cookie import CookieTooLarge, SealedCookie, read_cookies
from cognito_sso.cookies.sealing import NotSealedByUs, Seal

__all__ = ["CookieTooLarge", "NotSealedByUs", "Seal", "SealedCookie", "read_cookies"]
