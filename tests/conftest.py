"""What the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.log_scan import learn_secrets, listening, scan
from tests.world import CLIENT_SECRET, COOKIE_KEY, World

LONGEST = ("container", "soak", "e2e")
"""The marks of what takes longest, and so begins first."""

if "PYTEST_XDIST_WORKER" in os.environ:  # measured is this process, not those that it starts
    os.environ.pop("COVERAGE_PROCESS_START", None)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, what is made once stays with those who share it: a file's tests, and all that need the containers.

    What takes longest begins first.
    """
    items.sort(key=_turn)
    for item in items:
        together = "container" if item.get_closest_marker("container") else item.path.stem
        item.add_marker(pytest.mark.xdist_group(together))


def _turn(item: pytest.Item) -> int:
    marks = [mark for mark in LONGEST if item.get_closest_marker(mark)]
    return LONGEST.index(marks[0]) if marks else len(LONGEST)


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
