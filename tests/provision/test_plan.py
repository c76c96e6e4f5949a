"""The plan, without AWS: what is wanted against what is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cognito_sso.provision import Change, Found, Plan, Wanted, plan
from cognito_sso.provision.requests import client_request, provider_request
from tests.provision.conftest import SECRET, wanted_of

STANDARD = ("email", "email_verified", "given_name", "family_name", "phone_number")
POOL: dict[str, Any] = {
    "Id": "eu-north-1_AbCdEf123",
    "Name": "people",
    "Domain": "acme",
    "SchemaAttributes": [
        {"Name": "sub", "Required": True, "Mutable": False},
        *({"Name": name, "Required": False, "Mutable": True} for name in STANDARD),
    ],
}
DOMAIN = {"UserPoolId": POOL["Id"], "Domain": "acme", "Status": "ACTIVE", "ManagedLoginVersion": 1}
DISCOVERED = {"authorize_url": "https://acme.scalekit.com/oauth/authorize", "attributes_url_add_attributes": "false"}


def with_secret(wanted: Wanted, secret: str = SECRET) -> Wanted:
    return replace(wanted, provider=replace(wanted.provider, client_secret=secret))


def as_wanted(wanted: Wanted, **parts: Any) -> Found:
    """What AWS would tell of a pool that is as wanted already."""
    provider = provider_request(with_secret(wanted).provider)
    provider["ProviderDetails"] |= DISCOVERED
    client = client_request(wanted)
    secret = {"ClientSecret": "s"} if client.pop("GenerateSecret") else {}
    client |= {"ClientId": "4example", "UserPoolId": POOL["Id"], "ClientType": "CONFIDENTIAL", **secret}
    return Found(**{"pool": POOL, "provider": provider, "client": client, "domain": DOMAIN, **parts})


def changes(planned: Plan) -> list[Change]:
    return [change for step in planned.steps for change in step.changes]


WANTED = wanted_of()


def test_nothing_is_planned_where_all_is_as_wanted() -> None:
    assert plan(WANTED, as_wanted(WANTED)) == Plan(steps=())


def test_nothing_found_is_everything_made_in_the_order_in_which_it_is_needed() -> None:
    planned = plan(wanted_of(pool='create_pool = true\nregion = "eu-north-1"'), Found())
    assert [step.title for step in planned.steps] == [
        "create user pool cognito-sso",
        "create identity provider ScalekitIdPRouter",
        "create app client cognito-sso",
        "create domain acme",
    ]
    assert {change.sign for change in changes(planned)} == {"+"}
    assert planned.needs_secret


def test_the_client_of_a_service_has_the_code_flow_and_nothing_that_weakens_it() -> None:
    request = client_request(WANTED)
    assert request["AllowedOAuthFlows"] == ["code"]
    assert request["AllowedOAuthFlowsUserPoolClient"] is True
    assert request["EnableTokenRevocation"] is True
    assert request["PreventUserExistenceErrors"] == "ENABLED"
    assert request["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in request["ExplicitAuthFlows"]
    assert request["AccessTokenValidity"], request["TokenValidityUnits"]["AccessToken"] == (30, "minutes")


DRIFT = [
    pytest.param(
        {"AllowedOAuthFlows": ["code", "implicit"]}, [Change("-", "AllowedOAuthFlows", before="implicit")], id="flow"
    ),
    pytest.param(
        {"CallbackURLs": ["https://old.acme.com/cb"]},
        [
            Change("+", "CallbackURLs", after="https://login.acme.com/auth/callback"),
            Change("-", "CallbackURLs", before="https://old.acme.com/cb"),
        ],
        id="callback",
    ),
    pytest.param(
        {"EnableTokenRevocation": False}, [Change("~", "EnableTokenRevocation", "false", "true")], id="revocation"
    ),
    pytest.param(
        {"RefreshTokenRotation": {}},
        [
            Change("+", "RefreshTokenRotation.Feature", after="ENABLED"),
            Change("+", "RefreshTokenRotation.RetryGracePeriodSeconds", after="10"),
        ],
        id="rotation",
    ),
    pytest.param(
        {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}},
        [Change("~", "RefreshTokenRotation.RetryGracePeriodSeconds", "0", "10")],
        id="grace",
    ),
    pytest.param(
        {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
        [Change("-", "ExplicitAuthFlows", before="ALLOW_REFRESH_TOKEN_AUTH")],
        id="refreshing through the API",
    ),
    pytest.param(
        {"ExplicitAuthFlows": None},
        [Change("+", "ExplicitAuthFlows", after=one) for one in ("ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH")],
        id="no flows, which are three",
    ),
    pytest.param(
        {"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "hours", "IdToken": "minutes"}},
        [Change("~", "AccessTokenValidity", "1 hour", "30 minutes")],
        id="lifetime",
    ),
    pytest.param(
        {"SupportedIdentityProviders": ["COGNITO"]},
        [Change("+", "SupportedIdentityProviders", after="ScalekitIdPRouter")],
        id="provider",
    ),
    pytest.param(
        {"PreventUserExistenceErrors": None},
        [Change("+", "PreventUserExistenceErrors", after="ENABLED")],
        id="existence",
    ),
    pytest.param(
        {"DefaultRedirectURI": "https://old.acme.com/cb"},
        [Change("~", "DefaultRedirectURI", "https://old.acme.com/cb", "https://login.acme.com/auth/callback")],
        id="default redirect",
    ),
    pytest.param(
        {"ReadAttributes": ["email", "given_name", "family_name"]},
        [Change("+", "ReadAttributes", after="email_verified")],
        id="read",
    ),
    pytest.param(
        {"WriteAttributes": ["email", "family_name", "locale"]},
        [Change("+", "WriteAttributes", after="given_name")],
        id="write",
    ),
]


@pytest.mark.parametrize(("drift", "expected"), DRIFT)
def test_what_has_drifted_is_planned_and_nothing_else(drift: dict[str, Any], expected: list[Change]) -> None:
    found = as_wanted(WANTED)
    client = {name: value for name, value in {**(found.client or {}), **drift}.items() if value is not None}
    planned = plan(WANTED, replace(found, client=client))
    assert changes(planned) == expected
    (step,) = planned.steps
    again = plan(WANTED, replace(found, client={**client, **step.request}))
    assert not again.has_changes


@pytest.mark.parametrize(
    "same",
    [
        {"AllowedOAuthScopes": ["profile", "email", "openid"]},
        {
            "AccessTokenValidity": 1800,
            "TokenValidityUnits": {"AccessToken": "seconds", "IdToken": "minutes", "RefreshToken": "days"},
        },
        {"RefreshTokenValidity": 0, "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes"}},
        {"SupportedIdentityProviders": ["COGNITO", "ScalekitIdPRouter", "Google"]},
        {"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH"]},
        {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]},
        {"AuthSessionValidity": 15, "AnalyticsConfiguration": {"ApplicationId": "a"}, "ANewSettingOfAws": 1},
        {"WriteAttributes": ["email", "family_name", "given_name", "locale"]},
    ],
)
def test_the_same_said_otherwise_and_what_is_not_ours_is_no_change(same: dict[str, Any]) -> None:
    found = as_wanted(WANTED)
    assert not plan(WANTED, replace(found, client={**(found.client or {}), **same})).has_changes


def test_an_update_of_the_client_sends_along_everything_that_is_not_ours() -> None:
    found = as_wanted(WANTED)
    others = {
        "AnalyticsConfiguration": {"ApplicationId": "a"},
        "AuthSessionValidity": 15,
        "ReadAttributes": ["email", "email_verified", "given_name", "family_name", "custom:x"],
        "EnablePropagateAdditionalUserContextData": True,
        "ANewSettingOfAws": {"a": 1},
    }
    client = {**(found.client or {}), **others, "LogoutURLs": [], "LastModifiedDate": "x", "CreationDate": "x"}
    (step,) = plan(WANTED, replace(found, client=client)).steps
    assert others.items() <= step.request.items()
    read_only = {"ClientSecret", "LastModifiedDate", "CreationDate", "ClientType"}
    assert set(step.request) == set(client) - read_only


def test_lifetimes_and_their_units_change_together_or_not_at_all() -> None:
    """One hour, found without its unit, must not become one minute because another token's unit is sent."""
    wanted = wanted_of('[client]\naccess_token = "60 minutes"\nid_token = "60 minutes"\nrefresh_token = "7 days"')
    found = as_wanted(wanted)
    client = {**(found.client or {}), "AccessTokenValidity": 1, "IdTokenValidity": 1, "RefreshTokenValidity": 30}
    del client["TokenValidityUnits"]
    planned = plan(wanted, replace(found, client=client))
    assert changes(planned) == [Change("~", "RefreshTokenValidity", "30 days", "7 days")]
    request = planned.steps[0].request
    assert (request["AccessTokenValidity"], request["TokenValidityUnits"]["AccessToken"]) == (60, "minutes")


def test_rotation_that_is_not_wanted_is_turned_off_by_name() -> None:
    off = wanted_of("[client]\nrotation = false")
    (step,) = plan(off, as_wanted(WANTED, domain=DOMAIN)).steps
    assert step.request["RefreshTokenRotation"] == {"Feature": "DISABLED"}
    assert "ALLOW_REFRESH_TOKEN_AUTH" in step.request["ExplicitAuthFlows"]
    found = as_wanted(off)
    client = {
        name: value
        for name, value in (found.client or {}).items()
        if name not in ("RefreshTokenRotation", "ExplicitAuthFlows")
    }
    assert not plan(off, replace(found, client=client)).has_changes


def test_a_custom_attribute_is_made_writable_without_taking_the_others_away() -> None:
    wanted = wanted_of('[provider.attribute_mapping]\nemail = "email"\n"custom:org_id" = "oid"')
    request = client_request(wanted)
    assert {"custom:org_id", "email", "given_name", "locale"} <= set(request["WriteAttributes"])
    assert "email_verified" not in request["WriteAttributes"]
    assert {"custom:org_id", "email_verified"} <= set(request["ReadAttributes"])


def test_another_issuer_drops_what_was_discovered_at_the_old_one() -> None:
    found = as_wanted(WANTED)
    old = {**(found.provider or {})}
    old["ProviderDetails"] = {**old["ProviderDetails"], "oidc_issuer": "https://old.scalekit.dev"}
    (step,) = plan(WANTED, replace(found, provider=old)).steps
    details = step.request["ProviderDetails"]
    assert details["oidc_issuer"] == "https://acme.scalekit.com"
    assert "authorize_url" not in details
    assert details["attributes_url_add_attributes"] == "false"
    assert details["client_secret"] == SECRET


def test_an_update_of_the_provider_sends_everything() -> None:
    found = as_wanted(WANTED)
    provider = {**(found.provider or {}), "IdpIdentifiers": ["a.example"], "AcrMapping": {"Level1": "x"}}
    provider["AttributeMapping"] = {"email": "mail", "username": "sub", "locale": "locale"}
    planned = plan(WANTED, replace(found, provider=provider))
    (step,) = planned.steps
    assert set(step.request) == {"ProviderName", "ProviderDetails", "AttributeMapping", "IdpIdentifiers", "AcrMapping"}
    assert Change("~", "AttributeMapping.email", "mail", "email") in step.changes
    assert Change("-", "AttributeMapping.locale", before="locale") in step.changes
    assert step.request["IdpIdentifiers"] == ["a.example"]


def test_identifiers_are_exact_where_the_file_has_them_and_left_alone_where_not() -> None:
    found = as_wanted(WANTED)
    provider = {**(found.provider or {}), "IdpIdentifiers": ["a.example"]}
    assert not plan(WANTED, replace(found, provider=provider)).has_changes
    planned = plan(wanted_of('[provider]\nidentifiers = ["b.example"]'), replace(found, provider=provider))
    assert changes(planned) == [
        Change("+", "IdpIdentifiers", after="b.example"),
        Change("-", "IdpIdentifiers", before="a.example"),
    ]


def test_what_is_left_out_of_the_identifiers_is_told_with_why_nobody_needs_it() -> None:
    long = "a-very-long-name-of-a-company-indeed.example"
    wanted = wanted_of(f'[provider]\nidentifiers = ["{long}"]')
    (note,) = plan(wanted, as_wanted(wanted)).notes
    assert long in note
    assert "identity_provider" in note


def test_another_secret_is_a_change_that_is_not_shown() -> None:
    planned = plan(with_secret(WANTED, "another_c4n4ry"), as_wanted(WANTED))
    (change,) = changes(planned)
    assert (change.sign, change.field) == ("~", "ProviderDetails.client_secret")
    assert "c4n4ry" not in repr(planned)


def test_the_secret_of_the_pool_is_kept_if_none_is_given_and_needed_for_another_client() -> None:
    assert not plan(WANTED, as_wanted(WANTED)).needs_secret
    other = replace(WANTED, provider=replace(WANTED.provider, client_id="skc_2"))
    assert plan(other, as_wanted(WANTED)).needs_secret
    assert not plan(with_secret(other), as_wanted(WANTED)).needs_secret


def obstacles_of(wanted: Wanted, found: Found) -> str:
    return "\n".join(plan(wanted, found).obstacles)


def test_attributes_that_would_fail_every_sign_in_stand_in_the_way() -> None:
    schema = [
        {"Name": "email", "Required": True, "Mutable": False},
        {"Name": "phone_number", "Required": True, "Mutable": True},
        {"Name": "sub", "Required": True, "Mutable": False},
    ]
    told = obstacles_of(WANTED, as_wanted(WANTED, pool={**POOL, "SchemaAttributes": schema}))
    assert "email is immutable" in told
    assert "requires phone_number" in told
    assert "no attribute given_name" in told
    assert "sub" not in told


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"pool": None, "provider": None, "client": None, "domain": None}, "There is no pool eu-north-1_AbCdEf123"),
        ({"namesake_clients": ("1", "2"), "client": None}, "2 app clients are called cognito-sso: 1, 2"),
        ({"provider": {"ProviderType": "SAML", "ProviderName": "ScalekitIdPRouter"}}, "of the kind SAML"),
        ({"domain": {**DOMAIN, "UserPoolId": "eu-north-1_Other"}}, "belongs to another pool"),
        ({"domain": None, "pool": {**POOL, "Domain": "other"}}, "has the domain other already"),
        ({"client": {"ClientId": "4example", "ClientName": "cognito-sso"}}, "has no secret, which can't be changed"),
    ],
)
def test_what_can_not_be_changed_stands_in_the_way_and_is_not_planned(parts: dict[str, Any], sentence: str) -> None:
    planned = plan(WANTED, as_wanted(WANTED, **parts))
    assert sentence in "\n".join(planned.obstacles)
    assert not planned.has_changes


def test_a_client_with_a_secret_stays_one() -> None:
    assert "has a secret" in obstacles_of(wanted_of("[client]\nconfidential = false"), as_wanted(WANTED))


def test_a_client_that_was_named_by_its_id_is_never_made() -> None:
    planned = plan(wanted_of('[client]\nid = "4gone"'), as_wanted(WANTED, client=None))
    assert "no app client 4gone" in planned.obstacles[0]
    assert not planned.has_changes


def test_several_pools_of_the_name_are_not_guessed_between() -> None:
    wanted = wanted_of(pool='create_pool = true\nregion = "eu-north-1"')
    planned = plan(wanted, Found(namesake_pools=("eu-north-1_A", "eu-north-1_B")))
    assert "eu-north-1_A, eu-north-1_B" in planned.obstacles[0]
    assert not planned.has_changes


def test_a_new_certificate_keeps_the_rest_of_the_domain() -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/{}"
    text = '[domain]\nhost = "auth.acme.com"\ncertificate_arn = "' + arn.format("new") + '"\n'
    from tests.provision.conftest import FILE

    wanted = wanted_of(
        text=FILE.format(pool='id = "eu-north-1_AbCdEf123"').replace('[domain]\nprefix = "acme"\n', text)
    )
    config = {"CertificateArn": arn.format("old"), "SecurityPolicy": "TLS_V1_3_2025"}
    domain = {
        **DOMAIN,
        "Domain": "auth.acme.com",
        "CustomDomainConfig": config,
        "ManagedLoginVersion": 2,
        "Version": "7",
    }
    (step,) = plan(wanted, as_wanted(wanted, domain=domain)).steps
    assert step.request == {
        "Domain": "auth.acme.com",
        "CustomDomainConfig": {"CertificateArn": arn.format("new"), "SecurityPolicy": "TLS_V1_3_2025"},
        "ManagedLoginVersion": 2,
    }


def test_no_repr_has_a_secret_in_it() -> None:
    wanted = with_secret(WANTED)
    planned = plan(wanted, Found(pool=POOL))
    assert SECRET not in repr(wanted) + repr(planned) + repr(as_wanted(WANTED))
