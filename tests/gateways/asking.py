"""What a gateway does: it asks with exactly these bytes, and looks at every byte of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from starlette.types import ASGIApp, Message

from tests.browser import Browser
from tests.world import SERVICE

IDENTITY = (
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-tenant",
    "x-auth-request-access-token",
)
Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[Header, ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value.decode("ascii") for found, value in self.headers if found == name.encode()]

    @property
    def identity(self) -> dict[str, str]:
        """The five headers, each of which must be there exactly once, or none of them."""
        found = {name.removeprefix("x-auth-request-"): self.all(name) for name in IDENTITY}
        if not any(found.values()):
            return {}
        assert all(len(values) == 1 for values in found.values()), found
        return {name: values[0] for name, values in found.items()}


async def ask(
    app: ASGIApp,
    *headers: Header,
    query: bytes = b"",
    path: str = "/auth/verify",
    method: str = "GET",
    raw_path: bytes | None = b"",
) -> Answer:
    """One request, with a body that nobody may read. `raw_path` is the path's own bytes, if not given."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode() if raw_path == b"" else raw_path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("10.0.0.1", 50000),
        "server": ("10.0.0.2", 8000),
    }
    await app(scope, _nobody_reads, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], tuple(sent[0]["headers"]), body)


async def _nobody_reads() -> NoReturn:
    raise AssertionError("the body was read")


def bearer(token: str) -> Header:
    return b"authorization", f"Bearer {token}".encode("latin-1")


def cookies_of(browser: Browser) -> Header:
    """What the browser would send to the service's own paths."""
    return b"cookie", browser.http.build_request("GET", f"{SERVICE}/me").headers["cookie"].encode()
