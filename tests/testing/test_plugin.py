"""The plugin in somebody else's project: their service is tested, and ours is not needed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import cognito_sso.testing
from cognito_sso.testing import BAD_ACCESS_TOKENS
from tests.fresh_python import said_by
from tests.testing.own_project import PLUGIN, run

SHOP = """
from fastapi import Depends, FastAPI
from cognito_sso.verify import Claims, TokenVerifier
from cognito_sso.verify.fastapi import RequireToken


def shop(verifier: TokenVerifier) -> FastAPI:
    app = FastAPI()

    @app.get("/orders")
    async def orders(claims: Claims = Depends(RequireToken(verifier, scopes=["orders/read"]))) -> dict[str, str]:
        return {"for": claims.sub}

    @app.get("/stock", dependencies=[Depends(RequireToken(verifier))])
    async def stock() -> list[str]:
        return []

    return app
"""
ITS_TESTS = """
import httpx
import pytest

from cognito_sso.testing import BAD_ACCESS_TOKENS
from shop import shop


@pytest.fixture
def client(cognito):
    return httpx.AsyncClient(transport=httpx.ASGITransport(shop(cognito.verifier)), base_url="https://shop.example")


async def test_orders_need_a_token(client):
    assert (await client.get("/orders")).status_code == 401


async def test_orders_need_their_scope(client, cognito):
    assert (await client.get("/orders", headers=cognito.bearer())).status_code == 403
    allowed = await client.get("/orders", headers=cognito.bearer(scopes=["orders/read"]))
    assert allowed.status_code == 200


async def test_the_stock_is_shown_to_nobody_with_a_bad_token(client, bad_access_token):
    answer = await client.get("/stock", headers={"Authorization": f"Bearer {bad_access_token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
async def test_by_name(client, cognito, name):
    answer = await client.get("/stock", headers={"Authorization": f"Bearer {cognito.bad_access_token(name)}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("bad_access_token", ["an ID token"], indirect=True)
async def test_chosen(client, bad_access_token):
    answer = await client.get("/stock", headers={"Authorization": f"Bearer {bad_access_token}"})
    assert answer.status_code == 401


def test_it_is_the_same_world(cognito, sso_simulator):
    assert cognito.issuer == sso_simulator.issuer
"""
SIMULATOR_TESTS = """
import httpx

from cognito_sso.verify import TokenVerifier


async def test_in_this_process(sso_simulator):
    http = httpx.AsyncClient(transport=sso_simulator.transport())
    client_id = next(iter(sso_simulator.pool.clients))
    verifier = TokenVerifier(issuer=sso_simulator.issuer, client_id=client_id, http=http)
    assert (await verifier.access_token(sso_simulator.mint_access_token())).sub


def test_over_sockets(sso_server):
    verifier = TokenVerifier(issuer=sso_server.issuer, client_id=next(iter(sso_server.pool.clients)))
    assert verifier.access_token_sync(sso_server.mint_access_token()).sub
    page = httpx.get(f"{sso_server.pool.domain_url}/login", params={"client_id": "x"}, trust_env=False)
    assert page.status_code != 421
    asked = [entry.path for entry in sso_server.journal]
    assert asked == [f"/{sso_server.pool.pool_id}/.well-known/jwks.json", "/login"]


def test_each_has_a_port_of_its_own_and_starts_anew(sso_server):
    assert not list(sso_server.journal)
"""


def test_a_service_with_require_token_is_tested_against_every_token(tmp_path: Path) -> None:
    ran = run(tmp_path, {"shop.py": SHOP, "test_shop.py": ITS_TESTS})

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{2 * len(BAD_ACCESS_TOKENS) + 4} passed" in ran.stdout
    assert "test_the_stock_is_shown_to_nobody_with_a_bad_token[an ID token]" in ran.stdout


def test_a_service_that_forgets_a_check_is_found_out(tmp_path: Path) -> None:
    """With any client accepted, exactly those tests fail that are about the client."""
    careless = ITS_TESTS.replace("cognito.verifier)", "careless(cognito))").replace(
        "from shop import shop",
        "from shop import shop\nfrom cognito_sso.verify import TokenVerifier\n\n\n"
        "def careless(cognito):\n"
        "    return TokenVerifier(issuer=cognito.issuer, client_id=None, jwks=cognito.jwks)",
    )
    ran = run(tmp_path, {"shop.py": SHOP, "test_shop.py": careless}, "-k", "by_name")

    failed = {line.partition("[")[2].partition("]")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == {"for another app client"}


def test_the_stand_ins_answer_in_process_and_over_sockets(tmp_path: Path) -> None:
    ran = run(tmp_path, {"test_simulator.py": SIMULATOR_TESTS})

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def test_whoever_does_not_use_the_plugin_does_not_pay_for_it() -> None:
    """It is loaded in every run of pytest: no framework, no cryptography, nothing of the service."""
    told = (
        f"import sys, pytest, {PLUGIN}\n"
        "heavy = 'fastapi', 'starlette', 'uvicorn', 'httpx', 'jose', 'cryptography', 'pydantic', 'jinja2'\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    assert said_by(told).strip() == "[]"


def test_the_package_offers_its_names_without_loading_what_they_need() -> None:
    told = "import sys, cognito_sso.testing as t\nprint('cryptography' in sys.modules, len(t.BAD_ACCESS_TOKENS) > 30)"
    assert said_by(told).split() == ["False", "True"]


def test_another_name_is_no_attribute_of_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cognito_sso.testing.nothing  # noqa: B018
