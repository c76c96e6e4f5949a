"""The pytest plugin: `cognito`, `bad_access_token`, `sso_simulator`, `sso_server`. Nothing leaves this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cognito_sso.simulator import Simulator
    from cognito_sso.testing.cognito import Cognito

USER_POOL_ID = "eu-north-1_6m0O668r5"


@pytest.fixture
def sso_simulator() -> Simulator:
    """Stand-ins for Cognito, Scalekit and the companies, in this process: `sso_simulator.transport()` is for httpx."""
    from cognito_sso.simulator import Simulator

    return Simulator(
        domain_url="https://acme.auth.eu-north-1.amazoncognito.com",
        issuer_url="https://cognito-idp.eu-north-1.amazonaws.com",
        scalekit_url="https://acme-dev.scalekit.dev",
        user_pool_id=USER_POOL_ID,
    )


@pytest.fixture
def cognito(sso_simulator: Simulator) -> Cognito:
    """A pool that mints tokens, good and bad, and the verifier that can tell them apart."""
    from cognito_sso.testing.cognito import Cognito

    return Cognito(sso_simulator)


@pytest.fixture
def bad_access_token(request: pytest.FixtureRequest, cognito: Cognito) -> str:
    """A test that takes this runs once for each kind of token that must be refused."""
    return cognito.bad_access_token(request.param)


@pytest.fixture
def sso_server() -> Iterator[Simulator]:
    """The stand-ins on a loopback port of their own: `sso_server.pool.domain_url` and `sso_server.issuer` say where."""
    from cognito_sso.simulator import Simulator
    from cognito_sso.testing.loopback import listener, serving

    socket = listener()
    port = socket.getsockname()[1]
    # Two names of one machine, as Cognito's domain and issuer are two hosts: cookies of one must not reach the other.
    simulator = Simulator(
        domain_url=f"http://localhost:{port}",
        issuer_url=f"http://127.0.0.1:{port}",
        scalekit_url=f"http://127.0.0.1:{port}",
        user_pool_id=USER_POOL_ID,
    )
    with serving(simulator.app, socket):
        yield simulator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The names are looked up only where a test asks for them."""
    if "bad_access_token" in metafunc.fixturenames and not _chosen_by_the_test(metafunc):
        from cognito_sso.testing.bad_tokens import BAD_ACCESS_TOKENS

        metafunc.parametrize("bad_access_token", BAD_ACCESS_TOKENS, indirect=True)


def _chosen_by_the_test(metafunc: pytest.Metafunc) -> bool:
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize") if mark.args]
    return any("bad_access_token" in (names.split(",") if isinstance(names, str) else names) for names in chosen)
