"""Keys are fetched by one at a time, and held through outages but not for ever."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cognito_sso.verify import KeyPolicy, KeysUnavailable, Pool, TokenError, TokenVerifier
from cognito_sso.verify.jwks import JwksCache
from tests.verify import minting as m
from tests.verify.publishing import Clock, Observed, Publisher, Server, serving


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def verifier_of(publisher: Publisher, clock: Clock, observed: Observed | None = None, **settings: Any) -> TokenVerifier:
    return TokenVerifier(
        **({"issuer": m.ISSUER, "client_id": m.CLIENT_ID} | settings),
        http=publisher.client(),
        clock=clock,
        observer=observed or Observed(),
    )


@pytest.fixture
def verifier(publisher: Publisher, clock: Clock, observed: Observed) -> TokenVerifier:
    return verifier_of(publisher, clock, observed)


def token(name: str = "access", kid: str = m.ACCESS_KID, at: float = m.NOW, **changes: Any) -> str:
    times = {"iat": int(at), "exp": int(at) + 3600, "auth_time": int(at)}
    return m.compact({"kid": kid, "alg": "RS256"}, m.access_claims(**(times | changes)), name)


def rotated(*kids: str) -> dict[str, Any]:
    return {"keys": [*m.jwks()["keys"], *(m.jwk("access", kid) for kid in kids)]}


async def code_of(verifier: TokenVerifier, text: str) -> str:
    try:
        await verifier.access_token(text)
    except TokenError as e:
        return e.code
    return "believed"


async def test_the_constructor_fetches_nothing(verifier: TokenVerifier, publisher: Publisher) -> None:
    assert not verifier.keys_held
    assert verifier.keys_age is None
    assert publisher.requests == []


async def test_the_keys_come_from_the_issuer(verifier: TokenVerifier, publisher: Publisher) -> None:
    await verifier.prefetch()
    assert [str(request.url) for request in publisher.requests] == [m.ISSUER + "/.well-known/jwks.json"]
    assert publisher.requests[0].headers["accept-encoding"] == "identity"
    assert verifier.keys_held
    assert verifier.keys_age == 0.0


async def test_sec_194_five_hundred_callers_at_a_cold_start_cause_one_fetch(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    good = token()
    claims = await asyncio.gather(*(verifier.access_token(good) for _ in range(500)))
    assert {claim.sub for claim in claims} == {m.SUB}
    assert len(publisher.requests) == 1


async def test_five_hundred_callers_of_a_failing_start_cause_one_fetch_and_recover_soon_after(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    publisher.error = httpx.ConnectError("refused")
    results = await asyncio.gather(*(verifier.access_token(token()) for _ in range(500)), return_exceptions=True)
    assert {type(result) for result in results} == {KeysUnavailable}
    with pytest.raises(KeysUnavailable):
        await verifier.access_token(token())
    assert len(publisher.requests) == 1
    publisher.error = None
    clock.pass_(1.0)
    assert (await verifier.access_token(token())).sub == m.SUB
    assert len(publisher.requests) == 2


async def test_the_caller_who_started_a_fetch_may_leave_without_spoiling_it(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    first = asyncio.create_task(verifier.access_token(token()))
    second = asyncio.create_task(verifier.access_token(token()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).sub == m.SUB
    assert first.cancelled()
    assert len(publisher.requests) == 1


async def test_sec_192_a_new_key_is_seen_by_the_first_token_that_names_it(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    await verifier.access_token(token())
    publisher.document = rotated("new")
    assert (await verifier.access_token(token(kid="new"))).sub == m.SUB
    assert len(publisher.requests) == 2


async def test_sec_195_five_thousand_made_up_kids_cause_one_fetch_per_cool_down(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.access_token(token())
    text = token(kid="made-up-0000")
    _, _, rest = text.partition(".")
    made_up = [f"{m.b64(m.encode({'kid': f'made-up-{i:04}', 'alg': 'RS256'}))}.{rest}" for i in range(5000)]
    codes = await asyncio.gather(*(code_of(verifier, text) for text in made_up[:2500]))
    codes += [await code_of(verifier, text) for text in made_up[2500:]]
    assert set(codes) == {"unknown_key"}
    assert len(publisher.requests) == 2
    clock.pass_(9.9)
    assert await code_of(verifier, made_up[0]) == "unknown_key"
    assert len(publisher.requests) == 2
    assert (await verifier.access_token(token())).sub == m.SUB


async def test_a_made_up_kid_that_came_along_with_a_new_key_is_not_looked_for_again(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    await verifier.prefetch()
    publisher.document = rotated("new")
    found = await asyncio.gather(code_of(verifier, token(kid="new")), code_of(verifier, token(kid="made-up")))
    assert found == ["believed", "unknown_key"]
    assert [await code_of(verifier, token(kid=f"made-up-{n}")) for n in range(3)] == ["unknown_key"] * 3
    assert len(publisher.requests) == 2


async def test_a_rotation_under_a_flood_is_seen_when_the_cool_down_ends(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.prefetch()
    assert await code_of(verifier, token(kid="made-up")) == "unknown_key"
    publisher.document = rotated("new")
    assert await code_of(verifier, token(kid="new")) == "unknown_key"
    clock.pass_(10.0)
    assert await code_of(verifier, token(kid="new")) == "believed"
    assert len(publisher.requests) == 3


async def test_a_clock_set_back_does_not_prolong_a_cool_down(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.prefetch()
    await code_of(verifier, token(kid="made-up"))
    publisher.document = rotated("new")
    clock.pass_(-4.0)
    assert await code_of(verifier, token(kid="new")) == "believed"


async def test_a_bad_header_never_causes_a_fetch(verifier: TokenVerifier, publisher: Publisher) -> None:
    await verifier.prefetch()
    header = {"kid": "made-up", "alg": "RS256", "jku": "https://attacker.example/keys"}
    assert await code_of(verifier, m.compact(header, m.access_claims(), "attacker")) == "header"
    assert len(publisher.requests) == 1


async def landed(verifier: TokenVerifier) -> None:
    """Let a refresh in the background end."""
    for _ in range(30):
        await asyncio.sleep(0)


async def test_stale_keys_answer_at_once_while_they_are_refreshed(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.prefetch()
    clock.pass_(3600.0)
    publisher.hangs = True
    good = token(at=clock.now)
    for _ in range(200):
        assert (await verifier.access_token(good)).sub == m.SUB
    await landed(verifier)
    assert len(publisher.requests) == 2


async def test_remembered_verdicts_keep_the_keys_fresh_too(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock, observed: Observed
) -> None:
    good = token(at=clock.now, exp=int(clock.now) + 86_400)
    await verifier.access_token(good)
    clock.pass_(3601.0)
    await verifier.access_token(good)
    await landed(verifier)
    assert observed.hits[-1] is True
    assert len(publisher.requests) == 2
    assert verifier.keys_age == 0.0


async def test_sec_191_a_withdrawn_key_verifies_nothing_once_the_keys_are_refreshed(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    good = token(at=clock.now, exp=int(clock.now) + 80_000)
    await verifier.access_token(good)
    publisher.document = {"keys": [m.jwk("id", m.ID_KID)]}
    clock.pass_(3600.0)
    assert (await verifier.access_token(good)).sub == m.SUB
    await landed(verifier)
    assert await code_of(verifier, good) == "unknown_key"


async def test_sec_188_a_key_that_changes_under_its_kid_takes_its_verdicts_along(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    good = token(at=clock.now, exp=int(clock.now) + 80_000)
    await verifier.access_token(good)
    publisher.document = {"keys": [m.jwk("other", m.ACCESS_KID)]}
    clock.pass_(3600.0)
    await verifier.access_token(good)
    await landed(verifier)
    assert await code_of(verifier, good) == "signature"


@pytest.mark.parametrize("alg", ["HS256", "none", "ES256", "PS256"])
async def test_sec_188_a_key_whose_alg_changes_is_no_longer_used(
    alg: str, verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.prefetch()
    publisher.document = {"keys": [m.jwk("id", m.ID_KID), m.jwk("access", m.ACCESS_KID, alg=alg)]}
    await verifier.prefetch()
    assert await code_of(verifier, token()) == "unknown_key"


async def test_keys_outlive_an_outage_up_to_their_hard_age(
    verifier: TokenVerifier, publisher: Publisher, clock: Clock
) -> None:
    await verifier.prefetch()
    publisher.status = 503
    clock.pass_(86_399.0)
    assert await code_of(verifier, token(at=clock.now)) == "believed"
    assert verifier.keys_held
    assert await code_of(verifier, token(kid="made-up")) == "unknown_key"
    clock.pass_(1.0)
    assert not verifier.keys_held
    with pytest.raises(KeysUnavailable, match="answered 503"):
        await verifier.access_token(token(at=clock.now))


async def test_a_remembered_verdict_does_not_outlive_the_keys_hard_age(publisher: Publisher, clock: Clock) -> None:
    verifier = verifier_of(publisher, clock, key_policy=KeyPolicy(hard_age=600.0))
    good = token(at=clock.now)
    await verifier.access_token(good)
    publisher.status = 500
    clock.pass_(600.0)
    with pytest.raises(KeysUnavailable):
        await verifier.access_token(good)


async def test_a_failing_refresh_cools_down_too(verifier: TokenVerifier, publisher: Publisher, clock: Clock) -> None:
    await verifier.prefetch()
    publisher.status = 500
    clock.pass_(4000.0)
    for _ in range(50):
        assert await code_of(verifier, token(at=clock.now)) == "believed"
        await landed(verifier)
    assert len(publisher.requests) == 2


@pytest.mark.parametrize(
    ("cache_control", "fresh"),
    [
        ("max-age=0", 300.0),
        ("no-store", 300.0),
        ("no-cache, max-age=900", 300.0),
        ("public, max-age=900", 900.0),
        ("max-age=31536000", 3600.0),
        ("max-age=junk", 3600.0),
        ("s-maxage=10", 3600.0),
        ("max-age=99999999999999999999", 3600.0),
        ("", 3600.0),
    ],
)
async def test_sec_198_cache_control_is_clamped(cache_control: str, fresh: float, clock: Clock) -> None:
    publisher = Publisher(**{"cache-control": cache_control})
    verifier = verifier_of(publisher, clock)
    await verifier.prefetch()
    clock.pass_(fresh - 1)
    await verifier.access_token(token(at=clock.now))
    await landed(verifier)
    assert len(publisher.requests) == 1
    clock.pass_(1)
    await verifier.access_token(token(at=clock.now))
    await landed(verifier)
    assert len(publisher.requests) == 2


BAD_BODIES: dict[str, bytes] = {
    "keys null": b'{"keys":null}',
    "keys an object": b'{"keys":{}}',
    "keys text": b'{"keys":"x"}',
    "keys missing": b"{}",
    "keys empty": b'{"keys":[]}',
    "keys of nulls": b'{"keys":[null,1,"x",[]]}',
    "keys twice": b'{"keys":[],"keys":[]}',
    "HTML": b"<html>sign in</html>",
    "nothing": b"",
    "an array": b"[]",
    "a message": b'{"message":"Forbidden"}',
    "cut short": b'{"keys":[{"kty":"RSA"',
    "UTF-16": '{"keys":[]}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"keys":[]}',
    "deep nesting": b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too many bytes": b'{"keys":[' + b" " * 600_000 + b"]}",
    "NaN": b'{"keys":[],"x":NaN}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_sec_183_a_bad_answer_leaves_the_last_good_keys(
    body: bytes, verifier: TokenVerifier, publisher: Publisher, observed: Observed
) -> None:
    await verifier.prefetch()
    publisher.document = body
    await verifier.prefetch()
    assert [ok for _, ok, _ in observed.fetches] == [True, False]
    assert await code_of(verifier, token()) == "believed"


@pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 404, 429, 500, 503])
async def test_sec_197_only_a_200_counts_and_redirects_are_not_followed(status: int, clock: Clock) -> None:
    publisher = Publisher(location="http://169.254.169.254/latest/meta-data")
    publisher.status = status
    http = httpx.AsyncClient(transport=publisher, follow_redirects=True)
    verifier = TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, http=http, clock=clock, observer=Observed())
    with pytest.raises(KeysUnavailable, match=f"answered {status}"):
        await verifier.prefetch()
    assert len(publisher.requests) == 1


async def test_whatever_a_given_transport_raises_is_keys_unavailable(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    for error in (ValueError("eyJhbGciOi"), RuntimeError("closed"), OSError(5, "io"), httpx.ReadTimeout("slow")):
        publisher.error = error
        with pytest.raises(KeysUnavailable) as caught:
            await verifier.prefetch()
        assert "eyJ" not in str(caught.value)


async def test_a_fetch_that_hangs_ends_at_its_deadline(publisher: Publisher, clock: Clock) -> None:
    publisher.hangs = True
    verifier = verifier_of(publisher, clock, key_policy=KeyPolicy(deadline=0.01))
    with pytest.raises(KeysUnavailable, match=r"within 0\.01 s"):
        await verifier.access_token(token())


async def test_prefetch_tries_again_at_once_when_asked_to(verifier: TokenVerifier, publisher: Publisher) -> None:
    publisher.status = 500
    with pytest.raises(KeysUnavailable):
        await verifier.prefetch()
    publisher.status = 200
    await verifier.prefetch()
    assert verifier.keys_held


async def test_sec_201_keys_are_parsed_once_and_kept_over_refreshes(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    await verifier.prefetch()
    cache = verifier._pools[0].keys
    before = cache.held(m.ACCESS_KID, m.NOW + 5)
    await verifier.prefetch()
    assert cache.held(m.ACCESS_KID, m.NOW + 5) is before


# Several pools


def two_pools(publisher: Publisher, clock: Clock, **settings: Any) -> TokenVerifier:
    pools = [
        Pool(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks()),
        Pool(
            issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_B",
            client_id="client-b",
            jwks={"keys": [m.jwk("pool-b", "b")]},
        ),
    ]
    return TokenVerifier(pools=pools, clock=clock, **settings)


async def test_sec_125_a_key_of_one_pool_signs_nothing_for_another(publisher: Publisher, clock: Clock) -> None:
    verifier = two_pools(publisher, clock)
    b = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_B"
    assert (await verifier.access_token(token("pool-b", "b", iss=b, client_id="client-b"))).issuer == b
    assert (await verifier.access_token(token())).issuer == m.ISSUER
    assert await code_of(verifier, token("pool-b", "b")) == "unknown_key"
    assert await code_of(verifier, token("pool-b", m.ACCESS_KID)) == "signature"
    assert await code_of(verifier, token("pool-b", "b", iss=b)) == "client_id"
    assert await code_of(verifier, token("access", m.ACCESS_KID, iss=b)) == "unknown_key"
    for issuer in ("https://elsewhere.example", None, 5, [b], ...):
        assert await code_of(verifier, token(iss=issuer)) == "issuer"


async def test_keys_are_held_only_when_every_pool_has_them(publisher: Publisher, clock: Clock) -> None:
    class OnePoolDown(Publisher):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.status = 200 if "eu-north-1" in request.url.host else 500
            return await super().handle_async_request(request)

    pools = [Pool(issuer=m.ISSUER, client_id="a"), Pool(issuer=m.ISSUER.replace("north", "west"), client_id="b")]
    verifier = TokenVerifier(pools=pools, http=OnePoolDown().client(), clock=clock, observer=Observed())
    with pytest.raises(KeysUnavailable, match="eu-west-1"):
        await verifier.prefetch()
    assert not verifier.keys_held
    assert verifier.keys_age is None


# Threads, loops, processes


def local(server: Server, **settings: Any) -> TokenVerifier:
    return TokenVerifier(
        **({"issuer": m.ISSUER, "client_id": m.CLIENT_ID, "jwks_uri": server.url, "observer": Observed()} | settings),
        clock=Clock(),
    )


def test_sec_573_threads_and_event_loops_share_one_fetch() -> None:
    good = token()
    with serving() as server, ThreadPoolExecutor(40) as threads:
        server.gate.clear()
        verifier = local(server)

        async def many() -> set[str]:
            return {claims.sub for claims in await asyncio.gather(*(verifier.access_token(good) for _ in range(20)))}

        loops = [threads.submit(asyncio.run, many()) for _ in range(5)]
        calls = [threads.submit(verifier.access_token_sync, good) for _ in range(30)]
        assert server.arrived.wait(10)
        server.gate.set()
        assert [loop.result(20) for loop in loops] == [{m.SUB}] * 5
        assert {call.result(20).sub for call in calls} == {m.SUB}
        assert len(server.requests) == 1


def test_sec_573_a_given_client_serves_threads_through_the_loop_it_lives_on() -> None:
    publisher, clock = Publisher(), Clock()
    verifier = verifier_of(publisher, clock)
    loops = []

    class Remembers(Publisher):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            loops.append(asyncio.get_running_loop())
            return await super().handle_async_request(request)

    publisher = Remembers(rotated())
    verifier = verifier_of(publisher, clock)

    async def main() -> None:
        await verifier.access_token(token())
        publisher.document = rotated("new")
        claims = await asyncio.to_thread(verifier.access_token_sync, token(kid="new"))
        assert claims.sub == m.SUB
        assert loops == [asyncio.get_running_loop()] * 2

    asyncio.run(main())


def test_a_given_client_serves_threads_before_any_loop_used_it() -> None:
    publisher = Publisher()
    assert verifier_of(publisher, Clock()).access_token_sync(token()).sub == m.SUB
    assert len(publisher.requests) == 1


def test_a_given_client_serves_threads_after_the_loop_that_used_it_is_gone(publisher: Publisher, clock: Clock) -> None:
    verifier = verifier_of(publisher, clock)
    asyncio.run(verifier.prefetch())
    publisher.document = rotated("new")
    assert verifier.access_token_sync(token(kid="new")).sub == m.SUB
    assert len(publisher.requests) == 2


async def test_a_blocking_call_on_the_loop_that_is_fetching_says_so_instead_of_hanging(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    waiting = asyncio.create_task(verifier.access_token(token()))
    await asyncio.sleep(0)
    with pytest.raises(KeysUnavailable, match="this very event loop"):
        verifier.access_token_sync(token())
    assert (await waiting).sub == m.SUB


async def test_a_blocking_call_on_a_loop_works_while_nobody_is_fetching(
    verifier: TokenVerifier, publisher: Publisher
) -> None:
    assert verifier.access_token_sync(token()).sub == m.SUB
    verifier.prefetch_sync()
    assert len(publisher.requests) == 2


async def begin_to_fetch(verifier: TokenVerifier) -> None:
    """As far as the request, which nobody waits for."""
    asyncio.get_running_loop().create_task(verifier.prefetch())
    for _ in range(3):
        await asyncio.sleep(0)


def left_fetching(verifier: TokenVerifier) -> asyncio.AbstractEventLoop:
    """A loop that was left while it fetches, as some servers leave theirs: neither closed nor its tasks cancelled."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin_to_fetch(verifier))
    return loop


def test_a_fetch_whose_task_was_cancelled_is_begun_again(clock: Clock) -> None:
    publisher = Publisher()
    publisher.hangs = True
    verifier = verifier_of(publisher, clock)
    asyncio.run(begin_to_fetch(verifier))
    publisher.hangs = False
    clock.pass_(1.0)
    assert asyncio.run(verifier.access_token(token())).sub == m.SUB
    assert len(publisher.requests) == 2


def test_a_fetch_whose_loop_was_closed_is_begun_again(publisher: Publisher, clock: Clock) -> None:
    verifier = verifier_of(publisher, clock)
    left_fetching(verifier).close()
    assert asyncio.run(verifier.access_token(token())).sub == m.SUB
    assert len(publisher.requests) == 2


def test_a_fetch_whose_loop_runs_no_more_is_begun_again_after_its_deadline(
    publisher: Publisher, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognito_sso.verify.jwks._GRACE_SECONDS", 0.0)
    verifier = verifier_of(publisher, clock, key_policy=KeyPolicy(deadline=0.2))
    loop = left_fetching(verifier)
    with pytest.raises(KeysUnavailable, match="lost"):
        asyncio.run(verifier.access_token(token()))
    assert asyncio.run(verifier.access_token(token())).sub == m.SUB
    assert len(publisher.requests) == 2
    loop.close()


def test_what_is_left_of_a_lost_fetch_can_be_cleared_away_at_any_time(
    publisher: Publisher, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The garbage collector ends its coroutine, on whatever thread and in whatever line it comes."""
    verifier = verifier_of(publisher, clock)
    left_fetching(verifier).close()
    asyncio.run(verifier.prefetch())
    holds = JwksCache._holds

    def collected(cache: JwksCache, kid: str) -> bool:
        gc.collect()
        return holds(cache, kid)

    monkeypatch.setattr(JwksCache, "_holds", collected)
    clock.pass_(25 * 3600.0)
    looking = threading.Thread(target=lambda: asyncio.run(verifier.access_token(token(at=clock()))), daemon=True)
    looking.start()
    looking.join(10.0)
    assert not looking.is_alive()
    assert len(publisher.requests) == 3


def test_threads_meet_a_rotation_with_one_fetch() -> None:
    with serving() as server, ThreadPoolExecutor(30) as threads:
        verifier = local(server)
        verifier.prefetch_sync()
        server.chunks = [m.encode(rotated("new"))]
        new = token(kid="new")
        assert {claims.sub for claims in threads.map(verifier.access_token_sync, [new] * 100)} == {m.SUB}
        assert len(server.requests) == 2


def test_sec_195_threads_with_made_up_kids_cause_one_fetch() -> None:
    with serving() as server, ThreadPoolExecutor(30) as threads:
        verifier = local(server)
        verifier.prefetch_sync()

        def refused(number: int) -> str:
            try:
                verifier.access_token_sync(token(kid=f"made-up-{number}"))
            except TokenError as e:
                return e.code
            return "believed"

        assert set(threads.map(refused, range(200))) == {"unknown_key"}
        assert len(server.requests) == 2


def test_no_thread_to_be_had_is_keys_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with serving() as server:
        verifier = local(server)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            with pytest.raises(KeysUnavailable, match="no thread"):
                verifier.prefetch_sync()
        verifier.prefetch_sync()
        assert verifier.keys_held


class Vanishing(Publisher):
    """The loop that fetches never gets to the end, and nobody tells those who wait."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.Event().wait()
        raise AssertionError


async def test_those_who_wait_for_a_lost_fetch_give_up(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognito_sso.verify.jwks._GRACE_SECONDS", -0.001)
    publisher = Vanishing()
    verifier = verifier_of(publisher, clock, key_policy=KeyPolicy(deadline=0.001))
    with pytest.raises(KeysUnavailable, match="lost"):
        await verifier.prefetch()
    with pytest.raises(KeysUnavailable):
        await asyncio.to_thread(verifier.prefetch_sync)
