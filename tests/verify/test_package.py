"""The library stands alone: one way in, two dependencies, no network at import, and errors that travel."""

from __future__ import annotations

import ast
import copy
import logging
import pickle
import sys
from pathlib import Path

import pytest

import cognito_sso.verify
from cognito_sso.verify import REASONS, InsufficientError, KeysUnavailable, LogObserver, TokenError, VerifyError
from tests.fresh_python import said_by

SOURCE = Path(cognito_sso.verify.__file__).parent

ALONE = """
import socket, sys

def no_network(*args, **kwargs):
    raise SystemExit("the import used the network")

socket.socket.connect = no_network
socket.getaddrinfo = no_network
import cognito_sso.verify
kinds = ("fastapi", "starlette", "pydantic", "pydantic_core", "jinja2", "boto3", "ecdsa", "rsa", "uvicorn")
print(sorted(kind for kind in kinds if kind in sys.modules))
ours = (name for name in sys.modules if name.startswith("cognito_sso."))
print(sorted(name for name in ours if not name.startswith("cognito_sso.verify")))
"""


def test_the_public_names_are_these() -> None:
    assert cognito_sso.verify.__all__ == [
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
    assert all(hasattr(cognito_sso.verify, name) for name in cognito_sso.verify.__all__)


def test_importing_it_loads_no_framework_nothing_else_of_ours_and_uses_no_network() -> None:
    assert said_by(ALONE).splitlines() == ["[]", "[]"]


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_python_jose_is_called_by_the_verifier_alone() -> None:
    assert [file.name for file in SOURCE.glob("*.py") if any(n.startswith("jose") for n in imports(file))] == [
        "verifier.py"
    ]


@pytest.mark.parametrize("file", sorted(SOURCE.glob("*.py")), ids=lambda file: file.name)
def test_every_module_keeps_to_the_two_dependencies(file: Path) -> None:
    allowed = set(sys.stdlib_module_names) | {"httpx", "jose", "cryptography", "cognito_sso", "__future__"}
    allowed |= {"fastapi"} if file.name == "fastapi.py" else set()
    assert {name.partition(".")[0] for name in imports(file)} <= allowed
    assert {name for name in imports(file) if name.startswith("cognito_sso")} == {
        name for name in imports(file) if name.startswith("cognito_sso.verify.") or name == "cognito_sso.verify"
    }


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_a_sentence_and_its_error_travels(code: str) -> None:
    assert REASONS[code].endswith(".")
    for kind in (TokenError, InsufficientError):
        for travelled in (pickle.loads(pickle.dumps(kind(code))), copy.copy(kind(code))):
            assert type(travelled) is kind
            assert travelled.code == code
            assert str(travelled) == REASONS[code]


def test_missing_keys_are_not_a_bad_token() -> None:
    assert not issubclass(KeysUnavailable, TokenError)
    assert issubclass(KeysUnavailable, VerifyError)
    assert KeysUnavailable("x", retry_after=2.0).retry_after == 2.0


def test_by_default_what_needs_attention_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    observer = LogObserver()
    with caplog.at_level(logging.INFO, "cognito_sso.verify"):
        observer.jwks_fetched("https://issuer", True, None, 0.1)
        observer.remembered(True)
        assert caplog.messages == []
        observer.jwks_fetched("https://issuer", False, "answered 503", 0.1)
        observer.key_refused("kid", "its private part is published")
    assert caplog.messages == [
        "keys of https://issuer could not be fetched: answered 503",
        "published key kid is not used: its private part is published",
    ]
