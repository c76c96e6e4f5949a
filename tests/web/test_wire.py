"""What may stand in a header's value, and what would end its line (RFC 9110 section 5.5)."""

from __future__ import annotations

import re

import pytest

from cognito_sso.web.wire import header_lines

ALLOWED = re.compile(rb"[\t -~\x80-\xff]")


def test_headers_are_written_line_by_line() -> None:
    assert header_lines([(b"vary", b"Origin"), (b"x-user", b"jane")]) == b"vary: Origin\r\nx-user: jane\r\n"
    assert header_lines([]) == b""


@pytest.mark.parametrize("octet", range(256))
def test_every_octet_is_written_or_the_whole_head_is_not(octet: int) -> None:
    headers = [(b"vary", b"Origin"), (b"x-user", b"jane" + bytes([octet]) + b"set-cookie: a=b")]
    if ALLOWED.match(bytes([octet])):
        assert bytes([octet]) in header_lines(headers)
    else:
        with pytest.raises(ValueError, match="control character"):
            header_lines(headers)
