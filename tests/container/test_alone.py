"""`docker-compose.pool.yml`: the service alone, against the pool of `.env`, which the demo's stand-ins are here."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.browser import NAVIGATION
from tests.container.engine import LONGEST_TEST_SECONDS, REPOSITORY, Demo, compose_command, run
from tests.container.people import Person
from tests.ports import free_port

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

LONGEST_START_SECONDS = 60
FILE = "docker-compose.pool.yml"
IN_THE_DEMOS_NETWORK = """
services:
  sso:
    networks: [demo]
networks:
  demo:
    name: {network}
    external: true
"""
PRINT_SETTINGS = 'cd /run/settings && for name in cognito_* sso_* scalekit_*; do echo "$name=$(cat "$name")"; done'


class Alone:
    """The file as it stands in the repository, beside a `.env` as a user writes it."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        shutil.copy2(REPOSITORY / FILE, folder)
        (folder / "network.yml").write_text(IN_THE_DEMOS_NETWORK.format(network=demo.network))
        settings = demo.inside("stand-ins", "sh", "-c", PRINT_SETTINGS).stdout.splitlines()
        named = (line.partition("=") for line in settings if not line.startswith("sso_tenants_file="))
        (folder / ".env").write_text("".join(f"{name.upper()}={value}\n" for name, _, value in named))
        self.url = f"http://localhost:{free_port()}"
        self._folder = folder
        self._environment = {
            **os.environ,
            "PORT": self.url.rpartition(":")[2],
            "COMPOSE_PROJECT_NAME": f"cognito-sso-alone-{os.getpid()}",
        }

    def compose(self, *arguments: str, check: bool = True) -> str:
        command = [*(compose_command() or ()), "-f", FILE, "-f", "network.yml", *arguments]
        return run(*command, check=check, cwd=self._folder, env=self._environment).stdout


@pytest.fixture
def alone(demo: Demo, tmp_path: Path) -> Iterator[Alone]:
    alone = Alone(demo, tmp_path)
    yield alone
    alone.compose("down", "--timeout", "1", check=False)


async def test_a_person_signs_in_to_the_service_that_env_sets_up(alone: Alone) -> None:
    alone.compose("up", "-d", "--no-build")
    person = Person.at(alone.url)
    await is_ready(person.browser.http, alone)

    callback = httpx.URL(await person.comes_back_to())
    # The pool knows the demo's callback; a cookie knows no port, so the login is as much this one's.
    answer = await person.browser.http.get(f"{alone.url}{callback.raw_path.decode()}", headers=NAVIGATION)

    assert (answer.status_code, "sso_session" in answer.headers.get("set-cookie", "")) == (303, True), answer.text
    await person.leaves()


def test_the_doctor_examines_what_can_be_reached_from_inside(alone: Alone) -> None:
    told = alone.compose("run", "--rm", "sso", "doctor", check=False)

    assert "Traceback" not in told
    assert "domain_unreachable" not in told
    assert " 0 errors" in told, told


async def is_ready(http: httpx.AsyncClient, alone: Alone) -> None:
    async with asyncio.timeout(LONGEST_START_SECONDS):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get(f"{alone.url}/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)
