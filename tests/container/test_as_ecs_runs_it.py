"""The image as the task definition of deploy/ecs has it run: user, root, capabilities, health check, settings."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from cognito_sso.settings import new_cookie_key
from tests.container.engine import LONGEST_TEST_SECONDS, in_docker, inspected
from tests.deploy import ecs

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

LONGEST_START_SECONDS = 30


@pytest.fixture
def task(image: str) -> Iterator[str]:
    name = in_docker("run", "--detach", "--network", "none", *as_arguments(), image).stdout.strip()
    yield name
    in_docker("rm", "--force", name)


def as_arguments() -> list[str]:
    """What ECS's agent says to Docker for this definition."""
    definition = ecs.container()
    check, dropped = definition["HealthCheck"], definition["LinuxParameters"]["Capabilities"]["Drop"]
    secrets = dict.fromkeys(ecs.secrets(), "a-secret-of-the-app-client") | {"SSO_COOKIE_KEYS": new_cookie_key()}
    given = [word for name, value in (ecs.environment() | secrets).items() for word in ("--env", f"{name}={value}")]
    return [
        *("--user", definition["User"]),
        *(["--read-only"] if definition["ReadonlyRootFilesystem"] else []),
        *[word for capability in dropped for word in ("--cap-drop", capability)],
        *("--health-cmd", " ".join(check["Command"][1:]), "--health-interval", f"{check['Interval']}s"),
        *("--health-timeout", f"{check['Timeout']}s", "--health-start-period", f"{check['StartPeriod']}s"),
        *given,
    ]


def test_the_task_becomes_healthy_and_ends_in_the_time_it_is_given(task: str) -> None:
    until = time.monotonic() + LONGEST_START_SECONDS
    while (state := inspected(task)["State"])["Health"]["Status"] != "healthy" and time.monotonic() < until:
        time.sleep(0.5)
    assert state["Health"]["Status"] == "healthy", json.dumps(state) + in_docker("logs", task).stdout

    in_docker("stop", "--time", str(ecs.container()["StopTimeout"]), task)

    assert inspected(task)["State"]["ExitCode"] == 0, in_docker("logs", task).stdout
