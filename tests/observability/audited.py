"""The audit log's whole vocabulary, for tests to go through, and its published schema."""

from __future__ import annotations

import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from cognito_sso.observability import AuditLog, EmailDigest, Person

AUDIT_METHODS = tuple(name for name, _ in inspect.getmembers(AuditLog, inspect.isfunction) if not name.startswith("_"))
SCHEMA = Path(__file__).parents[2] / "docs" / "audit-events.schema.json"
SOMEBODY = Person("807c593c-c0e1-70a0-0c7f-1e2d3c4b5a69", "jane@megasoft.example", "megasoft")


def tell_one(name: str, text: str, who: Person = SOMEBODY) -> None:
    """One event of that name, with the text wherever it takes one."""
    method = getattr(AuditLog(digest=EmailDigest(b"k" * 32)), name)
    parameters = inspect.signature(method).parameters
    method(**{parameter: who if parameter == "who" else text for parameter in parameters})


@cache
def schema() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return told


@cache
def validator_of(event: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{event}", "$defs": schema()["$defs"]})


def faults_of(line: dict[str, Any]) -> list[str]:
    """What the schema has against a line of the audit log."""
    event = line.get("event")
    if event not in schema()["$defs"]:
        return [f"{event} is not in the schema"]
    return [f"{event}: {error.json_path} {error.message}" for error in validator_of(event).iter_errors(line)]
