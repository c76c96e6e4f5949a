"""Writes HCL and YAML, as much of each as is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

_STEP = "  "

# A block's attributes, and the blocks in it.
Body = tuple[Mapping[str, Any], Mapping[str, Any]]


class Expression(str):
    """HCL that is no text: a reference, a type."""

    __slots__ = ()


def hcl(head: str, attributes: Mapping[str, Any], blocks: Mapping[str, Body] | None = None) -> str:
    """One block as `terraform fmt` would leave it. A nested block's name ends at its first space."""
    return "\n".join([f"{head} {{", *_hcl_body(attributes, blocks or {}), "}", ""])


def _hcl_body(attributes: Mapping[str, Any], blocks: Mapping[str, Body]) -> list[str]:
    paragraphs: list[list[str]] = []
    for is_map, some in groupby(attributes.items(), key=lambda item: isinstance(item[1], Mapping)):
        group = dict(some)
        paragraphs += [_hcl_map(name, group[name]) for name in group] if is_map else [_hcl_aligned(group)]
    for name, (inner_attributes, inner_blocks) in blocks.items():
        inner = _hcl_body(inner_attributes, inner_blocks)
        paragraphs.append([f"{name.partition(' ')[0]} {{", *inner, "}"])
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += ["", *paragraph] if lines else paragraph
    return [_STEP + line if line else "" for line in lines]


def _hcl_map(name: str, value: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {{", *(_STEP + line for line in _hcl_aligned(value)), "}"]


def _hcl_aligned(values: Mapping[str, Any]) -> list[str]:
    names = {name: name if name.isidentifier() else _hcl_text(name) for name in values}
    width = max(map(len, names.values()))
    return [f"{names[name]:<{width}} = {_hcl_value(value)}" for name, value in values.items()]


def _hcl_value(value: Any) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_hcl_value(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_hcl_value(item) for item in value) + "]"
    return _hcl_text(value) if isinstance(value, str) else json.dumps(value)


def _hcl_text(text: str) -> str:
    """Quoted, and never a template."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def yaml(value: Mapping[str, Any], depth: int = 0) -> str:
    """Texts are written as JSON has them, which YAML reads the same."""
    lines = []
    for name, item in value.items():
        key = _STEP * depth + (name if name.isidentifier() else json.dumps(name))
        if isinstance(item, Mapping):
            lines.append(f"{key}:\n{yaml(item, depth + 1)}")
        elif isinstance(item, list):
            lines.append(f"{key}:\n" + "".join(_yaml_item(one, depth + 1) for one in item))
        else:
            lines.append(f"{key}: {json.dumps(item, ensure_ascii=False)}\n")
    return "".join(lines)


def _yaml_item(item: Any, depth: int) -> str:
    if not isinstance(item, Mapping):
        return f"{_STEP * depth}- {json.dumps(item, ensure_ascii=False)}\n"
    inner = yaml(item, depth + 1)
    return inner[: _STEP_LENGTH * depth] + "- " + inner[_STEP_LENGTH * (depth + 1) :]


_STEP_LENGTH = len(_STEP)
