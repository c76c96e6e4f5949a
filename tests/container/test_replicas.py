"""Replicas are killed, replaced and stopped while people sign in: nobody notices, but where the contract says so."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import pytest

from cognito_sso.settings import new_cookie_key
from tests.browser import NAVIGATION
from tests.container.engine import LONGEST_TEST_SECONDS, Demo, docker, in_docker, inspected
from tests.container.people import JANE, Person, all_of, is_let_in

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

REPLICAS = ("sso-1", "sso-2")
CROWD, AT_ONCE = 100, 12
SLOW_SECONDS = 6  # what Cognito takes for a code, once it is told to; the service waits for ten
LONGEST_START_SECONDS = 60
READY_SECONDS = 2.0
RELOADED = "reloaded: 1 cookie keys"
UNTIL_RED = """
import time
from cognito_sso.healthy import main
while main(["--ready"]) == 0:
    time.sleep(0.02)
"""
KEY_FILE = "/run/settings/sso_cookie_keys"


@pytest.fixture(autouse=True)
def all_well(demo: Demo) -> Iterator[None]:
    """Both replicas and nothing wrong at Cognito, before and after."""
    demo.control("DELETE", "/faults")
    demo.control("DELETE", "/journal")
    yield
    demo.control("DELETE", "/faults")
    for replica in REPLICAS:
        in_docker("start", demo.container(replica))
        wait_until_ready(demo, replica)


def wait_until_ready(demo: Demo, replica: str) -> None:
    until = time.monotonic() + LONGEST_START_SECONDS
    while not demo.is_ready(replica):
        assert time.monotonic() < until, demo.log(replica)
        time.sleep(0.1)


def kill(demo: Demo, replica: str) -> None:
    """As the kernel does when memory ends: nothing is finished, nothing is said."""
    in_docker("kill", "--signal", "KILL", demo.container(replica))


async def test_a_replica_that_dies_between_start_and_callback_is_not_missed(demo: Demo) -> None:
    person, seen = Person.at(demo), {replica: len(demo.log(replica)) for replica in REPLICAS}
    await person.starts()
    (began,) = [replica for replica in REPLICAS if "login_started" in demo.log(replica)[seen[replica] :]]

    kill(demo, began)
    page = await person.goes_on()

    assert is_let_in(page), page.text
    assert person.tries == 1
    await person.leaves()


async def test_a_replica_that_dies_while_a_hundred_sign_in_costs_nobody_the_sign_in(demo: Demo) -> None:
    people = [Person.at(demo) for _ in range(CROWD)]
    signing_in = asyncio.create_task(all_of(people, "signs_in", AT_ONCE))
    await until(lambda: len(demo.token_requests()) >= CROWD // 4)

    await asyncio.to_thread(kill, demo, "sso-1")
    pages = await signing_in

    assert [page.text for page in pages if not is_let_in(page)] == []
    # A code that the dead replica had redeemed is lost with it: then, and only then, somebody has to try again.
    redeemed = sum(entry["status"] == 200 for entry in demo.token_requests())
    assert sum(person.tries - 1 for person in people) == redeemed - CROWD
    await asyncio.gather(*(person.leaves() for person in people))


async def test_a_sign_in_that_is_posted_to_a_replica_which_freezes_begins_at_the_other(demo: Demo) -> None:
    in_docker("pause", demo.container("sso-1"))
    try:
        async with httpx.AsyncClient(base_url=demo.service, timeout=60) as browser:
            posts = [browser.post("/login/start", data={"email": JANE}) for _ in range(AT_ONCE)]
            answers = await asyncio.gather(*posts)
    finally:
        in_docker("unpause", demo.container("sso-1"))

    assert [answer.status_code for answer in answers] == [303] * AT_ONCE


async def test_a_rolling_restart_with_a_new_cookie_key_signs_nobody_out(demo: Demo) -> None:
    early = Person.at(demo)
    await early.signs_in()
    (old,) = demo.inside("stand-ins", "cat", KEY_FILE).stdout.split(",")
    new = new_cookie_key()

    async with people_who_sign_in_meanwhile(demo) as meanwhile:
        for keys in (f"{old},{new}", f"{new},{old}"):
            await asyncio.to_thread(roll_out, demo, keys)
    late = Person.at(demo)
    await late.signs_in()
    told = {replica: demo.log(replica).count(RELOADED) for replica in REPLICAS}
    write_keys(demo, new)  # as after SSO_SESSION_MAX_AGE; this time nobody is restarted
    await until(lambda: all(demo.log(replica).count(RELOADED) > told[replica] for replica in REPLICAS))

    assert len(meanwhile) > 0
    assert [page.text for page in meanwhile if not is_let_in(page)] == []
    assert is_let_in(await late.browser.goto(demo.service)), "sealed with the new key"
    assert "/login" in str((await early.browser.goto(demo.service)).url), "the old key is really gone"
    await early.leaves()
    await late.leaves()


def write_keys(demo: Demo, keys: str) -> None:
    demo.inside("stand-ins", "sh", "-c", f"echo '{keys}' > {KEY_FILE}")


def roll_out(demo: Demo, keys: str) -> None:
    """One replica after the other, as every orchestrator does it."""
    write_keys(demo, keys)
    for replica in REPLICAS:
        in_docker("restart", "--time", "30", demo.container(replica))
        wait_until_ready(demo, replica)


@asynccontextmanager
async def people_who_sign_in_meanwhile(demo: Demo) -> AsyncIterator[list[httpx.Response]]:
    """One after the other, and the last one to the end."""
    pages: list[httpx.Response] = []
    going_on = True

    async def stream() -> None:
        while going_on:
            person = Person.at(demo)
            pages.append(await person.signs_in())
            assert person.tries == 1, pages[-1].text
            await person.leaves()

    streaming = asyncio.create_task(stream())
    yield pages
    going_on = False
    await streaming


async def test_a_replica_that_is_stopped_turns_red_first_and_finishes_a_hundred_callbacks(demo: Demo) -> None:
    await asyncio.to_thread(in_docker, "stop", "--time", "30", demo.container("sso-2"))
    people = [Person.at(demo) for _ in range(CROWD)]
    urls = await all_of(people, "comes_back_to", AT_ONCE)
    demo.control("PUT", "/faults", endpoint="POST /oauth2/token", delay=SLOW_SECONDS)
    demo.control("DELETE", "/journal")
    watching = subprocess.Popen(
        [str(docker()), "exec", demo.container("sso-1"), "python", "-c", UNTIL_RED], stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    assert "ready" in await asyncio.to_thread(watching.stdout.readline)
    callbacks = [
        asyncio.create_task(person.browser.http.get(str(url), headers=NAVIGATION))
        for person, url in zip(people, urls, strict=True)
    ]
    await until(lambda: len(demo.token_requests()) == CROWD)
    stopping = subprocess.Popen([str(docker()), "stop", "--time", "30", demo.container("sso-1")])
    red = (await asyncio.to_thread(watching.communicate))[0].splitlines()[-1]
    still_open = sum(not callback.done() for callback in callbacks)
    answers = await asyncio.gather(*callbacks)
    await asyncio.to_thread(stopping.wait)

    assert "draining" in red
    assert still_open == CROWD
    assert [answer.text for answer in answers if answer.status_code != 303] == []
    assert {answer.headers["location"] for answer in answers} == {f"{demo.service}/"}
    assert all("sso_session" in answer.headers["set-cookie"] for answer in answers)
    assert inspected(demo.container("sso-1"))["State"]["ExitCode"] == 0
    await asyncio.gather(*(person.leaves() for person in people))


async def until(condition: object) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # type: ignore[arg-type]
            await asyncio.sleep(0.05)


def test_a_replica_is_ready_within_two_seconds_of_its_start(demo: Demo) -> None:
    starts = []
    for _ in range(3):
        in_docker("restart", "--time", "30", demo.container("sso-1"))
        wait_until_ready(demo, "sso-1")
        starts.append(seconds_to_ready(demo, "sso-1") - seconds_in_queue(demo, "sso-1"))

    assert min(starts) < READY_SECONDS, starts


def seconds_to_ready(demo: Demo, replica: str) -> float:
    """From the container's start to uvicorn's word that it listens: the pool's keys were fetched before."""
    started = inspected(demo.container(replica))["State"]["StartedAt"]
    lines = in_docker("logs", "--timestamps", "--since", started, demo.container(replica)).stdout.splitlines()
    (listening,) = [line for line in lines if "Uvicorn running" in line and "8000" in line]
    return (moment(listening.split(" ")[0]) - moment(started)).total_seconds()


def seconds_in_queue(demo: Demo, replica: str) -> float:
    """How long it waited for a core that others had (Linux, proc_pid_schedstat): that is not its own slowness."""
    _, waited_nanoseconds, _ = demo.inside(replica, "cat", "/proc/1/schedstat").stdout.split()
    return int(waited_nanoseconds) / 1e9


def moment(text: str) -> datetime:
    """Docker writes nanoseconds; Python reads microseconds."""
    return datetime.fromisoformat(f"{text[:26]}+00:00")
