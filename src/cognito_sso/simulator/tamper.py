"""Hooks that let a test change any answer just before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

Hook = Callable[[dict[str, Any]], dict[str, Any] | None]
TokenHook = Callable[[str], str]


@dataclass
class Tamper:
    """A hook may change the dict it is given, or return another.

    `sim.tamper.id_claims = lambda claims: claims.update(nonce="x")`
    """

    id_claims: Hook | None = None
    id_header: Hook | None = None
    access_claims: Hook | None = None
    access_header: Hook | None = None
    id_token: TokenHook | None = None
    access_token: TokenHook | None = None
    token_response: Hook | None = None
    userinfo: Hook | None = None
    jwks: Hook | None = None
    discovery: Hook | None = None
    scalekit_claims: Hook | None = None
    scalekit_userinfo: Hook | None = None
    scalekit_token_response: Hook | None = None
    idp_initiated_claims: Hook | None = None
    scalekit_management: Hook | None = None

    def clear(self) -> None:
        for hook in fields(self):
            setattr(self, hook.name, None)


def tampered(hook: Hook | None, value: dict[str, Any]) -> dict[str, Any]:
    if hook is None:
        return value
    changed = hook(value)
    return value if changed is None else changed


def tampered_token(hook: TokenHook | None, token: str) -> str:
    return token if hook is None else hook(token)
