"""What Cognito's answers mean; whatever they are, one of our own errors and never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.cognito.tokens import read_token_response, read_user_info
from cognito_sso.errors import (
    BearerRefused,
    GrantRejected,
    ProviderNonsense,
    ProviderUnavailable,
    ProviderUnreachable,
    SignInError,
)

GOOD: dict[str, Any] = {"access_token": "canary.a", "id_token": "canary.i", "expires_in": 3600, "token_type": "Bearer"}


def body(**changed: Any) -> bytes:
    return json.dumps({name: value for name, value in {**GOOD, **changed}.items() if value is not ...}).encode()


def test_a_good_answer_is_a_token_set() -> None:
    tokens = read_token_response(200, body(refresh_token="canary.r", unknown=[1]))
    assert (tokens.access_token, tokens.id_token, tokens.refresh_token) == ("canary.a", "canary.i", "canary.r")
    assert tokens.expires_in == 3600
    assert "canary" not in repr(tokens)


def test_without_a_refresh_token_there_is_none_sec_247() -> None:
    assert read_token_response(200, body()).refresh_token is None


@pytest.mark.parametrize(
    ("told", "taken"), [(1, 1), (300, 300), (86400, 86400), (86401, 86400), (10**300, 86400), (..., 300)]
)
def test_the_life_of_a_token_is_within_cognitos_bounds(told: Any, taken: int) -> None:
    assert read_token_response(200, body(expires_in=told)).expires_in == taken


NONSENSE_SEC_507 = {
    "empty": b"",
    "blank": b"  \n",
    "html": b"<!doctype html><html><body>503</body></html>",
    "form": b"access_token=a&id_token=b",
    "truncated": body()[:-5],
    "trailing": body() + b"x",
    "two-documents": body() + body(),
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"access_token"',
    "list": b"[]",
    "list-of-one": b"[" + body() + b"]",
    "empty-object": b"{}",
    "bad-utf-8": b'{"access_token": "\xff", "id_token": "b"}',
    "nul": b"\0" * 100,
    "deep-list": b"[" * 30_000,
    "deep-objects": b'{"a":' * 30_000,
    "deep-and-closed": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "5000-digits": b'{"access_token": "a", "id_token": "b", "expires_in": ' + b"9" * 5000 + b"}",
    "doubled-member": b'{"access_token": "a", "id_token": "good", "id_token": "evil", "expires_in": 1}',
    "doubled-member-inside": b'{"access_token": "a", "id_token": "b", "x": {"y": 1, "y": 2}}',
    "no-access-token": body(access_token=...),
    "no-id-token": body(id_token=...),
    **{
        f"{name}-is-{json.dumps(value)[:20]}": body(**{name: value})
        for name in ("access_token", "id_token", "refresh_token")
        for value in (
            None,
            1,
            True,
            [],
            ["a"],
            {},
            "",
            " ",
            "a b",
            "a\nb",
            "a\r\nSet-Cookie: x",
            "é",
            "\ud800",
            "\0",
            "a" * 16_385,
        )
    },
    **{
        f"expires_in-is-{value!r:.20}": body(expires_in=value)
        for value in (None, "3600", True, False, 0, -1, 3600.0, [], {}, float("nan"), float("inf"))
    },
    "expires_in-is-1e999": b'{"access_token": "a", "id_token": "b", "expires_in": 1e999}',
}


@pytest.mark.parametrize("answer", NONSENSE_SEC_507.values(), ids=NONSENSE_SEC_507)
def test_nonsense_is_told_as_such_sec_507(answer: bytes) -> None:
    with pytest.raises(ProviderNonsense) as caught:
        read_token_response(200, answer)
    assert "canary" not in caught.value.reason


@given(st.binary(max_size=200), st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 503]))
def test_no_answer_at_all_makes_it_crash(answer: bytes, status: int) -> None:
    for read in (read_token_response, read_user_info):
        try:
            read(status, answer)
        except SignInError:
            continue


@pytest.mark.parametrize("status", [400, 401])
def test_a_rejected_grant_is_one_sec_248(status: int) -> None:
    with pytest.raises(GrantRejected):
        read_token_response(status, b'{"error": "invalid_grant", "error_description": "canary"}')


@pytest.mark.parametrize(
    "error", ["invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "unsupported_grant_type"]
)
def test_an_error_that_is_our_fault_names_itself_for_the_operator_sec_248(error: str) -> None:
    with pytest.raises(ProviderNonsense, match=error):
        read_token_response(400, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    "answer",
    [
        b'{"error": "canary"}',
        b'{"error": ["canary"]}',
        b'{"error": {"canary": 1}}',
        b'{"error": null}',
        b"{}",
        b"<canary>",
        b"[]",
        b"",
    ],
)
def test_any_other_error_is_nonsense_and_not_repeated(answer: bytes) -> None:
    with pytest.raises(ProviderNonsense) as caught:
        read_token_response(400, answer)
    assert "canary" not in caught.value.reason


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, ProviderUnreachable) for status in (429, 500, 502, 503, 504, 599)),
        *((status, ProviderNonsense) for status in (201, 204, 301, 302, 303, 307, 308, 403, 404, 405, 413)),
    ],
)
@pytest.mark.parametrize("read", [read_token_response, read_user_info])
def test_a_status_of_any_other_kind_is_an_outage_or_nonsense_sec_504_sec_505(
    read: Any, status: int, error: type[ProviderUnavailable]
) -> None:
    with pytest.raises(error) as caught:
        read(status, body())
    assert type(caught.value) is error


def test_user_info_is_told_as_it_is() -> None:
    assert read_user_info(200, b'{"sub": "s", "email_verified": "false"}') == {"sub": "s", "email_verified": "false"}


@pytest.mark.parametrize("status", [400, 401])
def test_a_token_that_user_info_refuses_is_no_token(status: int) -> None:
    with pytest.raises(BearerRefused):
        read_user_info(status, b"<html>")


@pytest.mark.parametrize("answer", [b"", b"null", b"[]", b"<html>", b'{"sub": 1, "sub": 2}', b"[" * 30_000])
def test_user_info_that_is_no_object_is_nonsense(answer: bytes) -> None:
    with pytest.raises(ProviderNonsense):
        read_user_info(200, answer)
