"""The gateways, each started once for all tests. nginx is there or CI fails; the others are tested where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from tests.gateways.stage import GATEWAYS, Stage, may_be_here, program_of

Opened = Callable[..., Stage]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """`opened("nginx", filters="groups=admins")`: the same arguments are the same running stage."""
    find = cache(lambda name: program_of(GATEWAYS[name], tmp_path_factory.mktemp(f"{name}-package")))
    with ExitStack() as stack:

        @cache
        def open_stage(name: str, **options: Any) -> Stage:
            program = find(name)
            if program is None:
                missing(name)
            folder = tmp_path_factory.mktemp(name)
            return stack.enter_context(Stage(GATEWAYS[name], str(program), folder, **options).running())

        yield open_stage


def missing(name: str) -> None:
    """In CI the gateway that we promise to have tested may not be left out."""
    if name == "nginx" and os.environ.get("CI") == "true":
        pytest.fail("no nginx, and Debian's package can't be had")
    pytest.skip(f"no {name} here: put it on the PATH, or set {name.upper()} to its path")


@pytest.fixture(scope="session", params=[name for name, gateway in GATEWAYS.items() if may_be_here(gateway)])
def gateway(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def stage(gateway: str, opened: Opened) -> Stage:
    return opened(gateway)
