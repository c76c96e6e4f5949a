"""Are these tokens genuine, and meant for us? Any backend can ask: it needs httpx and python-jose, nothing of ours."""

from cognito_sso.verify.claims import Claims
from cognito_sso.verify.errors import (
    REASONS,
    ConfigurationError,
    InsufficientError,
    KeysUnavailable,
    TokenError,
    VerifyError,
)
from cognito_sso.verify.jwks import JwksCache, KeyPolicy
from cognito_sso.verify.observer import LogObserver, Observer
from cognito_sso.verify.pool import Pool
from cognito_sso.verify.signed_jwt import JwtVerifier
from cognito_sso.verify.verifier import TokenVerifier

__all__ = [
    "REASONS",
    "Claims",
    "ConfigurationError",
    "InsufficientError",
    "JwksCache",
    "JwtVerifier",
    "KeyPolicy",
    "KeysUnavailable",
    "LogObserver",
    "Observer",
    "Pool",
    "TokenError",
    "TokenVerifier",
    "VerifyError",
]
