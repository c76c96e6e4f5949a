"""What the server answers without asking the app is what the app would have said, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cognito_sso.testing import BAD_ACCESS_TOKENS, Cognito
from tests.gateways.asking import Header, bearer, cookies_of
from tests.world import World

from .listening import Messages, listening

LONG_WAY = (b"connection", b"keep-alive")  # says nothing new, but is not looked into
FILTERS = (
    "",
    "?",
    "?groups=staff",
    "?groups=nobody&tenant=megasoft",
    "?tenant=megasoft",
    "?nonsense=1",
    "?scope=a%20b",
)


class Service(Messages):
    """A running one, and whoever asks it."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tokens = Cognito(world.simulator)
        self.port = 0

    async def says(self, *requests: bytes) -> list[bytes]:
        """To these on one connection, sent in one piece: each head without its date, in which a second may pass."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"".join(requests))
        heads = []
        try:
            async with asyncio.timeout(10):
                for _ in requests:
                    head = await reader.readuntil(b"\r\n\r\n")
                    heads.append(b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"date: ")))
        finally:
            writer.close()
        return heads

    async def both_ways(self, *headers: Header, target: str = "/auth/verify") -> tuple[bytes, bytes]:
        (at_once,) = await self.says(get(*headers, target=target))
        (asked,) = await self.says(get(*headers, LONG_WAY, target=target))
        return at_once, asked

    def counted(self, name: str, **labels: str) -> float:
        return self.world.services.metrics.registry.get_sample_value(f"cognito_sso_{name}_total", labels) or 0


def get(*headers: Header, target: str = "/auth/verify") -> bytes:
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"GET %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (target.encode(), lines)


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    one = Service(world)
    async with listening(one) as one.port:
        yield one


@pytest.mark.parametrize("query", FILTERS)
async def test_a_good_token_new_or_remembered(service: Service, query: str) -> None:
    token = bearer(service.tokens.access_token(groups=["staff"], scopes=["a", "b"]))

    new, asked = await service.both_ways(token, target="/auth/verify" + query)
    remembered, _ = await service.both_ways(token, target="/auth/verify" + query)

    assert new == asked == remembered
    assert new.startswith((b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 403 Forbidden\r\n"))
    assert service.asked == ["/auth/verify"] * 2, "only where it was sent the long way"


@pytest.mark.parametrize("query", FILTERS)
async def test_a_session_and_nobody(service: Service, query: str) -> None:
    jane = cookies_of(await service.world.signed_in("jane@megasoft.example"))
    for cookies in (jane, (b"cookie", b"a=b"), (b"x-nothing", b"")):
        at_once, asked = await service.both_ways(cookies, target="/auth/verify" + query)
        assert at_once == asked
    assert service.asked == ["/auth/verify"] * 3


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
async def test_a_bad_token_is_refused_once_and_by_the_app(service: Service, name: str) -> None:
    refused = bearer(service.tokens.bad_access_token(name))

    at_once, asked = await service.both_ways(refused)

    assert at_once == asked
    assert at_once.startswith(b"HTTP/1.1 401 ")
    assert len(service.asked) == 2
    assert service.counted("verify_verdicts", door="bearer", status="401") == 2
    assert service.counted("audit_events", event="bearer_refused") == 2


async def test_each_verdict_and_each_look_into_memory_is_counted(service: Service) -> None:
    token = bearer(service.tokens.access_token())
    for _ in range(3):
        await service.says(get(token))
    await service.says(get())

    assert service.asked == []
    assert service.counted("verify_verdicts", door="bearer", status="204") == 3
    assert service.counted("verify_verdicts", door="session", status="401") == 1
    assert service.counted("token_memory_lookups", outcome="miss") == 1
    assert service.counted("token_memory_lookups", outcome="hit") == 2


async def test_an_answer_is_kept_ready_from_the_second_time_on(service: Service) -> None:
    token, kept, sizes = bearer(service.tokens.access_token()), service.world.services.forward_auth._prepared, []
    for _ in range(3):
        await service.says(get(token))
        sizes.append(len(kept))
    assert sizes == [0, 1, 1]
    assert service.asked == []


async def test_a_token_that_expires_is_refused_from_that_second_on(service: Service) -> None:
    token = bearer(service.tokens.access_token(expires_in=60))
    assert (await service.says(get(token)))[0].startswith(b"HTTP/1.1 204 ")
    service.world.clock.advance(60)

    assert (await service.says(get(token)))[0].startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"HEAD /auth/verify HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /auth/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
        b"GET /auth/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        b"GET /auth/verify/below HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x/auth/verify HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /auth/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"GET /auth/verify HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"GET /auth/verify HTTP/1.0\r\n\r\n",
        b"GET /auth/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=[
        "HEAD",
        "a body",
        "chunks",
        "below",
        "a whole URL",
        "POST",
        "an upgrade",
        "HTTP/1.0",
        "a farewell",
    ],
)
async def test_what_is_not_plain_goes_to_the_app(service: Service, request_: bytes) -> None:
    assert (await service.says(request_))[0].startswith(b"HTTP/1.1 401 ")
    assert len(service.asked) == 1


async def test_an_escape_goes_to_the_app_which_lets_nobody_pass(service: Service) -> None:
    assert (await service.says(get(target="/auth/verif%79")))[0].startswith(b"HTTP/1.1 403 ")
    assert len(service.asked) == 1


async def test_answers_come_in_the_order_of_the_questions(service: Service) -> None:
    """Also where one that would be answered at once stands behind one that takes its time."""
    good, bad, alive = get(bearer(service.tokens.access_token())), get(), get(target="/healthz")
    heads = await service.says(good, bad, alive.replace(b"GET", b"HEAD"), good, bad, alive.replace(b"GET", b"HEAD"))

    assert [head[9:12] for head in heads] == [b"204", b"401", b"200"] * 2


async def test_a_thousand_questions_in_one_piece_are_answered_in_their_order(service: Service) -> None:
    good, bad, alive = get(bearer(service.tokens.access_token())), get(), get(target="/healthz")
    alive = alive.replace(b"GET", b"HEAD")

    for questions in ([good] * 1000, [good, bad] * 500, [alive, good, good, bad] * 250):
        heads = await service.says(*questions)
        status = {good: b"204", bad: b"401", alive: b"200"}
        assert [head[9:12] for head in heads] == [status[question] for question in questions]


async def test_a_mistake_of_ours_is_told_and_the_app_is_asked(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(service.world.services.forward_auth), "verdict_at_once", lambda *_: 1 / 0)

    assert (await service.says(get(bearer(service.tokens.access_token()))))[0].startswith(b"HTTP/1.1 204 ")
    assert len(service.asked) == 1
    assert "ZeroDivisionError" in caplog.text


async def test_a_value_that_would_begin_a_line_of_its_own_is_never_written(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognito_sso.session.identity._encoded", lambda text: b"jane\r\nset-cookie: a=b")

    with pytest.raises(asyncio.IncompleteReadError) as nothing:  # the server hangs up on its own app too
        await service.says(get(bearer(service.tokens.access_token())))
    assert nothing.value.partial == b""
