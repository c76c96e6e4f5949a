"""For the tests of whoever trusts these tokens: good ones, every kind of bad one, and the stand-ins. `docs/testing.md`.

A pytest plugin; it is loaded in every run of those who install it, and so imports what a fixture needs only then.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_sso.testing.bad_tokens import BAD_ACCESS_TOKENS
    from cognito_sso.testing.cognito import Cognito
    from cognito_sso.testing.loopback import listener, serving

__all__ = ["BAD_ACCESS_TOKENS", "Cognito", "listener", "serving"]

_WHERE = {"BAD_ACCESS_TOKENS": "bad_tokens", "Cognito": "cognito", "listener": "loopback", "serving": "loopback"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
