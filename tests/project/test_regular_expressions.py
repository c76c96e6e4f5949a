"""Every regular expression of the source, against 100 kB of what would make a careless one go on for ever.

A linear one takes milliseconds; one that looks at each character once for every other takes minutes, and is ended.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.project.repository import ROOT

SOURCE = ROOT / "src" / "cognito_sso"
ATTEMPTS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
LENGTH = 100_000
PUMPED = (
    "a",
    "A",
    "0",
    "@",
    ".",
    "-",
    "_",
    "%",
    "/",
    " ",
    "\\",
    "=",
    ":",
    ";",
    "a-",
    "a.",
    "-a",
    "ab ",
    "[",
    "é",
    "\0",
)
ENDS = ("", "!", "\0\n")  # what was taken must be taken back

Expression = tuple[str, int, bool]  # its text, its flags, and if it is of bytes


def used() -> dict[Expression, set[str]]:
    """Each, with the methods that are called on it; of a public one, by any module."""
    found: dict[Expression, set[str]] = defaultdict(set)
    trees = [ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")]
    calls = [set(called(tree)) for tree in trees]
    for tree, here in zip(trees, calls, strict=True):
        for name, expression in compiled(tree):
            methods = {
                method for owner, method in (here if name.startswith("_") else set.union(*calls)) if owner == name
            }
            found[expression] |= methods or {"fullmatch"}  # handed to a function, which wants the whole value
        for node in ast.walk(tree):
            if (call := call_of_re(node)) and call[0] in ATTEMPTS:
                found[call[1]].add(call[0])
    return found


def compiled(tree: ast.AST) -> Iterator[tuple[str, Expression]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and (call := call_of_re(node.value)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if call[0] == "compile" and isinstance(target, ast.Name):
                yield target.id, call[1]


def called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ATTEMPTS:
            yield node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", ""), node.attr


def call_of_re(node: ast.AST | None) -> tuple[str, Expression] | None:
    """`re.compile(...)` and the like."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re" or not node.args:
        return None
    text, flags = ast.literal_eval(node.args[0]), 0
    for extra in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
        if isinstance(extra, ast.Attribute) and isinstance(extra.value, ast.Name) and extra.value.id == "re":
            flags |= getattr(re, extra.attr)
    is_bytes = isinstance(text, bytes)
    return node.func.attr, (text.decode("latin-1") if is_bytes else text, flags, is_bytes)


def hostile(text: str) -> Iterator[str]:
    """Long runs, alone and behind every word that the expression has in it."""
    words = {
        "",
        *re.findall(r"[A-Za-z0-9_:/.@;# -]{2,}", re.sub(r"\[[^\]]*\]|\\.|\{[\d,]*\}|\(\?[a-z<!:=]+", "|", text)),
    }
    for beginning in words:
        for pump in PUMPED:
            run = (pump * LENGTH)[:LENGTH]
            for end in ENDS:
                yield beginning + run + end
    for word in words - {""}:
        yield (word * LENGTH)[:LENGTH]


EXPRESSIONS = used()


def test_all_are_seen() -> None:
    assert len(EXPRESSIONS) > 50
    assert any("fullmatch" in methods for methods in EXPRESSIONS.values())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda expression: expression[0][:60])
def test_none_goes_on_for_ever_sec_467(expression: Expression) -> None:
    text, flags, is_bytes = expression
    for hostility in hostile(text):
        for method in EXPRESSIONS[expression]:
            tried_with(text, flags, method, hostility.encode("utf-8") if is_bytes else hostility)


def tried_with(text: str, flags: int, method: str, hostility: str | bytes) -> None:
    pattern = re.compile(text.encode("latin-1") if isinstance(hostility, bytes) else text, flags)  # re remembers it
    empty: str | bytes = b"" if isinstance(hostility, bytes) else ""
    result = getattr(pattern, method)(*((empty, hostility) if method == "sub" else (hostility,)))
    if method == "finditer":
        list(result)
