"""The token set as JSON: what leaves the service after the ID token passed every check."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cognito_sso.login.flow import SignedIn


def token_set(signed_in: SignedIn) -> dict[str, Any]:
    """RFC 6749 section 5.1 and OpenID Connect Core section 3.1.3.3, with `expires_at` and the profile as `user`."""
    tokens, profile = signed_in.tokens, signed_in.session.profile
    refresh = {"refresh_token": tokens.refresh_token} if tokens.refresh_token else {}
    return {
        "access_token": tokens.access_token,
        "id_token": tokens.id_token,
        **refresh,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "expires_at": profile.expires_at,
        "user": asdict(profile),
    }
