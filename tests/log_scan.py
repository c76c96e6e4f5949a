"""Every log line of every test is read: one with a secret or a whole e-mail address fails the test that caused it.

What is secret is known by its look (tokens, addresses) and by having been one: cookies as they are sealed, the state,
nonce and verifier of each login, and what goes to Cognito and comes back. A line may cut a value short, so a secret is
known by how it begins.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from cognito_sso.cognito import CognitoClient
from cognito_sso.cookies import Seal
from cognito_sso.login.transaction import Derived, LoginTransaction
from cognito_sso.observability.logs import JsonFormatter
from tests.observability.audited import faults_of

BEGINNING = 16  # characters by which a secret is known; shorter values are names and flags
NOT_OURS = ("httpx", "httpcore", "hpack", "asyncio", "moto", "werkzeug", "botocore", "boto3", "urllib3", "markdown_it")
"""Loggers that the service keeps quiet, or that belong to the tests' own tools."""
OURS = ("cognito_sso", "cognito_sso.audit", "cognito_sso.reload", "cognito_sso.verify")
"""Nothing of a token reaches these. In the access log a stranger may ask for a path that looks like one."""

_TOKEN = re.compile(r"eyJ[\w-]{10,}|Bearer\s+(?!\[token\])[^\s\x22]{20,}", re.IGNORECASE)
_ADDRESS = re.compile(r"(?!name@company\.com\b)\b[\w.+-]+@[\w-]+\.\w+")  # but for the example that people are shown
_WORD = re.compile(r"[A-Za-z0-9_-]{16,}")
_SECRET_FIELDS = ("code", "code_verifier", "refresh_token", "token", "access_token", "id_token")


class LogScan(logging.Handler):
    """Reads each line as the service writes it, while its request is being answered."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines = 0
        self.findings: list[str] = []
        self._secrets: set[str] = set()

    def learn(self, *secrets: str | None) -> None:
        self._secrets.update(secret[:BEGINNING] for secret in secrets if secret and len(secret) >= BEGINNING)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in NOT_OURS:
            return
        self.lines += 1
        line = self.format(record)
        self.findings += [f"{record.name}: {fault}" for fault in self.faults_of(line)]
        if "[token]" in line and record.name in OURS and not record.exc_info:
            self.findings.append(f"{record.name}: only the second net stopped a token: {line}")
        if record.name == "cognito_sso.audit":
            self.findings += faults_of(json.loads(line))

    def faults_of(self, line: str) -> list[str]:
        """What a line says that no line may."""
        text = unquote(line)
        faults = [f"a token: {line}"] if _TOKEN.search(text) else []
        faults += [f"an e-mail address: {line}"] if _ADDRESS.search(text) else []
        known = {word for word in _WORD.findall(text) if word[:BEGINNING] in self._secrets}
        return faults + [f"a secret of this run, {word[:6]}…: {line}" for word in known]

    def read(self, lines: Iterable[str]) -> None:
        """The log of a process of its own."""
        for line in lines:
            self.lines += 1
            self.findings += self.faults_of(line)
            if '"logger":"cognito_sso.audit"' in line:
                self.findings += faults_of(json.loads(line))

    def taken(self) -> list[str]:
        """The findings so far, which are then settled."""
        found, self.findings = self.findings, []
        return found


scan = LogScan()


@contextmanager
def listening() -> Iterator[None]:
    """All loggers tell; what a test does to them and to the root's handlers lasts for that test only."""
    root, ours = logging.getLogger(), logging.getLogger("cognito_sso")
    levels, source = (root.level, ours.level), logging._srcfile
    root.addHandler(scan)
    ours.setLevel(min(filter(None, (ours.level, logging.INFO))))
    try:
        yield
    finally:
        root.removeHandler(scan)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
        logging._srcfile = source


def learn_secrets(patch: pytest.MonkeyPatch) -> None:
    """What is sealed, derived, sent to Cognito and answered by it is secret from then on."""
    seal, derived, exchange = Seal.seal, LoginTransaction._derived.func, CognitoClient._exchange

    def learning_seal(self: Seal, *arguments: Any, **named: Any) -> str:
        sealed = seal(self, *arguments, **named)
        scan.learn(sealed)
        return sealed

    def learning_derived(self: LoginTransaction) -> Derived:
        values = derived(self)
        scan.learn(*values, self.secret)
        return values

    async def learning_exchange(self: CognitoClient, request: httpx.Request) -> tuple[int, bytes]:
        scan.learn(*of_request(request))
        status, body = await exchange(self, request)
        scan.learn(*of_answer(body))
        return status, body

    patch.setattr(Seal, "seal", learning_seal)
    patch.setattr(LoginTransaction, "_derived", property(learning_derived))
    patch.setattr(CognitoClient, "_exchange", learning_exchange)


def of_request(request: httpx.Request) -> list[str]:
    form = dict(parse_qsl(request.content.decode("utf-8", "replace")))
    return [
        *(form.get(name, "") for name in _SECRET_FIELDS),
        request.headers.get("authorization", "").partition(" ")[2],
    ]


def of_answer(body: bytes) -> list[str]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return []
    values = [members.get(name) for name in _SECRET_FIELDS] if isinstance(members, dict) else []
    return [value for value in values if isinstance(value, str)]
