"""One image and one demo for all tests. Without an engine they are left out, but not in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.container.engine import IMAGE, Demo, build, engine_answers


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    if engine_answers():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("no Docker engine with Compose answers")
    pytest.skip("no Docker engine with Compose answers")


@pytest.fixture(scope="session")
def image(engine: None) -> str:
    build()
    return IMAGE


@pytest.fixture(scope="package")
def demo(image: str) -> Iterator[Demo]:
    demo = Demo()
    try:
        demo.compose("up", "-d")
        yield demo
    finally:
        demo.compose("down", "--volumes", "--timeout", "1", check=False)
