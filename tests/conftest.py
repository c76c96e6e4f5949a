"""What the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.log_scan import learn_secrets, listening, scan
from tests.world import CLIENT_SECRET, COOKIE_KEY, World

CONTAINERS = "tests/container/"
LONGEST = ("container", "soak", "e2e")
"""The marks of what takes longest, and so begins first."""

if "PYTEST_XDIST_WORKER" in os.environ:  # measured is this process, not those that it starts
    os.environ.pop("COVERAGE_PROCESS_START", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    marks = [mark for mark in LONGEST if item.get_closest_marker(mark)]
    return LONGEST.index(marks[0]) if marks else len(LONGEST)


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's, for `-n`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """What is made once stays with those who share it: a file's tests, and all that need the containers."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return CONTAINERS if file.startswith(CONTAINERS) else file

    return Together(config, log)


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
