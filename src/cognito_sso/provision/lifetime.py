"""How long a token lives, as people write it (`30 minutes`) and as Cognito has it (a number and a unit)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_WRITTEN = re.compile(r"([1-9][0-9]{0,8}) (second|minute|hour|day)s?")


@dataclass(frozen=True)
class Lifetime:
    value: int
    unit: str

    @classmethod
    def parse(cls, text: Any) -> Lifetime:
        """Reads `1 hour`, `30 minutes`. Raises `ValueError`."""
        written = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
        if written is None:
            raise ValueError('must be a number and a unit, such as "30 minutes", "1 hour" or "30 days"')
        return cls(int(written[1]), f"{written[2]}s")

    @property
    def seconds(self) -> int:
        return self.value * SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.value} {self.unit if self.value != 1 else self.unit.removesuffix('s')}"
