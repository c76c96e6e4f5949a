"""Headers as they stand on the wire, for answers that are written without the server's own way."""

from __future__ import annotations

from collections.abc import Sequence

Headers = Sequence[tuple[bytes, bytes]]
_CONTROL = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])  # all but the tab


def header_lines(headers: Headers) -> bytes:
    """Raises `ValueError` where a value has a control character in it (RFC 9110 section 5.5). Names are ours."""
    values = b"".join([value for _, value in headers])
    if len(values.translate(None, _CONTROL)) < len(values):  # a fifth of what a regular expression takes
        raise ValueError("a header's value has a control character in it")
    return b"\r\n".join([*map(b": ".join, headers), b""])
