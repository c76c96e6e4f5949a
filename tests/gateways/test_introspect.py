"""`/auth/introspect`: what an access token says, for those who can't verify it themselves (RFC 7662)."""

from __future__ import annotations

import httpx
import pytest

from cognito_sso.simulator import Fault
from cognito_sso.testing import BAD_ACCESS_TOKENS, Cognito
from tests.world import CLIENT_ID, FRONTEND, POOL, World

PATH = "/auth/introspect"


@pytest.fixture
async def cognito(world: World) -> Cognito:
    await world.services.verifier.prefetch()
    return Cognito(world.simulator)


async def introspect(world: World, token: str, **more: str) -> httpx.Response:
    return await world.script().post(PATH, data={"token": token, **more})


async def test_a_good_token_is_active_and_told_in_the_standards_words(world: World, cognito: Cognito) -> None:
    token = cognito.access_token(groups=["staff"], scopes=["openid", "email"])
    answer = await introspect(world, token)
    claims = cognito.verifier.access_token_sync(token)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told == {
        "active": True,
        "scope": "email openid",
        "client_id": CLIENT_ID,
        "username": claims.username,
        "token_type": "Bearer",
        "exp": claims.expires_at,
        "iat": claims.issued_at,
        "sub": claims.sub,
        "iss": cognito.issuer,
        "jti": claims.jti,
        "groups": ["staff"],
        "connection_id": claims.connection_id,
    }
    assert type(told["exp"]) is type(told["iat"]) is int


async def test_a_machines_token_is_active_and_names_nobody(world: World, cognito: Cognito) -> None:
    told = (await introspect(world, cognito.machine_token(scopes=["orders/read"]))).json()

    assert told["active"] is True
    assert told["sub"] == told["client_id"] == CLIENT_ID
    assert told["scope"] == "orders/read"
    assert told["groups"] == []
    assert not {"username", "connection_id"} & set(told)


MACHINES = {"a machine's", "without a user name"}


@pytest.mark.parametrize("name", sorted(set(BAD_ACCESS_TOKENS) - MACHINES))
async def test_any_other_token_is_not_active_and_nothing_else_is_told(
    world: World, cognito: Cognito, name: str
) -> None:
    answer = await introspect(world, cognito.bad_access_token(name))

    assert answer.status_code == 200
    assert answer.content == b'{"active":false}'
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    "token", ["x", " ", "null", "a.b.c", "\u00e9", "\U0001f510", "x" * 10_000, "Bearer x", "a\r\nb"]
)
async def test_text_that_is_no_token_is_not_active(world: World, cognito: Cognito, token: str) -> None:
    answer = await introspect(world, token)

    assert (answer.status_code, answer.content) == (200, b'{"active":false}')


async def test_a_token_is_active_until_the_second_it_expires(world: World, cognito: Cognito) -> None:
    token = cognito.access_token(expires_in=60)
    world.clock.advance(59)
    assert (await introspect(world, token)).json()["active"]
    world.clock.advance(1)

    assert (await introspect(world, token)).json() == {"active": False}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "anything", ""])
async def test_a_hint_changes_nothing(world: World, cognito: Cognito, hint: str) -> None:
    assert (await introspect(world, cognito.access_token(), token_type_hint=hint)).json()["active"] is True
    assert (await introspect(world, cognito.id_token(), token_type_hint=hint)).json() == {"active": False}


async def test_while_keys_are_held_nobody_is_called(world: World, cognito: Cognito) -> None:
    world.simulator.journal.clear()
    await introspect(world, cognito.access_token())
    await introspect(world, cognito.access_token(expires_in=-1))

    assert list(world.simulator.journal) == []


async def test_without_keys_it_says_that_it_does_not_know(world: World) -> None:
    """`{"active": false}` would be a lie that somebody may remember."""
    world.simulator.faults.set(f"GET /{POOL}/.well-known/jwks.json", Fault(status=503))
    answer = await introspect(world, world.simulator.mint_access_token())

    assert answer.status_code == 503
    assert answer.json()["code"] == "provider_unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert "active" not in answer.json()


JSON = {"json": {"token": "x"}}
UNREADABLE = {
    "JSON": (JSON, "form"),
    "JSON of nothing": ({"content": b"{}", "headers": {"content-type": "application/json"}}, "form"),
    "plain text": ({"content": b"token=x", "headers": {"content-type": "text/plain"}}, "form"),
    "no type": ({"content": b"token=x"}, "form"),
    "no body": ({}, "form"),
    "several parts": ({"files": {"token": b"x"}}, "form"),
    "an empty form": ({"data": {"x": "y"}}, "Token is required"),
    "a token without a value": ({"data": {"token": ""}}, "Token is required"),
    "two tokens": ({"data": {"token": ["x", "y"]}}, "twice"),
    "a form that is too long": ({"data": {"token": "x" * 20_000}}, "too long"),
    "a form that is not UTF-8": (
        {"content": b"token=%ff", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        "can't be read",
    ),
}


@pytest.mark.parametrize("words", UNREADABLE)
async def test_what_is_no_form_with_a_token_is_told_so(world: World, cognito: Cognito, words: str) -> None:
    request, told = UNREADABLE[words]
    answer = await world.script().post(PATH, **request)  # type: ignore[arg-type]

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"
    assert told in answer.json()["detail"]


async def test_a_token_in_the_query_is_not_looked_at(world: World, cognito: Cognito) -> None:
    answer = await world.script().post(f"{PATH}?token={cognito.access_token()}", data={"x": "y"})

    assert answer.status_code == 400


async def test_a_script_of_a_frontend_may_send_a_form_too(world: World, cognito: Cognito) -> None:
    headers = {"origin": FRONTEND, "sec-fetch-mode": "cors", "sec-fetch-site": "cross-site"}
    answer = await world.script().post(PATH, data={"token": cognito.access_token()}, headers=headers)

    assert answer.json()["active"] is True


async def test_another_sites_page_gets_no_answer(world: World, cognito: Cognito) -> None:
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = await world.script().post(PATH, data={"token": cognito.access_token()}, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["code"] == "origin_not_allowed"


async def test_other_methods_are_told_the_right_one(world: World) -> None:
    answer = await world.script().get(PATH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_no_token_is_in_any_log(world: World, cognito: Cognito, caplog: pytest.LogCaptureFixture) -> None:
    tokens = [cognito.access_token(), *cognito.bad_access_tokens().values()]
    with caplog.at_level("DEBUG"):
        for token in tokens:
            await introspect(world, token)
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)

    assert [token for token in tokens if len(token) > 10 and token in told] == []
