"""Who is signed in: by the session cookie, or by a Bearer access token."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from cognito_sso.login.tenants import Tenant
from cognito_sso.settings import new_cookie_key
from cognito_sso.simulator import AppClient, Fault
from tests.world import CLIENT_ID, COOKIE_KEY, PROVIDER, SERVICE, World

USERINFO = "GET /oauth2/userInfo"
JANE = "jane@megasoft.example"
INVALID = 'Bearer error="invalid_token"'


async def bearer(world: World, token: str, **more: Any) -> httpx.Response:
    return await world.script().get("/me", headers={"authorization": f"Bearer {token}", **more})


def user_infos(world: World) -> int:
    return len(world.simulator.journal.of("GET", "/oauth2/userInfo"))


def is_refused(answer: httpx.Response) -> bool:
    """401 without a word why (RFC 6750 section 3.1)."""
    members = answer.json()
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "application/problem+json"
    assert members["login_url"] == f"{SERVICE}/login"
    return (answer.status_code, members["code"], answer.headers["www-authenticate"]) == (401, "invalid_token", INVALID)


class TestByCookie:
    async def test_nobody_is_asked(self, world: World) -> None:
        browser = await world.with_session()
        asked = len(world.simulator.journal)
        answer = await browser.http.get(f"{SERVICE}/me")
        assert answer.status_code == 200
        assert len(world.simulator.journal) == asked

    async def test_the_profile_is_the_contracts(self, world: World) -> None:
        browser = await world.signed_in(JANE)
        profile = (await browser.http.get(f"{SERVICE}/me")).json()
        assert profile.pop("refresh_at") < profile["expires_at"] == world.clock() + 3600
        assert isinstance(profile.pop("sub"), str)
        assert profile.pop("connection_id") in profile.pop("username")
        assert profile == {
            "email": JANE,
            "email_verified": True,
            "name": "Jane Doe",
            "given_name": "Jane",
            "family_name": "Doe",
            "groups": [],
            "provider": PROVIDER,
            "tenant": "megasoft",
            "auth_time": world.clock(),
            "expires_at": world.clock() + 3600,
        }

    async def test_nobody_is_told_where_to_sign_in(self, world: World) -> None:
        answer = await world.script().get("/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.json()["login_url"] == f"{SERVICE}/login"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "set-cookie" not in answer.headers

    async def test_a_person_gets_a_page_with_the_same_code(self, world: World) -> None:
        browser = world.browser()
        await browser.goto(f"{SERVICE}/me")
        assert (browser.page.status_code, browser.page.headers["content-type"]) == (401, "text/html; charset=utf-8")
        assert "not_signed_in" in browser.page.text

    @pytest.mark.parametrize(
        "cookie",
        [
            b"",
            b"=",
            b"A",
            b"null",
            b"{}",
            b"\xe9",
            b"\xff\xfe",
            b"%00",
            b'"quoted\\012octal"',
            b"eyJhbGciOiJub25lIn0.e30.",
            b"A" * 5000,
        ],
        ids=ascii,
    )
    async def test_garbage_is_no_session_and_is_cleared_sec_262_cve_2026_34454(
        self, world: World, cookie: bytes
    ) -> None:
        answer = await world.script().get("/me", headers=[(b"cookie", b"__Host-sso_session=" + cookie)])
        assert answer.status_code == 401
        (cleared,) = answer.headers.get_list("set-cookie")
        assert cleared == "__Host-sso_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"

    async def test_two_sessions_at_once_are_none(self, world: World) -> None:
        browser = await world.with_session()
        value = browser.http.cookies["__Host-sso_session"]
        for second in (value, "", "x"):
            doubled = {"cookie": f"__Host-sso_session={value}; __Host-sso_session={second}"}
            assert (await world.script().get("/me", headers=doubled)).status_code == 401

    async def test_every_sealed_value_in_every_slot_is_refused_sec_264_ghsa_v64w_49xw_qq89(self, world: World) -> None:
        browser = await world.with_session()
        await browser.goto(f"{SERVICE}/login/start", params={"email": JANE}, follow=False)
        ours = {one.name: one.value or "" for one in browser.http.cookies.jar}
        of_session = ("__Host-sso_session", "__Secure-sso_refresh", "__Host-sso_held", "__Host-sso_ended")
        slots = (*of_session, "__Host-sso_signed_out")
        for name, value in ours.items():
            for slot in slots:
                if slot == name:
                    continue
                headers = {"cookie": f"{slot}={value}"}
                assert (await world.script().get("/me", headers=headers)).status_code == 401
                same_origin = {**headers, "sec-fetch-site": "same-origin"}
                assert (await world.script().post("/auth/refresh", headers=same_origin)).status_code == 401

    async def test_the_session_of_another_client_is_none_sec_264(self, world: World) -> None:
        other = World(
            cognito_client_id="other",
            app_client={"client_id": "other", "name": "Other"},
        )
        browser = await other.with_session()
        cookie = {"cookie": f"__Host-sso_session={browser.http.cookies['__Host-sso_session']}"}
        assert (await other.script().get("/me", headers=cookie)).status_code == 200
        assert (await world.script().get("/me", headers=cookie)).status_code == 401

    async def test_a_replica_with_another_key_sees_nobody_sec_525(self, world: World) -> None:
        browser = await world.with_session()
        cookie = {"cookie": f"__Host-sso_session={browser.http.cookies['__Host-sso_session']}"}
        answer = await World(sso_cookie_keys=new_cookie_key()).script().get("/me", headers=cookie)
        assert answer.status_code == 401

    async def test_a_rotated_key_keeps_everybody_signed_in_sec_267(self, world: World) -> None:
        old, new = COOKIE_KEY, new_cookie_key()
        browser = await world.with_session()
        cookie = {"cookie": f"__Host-sso_session={browser.http.cookies['__Host-sso_session']}"}
        assert (await World(sso_cookie_keys=f"{new},{old}").script().get("/me", headers=cookie)).status_code == 200


class TestByBearer:
    async def test_an_access_token_is_described_by_user_info(self, world: World) -> None:
        answer = await bearer(world, world.simulator.mint(JANE)["access_token"])
        profile = answer.json()
        assert answer.status_code == 200
        assert (profile["email"], profile["tenant"], profile["provider"]) == (JANE, "megasoft", PROVIDER)
        assert profile["email_verified"] is True
        assert profile["expires_at"] == world.clock() + 3600

    async def test_the_company_is_the_one_that_is_now_and_cognito_is_not_asked_again(self, world: World) -> None:
        token, directory = world.simulator.mint(JANE)["access_token"], world.services.directory
        before = (await bearer(world, token)).json()
        domains, others = ("megasoft.example",), ("conn_1",)
        for tenants, named in (
            ((Tenant("renamed", domains, PROVIDER, before["connection_id"]),), "renamed"),
            ((Tenant("megasoft", domains, PROVIDER, *others),), None),
            ((), None),
        ):
            directory.use_listed(tenants)
            for _ in range(2):
                assert (await bearer(world, token)).json() == {**before, "tenant": named}
        assert user_infos(world) == 1

    @pytest.mark.parametrize(
        ("told", "taken"),
        [
            ("true", True),
            ("false", False),
            (True, True),
            (False, False),
            ("True", False),
            (1, True),
            ("yes", False),
            (None, False),
        ],
    )
    async def test_booleans_are_booleans_cve_2026_14781(self, world: World, told: Any, taken: bool) -> None:
        world.simulator.tamper.userinfo = lambda claims: {**claims, "email_verified": told}
        answer = await bearer(world, world.simulator.mint()["access_token"])
        assert answer.json()["email_verified"] is taken

    async def test_user_info_is_asked_once_for_a_token(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        answers = [await bearer(world, token) for _ in range(5)]
        assert {answer.text for answer in answers} == {answers[0].text}
        assert user_infos(world) == 1
        await bearer(world, world.simulator.mint("you@example.com")["access_token"])
        assert user_infos(world) == 2

    async def test_who_ask_at_once_share_one_request_and_its_failure_too(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        await world.services.verifier.prefetch()
        world.simulator.faults.set(USERINFO, Fault(status=500, times=1))
        assert [answer.status_code for answer in await asyncio.gather(*(bearer(world, token) for _ in range(10)))] == [
            503
        ] * 10
        assert [answer.status_code for answer in await asyncio.gather(*(bearer(world, token) for _ in range(10)))] == [
            200
        ] * 10
        assert user_infos(world) == 2

    async def test_the_first_to_ask_may_go_away_without_harm_to_the_others(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        await world.services.verifier.prefetch()
        first = asyncio.create_task(bearer(world, token))
        while not user_infos(world):
            await asyncio.sleep(0)
        others = [asyncio.create_task(bearer(world, token)) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        assert [answer.status_code for answer in await asyncio.gather(*others)] == [200] * 3
        assert first.cancelled()
        assert user_infos(world) == 1

    async def test_an_expired_token_is_refused_although_it_is_remembered(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        await bearer(world, token)
        world.clock.advance(3600)
        assert is_refused(await bearer(world, token))

    async def test_a_revoked_token_is_refused_from_the_first_question_on(self, world: World) -> None:
        tokens = world.simulator.mint()
        await world.services.cognito.revoke(tokens["refresh_token"])
        assert is_refused(await bearer(world, tokens["access_token"]))

    async def test_a_disabled_person_is_refused_sec_445(self, world: World) -> None:
        token = world.simulator.mint(JANE)["access_token"]
        for user in world.simulator.pool.users:
            user.enabled = False
        assert is_refused(await bearer(world, token))

    @pytest.mark.parametrize("members", [{"sub": "somebody else"}, {"sub": None}, {"sub": ["s"]}, {"sub": 1}], ids=str)
    async def test_what_user_info_says_of_somebody_else_is_discarded_sec_015(
        self, world: World, members: dict[str, Any]
    ) -> None:
        world.simulator.tamper.userinfo = lambda claims: {**claims, **members}
        assert is_refused(await bearer(world, world.simulator.mint()["access_token"]))

    @pytest.mark.parametrize(
        "value", [1, [], {}, None, "\ud800", "<script>", "x" * 5000], ids=lambda value: ascii(value)[:20]
    )
    async def test_odd_claims_of_user_info_make_no_500_sec_530(self, world: World, value: Any) -> None:
        world.simulator.tamper.userinfo = lambda claims: {**claims, "email": value, "name": value, "given_name": value}
        answer = await bearer(world, world.simulator.mint()["access_token"])
        assert answer.status_code == 200
        assert answer.json()["name"] in (value, None, "?")

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (Fault(status=500), 503),
            (Fault(status=429), 503),
            (Fault(abort=True), 503),
            (Fault(status=200, body="<html>"), 502),
            (Fault(status=200, body="[" * 60_000), 502),
            (Fault(status=200, body=" " * 70_000), 502),
            (Fault(status=302, headers={"location": "https://evil.example"}), 502),
            (Fault(status=200, body="x", headers={"content-encoding": "gzip"}), 502),
            (Fault(hang=True), 504),
        ],
        ids=lambda value: str(value)[:60],
    )
    async def test_user_info_out_of_reach_is_told_and_not_remembered_sec_530(
        self, world: World, fault: Fault, status: int
    ) -> None:
        token = world.simulator.mint()["access_token"]
        world.simulator.faults.set(USERINFO, fault)
        answer = await bearer(world, token)
        assert (answer.status_code, answer.json()["code"]) == (status, "provider_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        world.simulator.faults.clear()
        assert (await bearer(world, token)).status_code == 200

    async def test_without_keys_it_says_so_and_recovers_sec_513(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        world.simulator.faults.set("GET /eu-north-1_6m0O668r5/.well-known/jwks.json", Fault(status=500))
        assert (await bearer(world, token)).status_code == 503
        world.simulator.faults.clear()
        world.clock.advance(10)
        assert (await bearer(world, token)).status_code == 200

    async def test_a_wrong_one_is_401_even_beside_a_good_cookie(self, world: World) -> None:
        browser = await world.with_session()
        for header in ("Bearer wrong", "Bearer", "Basic eDp5", "", "Bearer "):
            assert is_refused(await browser.http.get(f"{SERVICE}/me", headers={"authorization": header}))
        assert (await browser.http.get(f"{SERVICE}/me")).status_code == 200

    async def test_a_good_one_beside_a_cookie_is_the_one_that_counts(self, world: World) -> None:
        browser, token = await world.with_session("you@example.com"), world.simulator.mint(JANE)["access_token"]
        answer = await browser.http.get(f"{SERVICE}/me", headers={"authorization": f"Bearer {token}"})
        assert answer.json()["email"] == JANE

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   ", "  Bearer "])
    async def test_the_scheme_is_read_without_regard_to_case(self, world: World, scheme: str) -> None:
        token = world.simulator.mint()["access_token"]
        assert (await world.script().get("/me", headers={"authorization": scheme + token})).status_code == 200

    @pytest.mark.parametrize(
        "form",
        [
            *(
                "{}",
                "Bearer: {}",
                "Bearer{}",
                "Bearer\t{}",
                "Bearer={}",
                "Token {}",
                "Basic {}",
                "DPoP {}",
                "Bearer {},{}",
                "Bearer {} {}",
            ),
            *(
                'Bearer "{}"',
                "Bearer <{}>",
                "Bearer Bearer {}",
                "Bearer token={}",
                "Bearer {}=",
                "Bearer {}.",
                "Bearer .{}",
                "Bearer {}\xe9",
            ),
            *("Bearer {}\x00", "Bearer \xa0{}", "Negotiate {}", "Bearer {}/..", "Bearer {}\t"),
        ],
    )
    async def test_a_header_of_any_other_form_is_refused_ghsa_xmf8_cvqr_rfgj(self, world: World, form: str) -> None:
        token = world.simulator.mint()["access_token"]
        header = form.replace("{}", token).encode("latin-1")
        assert is_refused(await world.script().get("/me", headers=[(b"authorization", header)]))

    async def test_two_authorization_headers_are_refused_even_the_same_twice(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        for second in (f"Bearer {token}", "Basic x", ""):
            headers = [("authorization", f"Bearer {token}"), ("authorization", second)]
            assert is_refused(await world.script().get("/me", headers=headers))

    async def test_only_an_access_token_is_one_sec_131(self, world: World) -> None:
        tokens, browser = world.simulator.mint(JANE), await world.with_session()
        values = [tokens["id_token"], tokens["refresh_token"], *(one.value for one in browser.http.cookies.jar)]
        for value in values:
            assert is_refused(await bearer(world, value or ""))
        assert user_infos(world) == 0

    async def test_the_token_of_a_sibling_client_is_refused(self, world: World) -> None:
        world.simulator.pool.clients["sibling"] = AppClient("sibling", providers=(PROVIDER,))
        token = world.simulator.mint_access_token(client_id="sibling")
        assert is_refused(await bearer(world, token))
        assert user_infos(world) == 0

    @pytest.mark.parametrize(
        "claims",
        [
            {"client_id": None},
            {"client_id": CLIENT_ID + "x"},
            {"client_id": [CLIENT_ID]},
            {"token_use": "id"},
            {"token_use": None},
            {"iss": "https://evil.example"},
            {"iss": None},
            {"exp": None},
            {"exp": "4000000000"},
            {"iat": None},
            {"sub": None},
            {"sub": ""},
            {"username": None},
            {"aud": CLIENT_ID},
        ],
        ids=str,
    )
    async def test_a_token_with_one_claim_wrong_is_refused_before_anybody_is_asked(
        self, world: World, claims: dict[str, Any]
    ) -> None:
        assert is_refused(await bearer(world, world.simulator.mint_access_token(claims=claims)))
        assert user_infos(world) == 0

    @pytest.mark.parametrize(
        "token",
        ["x", "a.b.c", "..", ".", "é", "eyJ.eyJ.eyJ", "a" * 10_000, "A" * 1_000_000, "%00", "a.b.c.d.e"],
        ids=lambda token: ascii(token)[:20],
    )
    async def test_no_token_at_all_is_refused_and_costs_nothing_sec_464(self, world: World, token: str) -> None:
        await bearer(world, world.simulator.mint()["access_token"])
        asked = len(world.simulator.journal)
        assert is_refused(await world.script().get("/me", headers=[(b"authorization", b"Bearer " + token.encode())]))
        assert len(world.simulator.journal) == asked

    async def test_a_token_in_the_query_or_a_body_is_none(self, world: World) -> None:
        token = world.simulator.mint()["access_token"]
        assert (await world.script().get("/me", params={"access_token": token})).status_code == 401

    async def test_two_people_at_once_get_their_own_answers_cve_fastapi_sso_186(self, world: World) -> None:
        people = [JANE, "you@example.com", "hank@globex.example", "alice@umbrella.example"]
        tokens = {email: world.simulator.mint(email)["access_token"] for email in people}
        answers = await asyncio.gather(*(bearer(world, tokens[email]) for email in people * 10))
        assert [answer.json()["email"] for answer in answers] == people * 10

    async def test_somebody_of_the_pool_itself_gets_no_company_by_name_alone(self, world: World) -> None:
        token = world.simulator.mint_access_token(JANE, claims={"cognito:groups": None})
        profile = (await bearer(world, token)).json()
        assert (profile["provider"], profile["tenant"], profile["connection_id"]) == (None, None, None)


async def test_the_memory_of_profiles_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognito_sso.session.bearer.MOST_REMEMBERED", 2)
    tokens = [world.simulator.mint()["access_token"] for _ in range(3)]
    for token in tokens:
        await bearer(world, token)
    assert user_infos(world) == 3
    await bearer(world, tokens[2])
    assert user_infos(world) == 3
    await bearer(world, tokens[0])
    assert user_infos(world) == 4


async def test_a_good_token_with_much_behind_it_is_not_cut_down_to_a_good_token(world: World) -> None:
    token = world.simulator.mint_access_token("jane@megasoft.example")
    answer = await world.script().get("/me", headers={"authorization": f"Bearer {token}{' ' * 20_000}x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
