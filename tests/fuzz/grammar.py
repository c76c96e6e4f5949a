"""Requests at random, made of what matters to the service: its addresses, names and values, whole and broken."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from tests.addresses import ADDRESSES, TAKES

METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE")
PATHS = (*ADDRESSES, "/auth/verify", "/")
NAMES = (
    *(
        "email",
        "return_to",
        "delivery",
        "code",
        "state",
        "error",
        "error_description",
        "iss",
        "login_hint",
        "target_link_uri",
    ),
    *("idp_initiated_login", "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "refresh_token"),
    *("token", "other_account", "groups", "domains", "scope", "tenant", "x", "", "email[]", "__proto__"),
)
VALUES = (
    *(
        "",
        "x",
        "null",
        "{}",
        "[]",
        "true",
        "0",
        "-1",
        "1e999",
        "\0",
        "\r\n",
        "\t",
        " ",
        "é",
        "\u202e",
        "名前",
        "％",
        "'",
        '"',
        "<script>",
        "{{7*7}}",
        "${x}",
        "%s%n",
    ),
    *(
        "you@example.com",
        "jane@megasoft.example",
        "a@b@c",
        "x@nobody.example",
        "@",
        "a@",
        "＠",
        "/",
        "//evil.example",
        "/orders?x=1#y",
        "https://app.example/",
    ),
    *(
        "https://evil.example",
        "javascript:alert(1)",
        "http://127.0.0.1:9/",
        "session",
        "code",
        "tokens",
        "authorization_code",
        "refresh_token",
        "S256",
        "plain",
    ),
    *(
        "A" * 43,
        "a" * 300,
        "a" * 5_000,
        "eyJhbGciOiJub25lIn0.e30.",
        "a.b.c",
        "..",
        "access_denied",
        "accept",
        "staff",
        "https://acme-dev.scalekit.dev",
    ),
)
HEADERS = (
    *(
        b"cookie",
        b"authorization",
        b"origin",
        b"content-type",
        b"accept",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"sec-fetch-dest",
    ),
    *(
        b"sec-purpose",
        b"x-request-id",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-uri",
        b"content-length",
        b"range",
    ),
    *(b"access-control-request-method", b"if-none-match", b"expect", b"user-agent", b"referer", b"x-auth-request-user"),
)
HEADER_VALUES = (
    *(
        b"",
        b"x",
        b"\xff\xfe",
        b"*/*",
        b"text/html",
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"text/plain",
    ),
    *(
        b"cors",
        b"navigate",
        b"no-cors",
        b"same-origin",
        b"same-site",
        b"cross-site",
        b"none",
        b"document",
        b"iframe",
        b"empty",
        b"prefetch",
    ),
    *(
        b"https://app.example",
        b"https://evil.example",
        b"null",
        b"https://login.app.example",
        b"Bearer x",
        b"Bearer a.b.c",
        b"Basic eA==",
        b"Bearer",
    ),
    *(
        b"GET",
        b"POST",
        b"0",
        b"-1",
        b"10.0.0.1, 6.6.6.6",
        b"a" * 3_000,
        b"__Host-sso_session=x",
        b"__Host-sso_login_00=x; __Host-sso_login_00=y",
    ),
)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Grammar:
    """`cookies` and `bearers` are good ones, which are sent whole, mixed, cut and changed."""

    def __init__(self, seed: int, *, cookies: Sequence[str], bearers: Sequence[str]) -> None:
        self._chance = random.Random(seed)
        self._cookies, self._bearers = list(cookies), list(bearers)

    def request(self) -> Request:
        chance = self._chance
        members = self._members()
        query = _form(members if chance.random() < 0.6 else self._members())
        path = self._path()
        method = chance.choice(METHODS if chance.random() < 0.2 else TAKES.get(path, ("GET",)))
        return Request(method, path, self._mangled(query), self._headers(), self._body(members))

    def _path(self) -> str:
        path = self._chance.choice(PATHS)
        if self._chance.random() < 0.9:
            return path
        at = self._chance.randrange(len(path) + 1)
        return path[:at] + self._chance.choice(["/", "//", "..", ";", "\0", "é", "%", "x", "\\"]) + path[at:]

    def _members(self) -> list[tuple[str, str]]:
        chance = self._chance
        return [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.choice([0, 1, 1, 2, 3, 4]))]

    def _headers(self) -> list[tuple[bytes, bytes]]:
        chance = self._chance
        made = [(chance.choice(HEADERS), chance.choice(HEADER_VALUES)) for _ in range(chance.choice([0, 1, 2, 3, 4]))]
        if chance.random() < 0.3:
            made.append(
                (
                    b"cookie",
                    self._mangled(
                        "; ".join(chance.sample(self._cookies, chance.randrange(1, len(self._cookies) + 1))).encode()
                    ),
                )
            )
        if chance.random() < 0.15:
            made.append((b"authorization", self._mangled(b"Bearer " + chance.choice(self._bearers).encode())))
        return made

    def _body(self, members: list[tuple[str, str]]) -> bytes:
        match self._chance.randrange(4):
            case 0:
                return b""
            case 1:
                return self._mangled(_form(members))
            case 2:
                return self._mangled(json.dumps(dict(members)).encode("utf-8", "surrogatepass"))
            case _:
                return self._chance.choice(
                    [b"[" * 2_000, b"\xff", b"{", b"null", b'{"email": {}}', b"a" * 20_000, b'{"a":1,"a":2}']
                )

    def _mangled(self, text: bytes) -> bytes:
        """Mostly as it is; sometimes with a byte changed, taken away or put in."""
        chance = self._chance
        if not text or chance.random() < 0.7:
            return text
        at = chance.randrange(len(text))
        return (
            text[:at]
            + chance.choice([b"", b"%", b"=", b"&", b"\xe9", b"A", b";", b" "])
            + text[at + chance.randrange(2) :]
        )


def _form(members: list[tuple[str, str]]) -> bytes:
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value, errors='surrogatepass')}" for name, value in members
    ).encode()
