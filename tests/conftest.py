"""What the tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.log_scan import learn_secrets, listening, scan
from tests.world import CLIENT_SECRET, COOKIE_KEY, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tenants=tmp_path / "tenants.toml")


@pytest.fixture(scope="session", autouse=True)
def _secrets_are_known() -> Iterator[None]:
    scan.learn(CLIENT_SECRET, COOKIE_KEY)
    with pytest.MonkeyPatch.context() as patch:
        learn_secrets(patch)
        yield


@pytest.fixture
def planted() -> Iterator[None]:
    """For a test that has the log say what it must not."""
    yield
    scan.taken()


@pytest.fixture(autouse=True)
def _no_line_of_the_log_has_a_secret_in_it() -> Iterator[None]:
    """Made before and ended after everything else of a test, so that it hears all of it."""
    with listening():
        yield
    found = scan.taken()
    assert not found, "this test made the service log what it must not:\n" + "\n".join(found)
