"""Where the browser may be sent when it is done: judged on the exact bytes that will be emitted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from cognito_sso.errors import ReturnToInvalid

LONGEST_RETURN_TO = 1024
# RFC 3986 characters only. A browser (WHATWG URL) drops tabs and newlines and reads \ as /: none of them is in here,
# so that the text means the same to it and to us.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
# RFC 8252 section 7.3: a program on the person's own machine, at whatever port it got.
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}(?:[/?].*)?")
_OUR_PATHS = ("/auth/", "/login/", "/hooks/")
_TIMES_DECODED = 3


class ReturnTargets:
    """The frontends' origins; the first is where a login without `return_to` ends."""

    def __init__(self, frontends: Sequence[str], *, own_origin: str) -> None:
        self._origins = tuple(frontends)
        self._own_origins = _ways_to_say(own_origin)

    @property
    def default(self) -> str:
        return f"{self._origins[0]}/"

    def resolve(self, return_to: str | None, *, loopback: bool = False) -> str:
        """An absolute URL on a frontend, or on loopback where that is allowed.

        Raises `ReturnToInvalid` for every other text there is.
        """
        if return_to is None:
            return self.default
        if len(return_to) > LONGEST_RETURN_TO or not _URL_CHARACTERS.fullmatch(return_to):
            raise ReturnToInvalid("return_to has characters that a URL can't have, or is too long")
        target = return_to if loopback and _LOOPBACK.fullmatch(return_to) else self._absolute(return_to)
        if any(_is_on(own, target) for own in self._own_origins) and _leads_back_to_us(target):
            raise ReturnToInvalid("return_to leads back to the sign-in itself")
        return target

    def _absolute(self, return_to: str) -> str:
        if return_to.startswith("/") and not return_to.startswith("//"):
            return self._origins[0] + return_to
        for origin in self._origins:
            if return_to == origin:
                return f"{origin}/"
            if _is_on(origin, return_to):
                return return_to
        raise ReturnToInvalid("return_to must be a path, or an absolute URL on a frontend's origin")


def _ways_to_say(origin: str) -> tuple[str, ...]:
    """The origin; and where it is http, which is for loopback only, every name of this machine with its port."""
    parts = urlsplit(origin)
    if parts.scheme != "http":
        return (origin,)
    return (origin, *(f"http://{host}:{parts.port or 80}" for host in ("localhost", "127.0.0.1", "[::1]")))


def _is_on(origin: str, url: str) -> bool:
    return url.startswith((f"{origin}/", f"{origin}?", f"{origin}#"))


def _leads_back_to_us(target: str) -> bool:
    path = urlsplit(target).path
    for _ in range(_TIMES_DECODED):
        path = unquote(path)
    segments: list[str] = []
    for segment in re.split(r"[/\\]+", path):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return ("/" + "/".join(segments) + "/").lower().startswith(_OUR_PATHS)
