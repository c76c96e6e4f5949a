"""Where the browser may be sent: a frontend, and nowhere else, however it is written."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_sso.errors import ReturnToInvalid
from cognito_sso.login.return_to import ReturnTargets
from tests.login.hostile_targets import HOSTILE_TARGETS, ODD_BUT_OURS
from tests.login.whatwg import origin_of, origins_by_node

FRONTENDS = ("https://app.example", "https://other.example:8443", "http://localhost:3000")
SERVICE = "https://login.app.example"
TARGETS = ReturnTargets(FRONTENDS, own_origin=SERVICE)


def resolved(return_to: str, targets: ReturnTargets = TARGETS) -> str | None:
    try:
        return targets.resolve(return_to)
    except ReturnToInvalid:
        return None


def test_the_corpus_is_as_long_as_promised() -> None:
    assert len(set(HOSTILE_TARGETS)) > 150


@pytest.mark.parametrize("return_to", HOSTILE_TARGETS, ids=ascii)
def test_a_hostile_target_is_refused_sec_300_sec_307(return_to: str) -> None:
    assert resolved(return_to) is None


@pytest.mark.parametrize("return_to", ODD_BUT_OURS, ids=ascii)
def test_an_odd_target_is_taken_as_it_is_and_stays_on_the_frontend(return_to: str) -> None:
    target = resolved(return_to)
    assert target is not None
    assert target.endswith(return_to) or target == return_to + "/"
    assert origin_of(target, SERVICE) in FRONTENDS


def test_a_browser_itself_would_stay_on_the_frontend_sec_300() -> None:
    targets = [target for text in (*HOSTILE_TARGETS, *ODD_BUT_OURS) if (target := resolved(text))]
    assert set(origins_by_node(targets, SERVICE) or FRONTENDS) <= set(FRONTENDS)


def test_the_judge_judges_as_a_browser_does() -> None:
    texts = [text for text in (*HOSTILE_TARGETS, *ODD_BUT_OURS) if text.isascii()]
    by_node = origins_by_node(texts, "https://app.example")
    if by_node is None:
        pytest.skip("no node")
    judged = [origin_of(text, "https://app.example") for text in texts]
    lenient = {
        (text, ours, theirs) for text, ours, theirs in zip(texts, judged, by_node, strict=True) if ours != theirs
    }
    # Where it errs, it must not be on the side of the attacker.
    assert not {difference for difference in lenient if difference[1] in FRONTENDS}
    assert len(lenient) < 12, lenient


@given(st.text(st.sampled_from("/\\@:.?#%&=;[]evilxampphtjs \t\r\n\0é。％２ｆ2f5c"), max_size=40))
@example("https://app.example\\@evil.example")
def test_whatever_is_resolved_stays_on_a_frontend(return_to: str) -> None:
    for text in (return_to, f"/{return_to}", f"https://app.example{return_to}"):
        target = resolved(text)
        assert target is None or origin_of(target, SERVICE) in FRONTENDS, (text, target)


def test_none_is_the_first_frontend() -> None:
    assert TARGETS.resolve(None) == TARGETS.default == "https://app.example/"


@pytest.mark.parametrize("origin", FRONTENDS)
@pytest.mark.parametrize("rest", ["/", "/a/b?c=d#e", "?x", "#x"])
def test_an_absolute_url_on_any_frontend_is_taken_to_the_letter(origin: str, rest: str) -> None:
    assert resolved(origin + rest) == origin + rest


def test_the_longest_is_1024_characters_sec_306() -> None:
    assert resolved("/" + "a" * 1023)
    assert resolved("/" + "a" * 1024) is None


class TestAFrontendOnOurOwnOrigin:
    """Behind one host name, the app at / and the sign-in beside it."""

    TARGETS = ReturnTargets([SERVICE], own_origin=SERVICE)

    @pytest.mark.parametrize(
        "path",
        [
            *(
                "/login",
                "/login/",
                "/login/start",
                "/login/start?email=a@b.example",
                "/auth/logout",
                "/auth/callback?code=x&state=y",
            ),
            *(
                "/auth/",
                "/auth/x",
                "/Auth/logout",
                "/LOGIN",
                "//auth/logout",
                "/./auth/logout",
                "/x/../auth/logout",
                "/../auth/logout",
            ),
            *(
                "/%61uth/logout",
                "/%2561uth/logout",
                "/auth%2flogout",
                "/%2e/auth/logout",
                "/x/%2e%2e/login",
                "/login#x",
                "/login?x",
                "/login%2fstart",
            ),
            *("/auth/signed-out", "/login/initiated", "/hooks/x"),
        ],
    )
    def test_the_sign_in_itself_is_no_target_sec_305(self, path: str) -> None:
        assert resolved(path, self.TARGETS) is None
        assert resolved(SERVICE + path, self.TARGETS) is None

    @pytest.mark.parametrize(
        "path", ["/", "/me", "/orders", "/logins", "/login-help", "/authors", "/x/login", "/x/auth/y", "/?/auth/logout"]
    )
    def test_every_other_page_is(self, path: str) -> None:
        assert resolved(path, self.TARGETS) == SERVICE + path


def test_a_frontend_that_is_merely_spelt_like_us_has_its_own_login_page() -> None:
    targets = ReturnTargets(["https://app.example:8443", "https://app.example.org"], own_origin="https://app.example")
    assert resolved("https://app.example:8443/login", targets)
    assert resolved("https://app.example.org/auth/callback", targets)


class TestAProgramOnThePersonsOwnMachine:
    """Delivery `code` only (RFC 8252 section 7.3)."""

    @pytest.mark.parametrize(
        "target", ["http://127.0.0.1:53211", "http://127.0.0.1:1/cb?x=y", "http://[::1]:8080/", "http://127.0.0.1:80?x"]
    )
    def test_listens_on_loopback_at_any_port(self, target: str) -> None:
        assert TARGETS.resolve(target, loopback=True) == target
        assert resolved(target) is None

    @pytest.mark.parametrize(
        "target",
        [
            *(
                "http://127.0.0.1",
                "http://127.0.0.1/",
                "https://127.0.0.1:80",
                "http://127.0.0.1:0",
                "http://127.0.0.1:",
                "http://127.0.0.2:80",
            ),
            *(
                "http://127.0.0.1:80@evil.example",
                "http://127.0.0.1:80.evil.example",
                "http://127.0.0.1:80\\@evil.example",
                "http://[::2]:80",
            ),
            *(
                "http://127.0.0.1.evil.example:80/",
                "http://localhost.evil.example:80",
                "http://10.0.0.1:80",
                "http://0.0.0.0:80",
                "http://x@127.0.0.1:80",
            ),
        ],
    )
    def test_and_nowhere_else(self, target: str) -> None:
        with pytest.raises(ReturnToInvalid):
            TARGETS.resolve(target, loopback=True)

    @pytest.mark.parametrize("own", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
    @pytest.mark.parametrize(
        "path", ["/auth/callback", "/login/start?email=x", "/login", "/x/..//AUTH/callback", "/%6cogin"]
    )
    def test_which_is_not_the_sign_in_itself_by_another_name(self, own: str, host: str, path: str) -> None:
        targets = ReturnTargets(FRONTENDS, own_origin=own)
        with pytest.raises(ReturnToInvalid, match="leads back"):
            targets.resolve(f"http://{host}:8000{path}", loopback=True)
        for elsewhere in (f"http://{host}:8001{path}", f"http://{host}:8000/done"):
            assert targets.resolve(elsewhere, loopback=True) == elsewhere

    def test_whose_paths_are_its_own_affair_where_the_service_is_on_no_loopback(self) -> None:
        target = "http://127.0.0.1:443/auth/callback"
        assert TARGETS.resolve(target, loopback=True) == target

    def test_where_the_service_has_the_default_port(self) -> None:
        targets = ReturnTargets(FRONTENDS, own_origin="http://localhost")
        with pytest.raises(ReturnToInvalid):
            targets.resolve("http://127.0.0.1:80/auth/callback", loopback=True)


def test_a_frontend_that_is_the_service_by_another_name_is_judged_as_the_service() -> None:
    targets = ReturnTargets(["http://127.0.0.1:8000"], own_origin="http://localhost:8000")
    assert resolved("/auth/callback", targets) is None
    assert resolved("/orders", targets) == "http://127.0.0.1:8000/orders"
