"""Remembered verdicts are bounded, and say yes only as long as a fresh look would."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import pytest

from cognito_sso.verify import TokenError, TokenVerifier
from cognito_sso.verify.memory import Verdict, Verdicts
from tests.verify import minting as m
from tests.verify.publishing import Clock, Observed


def verifier(clock: Clock, observed: Observed | None = None, **settings: Any) -> TokenVerifier:
    return TokenVerifier(
        issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks(), clock=clock, observer=observed or Observed(), **settings
    )


def code_of(verifier: TokenVerifier, token: str, **wanted: Any) -> str:
    try:
        verifier.access_token_sync(token, **wanted)
    except TokenError as e:
        return e.code
    return "believed"


@pytest.mark.parametrize(("ask", "token", "of"), [
    ("access_token", m.access_token(), {}),
    ("id_token", m.id_token(), {}),
    ("verify", m.access_token(), {"token_use": None}),
], ids=["access_token", "id_token", "verify"])  # fmt: skip
async def test_the_second_look_is_remembered_and_gives_the_same_claims(
    ask: str, token: str, of: dict[str, Any]
) -> None:
    observed = Observed()
    ours = verifier(Clock(), observed)
    first = await getattr(ours, ask)(token, **of)
    assert await getattr(ours, ask)(token, **of) is first
    assert getattr(ours, f"{ask}_sync")(token, **of) is first
    assert observed.hits == [False, True, True]


def test_another_text_of_the_same_characters_is_the_same_token() -> None:
    observed = Observed()
    ours, token = verifier(Clock(), observed), m.access_token()
    ours.access_token_sync(token)
    ours.access_token_sync("".join(list(token)))
    assert observed.hits == [False, True]


@pytest.mark.parametrize(
    "wanted",
    [
        {"scopes": ["admin"]},
        {"groups": ["admins"]},
        {"connection_id": "conn_1"},
        {"scopes": ["openid", "admin"]},
        {"scopes": ["openid"], "groups": ["admins"]},
    ],
)
def test_every_requirement_is_part_of_what_is_remembered(wanted: dict[str, Any]) -> None:
    ours, token = verifier(Clock()), m.access_token()
    assert code_of(ours, token) == "believed"
    assert code_of(ours, token, scopes=["openid"]) == "believed"
    assert code_of(ours, token, groups=["staff"]) == "believed"
    assert code_of(ours, token, **wanted) in ("scope", "group", "connection")


def test_a_machine_remembered_where_it_is_welcome_is_refused_elsewhere() -> None:
    ours, token = verifier(Clock()), m.machine_token()
    assert code_of(ours, token, machine=True) == "believed"
    assert code_of(ours, token) == "machine_token"


def test_scopes_and_groups_are_not_mixed_up() -> None:
    ours, token = verifier(Clock()), m.access_token(scope="a", **{"cognito:groups": ["b"]})
    assert code_of(ours, token, scopes=["a"], groups=["b"]) == "believed"
    assert code_of(ours, token, scopes=["b"], groups=["a"]) == "scope"


def test_a_remembered_token_dies_on_the_second_it_expires() -> None:
    clock = Clock()
    ours, token = verifier(clock), m.access_token()
    assert code_of(ours, token) == "believed"
    clock.now = m.NOW + 3599.999
    assert code_of(ours, token) == "believed"
    clock.now = m.NOW + 3600.0
    assert code_of(ours, token) == "expired"


def test_a_remembered_token_is_not_valid_early_when_the_clock_is_set_back() -> None:
    clock = Clock()
    ours, token = verifier(clock), m.access_token(nbf=m.NOW + 30)
    assert code_of(ours, token) == "believed"
    clock.now = m.NOW - 31
    assert code_of(ours, token) == "not_yet_valid"
    clock.now = m.NOW - 30
    assert code_of(ours, token) == "believed"


def test_refusals_are_not_remembered() -> None:
    clock = Clock(m.NOW - 100)
    ours, token = verifier(clock), m.access_token()
    assert code_of(ours, token) == "not_yet_valid"
    clock.now = m.NOW
    assert code_of(ours, token) == "believed"


def test_tokens_shown_once_are_not_kept() -> None:
    observed = Observed()
    ours, token = verifier(Clock(), observed), m.id_token()
    for _ in range(2):
        ours.id_token_sync(token, nonce=m.NONCE)
        ours.id_token_sync(token, access_token="x")
    assert observed.hits == []


def test_remembering_can_be_switched_off() -> None:
    observed = Observed()
    ours, token = verifier(Clock(), observed, remember=0), m.access_token()
    assert ours.access_token_sync(token) is not ours.access_token_sync(token)
    assert observed.hits == []


def test_the_least_recently_used_verdict_is_forgotten_first() -> None:
    observed = Observed()
    ours = verifier(Clock(), observed, remember=2)
    one, two, three = (m.access_token(jti=str(i)) for i in range(3))
    for token in (one, two, one, three, three):
        ours.access_token_sync(token)
    observed.hits.clear()
    for token in (one, three, two):
        ours.access_token_sync(token)
    assert observed.hits == [True, True, False]


def test_a_crowd_that_comes_once_drives_out_nobody() -> None:
    observed = Observed()
    ours = verifier(Clock(), observed, remember=2)
    in_use = [m.access_token(jti=f"in use {i}") for i in range(2)]
    for token in (*in_use, *(m.access_token(jti=str(i)) for i in range(5))):
        ours.access_token_sync(token)
    observed.hits.clear()
    for token in in_use:
        ours.access_token_sync(token)
    assert observed.hits == [True, True]


def test_room_is_made_for_what_came_lately_and_comes_again() -> None:
    full = Verdicts(most=2, most_bytes=1_000)
    for key in ("a", "b"):
        assert full.admits(key, 1, now=0.0)
        full.keep(key, a_verdict(1))
    assert [full.admits(key, 1, now=0.0) for key in ("c", "d", "e")] == [False] * 3
    assert not full.admits("c", 1, now=0.0), "two came since"
    assert full.admits("e", 1, now=0.0)
    assert not full.admits("e", 1, now=0.0), "what has gone again begins anew"


def test_what_has_expired_makes_room_for_whoever_comes() -> None:
    clock, observed = Clock(), Observed()
    ours = verifier(clock, observed, remember=2)
    for i in range(2):
        ours.access_token_sync(m.access_token(jti=str(i)))
    clock.now = m.NOW + 3600.0
    token = m.access_token(iat=m.NOW + 3600, exp=m.NOW + 7200)
    observed.hits.clear()
    for _ in range(2):
        ours.access_token_sync(token)
    assert observed.hits == [False, True]


def test_what_is_kept_already_is_replaced_at_once() -> None:
    full = Verdicts(most=1, most_bytes=1_000)
    full.keep("a", a_verdict(1))
    assert full.admits("a", 1, now=0.0)


def test_memory_that_is_full_by_its_bytes_is_full() -> None:
    full = Verdicts(most=1_000, most_bytes=100)
    full.keep("a", a_verdict(90))
    assert full.admits("b", 10, now=0.0)
    assert not full.admits("b", 11, now=0.0)
    assert full.admits("b", 11, now=0.0)


def test_what_came_once_is_bounded_too() -> None:
    full = Verdicts(most=1_000_000, most_bytes=100)
    for key in range(10):
        full.keep(f"kept {key}", a_verdict(10))
    for key in range(1_000):
        full.admits(key, 1, now=0.0)
    assert len(full._came_once) == 10


def a_verdict(size: int) -> Verdict:
    return Verdict(None, None, None, 0.0, 1.0, size)  # type: ignore[arg-type]


def test_memory_is_bounded_in_bytes() -> None:
    kept = Verdicts(most=1000, most_bytes=100)
    for i in range(50):
        kept.keep(i, a_verdict(30))
        assert kept.size <= 100
    assert len(kept) == 3
    kept.keep("too large", a_verdict(101))
    assert len(kept) == 3
    kept.keep(49, a_verdict(10))
    assert kept.size == 70


def test_memory_stays_bounded_under_many_threads() -> None:
    kept = Verdicts(most=64, most_bytes=10_000)

    def hammer(seed: int) -> None:
        for i in range(2000):
            key = (seed * 7919 + i * 104_729) % 500
            if kept.get(key) is None and kept.admits(key, 100, now=0.0):
                kept.keep(key, a_verdict(100))

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < len(kept) <= 64
    assert kept.size == 100 * len(kept)
    assert len(kept._came_once) <= 64


def test_remembered_headers_are_those_of_good_tokens_and_few() -> None:
    ours = verifier(Clock())
    for i in range(100):
        ours.access_token_sync(
            m.compact({"kid": m.ACCESS_KID, "alg": "RS256", "x5t": str(i)}, m.access_claims(), "access")
        )
        with pytest.raises(TokenError):
            ours.access_token_sync(
                m.compact({"kid": m.ACCESS_KID, "alg": "RS256", "x5t": f"a{i}"}, m.access_claims(), "attacker")
            )
    assert 0 < len(ours._headers) <= 64
    assert not any(b"a9" in segment.encode() for segment in ours._headers if m.b64(b'"a') in segment)


FORK = """
import os, threading
from tests.verify import minting as m
from tests.verify.publishing import Clock, serving
from cognito_sso.verify import TokenVerifier

token = m.access_token()
with serving() as server:
    verifier = TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks_uri=server.url, clock=Clock())
    cache = verifier._pools[0].keys
    server.gate.clear()
    cache._start()  # a fetch is under way, in a thread the child will not have
    server.arrived.wait(10)
    held, forked = threading.Event(), threading.Event()

    def hold():
        with cache._one_flight_at_a_time:
            held.set()
            forked.wait(10)

    threading.Thread(target=hold).start()
    held.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if cache._flight is None and cache._one_flight_at_a_time.acquire(blocking=False) else 1)
    forked.set()
    server.gate.set()
    _, status = os.waitpid(child, 0)
    assert verifier.access_token_sync(token).sub == m.SUB
    child = os.fork()
    if child == 0:
        os._exit(0 if verifier.access_token_sync(token).sub == m.SUB else 1)
    _, second = os.waitpid(child, 0)
    print(status, second)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="cannot fork")
def test_sec_573_a_fork_in_the_middle_of_a_fetch_leaves_a_working_child() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["0", "0"], done.stderr
