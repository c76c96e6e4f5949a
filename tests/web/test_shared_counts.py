"""Replicas that count in one Valkey: together, over TLS that is checked, and on without it while it is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cognito_sso.web.rate_limits import RateLimits
from cognito_sso.web.shared_counts import REST_SECONDS, SharedCounts
from tests.certificates import certificate_for
from tests.valkey import PASSWORD, running
from tests.world import SERVICE, World

from .spending import LIMIT, spent

pytestmark = pytest.mark.valkey


def url(port: int, scheme: str = "async+redis", password: str = PASSWORD) -> str:
    return f"{scheme}://:{quote(password, safe='')}@127.0.0.1:{port}/0"


def counting_at(storage: str, **more: Any) -> SharedCounts:
    """With the patience of a busy machine."""
    return SharedCounts(storage, deadline_seconds=10, **more)


@pytest.mark.parametrize("scheme", ["async+redis", "async+valkey"])
async def test_two_replicas_count_together(tmp_path: Path, scheme: str) -> None:
    with running(tmp_path) as port:
        one, other = counting_at(url(port, scheme)), counting_at(url(port, scheme))
        assert await spent(one, 2) + await spent(other, 2) + await spent(one, 1) == [True, True, True, False, False]
        assert 1 <= await other.seconds_until_room(LIMIT, "a") <= 60
        await one.aclose()
        await other.aclose()


async def test_a_wrong_password_stops_nobody_and_stands_in_no_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as port:
        counts = counting_at(url(port, password="another-canary"))
        assert await spent(counts, 5) == [True] * 5
        await counts.aclose()
    (record,) = caplog.records
    assert "AuthenticationError" in str(vars(record))
    assert "canary" not in str(vars(record))


async def test_counting_goes_on_when_it_is_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    with running(tmp_path) as port:
        counts = counting_at(url(port), monotonic=lambda: now)
        assert await spent(counts, 4) == [True, True, True, False]
    assert await spent(counts, 4) == [True] * 4
    now += REST_SECONDS
    with running(tmp_path, port=port):
        assert await spent(counts, 4) == [True, True, True, False]
        await counts.aclose()
    assert [record.message for record in caplog.records] == [
        "rate limits are not counted",
        "rate limits are counted again",
    ]


@pytest.mark.parametrize(("address", "is_counted"), [("127.0.0.1", True), ("127.0.0.2", False)])
async def test_over_tls_only_the_certificate_of_that_host_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, is_counted: bool
) -> None:
    certificate, key = certificate_for(tmp_path, address)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ["--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no"]
    files = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)]
    with running(tmp_path, *tls, *files) as port:
        counts = counting_at(url(port, "async+valkeys"))
        assert (await spent(counts, 4))[-1] is not is_counted
        await counts.aclose()


async def test_sign_ins_are_limited_across_replicas_and_go_on_without_their_store(tmp_path: Path) -> None:
    start = {"params": {"email": "you@example.com"}}
    with running(tmp_path) as port:
        worlds = [World(sso_rate_limit_storage=url(port)) for _ in range(2)]
        for world in worlds:
            limits = RateLimits(LIMIT, counts=counting_at(url(port)))
            world.app.state.services = replace(world.services, rate_limits=limits)
        answers = [await world.script().get("/login/start", **start) for world in worlds * 2]
        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert [(await world.script().get("/login/start", **start)).status_code for world in worlds * 4] == [302] * 8
    me = httpx.AsyncClient(transport=worlds[0].roads, base_url=SERVICE)
    assert (await me.get("/me")).status_code == 401
    for world in worlds:
        await world.app.state.services.rate_limits.aclose()
