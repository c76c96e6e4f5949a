"""Which address a request is counted for."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from cognito_sso.web.client_address import counted, counted_address


@pytest.mark.parametrize(
    ("host", "as_one"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("x" * 5_000, "x" * 64),
    ],
)
def test_an_ipv4_address_counts_alone_and_an_ipv6_address_with_its_network(host: str, as_one: str) -> None:
    assert counted(host) == as_one


@pytest.mark.parametrize("client", [None, ("", 0)])
def test_a_transport_without_addresses_has_none_to_count(client: tuple[str, int] | None) -> None:
    assert counted_address(Request({"type": "http", "client": client})) is None
