"""npm's openid-client v5, used as in Scalekit's guide, signs in against the stand-ins."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import uvicorn

from cognito_sso.simulator import Simulator
from cognito_sso.simulator.simulator import DEFAULT_CLIENT
from tests.ports import free_ports

from .node import node

pytestmark = pytest.mark.node

PROVIDER, YOU = "ScalekitIdPRouter", "you@example.com"
REDIRECT_URI = "http://localhost:3000/callback"


@contextmanager
def served(simulator: Simulator, port: int) -> Iterator[None]:
    """On a real socket, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(simulator.app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(params=[None, "a secret: with / and %"], ids=["public", "confidential"])
def stand_ins(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    (port,) = free_ports(1)
    here = f"http://127.0.0.1:{port}"
    client = replace(DEFAULT_CLIENT, client_secret=request.param, callback_urls=(REDIRECT_URI,))
    simulator = Simulator(domain_url=f"http://localhost:{port}", issuer_url=here, scalekit_url=here, clients=(client,))
    with served(simulator, port):
        yield simulator


def test_the_guides_own_client_code_signs_in(stand_ins: Simulator) -> None:
    client = next(iter(stand_ins.pool.clients.values()))
    signed_in = node(
        "sign_in.mjs",
        {
            "issuer": stand_ins.issuer,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "redirect_uri": REDIRECT_URI,
            "identity_provider": PROVIDER,
            "email": YOU,
        },
    )
    claims = signed_in["claims"]
    assert (claims["email"], claims["given_name"], claims["family_name"]) == (YOU, "John", "Doe")
    assert (claims["iss"], claims["aud"], claims["token_use"]) == (stand_ins.issuer, client.client_id, "id")
    assert claims["identities"][0]["providerName"] == PROVIDER
    assert signed_in["userinfo"]["sub"] == signed_in["renewed"]["sub"] == claims["sub"]
    assert signed_in["userinfo"]["email"] == YOU
    assert "invalid_grant" in signed_in["replay"], "a code works once"
