"""Headers as they stand on the wire, for answers that are written without the server's own way."""

from __future__ import annotations

import re
from collections.abc import Sequence

Headers = Sequence[tuple[bytes, bytes]]
_ENDS_ITS_LINE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def header_lines(headers: Headers) -> bytes:
    """Raises `ValueError` where a value has a control character in it (RFC 9110 section 5.5). Names are ours."""
    if _ENDS_ITS_LINE.search(b"".join([value for _, value in headers])):
        raise ValueError("a header's value has a control character in it")
    return b"\r\n".join([*map(b": ".join, headers), b""])
