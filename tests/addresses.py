"""What a browser can ask for, and how, for tests that ask for all of it."""

from __future__ import annotations

ADDRESSES = (
    *("/login", "/login/start", "/login/initiated"),
    *("/auth/callback", "/auth/token", "/me", "/auth/refresh", "/auth/logout"),
    *("/auth/signed-out", "/auth/introspect", "/healthz", "/readyz", "/openapi.json", "/docs"),
)
TAKES = {
    "/login/start": ("GET", "POST"),
    **dict.fromkeys(("/auth/token", "/auth/refresh", "/auth/logout", "/auth/introspect"), ("POST",)),
}
