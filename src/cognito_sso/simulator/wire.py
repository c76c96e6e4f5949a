"""Reading requests strictly and building redirects byte for byte."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

MAX_FIELDS = 100
DEFAULT_PORTS = {"http": 80, "https": 443}

FORM = "application/x-www-form-urlencoded"


class AnswerInstead(Exception):
    """Stop here and send this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class Params(dict[str, str]):
    """The parameters of one request; blank ones are left out, the first of a repeated one counts."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        pairs = list(pairs)
        super().__init__(reversed(pairs))
        self.pairs = pairs
        self.repeated = {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def words(self, name: str) -> list[str]:
        """A space-separated list, such as `scope`."""
        return self.get(name, "").split()


def parse_params(encoded: bytes | str, *, keep_blank: bool = False) -> Params:
    """Raises ValueError for bad UTF-8 and for too many fields."""
    text = encoded.decode("ascii") if isinstance(encoded, bytes) else encoded
    return Params(parse_qsl(text, keep_blank_values=keep_blank, errors="strict", max_num_fields=MAX_FIELDS))


def read_query(request: Request) -> Params:
    try:
        return parse_params(request.scope["query_string"])
    except ValueError as error:
        raise AnswerInstead(PlainTextResponse("Bad Request", 400)) from error


async def read_form(request: Request, *, keep_blank: bool = False) -> Params:
    try:
        return parse_params(await request.body(), keep_blank=keep_blank)
    except ValueError as error:
        raise AnswerInstead(PlainTextResponse("Bad Request", 400)) from error


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """User and password of a Basic header, form-decoded as RFC 6749 2.3.1 has them; None if there is no such header."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(user), unquote_plus(password)


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def with_params(url: str, params: Iterable[tuple[str, str]], separator: str = "?") -> str:
    """`url` with `params` in the order given, spaces as "+", as Cognito writes them."""
    encoded = urlencode(list(params))
    if not encoded:
        return url
    return f"{url}{'&' if separator in url else separator}{encoded}"


def redirect(url: str, params: Iterable[tuple[str, str]] = (), separator: str = "?") -> Response:
    """302, with exactly this URL: starlette's own RedirectResponse would quote it a second time."""
    location = quote(with_params(url, params, separator), safe="".join(map(chr, range(0x21, 0x7F))))
    return Response(status_code=302, headers={"location": location})


def origin(url: str) -> str:
    return f"{urlsplit(url).scheme}://{netloc(url)}"


def netloc(url: str) -> str:
    """Host and port as a Host header has them: lower case, without the scheme's own port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"
