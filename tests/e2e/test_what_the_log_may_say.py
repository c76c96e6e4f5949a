"""The end of every run holds the demo's log against `leaks`; here it is held against lines that it must find."""

from __future__ import annotations

import pytest

from .demo_process import leaks

SECRETS = {"18fe37c2-8eff-4886-98f4-abbc6a0753a6", "en", ""}


@pytest.mark.parametrize(
    "line",
    [
        "request path=/auth/callback?code=18fe37c2-8eff-4886-98f4-abbc6a0753a6",
        "refused token=eyJhbGciOiJSUzI1NiJ9",
        "login_started email=jane@megasoft.example",
        "login_started query=login_hint%3Djane%40megasoft.example",
    ],
    ids=["code", "token", "address", "encoded-address"],
)
def test_a_line_with_a_secret_in_it_is_found(line: str) -> None:
    assert leaks(["harmless", line], SECRETS) == [line]


def test_an_everyday_line_is_none() -> None:
    assert leaks(["21:04:12 info login_completed event=login_completed domain=megasoft.example"], SECRETS) == []
