"""Every request to Cognito: what is in it, how long it may take, and what becomes of an odd answer."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
import respx

from cognito_sso.cognito import CognitoClient, Endpoints, Patience
from cognito_sso.errors import (
    BearerRefused,
    GrantRejected,
    ProviderNonsense,
    ProviderTimeout,
    ProviderUnavailable,
    ProviderUnreachable,
)
from tests.world import CLIENT_ID, CLIENT_SECRET, DOMAIN, POOL, SERVICE

TOKENS = {"access_token": "a", "id_token": "i", "expires_in": 3600}
Call = Callable[[CognitoClient], Awaitable[Any]]
CALLS: dict[str, Call] = {
    "code": lambda client: client.exchange_code("c", "v"),
    "refresh": lambda client: client.refresh("r"),
    "userinfo": lambda client: client.user_info("t"),
    "revoke": lambda client: client.revoke("r"),
}


def client(http: httpx.AsyncClient | None = None, **changed: Any) -> CognitoClient:
    settings: dict[str, Any] = {
        "http": http or httpx.AsyncClient(),
        "endpoints": Endpoints.of_pool(POOL, domain="acme"),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": f"{SERVICE}/auth/callback",
        "logout_uri": f"{SERVICE}/auth/signed-out",
        "scopes": "openid email profile",
    }
    return CognitoClient(**{**settings, **changed})


def answering(*answers: httpx.Response | Exception, **changed: Any) -> tuple[CognitoClient, list[httpx.Request]]:
    """A client whose Cognito gives these answers in turn, and the requests that reached it."""
    asked: list[httpx.Request] = []
    left = iter(answers)

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        asked.append(request)
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    return client(httpx.AsyncClient(transport=httpx.MockTransport(answer)), **changed), asked


class Drip(httpx.AsyncByteStream):
    """A body that never ends, a byte at a time."""

    def __init__(self, first: bytes = b" ") -> None:
        self.closed = False
        self._first = first

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        while True:
            await asyncio.sleep(0.001)
            yield b" "

    async def aclose(self) -> None:
        self.closed = True


class TestTheUrlsABrowserIsSentTo:
    def test_the_authorize_url_has_exactly_our_parameters_once_each_sec_001(self) -> None:
        url = client().authorization_url(
            state="s",
            nonce="n",
            code_challenge="c",
            identity_provider="Scalekit IdP&x=y#z",
            login_hint="a+b&c=d@corp.example",
        )
        before, _, query = url.partition("?")
        assert before == f"{DOMAIN}/oauth2/authorize"
        assert parse_qsl(query, strict_parsing=True) == [
            ("client_id", CLIENT_ID),
            ("redirect_uri", f"{SERVICE}/auth/callback"),
            ("response_type", "code"),
            ("scope", "openid email profile"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", "c"),
            ("code_challenge_method", "S256"),
            ("identity_provider", "Scalekit IdP&x=y#z"),
            ("login_hint", "a+b&c=d@corp.example"),
        ]
        assert "+" not in query  # which not everybody reads as a space

    def test_the_logout_url_has_the_one_registered_target_sec_443(self) -> None:
        query = dict(parse_qsl(client().logout_url().partition("?")[2], strict_parsing=True))
        assert query == {"client_id": CLIENT_ID, "logout_uri": f"{SERVICE}/auth/signed-out"}


@respx.mock
async def test_a_code_is_redeemed_with_its_verifier_and_redirect_uri_sec_230() -> None:
    route = respx.post(f"{DOMAIN}/oauth2/token").respond(json=TOKENS)
    tokens = await client().exchange_code("c&redirect_uri=https://evil.example", "v")
    assert tokens.id_token == "i"
    (call,) = route.calls
    assert parse_qsl(call.request.content.decode()) == [
        ("grant_type", "authorization_code"),
        ("redirect_uri", f"{SERVICE}/auth/callback"),
        ("code", "c&redirect_uri=https://evil.example"),
        ("code_verifier", "v"),
    ]


@respx.mock
async def test_a_confidential_client_shows_its_secret_in_the_header_alone_sec_018_sec_251() -> None:
    respx.post(f"{DOMAIN}/oauth2/token").respond(json=TOKENS)
    respx.post(f"{DOMAIN}/oauth2/revoke").respond(200)
    await client().refresh("r")
    await client().revoke("r")
    for call in respx.calls:
        kind, _, encoded = call.request.headers["authorization"].partition(" ")
        client_id, colon, secret = base64.b64decode(encoded).decode("ascii").partition(":")
        assert (kind, colon, unquote(client_id), unquote(secret)) == ("Basic", ":", CLIENT_ID, CLIENT_SECRET)
        assert ":" not in secret
        assert b"client_id" not in call.request.content
        assert b"canary" not in call.request.content
        assert "canary" not in str(call.request.url)


@respx.mock
async def test_a_public_client_names_itself_and_shows_nothing_sec_251() -> None:
    route = respx.post(f"{DOMAIN}/oauth2/token").respond(json=TOKENS)
    await client(client_secret=None).refresh("r")
    request = route.calls.last.request
    assert "authorization" not in request.headers
    assert dict(parse_qsl(request.content.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": CLIENT_ID,
    }


@respx.mock
async def test_an_access_token_goes_into_the_header_alone_sec_016() -> None:
    route = respx.get(f"{DOMAIN}/oauth2/userInfo").respond(json={"sub": "s"})
    assert await client().user_info("t") == {"sub": "s"}
    request = route.calls.last.request
    assert (request.headers["authorization"], request.content, request.url.query) == ("Bearer t", b"", b"")


@pytest.mark.parametrize("name", CALLS)
class TestWhateverComesBack:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_no_redirect_is_followed_sec_249_sec_483_sec_509(self, name: str, status: int) -> None:
        cognito, asked = answering(httpx.Response(status, headers={"location": "https://evil.example/"}))
        with pytest.raises(ProviderNonsense):
            await CALLS[name](cognito)
        assert [request.url.host for request in asked] == [httpx.URL(DOMAIN).host]

    async def test_not_even_where_the_http_client_would(self, name: str) -> None:
        answers = [httpx.Response(307, headers={"location": "https://evil.example/"}), httpx.Response(200, json=TOKENS)]
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return answers[len(asked) - 1]

        http = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True)
        with pytest.raises(ProviderNonsense):
            await CALLS[name](client(http))
        assert len(asked) == 1

    async def test_a_compressed_answer_is_not_even_read(self, name: str) -> None:
        bomb = httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(bytes(2_000_000)))
        )
        cognito, asked = answering(bomb)
        with pytest.raises(ProviderNonsense, match="compressed"):
            await CALLS[name](cognito)
        assert asked[0].headers["accept-encoding"] == "identity"

    async def test_an_answer_past_64_kib_is_not_read_to_its_end(self, name: str) -> None:
        endless = Drip(b" " * 65_537)
        cognito, _ = answering(httpx.Response(200, stream=endless))
        with pytest.raises(ProviderNonsense, match="too large"):
            await CALLS[name](cognito)
        assert endless.closed

    async def test_a_drip_that_never_ends_ends_at_the_deadline_sec_501(self, name: str) -> None:
        drip = Drip()
        patience = Patience(sign_in=0.02, user_info=0.02, revoke=0.02)
        cognito, asked = answering(httpx.Response(200, stream=drip), patience=patience)
        with pytest.raises(ProviderTimeout):
            await CALLS[name](cognito)
        assert drip.closed
        assert len(asked) == 1

    @pytest.mark.parametrize(
        "error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")], ids=lambda error: type(error).__name__
    )
    async def test_what_was_provably_never_sent_is_sent_once_more_sec_500(self, name: str, error: Exception) -> None:
        cognito, asked = answering(error, httpx.Response(200, json={**TOKENS, "sub": "s"}))
        await CALLS[name](cognito)
        assert len(asked) == 2
        assert asked[0].content == asked[1].content

    async def test_and_only_once_more(self, name: str) -> None:
        cognito, asked = answering(
            httpx.ConnectError("canary"), httpx.ConnectError("canary"), httpx.Response(200, json=TOKENS)
        )
        with pytest.raises(ProviderUnreachable) as caught:
            await CALLS[name](cognito)
        assert len(asked) == 2
        assert "canary" not in caught.value.reason

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (httpx.ReadTimeout("x"), ProviderTimeout),
            (httpx.WriteTimeout("x"), ProviderTimeout),
            (httpx.PoolTimeout("x"), ProviderTimeout),
            (httpx.ReadError("x"), ProviderUnreachable),
            (httpx.WriteError("x"), ProviderUnreachable),
            (httpx.RemoteProtocolError("x"), ProviderUnreachable),
            (httpx.ProxyError("x"), ProviderUnreachable),
            (httpx.UnsupportedProtocol("x"), ProviderUnreachable),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    async def test_what_may_have_arrived_is_never_sent_again_sec_503(
        self, name: str, error: Exception, told: type[ProviderUnavailable]
    ) -> None:
        cognito, asked = answering(error, httpx.Response(200, json=TOKENS))
        with pytest.raises(told) as caught:
            await CALLS[name](cognito)
        assert type(caught.value) is told
        assert len(asked) == 1

    async def test_a_connection_lost_within_the_answer_is_an_outage_sec_503(self, name: str) -> None:
        class Cut(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                yield b'{"access_token": '
                raise httpx.ReadError("cut")

        cognito, asked = answering(httpx.Response(200, stream=Cut()))
        with pytest.raises(ProviderUnreachable):
            await CALLS[name](cognito)
        assert len(asked) == 1

    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_an_outage_is_not_asked_again_sec_504_sec_505(self, name: str, status: int) -> None:
        cognito, asked = answering(httpx.Response(status, headers={"retry-after": "3600"}, html="<h1>canary</h1>"))
        with pytest.raises(ProviderUnavailable) as caught:
            await CALLS[name](cognito)
        assert len(asked) == 1
        assert "canary" not in caught.value.reason


async def test_a_good_answer_of_another_content_type_is_taken_sec_510() -> None:
    cognito, _ = answering(httpx.Response(200, text=json.dumps(TOKENS)))
    assert (await cognito.refresh("r")).access_token == "a"


async def test_a_used_code_is_a_rejected_grant() -> None:
    cognito, _ = answering(httpx.Response(400, json={"error": "invalid_grant"}))
    with pytest.raises(GrantRejected):
        await cognito.exchange_code("c", "v")


async def test_a_dead_token_at_user_info_is_refused() -> None:
    cognito, _ = answering(httpx.Response(401, headers={"www-authenticate": 'Bearer error="invalid_token"'}))
    with pytest.raises(BearerRefused):
        await cognito.user_info("t")


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_a_revocation_that_is_refused_is_told(status: int) -> None:
    cognito, _ = answering(httpx.Response(status))
    with pytest.raises(ProviderNonsense, match=str(status)):
        await cognito.revoke("r")


async def test_a_cookie_that_came_with_one_persons_answer_does_not_go_along_for_the_next() -> None:
    cookie = {"set-cookie": "XSRF-TOKEN=canary; Path=/"}
    cognito, asked = answering(*(httpx.Response(200, json={**TOKENS, "sub": "s"}, headers=cookie) for _ in range(3)))
    await cognito.exchange_code("c", "v")
    await cognito.refresh("r")
    await cognito.user_info("t")
    assert not [request for request in asked if "cookie" in request.headers]
