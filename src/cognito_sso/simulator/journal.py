"""What the stand-ins were asked, so that a test can say "Cognito was never called"."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from cognito_sso.simulator.wire import FORM, Params, parse_params

MOST_ENTRIES = 1000

Fields = dict[str, list[str]]


@dataclass(slots=True)
class Entry:
    """One request; `status` is None until it is answered, and stays so if the answer was lost."""

    origin: str
    method: str
    path: str
    query: Fields
    form: Fields
    headers: dict[str, str]
    at: float
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, method: str, path: str) -> list[Entry]:
        """The requests for one endpoint, oldest first."""
        return [entry for entry in self if (entry.method, entry.path) == (method, path)]

    def last(self, method: str, path: str) -> Entry:
        return self.of(method, path)[-1]

    def clear(self) -> None:
        self._entries.clear()

    def open_entry(self, origin: str, scope: Scope, body: bytes, at: float) -> Entry:
        headers = Headers(scope=scope)
        form = body if headers.get("content-type", "").startswith(FORM) else b""
        entry = Entry(
            origin=origin,
            method=scope["method"],
            path=scope["path"],
            query=_fields(scope["query_string"]),
            form=_fields(form),
            headers=dict(headers),
            at=at,
        )
        self._entries.append(entry)
        return entry


def _fields(encoded: bytes) -> Fields:
    try:
        params = parse_params(encoded, keep_blank=True)
    except ValueError:
        params = Params()
    return {name: params.all(name) for name in params}
