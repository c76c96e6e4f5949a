"""An address is read once: the company it is routed to, and the address that Cognito is told, are of one reading."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cognito_sso.errors import EmailInvalid
from cognito_sso.login.delivery import Delivery
from tests.world import World

DOMAINS = ("megasoft.example", "globex.example", "initech.example", "evil.example", "xn--mgasoft-dya.example")
# What becomes another character somewhere on the way: by case, by NFKC, by IDNA, by stripping.
TURNCOATS = (
    "＠﹫．。｡ｍⓜＫſßıİς\u00ad\u200b\u200d\u2060\u202e\u0307\u0130\u1e9e．\t\n\x00\x0b\u00a0\u3000 @.,;:<>()[]\\\"'%+-_"
)
PIECES = st.sampled_from(
    [*DOMAINS, "jane", "evil", "megasoft", "example", "xn--", '"jane"', "jane(x)", "%40", "&login_hint="]
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tenants=Path(tmp_path_factory.mktemp("routes")) / "tenants.toml")


@given(st.lists(st.one_of(PIECES, st.sampled_from(list(TURNCOATS)), st.characters()), max_size=9).map("".join))
@example("jane@evil.example@megasoft.example")
@example("jane@megasoft.example＠evil.example")
@example('"jane@evil.example"@megasoft.example')
@example("jane@ｍegasoft.example")
@example("jane@megasoft。example")
@example("jane@meg\u00adasoft.example")
@example("jane@MEGASOFT.example.")
@settings(
    max_examples=600, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_route_and_hint_never_disagree_sec_371_sec_374(world: World, typed: str) -> None:
    try:
        started = world.services.login.start(email=typed, return_to=None, delivery=Delivery.SESSION)
    except EmailInvalid:
        return
    (hint,) = parse_qs(urlsplit(started.authorization_url).query)["login_hint"]
    local, at, domain = hint.partition("@")
    assert hint == started.transaction.email
    assert hint.isascii()
    assert hint.isprintable()
    assert (at, "@" in domain, " " in hint) == ("@", False, False)
    company = started.tenant.name if started.tenant else None
    assert company == {"megasoft.example": "megasoft", "globex.example": "globex", "initech.example": "initech"}.get(
        domain
    )
    assert local


@pytest.mark.parametrize(
    "typed", ["jane@ｍegasoft.example", "jane＠megasoft.example", "jane@megasoft。example", "jane@ⓜegasoft.example"]
)
async def test_a_look_alike_goes_to_nobody_or_to_what_it_says_sec_371(world: World, typed: str) -> None:
    for answer in (
        await world.script().get("/login/start", params={"email": typed}),
        await world.script().post("/login/start", data={"email": typed}),
        await world.script().post("/login/start", json={"email": typed}),
    ):
        location = answer.headers.get("location") or answer.json().get("authorization_url", "")
        hint = httpx.URL(location).params.get("login_hint", "")
        assert answer.status_code == 400 or hint == "jane@megasoft.example"
