"""Findings as text for a person, and as JSON for a script. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from cognito_sso.doctor.finding import Finding, Severity

FORMAT_VERSION = 1
_MARKS = {Severity.OK: "ok", Severity.WARNING: "warning", Severity.ERROR: "ERROR", Severity.SKIPPED: "skipped"}
_MARK_WIDTH = max(map(len, _MARKS.values()))
_INDENT = " " * (_MARK_WIDTH + 4)

Paint = Callable[[Severity, str], str]


def as_text(findings: Sequence[Finding], *, paint: Paint, width: int) -> str:
    """`width` is in columns; 0 wraps nothing, so that each sentence is a line for `grep`."""
    lines: list[str] = []
    for part, some in groupby(findings, key=lambda finding: finding.part):
        lines += [part, *(line for finding in some for line in _lines(finding, paint, width)), ""]
    return "\n".join([*lines, summary(findings)])


def _lines(finding: Finding, paint: Paint, width: int) -> Iterator[str]:
    mark = paint(finding.severity, f"{_MARKS[finding.severity]:<{_MARK_WIDTH}}")
    told_code = "" if finding.severity is Severity.OK else f" ({finding.code})"
    first, *more = _wrapped(finding.sentence + told_code, width)
    yield f"  {mark}  {first}"
    yield from (_INDENT + line for line in more)
    for label, text in (("Why: ", finding.why), ("Remedy: ", finding.remedy)):
        yield from (_INDENT + line for line in (_wrapped(label + text, width) if text else ()))


def _wrapped(text: str, width: int) -> list[str]:
    if not width:
        return [text]
    columns = max(width - len(_INDENT), 40)
    return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)


def summary(findings: Sequence[Finding]) -> str:
    count = Counter(finding.severity for finding in findings)
    parts = [
        f"{count[Severity.OK]} fine",
        f"{count[Severity.WARNING]} warning{'' if count[Severity.WARNING] == 1 else 's'}",
        f"{count[Severity.ERROR]} error{'' if count[Severity.ERROR] == 1 else 's'}",
    ]
    return ", ".join(parts) + (f", {count[Severity.SKIPPED]} skipped" if count[Severity.SKIPPED] else "")


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """The schema is in docs/doctor.md. New members may come; those that are there stay."""
    count = Counter(finding.severity for finding in findings)
    report = {
        "version": FORMAT_VERSION,
        "healthy": not has_errors(findings),
        "count": {severity.value: count[severity] for severity in Severity},
        "findings": [vars(finding) for finding in findings],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)
