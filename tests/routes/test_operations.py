"""Alive, ready, and what happens between start and end."""

from __future__ import annotations

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.simulator import Fault
from tests.world import World, settings_for

JWKS = "GET /eu-north-1_6m0O668r5/.well-known/jwks.json"


async def ready(world: World) -> int:
    return (await world.script().get("/readyz")).status_code


async def test_alive_asks_nobody(world: World) -> None:
    world.simulator.faults.set(JWKS, Fault(status=500))
    answer = await world.script().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert len(world.simulator.journal) == 0


async def test_ready_once_keys_are_held_and_through_an_outage_after_that_sec_513_sec_514(world: World) -> None:
    world.simulator.faults.set(JWKS, Fault(status=500))
    assert await ready(world) == 503
    world.simulator.faults.clear()
    world.clock.advance(10)
    assert await ready(world) == 200
    world.simulator.faults.set(JWKS, Fault(abort=True))
    world.clock.advance(3600)
    assert await ready(world) == 200


async def test_not_ready_says_no_more_than_that(world: World) -> None:
    world.simulator.faults.set(JWKS, Fault(status=500, body="canary"))
    answer = await world.script().get("/readyz")
    assert answer.json() == {"status": "not ready", "reason": "the pool's keys can't be had"}


async def test_the_keys_are_fetched_at_the_start_so_that_nobody_waits(world: World) -> None:
    async with world.app.router.lifespan_context(world.app):
        assert world.services.verifier.keys_held
        assert await ready(world) == 200


async def test_on_its_way_out_it_is_not_ready_but_still_alive_sec_523(world: World) -> None:
    assert await ready(world) == 200
    world.app.state.draining = True
    assert (await world.script().get("/readyz")).json()["reason"] == "draining"
    assert (await world.script().get("/healthz")).status_code == 200


async def test_it_starts_without_cognito_and_is_alive(world: World) -> None:
    world.simulator.faults.set(JWKS, Fault(abort=True))
    async with world.app.router.lifespan_context(world.app):
        assert (await world.script().get("/healthz")).status_code == 200
        assert await ready(world) == 503


async def test_it_closes_the_client_that_it_made_and_not_the_one_it_was_given(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.app.router.lifespan_context(world.app):
        pass
    assert not world.upstream.is_closed
    made, real = [], httpx.AsyncClient

    def client(**settings: object) -> httpx.AsyncClient:
        assert settings["trust_env"] is False  # SEC-484: no proxy variable decides who sees the client secret
        assert settings["follow_redirects"] is False
        made.append(real(transport=world.simulator.transport()))
        return made[0]

    monkeypatch.setattr(httpx, "AsyncClient", client)
    app = create_app(settings_for(), clock=world.clock)
    async with app.router.lifespan_context(app):
        assert not made[0].is_closed
    assert made[0].is_closed


async def test_a_websocket_is_turned_away(world: World) -> None:
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    scope = {
        "type": "websocket",
        "path": "/me",
        "raw_path": b"/me",
        "query_string": b"",
        "headers": [],
        "scheme": "wss",
    }
    await world.app({**scope, "root_path": "", "subprotocols": []}, receive, send)
    assert sent == ["websocket.close"]
