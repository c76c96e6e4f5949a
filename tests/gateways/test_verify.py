"""`/auth/verify`: a gateway gets 204 and five headers, 401 or 403. Nothing else, whatever it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_sso.session.forward_auth import MOST_PREPARED
from cognito_sso.session.identity import LONGEST_QUERY_BYTES
from cognito_sso.simulator import Fault
from cognito_sso.testing import BAD_ACCESS_TOKENS, Cognito
from tests.gateways.asking import Answer, Header, ask, bearer, cookies_of
from tests.world import POOL, SERVICE, World

JWKS = f"/{POOL}/.well-known/jwks.json"
HOUR = 3600
Claims = dict[str, Any]


def in_groups(*groups: str) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, "cognito:groups": [*claims["cognito:groups"], *groups]}


@pytest.fixture
async def cognito(world: World) -> Cognito:
    await world.services.verifier.prefetch()
    return Cognito(world.simulator)


@pytest.fixture
async def jane(world: World) -> Header:
    """The cookies of somebody who has signed in through Megasoft's connection, and is on its staff."""
    world.simulator.tamper.id_claims = in_groups("staff")
    return cookies_of(await world.signed_in("jane@megasoft.example"))


# Who passes, and what the gateway is told


async def test_a_session_passes_and_says_who_it_is(world: World, jane: Header) -> None:
    answer = await ask(world.app, jane)

    assert answer.status == 204
    told = answer.identity
    assert told.pop("access-token").count(".") == 2
    assert told.pop("user")
    assert told == {"email": "jane@megasoft.example", "groups": "staff", "tenant": "megasoft"}


async def test_a_session_that_fits_no_access_token_says_so_with_an_empty_header(world: World) -> None:
    world.simulator.tamper.id_claims = in_groups(*(f"group-{number}" for number in range(40)))
    world.simulator.tamper.access_claims = lambda claims: {**claims, "filler": "x" * 3000}
    answer = await ask(world.app, cookies_of(await world.signed_in()))

    assert answer.status == 204
    assert answer.identity["access-token"] == ""
    assert answer.identity["groups"].count(",") == 39


async def test_a_bearer_passes_and_what_its_token_does_not_say_is_empty(world: World, cognito: Cognito) -> None:
    answer = await ask(world.app, bearer(cognito.access_token(groups=["staff"])))

    assert answer.status == 204
    told = answer.identity
    assert told.pop("user")
    assert told == {"email": "", "groups": "staff", "tenant": "megasoft", "access-token": ""}


async def test_bearer_and_session_of_one_person_are_one_user(world: World, cognito: Cognito, jane: Header) -> None:
    by_cookie, by_bearer = await ask(world.app, jane), await ask(world.app, bearer(cognito.access_token()))

    assert by_cookie.identity["user"] == by_bearer.identity["user"]


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
async def test_the_schemes_case_does_not_matter(world: World, cognito: Cognito, scheme: bytes) -> None:
    answer = await ask(world.app, (b"authorization", scheme + b"  " + cognito.access_token().encode() + b" "))

    assert answer.status == 204


async def test_an_access_token_of_another_shape_passes_no_scope_and_breaks_nothing(world: World) -> None:
    world.simulator.tamper.access_token = lambda _: "AAAA.AAAA.AAAA"
    cookies = cookies_of(await world.signed_in())

    assert (await ask(world.app, cookies)).identity["access-token"] == "AAAA.AAAA.AAAA"
    assert (await ask(world.app, cookies, query=b"scope=openid")).status == 403


# Who does not


async def test_nobody_is_asked_to_sign_in(world: World) -> None:
    answer = await ask(world.app)

    assert answer.status == 401
    assert answer.all("www-authenticate") == ["Bearer"]
    assert answer.identity == {}


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
async def test_a_bad_token_is_refused_without_a_reason(world: World, cognito: Cognito, name: str) -> None:
    answer = await ask(world.app, bearer(cognito.bad_access_token(name)))

    assert answer.status == 401
    assert answer.all("www-authenticate") == ['Bearer error="invalid_token"']
    assert answer.body == b""
    assert answer.identity == {}


@pytest.mark.parametrize("name", BAD_ACCESS_TOKENS)
async def test_a_bad_token_is_refused_beside_a_good_session_too(world: World, cognito: Cognito, name: str) -> None:
    cookies = cookies_of(await world.signed_in())

    assert (await ask(world.app, cookies, bearer(cognito.bad_access_token(name)))).status == 401


MALFORMED = {
    "nothing": b"",
    "only the scheme": b"Bearer",
    "only the scheme and a space": b"Bearer ",
    "another scheme": b"Basic amFuZTpzZWNyZXQ=",
    "no space": b"Bearer%s",
    "a tab": b"Bearer\t%s",
    "a comma and another": b"Bearer %s, Bearer %s",
    "a token and a word": b"Bearer %s x",
    "the token alone": b"%s",
    "a NUL": b"Bearer \0%s",
    "latin-1": b"Bearer \xe9%s",
    "UTF-8": "Bearer é%s".encode(),
    "quotes": b'Bearer "%s"',
    "a megabyte": b"Bearer " + b"a" * 1_000_000,
    "spaces without end and a word": b"Bearer %s" + b" " * 20_000 + b"x",
}


@pytest.mark.parametrize("words", MALFORMED)
async def test_malformed_credentials_are_nobodys(world: World, cognito: Cognito, jane: Header, words: str) -> None:
    value = MALFORMED[words].replace(b"%s", cognito.access_token().encode())

    assert (await ask(world.app, (b"authorization", value))).status == 401
    assert (await ask(world.app, jane, (b"authorization", value))).status == 401


async def test_two_authorization_headers_are_none_in_whatever_order(world: World, cognito: Cognito) -> None:
    good, bad = bearer(cognito.access_token()), bearer("x")

    for pair in ((good, good), (good, bad), (bad, good)):
        assert (await ask(world.app, *pair)).status == 401


async def test_a_machine_is_not_a_person(world: World, cognito: Cognito) -> None:
    assert (await ask(world.app, bearer(cognito.machine_token()))).status == 401


async def test_what_is_sealed_in_cookies_is_no_bearer_and_no_other_cookie(world: World, jane: Header) -> None:
    sealed = [pair.partition("=") for pair in jane[1].decode().split("; ")]

    for name, _, value in sealed:
        assert (await ask(world.app, bearer(value))).status == 401
        others = [other for other, _, _ in sealed if other != name]
        assert all([(await ask(world.app, (b"cookie", f"{o}={value}".encode()))).status == 401 for o in others])


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value[:-1],
        lambda value: value + b"A",
        lambda value: value.replace(b"=", b"=A", 1),
        lambda value: value.swapcase(),
        lambda value: b'__Host-sso_session=""',
        lambda value: value.replace(b"__Host-", b"__host-"),
        lambda value: value.replace(b"__Host-", b""),
        lambda value: value + b"; " + value,
    ],
)
async def test_a_cookie_that_is_not_exactly_ours_is_none(
    world: World, jane: Header, change: Callable[[bytes], bytes]
) -> None:
    session = next(pair for pair in jane[1].split(b"; ") if b"sso_session" in pair)
    assert (await ask(world.app, (b"cookie", session))).status == 204

    assert (await ask(world.app, (b"cookie", change(session)))).status == 401


async def test_two_session_cookies_in_two_headers_are_none(world: World, jane: Header) -> None:
    assert (await ask(world.app, jane, jane)).status == 401


async def test_cookies_may_come_in_several_headers_as_http_2_sends_them(world: World, jane: Header) -> None:
    pairs = [(b"cookie", pair) for pair in jane[1].split(b"; ")]

    assert (await ask(world.app, (b"cookie", b"theme=dark"), *pairs)).status == 204


async def test_a_session_ends_with_its_time(world: World, jane: Header) -> None:
    world.clock.advance(HOUR - 1)
    assert (await ask(world.app, jane)).status == 204
    world.clock.advance(1)

    assert (await ask(world.app, jane)).status == 401


async def test_a_session_that_was_signed_out_of_does_not_come_back(world: World) -> None:
    browser = await world.signed_in()
    before = cookies_of(browser)
    await browser.http.post(f"{SERVICE}/auth/logout", json={}, headers={"origin": SERVICE})
    after = cookies_of(browser)

    assert (await ask(world.app, after)).status == 401
    # A refresh that was still on its way has put the old cookies back.
    assert (await ask(world.app, (b"cookie", before[1] + b"; " + after[1]))).status == 401


# Keys


@pytest.mark.parametrize(
    "fault",
    [Fault(status=503), Fault(status=200, body="<html>"), Fault(status=200, body='{"keys":[]}'), Fault(hang=True)],
    ids=["down", "nonsense", "no keys", "silent"],
)
async def test_without_keys_a_bearer_is_refused_and_a_session_passes(world: World, jane: Header, fault: Fault) -> None:
    other = World()
    other.simulator.faults.set(f"GET {JWKS}", fault)
    answer = await ask(other.app, bearer(other.simulator.mint_access_token()))
    assert (answer.status, answer.identity) == (401, {})

    world.simulator.faults.set(f"GET {JWKS}", fault)
    assert (await ask(world.app, jane)).status == 204


async def test_while_keys_are_held_nobody_is_called(world: World, cognito: Cognito, jane: Header) -> None:
    world.simulator.journal.clear()
    held = {"kid": world.simulator.keys.access.kid, "alg": "RS256"}
    tokens = [
        cognito.access_token(),
        cognito.access_token(expires_in=-5),
        world.simulator.mint_access_token(header={**held, "jku": "https://attacker.example/keys"}),
        cognito.id_token(),
    ]
    for token in tokens:
        await ask(world.app, bearer(token), query=b"groups=staff")
    await ask(world.app, jane)

    assert list(world.simulator.journal) == []


async def test_made_up_keys_cost_one_request_for_all(world: World, cognito: Cognito) -> None:
    world.simulator.journal.clear()
    for number in range(20):
        header = {"kid": f"made-up-{number}", "alg": "RS256"}
        assert (await ask(world.app, bearer(world.simulator.mint_access_token(header=header)))).status == 401

    assert len(world.simulator.journal) == 1


async def test_keys_that_outlive_an_outage_do_so_for_a_day_and_no_longer(world: World, cognito: Cognito) -> None:
    world.clock.advance(10)
    token = bearer(cognito.access_token(expires_in=24 * HOUR))
    world.simulator.faults.set(f"GET {JWKS}", Fault(status=503))
    world.clock.advance(24 * HOUR - 11)
    assert (await ask(world.app, token)).status == 204
    world.clock.advance(1)

    assert (await ask(world.app, token)).status == 401


# What is remembered


async def test_a_remembered_verdict_ends_with_the_token(world: World, cognito: Cognito) -> None:
    token = bearer(cognito.access_token(expires_in=300))
    for seconds in (0, 1, 298):
        world.clock.advance(seconds)
        assert (await ask(world.app, token)).status == 204
    world.clock.advance(1)

    assert (await ask(world.app, token)).status == 401


async def test_a_remembered_verdict_ends_when_its_key_is_withdrawn(world: World, cognito: Cognito) -> None:
    token = bearer(cognito.access_token(expires_in=12 * HOUR))
    assert (await ask(world.app, token)).status == 204
    world.simulator.keys.rotate(keep_old=False)
    world.clock.advance(HOUR + 1)
    await ask(world.app, token)  # still, but keys this old are fetched anew meanwhile
    await world.services.verifier.prefetch()

    assert (await ask(world.app, token)).status == 401


async def test_a_remembered_verdict_is_for_its_own_filters(world: World, cognito: Cognito) -> None:
    token = bearer(cognito.access_token(groups=["staff"]))
    asked = {b"": 204, b"groups=staff": 204, b"groups=admins": 403, b"role=admin": 403, b"groups=staff&": 403}

    for _ in range(3):
        assert {query: (await ask(world.app, token, query=query)).status for query in asked} == asked


async def test_a_remembered_verdict_is_for_its_own_token(world: World, cognito: Cognito) -> None:
    people = {
        email: bearer(cognito.access_token(email=email)) for email in ("jane@megasoft.example", "hank@globex.example")
    }
    for _ in range(3):
        told = {email: (await ask(world.app, token)).identity for email, token in people.items()}
        assert told["jane@megasoft.example"]["tenant"] == "megasoft"
        assert told["hank@globex.example"]["tenant"] == "globex"


async def test_an_answer_is_kept_ready_from_the_second_time_on(world: World, cognito: Cognito) -> None:
    kept = world.services.forward_auth._prepared
    answers, sizes = [], []
    token = bearer(cognito.access_token(groups=["staff"]))
    for _ in range(3):
        answers.append(await ask(world.app, token))
        sizes.append(len(kept))
    assert sizes == [0, 1, 1]
    assert answers[0] == answers[1] == answers[2]


async def test_what_is_kept_ready_is_bounded(world: World, cognito: Cognito) -> None:
    kept = world.services.forward_auth._prepared
    token = bearer(cognito.access_token())
    for number in range(MOST_PREPARED + 10):
        await ask(world.app, token, query=b"groups=%d" % number)
    assert len(kept) == MOST_PREPARED
    kept.clear()

    long = b"groups=staff," + b"x" * LONGEST_QUERY_BYTES
    assert (await ask(world.app, token, query=long)).status == 403
    assert not kept


# Filters

FILTERS = {
    "groups": (b"groups=admins,staff", b"groups=admins"),
    "domains": (b"domains=Megasoft.example", b"domains=globex.example"),
    "scope": (b"scope=openid+email", b"scope=openid+orders/write"),
    "tenant": (b"tenant=globex,megasoft", b"tenant=globex"),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_every_filter_lets_in_and_keeps_out_sessions(world: World, jane: Header, name: str) -> None:
    met, not_met = FILTERS[name]

    assert (await ask(world.app, jane, query=met)).status == 204
    refused = await ask(world.app, jane, query=not_met)
    assert refused.status == 403
    assert refused.identity == {}
    assert (await ask(world.app, query=met)).status == 401


@pytest.mark.parametrize("name", FILTERS)
async def test_every_filter_lets_in_and_keeps_out_bearers(world: World, cognito: Cognito, name: str) -> None:
    token = bearer(cognito.access_token(groups=["staff"]))
    met, not_met = FILTERS[name]

    # An access token does not say whose e-mail address it is, so no domain is met.
    assert (await ask(world.app, token, query=met)).status == (403 if name == "domains" else 204)
    refused = await ask(world.app, token, query=not_met)
    assert refused.status == 403
    assert refused.all("www-authenticate") == ['Bearer error="insufficient_scope"']
    assert refused.identity == {}


NOT_UNDERSTOOD = (b"role=admin", b"groups=staff&role=x", b"groups=staff&groups=staff", b"groups=", b"groups", b"&")
NOT_UNDERSTOOD += (b"Groups=staff", b"groups=staff;tenant=megasoft", b"groups=%ff", b"groups=st\xe4ff", b"rd=/", b"=")


@pytest.mark.parametrize("query", NOT_UNDERSTOOD)
async def test_what_is_not_understood_keeps_everybody_out(
    world: World, cognito: Cognito, jane: Header, query: bytes
) -> None:
    assert (await ask(world.app, jane, query=query)).status == 403
    assert (await ask(world.app, bearer(cognito.access_token(groups=["staff"])), query=query)).status == 403


async def test_somebody_unknown_is_401_even_to_a_filter_that_makes_no_sense(world: World) -> None:
    assert (await ask(world.app, query=b"role=admin")).status == 401


# The tenant


async def test_a_company_whose_connection_is_not_pinned_is_no_tenant_of_a_bearer(
    world: World, cognito: Cognito
) -> None:
    stranger = cognito.access_token(username=f"ScalekitIdPRouter_conn_{'9' * 17};x")

    assert (await ask(world.app, bearer(stranger))).identity["tenant"] == ""
    assert (await ask(world.app, bearer(stranger), query=b"tenant=megasoft")).status == 403


async def test_a_user_of_the_pool_itself_who_chose_a_federated_looking_name_is_of_no_tenant(
    world: World, cognito: Cognito
) -> None:
    token = cognito.access_token(**{"cognito:groups": ["staff"]})

    assert (await ask(world.app, bearer(token))).identity["tenant"] == ""


async def test_another_provider_of_the_pool_that_names_the_companys_connection_is_of_no_tenant(world: World) -> None:
    """Whoever runs an OpenID provider chooses its subjects: `conn_…;x` too."""
    mega = next(company for company in world.simulator.people if company.slug == "megasoft")
    await world.services.verifier.prefetch()
    claims = {
        "username": f"OwnOidc_{mega.connection_id};x",
        "cognito:groups": [f"{POOL}_OwnOidc"],
    }
    token = world.simulator.mint_access_token(claims=claims)

    assert (await ask(world.app, bearer(token))).identity["tenant"] == ""


# What makes no difference

FORWARDED: dict[str, list[Header]] = {
    "the protected path": [(b"x-forwarded-uri", b"/admin/../public"), (b"x-original-uri", b"/public")],
    "a path with everything odd": [(b"x-original-url", b"//admin%2f..;/%00#?x"), (b"x-rewrite-url", b"/auth/verify")],
    "the method": [(b"x-forwarded-method", b"OPTIONS"), (b"x-http-method-override", b"DELETE")],
    "where it came from": [(b"x-forwarded-for", b"127.0.0.1, ::1"), (b"forwarded", b"for=127.0.0.1;host=evil")],
    "another host": [
        (b"host", b"evil.example"),
        (b"x-forwarded-host", b"evil.example"),
        (b"x-forwarded-proto", b"http"),
    ],
    "a health check": [(b"user-agent", b"GoogleHC/1.0"), (b"user-agent", b"kube-probe/1.30")],
    "a browser's origin": [(b"origin", b"https://evil.example"), (b"sec-fetch-site", b"cross-site")],
    "an own idea of who it is": [
        (b"x-auth-request-user", b"admin"),
        (b"x-auth-request-user", b"root"),
        (b"x_auth_request_user", b"admin"),
        (b"x-auth_request-user", b"admin"),
        (b"X-AUTH-REQUEST-USER", b"admin"),
        (b"x-auth-request-groups", b"admins"),
        (b"x_auth_request_groups", b"admins"),
        (b"x-auth-request-tenant", b"globex"),
        (b"x-auth-request-access-token", b"eyJ"),
        (b"connection", b"x-auth-request-user, x-auth-request-groups"),
    ],
    "a body": [(b"content-length", b"1000000000000"), (b"content-type", b"application/json")],
    "a body without end": [(b"transfer-encoding", b"chunked"), (b"expect", b"100-continue")],
    "another protocol": [(b"upgrade", b"websocket"), (b"connection", b"upgrade")],
    "an error page": [(b"accept", b"text/html"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document")],
    "a prefetch": [(b"sec-purpose", b"prefetch"), (b"purpose", b"prefetch")],
}


@pytest.mark.parametrize("words", FORWARDED)
async def test_the_answer_is_the_same_to_the_byte_whatever_a_client_adds(
    world: World, cognito: Cognito, jane: Header, words: str
) -> None:
    token = bearer(cognito.access_token(groups=["staff"]))
    for who in ([jane], [token], [], [bearer("x")]):
        for query in (b"", b"groups=staff", b"groups=admins"):
            plain = await ask(world.app, *who, query=query)
            assert await ask(world.app, *FORWARDED[words], *who, query=query) == plain
            assert await ask(world.app, *who, *FORWARDED[words], query=query) == plain


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "get"])
async def test_the_method_makes_no_difference(world: World, jane: Header, method: str) -> None:
    """Envoy asks with the client's own."""
    assert await ask(world.app, jane, method=method) == await ask(world.app, jane)
    assert (await ask(world.app, method=method)).status == 401


SUFFIXES = (
    "/",
    "/orders",
    "/admin",
    "/%2e%2e/",
    "//",
    "/auth/logout",
    "/a;b",
    "/\u00e9",
    "/\0",
    "/" + "x" * 9000,
)


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_a_protected_path_behind_ours_is_not_looked_at_and_neither_is_its_query(
    world: World, jane: Header, suffix: str
) -> None:
    for query in (b"", b"groups=admins", b"role=x", b"\xff&&=", b"groups=staff"):
        assert await ask(world.app, jane, path=f"/auth/verify{suffix}", query=query) == await ask(world.app, jane)
        assert (await ask(world.app, path=f"/auth/verify{suffix}", query=query)).status == 401


@pytest.mark.parametrize(
    "path", ["/auth/verifyx", "/auth/verify.json", "/auth/verif", "/AUTH/VERIFY", "/x/auth/verify", "//auth/verify"]
)
async def test_another_path_is_not_ours(world: World, jane: Header, path: str) -> None:
    script = world.script()
    answer = await script.get(SERVICE + path, headers={"cookie": jane[1].decode()})

    assert answer.status_code == 404
    assert not [name for name in answer.headers if name.startswith("x-auth-request")]


# What an answer never has


async def test_no_answer_sets_a_cookie_or_may_be_kept(world: World, cognito: Cognito, jane: Header) -> None:
    world.clock.advance(HOUR - 5)  # a session that wants refreshing
    answers = [
        await ask(world.app, jane),
        await ask(world.app, jane, query=b"groups=x"),
        await ask(world.app, bearer(cognito.access_token())),
        await ask(world.app, bearer("x")),
        await ask(world.app),
    ]

    assert [answer.status for answer in answers] == [204, 403, 204, 401, 401]
    for answer in answers:
        assert answer.all("set-cookie") == []
        assert answer.all("location") == []
        assert answer.all("cache-control") == ["no-store"]
        assert answer.all("access-control-allow-origin") == []
        assert answer.body == b""


HOSTILE = {
    "a line break": "a\r\nX-Auth-Request-User: admin",
    "latin-1": "José",
    "beyond latin-1": "李伟",
    "commas": "a,admins",
    "percent": "%2C%0D",
    "a leading space": " admins",
    "controls": "\x00\x1b[31m",
    "a private character": "\ue000",
}


@pytest.mark.parametrize("words", HOSTILE)
async def test_whatever_a_claim_says_it_stays_one_header_of_visible_ascii(
    world: World, cognito: Cognito, words: str
) -> None:
    text = HOSTILE[words]
    world.simulator.tamper.id_claims = in_groups(text)
    for who in (cookies_of(await world.signed_in()), bearer(cognito.access_token(groups=[text]))):
        answer = await ask(world.app, who)
        assert answer.status == 204
        assert "," not in answer.identity["groups"]
        assert all(0x21 <= byte <= 0x7E for name, value in answer.headers if b"auth-request" in name for byte in value)


# Anything at all


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def asked(runner: asyncio.Runner) -> Callable[..., Answer]:
    """A world that the examples share, and how to ask it."""
    world = World()
    runner.run(world.services.verifier.prefetch())
    GOOD.update(
        token=world.simulator.mint_access_token().encode(),
        cookie=cookies_of(runner.run(world.signed_in("you@example.com")))[1],
    )
    return lambda headers, query, path: runner.run(ask(world.app, *headers, query=query, path=path))


GOOD: dict[str, bytes] = {}
PIECES = st.sampled_from(
    [b"Bearer ", b"bearer", b" ", b"=", b";", b"__Host-sso_session", b"token", b"cookie", b"\0", b","]
)
VALUES = st.lists(PIECES | st.binary(max_size=20), max_size=6)
NAMES = st.sampled_from([b"authorization", b"cookie", b"x-forwarded-uri", b"host", b"content-length"]) | st.binary(
    max_size=20
)
PATHS = st.just("/auth/verify") | st.text(max_size=20).map("/auth/verify/".__add__)
FILTER_PIECES = st.sampled_from([b"groups", b"tenant", b"scope", b"domains", b"=", b"&", b"%", b",", b"openid", b"+"])


@given(
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=6),
    query=st.lists(FILTER_PIECES | st.binary(max_size=8), max_size=8).map(b"".join),
    path=PATHS,
)
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_answered_with_204_401_or_403(
    asked: Callable[..., Answer], headers: list[tuple[bytes, list[bytes]]], query: bytes, path: str
) -> None:
    sent = [(name, b"".join(GOOD.get(piece.decode("latin-1"), piece) for piece in value)) for name, value in headers]

    answer = asked(sent, query, path)

    assert answer.status in (204, 401, 403)
    assert bool(answer.identity) == (answer.status == 204)
    assert answer.body == b""


@given(st.binary(max_size=60))
@settings(max_examples=500, deadline=None)
def test_no_bytes_but_the_good_ones_let_in(asked: Callable[..., Answer], noise: bytes) -> None:
    assert asked([(b"authorization", noise)], b"", "/auth/verify").status == 401
    assert asked([(b"cookie", noise)], b"", "/auth/verify").status == 401
    mixed = GOOD["token"] + noise.strip(b" ")
    if mixed != GOOD["token"]:
        assert asked([(b"authorization", b"Bearer " + mixed)], b"", "/auth/verify").status == 401


# What a gateway may have closed, and reads otherwise than we do

LEADS_OUT = (
    "/auth/verify/../callback",
    "/auth/verify/..%2fcallback",
    "/auth/verify/%2E%2e/callback",
    "/auth/verify%2f..%2fcallback",
    "/auth/verify/orders/../../callback",
    "/auth/verify/..",
    "/auth/verify/../../me",
    "/auth/verify/..;/callback",
    "/auth/verify/..%5ccallback",
    "/auth/%76erify",
    "/auth%2fverify",
    "/%61uth/verify/orders",
)


@pytest.mark.parametrize("raw", LEADS_OUT)
async def test_a_path_that_others_take_for_another_tells_nobody_who_it_is(
    world: World, cognito: Cognito, jane: Header, raw: str
) -> None:
    """A gateway that closes `/auth/verify` reads such a path as an open one, and passes it on as it was written."""
    for credentials in (jane, bearer(cognito.access_token())):
        answer = await ask(world.app, credentials, path=unquote(raw), raw_path=raw.encode())
        assert (answer.status, answer.identity) == (403, {})


@pytest.mark.parametrize("raw", ["/auth/verify/a%20b", "/auth/verify/..a/b..", "/auth/verify//x", "/auth/verify/"])
async def test_a_path_behind_that_leads_nowhere_else_is_not_looked_at(world: World, jane: Header, raw: str) -> None:
    assert (await ask(world.app, jane, path=unquote(raw), raw_path=raw.encode())).status == 204


async def test_a_server_that_keeps_no_raw_path_is_answered_too(world: World, jane: Header) -> None:
    assert (await ask(world.app, jane, raw_path=None)).status == 204
