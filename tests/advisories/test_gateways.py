"""What a gateway is told, as others could be talked into telling it something else."""

from __future__ import annotations

import pytest

from cognito_sso.testing import Cognito
from tests.gateways.asking import ask, bearer, cookies_of
from tests.world import World

FORWARDED = (
    *("x-forwarded-uri", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-method", "x-original-uri"),
    *("x-original-url", "x-rewrite-url", "x-forwarded-for", "forwarded", "x-forwarded-prefix"),
)
PATHS = (
    "/%2e%2e/public",
    "/admin#",
    "/admin%23x",
    "/;x",
    "//public",
    "/%00",
    "/static/app.js",
    "/healthz",
    "/login",
)


@pytest.fixture
async def cognito(world: World) -> Cognito:
    await world.services.verifier.prefetch()
    return Cognito(world.simulator)


async def test_a_remembered_verdict_is_for_its_own_filters_cve_2026_33496(world: World, cognito: Cognito) -> None:
    token = bearer(cognito.access_token(groups=["staff"], scopes=["openid", "orders/read"]))
    expected = {
        b"": 204,
        b"groups=staff": 204,
        b"groups=admins": 403,
        b"scope=orders/read": 204,
        b"scope=orders/write": 403,
    }
    for _ in range(3):
        assert {query: (await ask(world.app, token, query=query)).status for query in expected} == expected


@pytest.mark.parametrize("name", FORWARDED)
async def test_what_a_stranger_forwards_changes_nothing_cve_2026_40575(
    world: World, cognito: Cognito, name: str
) -> None:
    good = bearer(cognito.access_token())
    for credentials in ((), (good,)):
        plain = await ask(world.app, *credentials)
        assert await ask(world.app, *credentials, (name.encode(), b"/public?x=/login")) == plain


@pytest.mark.parametrize("query", [b"/login", b"x=/healthz", b"skip=1", b"path=/public", b"/static/", b"groups="])
async def test_no_path_or_query_needs_no_sign_in_cve_2025_54576(world: World, query: bytes) -> None:
    assert (await ask(world.app, query=query)).status == 401


@pytest.mark.parametrize("path", PATHS)
async def test_the_protected_path_decides_nothing_cve_2026_41059(world: World, cognito: Cognito, path: str) -> None:
    assert (await ask(world.app, path=f"/auth/verify{path}")).status == 401
    assert (await ask(world.app, bearer(cognito.access_token()), path=f"/auth/verify{path}")).status == 204


@pytest.mark.parametrize(
    "hop", [b"x-auth-request-user", b"x-auth-request-user, x-auth-request-groups", b"close, authorization"]
)
async def test_a_hop_by_hop_header_strips_nothing_ghsa_w9mr_28mw_j8hg(
    world: World, cognito: Cognito, hop: bytes
) -> None:
    good = bearer(cognito.access_token())
    plain = await ask(world.app, good)
    assert plain.identity
    assert await ask(world.app, good, (b"connection", hop)) == plain


@pytest.mark.parametrize(
    "query", [b"groups=admins", b"domains=globex.example", b"scope=x/y", b"tenant=globex", b"role=x", b"group=staff"]
)
async def test_every_filter_keeps_somebody_out_cve_2021_21411(world: World, query: bytes) -> None:
    jane = cookies_of(await world.signed_in("jane@megasoft.example"))
    assert (await ask(world.app, jane)).status == 204
    assert (await ask(world.app, jane, query=query)).status == 403


@pytest.mark.parametrize(
    "name", ["x-amzn-oidc-data", "x-amzn-oidc-identity", "x-amzn-oidc-accesstoken", "x-auth-request-user"]
)
async def test_a_load_balancers_word_counts_nothing_albeast(world: World, cognito: Cognito, name: str) -> None:
    for value in (cognito.access_token(), cognito.id_token(), "admin"):
        assert (await ask(world.app, (name.encode(), value.encode()))).status == 401
        assert (await world.script().get("/me", headers={name: value})).status_code == 401
