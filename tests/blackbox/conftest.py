"""One process for all of it; when it has ended, its log is read from the first line to the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.blackbox.running import RunningService, leaks, running
from tests.figures import tried


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running(tmp_path_factory.mktemp("blackbox")) as service:
        yield service
    tried["lines"] += len(service.log_lines())
    assert leaks(service) == []
    assert [line for line in service.log_lines() if '"level":"error"' in line or "Traceback" in line] == []
