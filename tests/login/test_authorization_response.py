"""What Cognito's callback says: a code, a refusal, or nothing that can be used."""

from __future__ import annotations

import pytest

from cognito_sso.errors import (
    AccessDenied,
    AttributesMissing,
    LoginExpired,
    ProviderError,
    SignInError,
    UserAlreadyExists,
)
from cognito_sso.login.authorization_response import LONGEST_CODE, code_from


@pytest.mark.parametrize(
    "code", ["18fe37c2-8eff-4886-98f4-abbc6a0753a6", "x", "x" * LONGEST_CODE, "../x", "a&b=c", "%00", '"', "~!"]
)
def test_a_code_is_taken_as_it_is(code: str) -> None:
    assert code_from({"code": code, "state": "s", "session_state": "ignored"}) == code


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x"},
        {"code": "x", "error": "access_denied"},
        {"code": "x", "error": ""},
        {"id_token": "eyJ.x.y", "access_token": "x"},
        *(
            {"code": code}
            for code in (
                "",
                " ",
                "a b",
                "x" * (LONGEST_CODE + 1),
                "x\n",
                "x\r\nHost: y",
                "x\0",
                "é",
                "\x7f",
                "\ud800",
                "名",
            )
        ),
    ],
    ids=lambda query: ascii(query)[:40],
)
def test_anything_that_is_neither_or_both_is_no_response_sec_228_sec_230_sec_233(query: dict[str, str]) -> None:
    with pytest.raises(LoginExpired):
        code_from(query)


@pytest.mark.parametrize("answer", [{"code": "x"}, {"error": "access_denied"}], ids=str)
def test_an_issuer_that_names_itself_has_to_be_the_pools(answer: dict[str, str]) -> None:
    """RFC 9207 section 2.4: a code that another one gave is not sent to Cognito."""
    for iss in ("https://evil.example", "https://pool.example/", ""):
        with pytest.raises(LoginExpired, match="another issuer"):
            code_from({**answer, "iss": iss}, issuer="https://pool.example")
    assert code_from({"code": "x", "iss": "https://pool.example"}, issuer="https://pool.example") == "x"
    assert code_from({"code": "x"}, issuer="https://pool.example") == "x"


@pytest.mark.parametrize(
    ("error", "description", "refusal"),
    [
        ("invalid_request", "Already found an entry for username ScalekitIdPRouter_conn_1;x", UserAlreadyExists),
        ("invalid_request", "already found an entry for username x  ", UserAlreadyExists),
        ("server_error", "Already found an entry for username x", UserAlreadyExists),
        ("invalid_request", "attributes required: [email]", AttributesMissing),
        ("invalid_request", "user.email: Attribute is required", AttributesMissing),
        ("access_denied", "", AccessDenied),
        ("access_denied", "User cancelled", AccessDenied),
        ("invalid_request", "User is disabled.", AccessDenied),
        ("invalid_request", "Error in SAML response processing", ProviderError),
        ("login_required", "", ProviderError),
        ("", "", ProviderError),
        ("<script>", "\x1b[2J\r\nevent=login_completed", ProviderError),
        ("x" * 100_000, "y" * 100_000, ProviderError),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_cognitos_words_choose_one_of_our_codes_and_are_never_repeated_sec_226(
    error: str, description: str, refusal: type[SignInError]
) -> None:
    with pytest.raises(refusal) as caught:
        code_from({"error": error, "error_description": description, "error_uri": "javascript:alert(1)"})
    assert type(caught.value) is refusal
    for text in filter(None, (error, description)):
        assert text not in caught.value.reason or text == refusal.code


def test_an_error_without_a_description_is_still_one() -> None:
    with pytest.raises(ProviderError):
        code_from({"error": "invalid_request"})
