"""What a container's HEALTHCHECK runs: green, red, and nobody there."""

from __future__ import annotations

import pytest
from starlette.types import Receive, Scope, Send

from cognito_sso.healthy import main
from cognito_sso.testing import listener, serving
from tests.fresh_python import said_by


async def alive_but_draining(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    status, told = (200, b'{"status":"alive"}') if scope["path"] == "/healthz" else (503, b'{"reason":"draining"}')
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": told})


def test_it_is_healthy_while_it_answers_and_says_why_it_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    at = listener()
    port = str(at.getsockname()[1])
    with serving(alive_but_draining, at):
        assert main(["--port", port]) == 0
        assert main(["--port", port, "--ready"]) == 1

    assert capsys.readouterr().out.splitlines() == ['{"status":"alive"}', '{"reason":"draining"}']


def test_nobody_there_is_unhealthy_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with listener() as at:
        port = at.getsockname()[1]

    assert main(["--port", str(port)]) == 1
    assert capsys.readouterr().out.startswith("no answer: ConnectionRefusedError")


def test_it_costs_next_to_nothing_to_ask() -> None:
    """It runs every few seconds, so it may load nothing but the standard library."""
    told = "import sys, cognito_sso.healthy; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = said_by(told).split()

    assert not {"httpx", "fastapi", "pydantic", "uvicorn", "asyncio"} & set(loaded)
