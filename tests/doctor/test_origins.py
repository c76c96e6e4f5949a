"""What browsers take for one site, as far as it can be told without the whole public suffix list."""

from __future__ import annotations

import pytest

from cognito_sso.doctor.origins import is_one_site

SERVICE = "https://login.acme.com"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SERVICE, "https://app.acme.com"),
        (SERVICE, "https://acme.com"),
        (SERVICE, "https://a.b.acme.com:8443"),
        ("https://login.acme.co.uk", "https://app.acme.co.uk"),
        ("https://login.acme.vercel.app", "https://acme.vercel.app"),
        ("http://localhost:8000", "http://localhost:8002"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:8443"),
    ],
)
def test_one_site(one: str, other: str) -> None:
    assert is_one_site(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SERVICE, "https://app.acme.org"),
        (SERVICE, "https://notacme.com"),
        ("http://login.localhost", "https://login.localhost"),
        ("https://login.acme.co.uk", "https://app.megasoft.co.uk"),
        ("https://acme.vercel.app", "https://megasoft.vercel.app"),
        ("https://login-x7.a.run.app", "https://app-x7.a.run.app"),
        ("http://localhost:8000", "http://127.0.0.1:8002"),
        ("https://10.0.0.1", "https://11.0.0.1"),
        ("https://[2001:db8::1]", "https://[2001:db8::2]"),
    ],
)
def test_two_sites(one: str, other: str) -> None:
    assert not is_one_site(one, other)
