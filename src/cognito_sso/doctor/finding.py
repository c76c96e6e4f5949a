"""What the doctor says: a finding, the kinds of finding there are, and the parts of a set-up they are about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_PARTICULAR = 300  # characters; some come from the network


class Severity(StrEnum):
    ERROR = "error"
    """Somebody can't sign in, or not safely."""

    WARNING = "warning"
    """It may be meant so, or could not be told."""

    OK = "ok"

    SKIPPED = "skipped"
    """Not looked at; the sentence says why."""


@dataclass(frozen=True)
class Finding:
    """One thing about the set-up. The code is stable; the sentences are for people."""

    code: str
    severity: Severity
    part: str
    sentence: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Kind:
    """A finding without its particulars, which stand in braces until it is found."""

    code: str
    severity: Severity
    part: str
    sentence: str
    why: str = ""
    remedy: str = ""

    def found(self, **particulars: object) -> Finding:
        told = {name: _printable(str(value)) for name, value in particulars.items()}
        sentences = (text.format(**told) for text in (self.sentence, self.why, self.remedy))
        return Finding(self.code, self.severity, self.part, *sentences)


class Part:
    """One part of a set-up. Each kind of finding is made by its part, which so knows them all."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.kinds: tuple[Kind, ...] = ()

    def error(self, code: str, sentence: str, *, why: str, remedy: str) -> Kind:
        return self._add(Kind(code, Severity.ERROR, self.title, sentence, why, remedy))

    def warning(self, code: str, sentence: str, *, why: str, remedy: str) -> Kind:
        return self._add(Kind(code, Severity.WARNING, self.title, sentence, why, remedy))

    def ok(self, code: str, sentence: str) -> Kind:
        return self._add(Kind(code, Severity.OK, self.title, sentence))

    def skipped(self, code: str, sentence: str, *, why: str = "", remedy: str = "") -> Kind:
        return self._add(Kind(code, Severity.SKIPPED, self.title, sentence, why, remedy))

    def _add(self, kind: Kind) -> Kind:
        self.kinds = (*self.kinds, kind)
        return kind


def _printable(text: str) -> str:
    """What a terminal may be shown: whoever answers at an address must not write to it."""
    return "".join(character if character.isprintable() else " " for character in text[:LONGEST_PARTICULAR])
