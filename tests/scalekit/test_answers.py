"""An answer of the management API is believed as a whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_sso.scalekit.answers import (
    read_connections,
    read_domains,
    read_organizations,
    read_portal_link,
    read_token,
)
from cognito_sso.scalekit.errors import ScalekitNonsense

ORGANIZATION: dict[str, Any] = {"id": "org_1", "display_name": "Megasoft", "external_id": "megasoft"}
CONNECTION: dict[str, Any] = {
    "id": "conn_1",
    "organization_id": "org_1",
    "type": "SAML",
    "enabled": True,
    "status": "COMPLETED",
}
DOMAIN: dict[str, Any] = {
    "domain": "megasoft.example",
    "organization_id": "org_1",
    "domain_type": "ORGANIZATION_DOMAIN",
    "verification_status": "VERIFIED",
}
TOKEN: dict[str, Any] = {"access_token": "eyJ.a.b", "token_type": "Bearer", "expires_in": 86_399}


def text(value: Any) -> bytes:
    return json.dumps(value).encode()


NO_OBJECT = (b"", b"<html>", b"[]", b"null", b"1", b'"x"', b"{", b"\xff", b"[" * 100_000)


@pytest.mark.parametrize("body", [*NO_OBJECT, b"{}", *map(text, [{"organizations": None}, {"organizations": {}}])])
def test_what_is_no_list_of_organisations_empties_nothing(body: bytes) -> None:
    with pytest.raises(ScalekitNonsense):
        read_organizations(body)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": None},
        {"id": "conn_1"},
        {"id": "org_1/../2"},
        {"id": 1},
        {"display_name": 1},
        {"display_name": "a\nb"},
        {"external_id": ["megasoft"]},
        {"external_id": "x" * 257},
    ],
)
def test_an_organisation_that_is_none_spoils_the_page(changed: dict[str, Any]) -> None:
    with pytest.raises(ScalekitNonsense):
        read_organizations(text({"organizations": [ORGANIZATION, {**ORGANIZATION, **changed}]}))


@pytest.mark.parametrize("item", [None, 1, "org_1", []])
def test_nor_is_anything_but_an_object_one(item: Any) -> None:
    with pytest.raises(ScalekitNonsense):
        read_organizations(text({"organizations": [item]}))


def test_a_page_tells_the_next_and_how_many_there_are() -> None:
    page = read_organizations(text({"organizations": [ORGANIZATION], "next_page_token": "abc", "total_size": 7}))
    assert (page.organizations[0].external_id, page.next_token, page.total) == ("megasoft", "abc", 7)
    last = read_organizations(text({"organizations": [], "next_page_token": ""}))
    assert (last.next_token, last.total) == (None, None)


@pytest.mark.parametrize(
    ("changed", "active"),
    [
        ({}, True),
        ({"type": "OIDC"}, True),
        ({"enabled": False}, False),
        ({"status": "DRAFT"}, False),
        ({"status": "IN_PROGRESS"}, False),
        ({"status": None}, False),
        ({"status": "completed"}, False),
    ],
)
def test_a_connection_is_active_if_it_says_so_twice(changed: dict[str, Any], active: bool) -> None:
    ((connection,), _) = read_connections(text({"connections": [{**CONNECTION, **changed}]}))
    assert connection.active is active


def test_a_connection_that_does_not_say_is_not_active() -> None:
    silent = {name: value for name, value in CONNECTION.items() if name != "enabled"}
    ((connection,), _) = read_connections(text({"connections": [silent]}))
    assert not connection.active


@pytest.mark.parametrize(
    "changed", [{"organization_id": ""}, {"type": "OAUTH"}, {"type": "PASSWORDLESS"}, {"type": None}]
)
def test_connections_that_are_no_companys_are_left_aside(changed: dict[str, Any]) -> None:
    assert read_connections(text({"connections": [{**CONNECTION, **changed}]})) == ((), None)


@pytest.mark.parametrize(
    "changed", [{"enabled": "true"}, {"enabled": 1}, {"id": None}, {"id": "conn_a;b"}, {"organization_id": "1"}]
)
def test_a_connection_that_is_none_spoils_the_list(changed: dict[str, Any]) -> None:
    with pytest.raises(ScalekitNonsense):
        read_connections(text({"connections": [CONNECTION, {**CONNECTION, **changed}]}))


@pytest.mark.parametrize("item", [None, "conn_1", 7, [CONNECTION]], ids=str)
def test_nor_is_anything_but_an_object_a_connection(item: Any) -> None:
    with pytest.raises(ScalekitNonsense, match="not an object"):
        read_connections(text({"connections": [CONNECTION, item]}))


@pytest.mark.parametrize(
    ("status", "verified"),
    [
        ("VERIFIED", True),
        ("AUTO_VERIFIED", True),
        ("PENDING", False),
        ("FAILED", False),
        ("VERIFICATION_STATUS_UNSPECIFIED", False),
        ("verified", False),
        (None, False),
        (2, False),
        (True, False),
    ],
)
def test_a_domain_is_verified_in_two_words_only(status: Any, verified: bool) -> None:
    ((domain,), _) = read_domains(text({"domains": [{**DOMAIN, "verification_status": status}]}), "org_1")
    assert domain.verified is verified


def test_domains_that_are_not_for_signing_in_are_left_aside() -> None:
    body = text({"domains": [{**DOMAIN, "domain_type": "ALLOWED_EMAIL_DOMAIN"}]})
    assert read_domains(body, "org_1") == ((), 1)


def test_a_domain_of_another_organisation_spoils_the_page() -> None:
    with pytest.raises(ScalekitNonsense, match="another organisation"):
        read_domains(text({"domains": [DOMAIN]}), "org_2")


@pytest.mark.parametrize("body", [*NO_OBJECT, b"{}", text({"domains": [{}]}), text({"domains": ["x.example"]})])
def test_what_is_no_list_of_domains_takes_none_away(body: bytes) -> None:
    with pytest.raises(ScalekitNonsense):
        read_domains(body, "org_1")


def test_a_page_that_leaves_an_empty_list_out_is_empty() -> None:
    assert read_domains(text({"page_size": 100}), "org_1") == ((), 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"access_token": "a\r\nX: y"},
        {"access_token": "a" * 20_000},
        {"token_type": "mac"},
        {"expires_in": None},
        {"expires_in": -1},
        {"expires_in": "86399"},
        {"expires_in": True},
    ],
)
def test_a_token_that_is_none_is_not_sent_on(changed: dict[str, Any]) -> None:
    with pytest.raises(ScalekitNonsense):
        read_token(text({**TOKEN, **changed}))


def test_a_tokens_life_is_a_day_at_most_and_its_text_is_not_shown() -> None:
    token = read_token(text({**TOKEN, "expires_in": 18446744064486179580}))
    assert token.seconds == 86_400
    assert "eyJ" not in repr(token)


@pytest.mark.parametrize(
    "link",
    [
        None,
        {},
        {"location": 1},
        {"location": "javascript:alert(1)"},
        {"location": "https://a b"},
        {"location": "https://é"},
        {"location": "https://a\x7f"},
        {"location": "https://" + "a" * 4_089},
    ],
)
def test_a_portal_link_is_a_url(link: Any) -> None:
    with pytest.raises(ScalekitNonsense):
        read_portal_link(text({"link": link}))
