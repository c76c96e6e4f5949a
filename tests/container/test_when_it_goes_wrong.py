"""What an operator meets sooner or later: each says what it is, and signing in goes on where it can."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.container.engine import LONGEST_TEST_SECONDS, Demo, in_docker
from tests.container.people import Person, is_let_in

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

REPLICAS = ("sso-1", "sso-2")
TEN_MINUTES = 600.0


def told_by(demo: Demo) -> str:
    return "".join(demo.log(replica) for replica in REPLICAS)


@pytest.fixture
def without_valkey(demo: Demo) -> Iterator[None]:
    in_docker("stop", "--time", "1", demo.container("valkey"))
    yield
    in_docker("start", demo.container("valkey"))


@pytest.mark.usefixtures("without_valkey")
async def test_without_valkey_sign_ins_go_on_and_log_and_metrics_say_that_nothing_is_counted(demo: Demo) -> None:
    person = Person.at(demo)
    page = await person.signs_in()
    await person.leaves()

    assert is_let_in(page), page.text
    assert "rate limits are not counted" in told_by(demo)
    assert any(failures(demo, replica) > 0 for replica in REPLICAS)


def failures(demo: Demo, replica: str) -> float:
    asking = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9464/metrics').read().decode())"
    metrics = demo.inside(replica, "python", "-c", asking).stdout
    (line,) = [
        line for line in metrics.splitlines() if line.startswith("cognito_sso_rate_limit_storage_failures_total")
    ]
    return float(line.split()[1])


@pytest.fixture
def cognito_is_ahead(demo: Demo) -> Iterator[None]:
    """To the service that is the same as a clock of its own that is behind; containers have the machine's."""
    demo.control("POST", "/clock", advance=TEN_MINUTES)
    yield
    demo.control("POST", "/clock", advance=-TEN_MINUTES)


@pytest.mark.usefixtures("cognito_is_ahead")
async def test_a_clock_that_is_minutes_behind_refuses_sign_ins_and_the_log_says_why(demo: Demo) -> None:
    person = Person.at(demo)
    page = await person.signs_in()
    await person.leaves()

    assert "id_token_refused" in page.text
    assert "not_yet_valid" in told_by(demo)


def test_a_port_that_is_taken_is_told(demo: Demo) -> None:
    said = demo.inside("sso-1", "cognito-sso", "serve", "--host", "0.0.0.0", "--port", "8000", check=False)

    assert said.returncode == 1
    assert "can't be listened on" in said.stdout
    assert "Traceback" not in said.stdout


async def test_a_replica_that_starts_while_cognito_is_away_is_alive_and_becomes_ready(demo: Demo) -> None:
    await asyncio.to_thread(in_docker, "stop", "--time", "1", demo.container("stand-ins"))
    await asyncio.to_thread(in_docker, "restart", "--time", "30", demo.container("sso-2"))
    try:
        waiting = "while ! python -m cognito_sso.healthy; do sleep 0.1; done; python -m cognito_sso.healthy --ready"
        red = await asyncio.to_thread(demo.inside, "sso-2", "sh", "-c", waiting, check=False)
    finally:
        await asyncio.to_thread(in_docker, "start", demo.container("stand-ins"))
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(demo.is_ready, "sso-2"):
            await asyncio.sleep(0.1)

    assert red.returncode == 1
    assert "the pool's keys can't be had" in red.stdout or "TimeoutError" in red.stdout
