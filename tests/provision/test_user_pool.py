"""The command against moto's Cognito over HTTP, with real boto3."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_sso.provision.aws import CognitoApi
from cognito_sso.settings import settings_of
from tests.provision.aws import Aws
from tests.provision.conftest import SECRET, Ran, Write

Run = Callable[..., Ran]


@pytest.fixture
def applied(run: Run, write: Write, pool_id: str, secret_file: Path, aws: Aws) -> Path:
    """A pool that is as its file wants it."""
    path = write(pool_id)
    assert run(path, "--apply", "--secret-file", secret_file).code == 0
    aws.asked.clear()
    return path


def client_of(cognito: CognitoApi, pool_id: str) -> dict[str, Any]:
    (client,) = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]
    described = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])
    return dict(described["UserPoolClient"])


def provider_of(cognito: CognitoApi, pool_id: str) -> dict[str, Any]:
    described = cognito.describe_identity_provider(UserPoolId=pool_id, ProviderName="ScalekitIdPRouter")
    return dict(described["IdentityProvider"])


def test_a_plan_changes_nothing(run: Run, write: Write, pool_id: str, aws: Aws) -> None:
    ran = run(write(pool_id))
    assert ran.code == 0
    assert "+ create identity provider ScalekitIdPRouter" in ran.out
    assert "+ ProviderDetails.client_secret: ********" in ran.out
    assert "Nothing is changed yet. Add --apply" in ran.out
    assert not aws.changes


def test_from_an_empty_pool_to_the_wanted_one(applied: Path, cognito: CognitoApi, pool_id: str) -> None:
    provider, client = provider_of(cognito, pool_id), client_of(cognito, pool_id)
    assert provider["ProviderDetails"]["client_secret"] == SECRET
    assert provider["ProviderDetails"]["authorize_scopes"] == "openid email profile"
    assert provider["AttributeMapping"]["email"] == "email"
    assert client["CallbackURLs"] == ["https://login.acme.com/auth/callback"]
    assert client["SupportedIdentityProviders"] == ["ScalekitIdPRouter"]
    assert client["ClientSecret"]
    assert cognito.describe_user_pool_domain(Domain="acme")["DomainDescription"]["UserPoolId"] == pool_id


def test_a_second_run_plans_nothing_asks_for_no_secret_and_changes_nothing(applied: Path, run: Run, aws: Aws) -> None:
    assert "Everything is as wanted." in run(applied).out
    assert run(applied, "--check").code == 0
    assert run(applied, "--apply").code == 0
    assert not aws.changes


def test_a_pool_made_for_a_first_try_is_found_again(run: Run, write: Write, secret_file: Path, aws: Aws) -> None:
    path = write(more='[provider.attribute_mapping]\nemail = "email"\n"custom:org_id" = "oid"\n')
    ran = run(path, "--apply", "--secret-file", secret_file)
    assert ran.code == 0, ran.out + ran.err
    assert list(aws.changes) == [
        "create_user_pool",
        "create_identity_provider",
        "create_user_pool_client",
        "create_user_pool_domain",
    ]
    assert "COGNITO_USER_POOL_ID=eu-north-1_" in ran.out
    aws.asked.clear()
    assert "Everything is as wanted." in run(path, "--apply").out
    assert not aws.changes


def test_names_are_looked_for_on_every_page(
    run: Run, write: Write, secret_file: Path, cognito: CognitoApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognito_sso.provision.user_pool._PAGE", 2)
    for number in range(4):
        cognito.create_user_pool(PoolName=f"other {number}")
    pool_id = cognito.create_user_pool(PoolName="cognito-sso")["UserPool"]["Id"]
    for number in range(4):
        cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=f"other {number}")
    path = write()
    assert run(path, "--apply", "--secret-file", secret_file).code == 0
    assert "Everything is as wanted." in run(path).out


def test_drift_is_told_and_mended(applied: Path, run: Run, cognito: CognitoApi, pool_id: str) -> None:
    before = client_of(cognito, pool_id)
    cognito.update_user_pool_client(
        UserPoolId=pool_id,
        ClientId=before["ClientId"],
        CallbackURLs=["https://old.acme.com/cb"],
        AllowedOAuthFlows=["code", "implicit"],
        SupportedIdentityProviders=["COGNITO"],
    )
    told = run(applied, "--check")
    assert told.code == 3
    for line in (
        "~ change app client cognito-sso",
        "- AllowedOAuthFlows: implicit",
        "- CallbackURLs: https://old.acme.com/cb",
        "+ CallbackURLs: https://login.acme.com/auth/callback",
        "~ AllowedOAuthFlowsUserPoolClient: false -> true",
        "+ SupportedIdentityProviders: ScalekitIdPRouter",
    ):
        assert line in told.out
    assert run(applied, "--apply").code == 0
    after = client_of(cognito, pool_id)
    assert after["CallbackURLs"] == before["CallbackURLs"]
    assert after["SupportedIdentityProviders"] == ["COGNITO", "ScalekitIdPRouter"]
    assert run(applied, "--check").code == 0


def test_what_is_not_in_the_file_survives(applied: Path, run: Run, cognito: CognitoApi, pool_id: str) -> None:
    """AWS resets what an update leaves out; moto does here too."""
    client = client_of(cognito, pool_id)
    others = {
        "AnalyticsConfiguration": {
            "ApplicationId": "a1",
            "RoleArn": "arn:aws:iam::123456789012:role/a-role",
            "ExternalId": "e",
        },
        "ReadAttributes": ["email", "email_verified", "family_name", "given_name", "locale", "phone_number"],
        "WriteAttributes": ["email", "family_name", "given_name", "locale"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO", "ScalekitIdPRouter"],
        "AuthSessionValidity": 9,
        "EnablePropagateAdditionalUserContextData": True,
    }
    cognito.update_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"], ClientName="cognito-sso", **others)
    cognito.update_identity_provider(
        UserPoolId=pool_id,
        ProviderName="ScalekitIdPRouter",
        ProviderDetails={**provider_of(cognito, pool_id)["ProviderDetails"], "attributes_request_method": "POST"},
        AttributeMapping={"email": "email"},
        IdpIdentifiers=["megasoft.example"],
    )
    assert run(applied, "--apply").code == 0
    after, provider = client_of(cognito, pool_id), provider_of(cognito, pool_id)
    expected = {**others, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    assert {name: after[name] for name in expected} == expected
    assert after["CallbackURLs"] == ["https://login.acme.com/auth/callback"]
    assert provider["IdpIdentifiers"] == ["megasoft.example"]
    assert provider["ProviderDetails"]["attributes_request_method"] == "GET"
    assert provider["ProviderDetails"]["client_secret"] == SECRET
    assert run(applied, "--check").code == 0


@pytest.mark.parametrize(
    "operation", ["create_identity_provider", "create_user_pool_client", "create_user_pool_domain"]
)
def test_throttling_that_lasts_stops_it_cleanly_and_another_run_completes(
    operation: str, run: Run, write: Write, pool_id: str, secret_file: Path, aws: Aws
) -> None:
    path = write(pool_id)
    aws.fail(operation, "TooManyRequestsException", "Rate exceeded")
    ran = run(path, "--apply", "--secret-file", secret_file)
    assert ran.code == 1
    assert "AWS asks to slow down" in ran.err
    assert "(TooManyRequestsException)" in ran.err
    assert "not done  create domain acme" in ran.err
    assert aws.changes[operation] == 6
    done = [name for name in aws.changes if name != operation]

    aws.mend()
    aws.asked.clear()
    assert run(path, "--apply", "--secret-file", secret_file).code == 0
    assert not set(done) & set(aws.changes)
    assert run(path, "--check").code == 0


def test_throttling_that_passes_is_waited_for(
    run: Run, write: Write, pool_id: str, secret_file: Path, aws: Aws
) -> None:
    aws.fail("create_user_pool_client", "TooManyRequestsException", times=3)
    aws.fail("describe_user_pool", "TooManyRequestsException", times=3)
    assert run(write(pool_id), "--apply", "--secret-file", secret_file).code == 0
    assert aws.changes["create_user_pool_client"] == 4


def test_a_change_that_somebody_else_is_making_ends_it_with_what_is_done_and_what_is_not(
    run: Run, write: Write, pool_id: str, secret_file: Path, aws: Aws
) -> None:
    aws.fail("create_user_pool_client", "ConcurrentModificationException")
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file)
    assert ran.code == 1
    assert "done      create identity provider ScalekitIdPRouter" in ran.err
    assert "not done  create app client cognito-sso" in ran.err
    assert "Run it again" in ran.err


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NotAuthorizedException", "may not do this"),
        ("AccessDeniedException", "may not do this"),
        ("ExpiredTokenException", "have expired"),
        ("UnrecognizedClientException", "does not know these credentials"),
        ("InvalidParameterException", "does not take a value"),
        ("LimitExceededException", "quota"),
        ("FeatureUnavailableInTierException", "feature plan"),
        ("SomethingNewException", "AWS says no"),
    ],
)
def test_what_aws_says_is_told_in_words_with_its_code(
    code: str, words: str, run: Run, write: Write, pool_id: str, aws: Aws
) -> None:
    aws.fail("describe_user_pool", code, "As AWS has it.")
    ran = run(write(pool_id))
    assert ran.code == 1
    assert words in ran.err
    assert f"({code})" in ran.err


def test_a_secret_that_aws_quotes_is_not_told(
    run: Run, write: Write, pool_id: str, secret_file: Path, aws: Aws
) -> None:
    aws.fail("create_identity_provider", "InvalidParameterException", f"Value '{SECRET}' at 'providerDetails' \x1b[31m")
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file)
    assert "Value '********' at 'providerDetails'" in ran.err
    assert "\x1b" not in ran.err


def test_a_pool_that_is_not_there_is_told_before_anything_is_made(run: Run, write: Write, aws: Aws) -> None:
    ran = run(write("eu-north-1_Nowhere"), "--apply")
    assert ran.code == 1
    assert "There is no pool eu-north-1_Nowhere" in ran.out
    assert not aws.changes


def test_nothing_is_applied_while_anything_is_in_the_way(
    run: Run, write: Write, pool_id: str, cognito: CognitoApi, secret_file: Path, aws: Aws
) -> None:
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain="another")
    aws.asked.clear()
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file)
    assert ran.code == 1
    assert "In the way: The pool has the domain another already" in ran.out
    assert not aws.changes


def test_a_new_secret_is_sent_when_one_is_given(
    applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch, cognito: CognitoApi, pool_id: str
) -> None:
    monkeypatch.setenv("SCALEKIT_CLIENT_SECRET", "test_another")
    ran = run(applied, "--apply")
    assert ran.code == 0
    assert "test_another" not in ran.out + ran.err
    assert provider_of(cognito, pool_id)["ProviderDetails"]["client_secret"] == "test_another"


def test_the_service_starts_with_what_is_written_for_it(
    run: Run, write: Write, pool_id: str, secret_file: Path, tmp_path: Path, cognito: CognitoApi
) -> None:
    path = tmp_path / "service.env"
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file, "--env-file", path)
    assert ran.code == 0
    values = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
    settings = settings_of(**{name.lower(): value for name, value in values.items()})
    assert settings.cognito_scopes == "openid email profile"
    client = client_of(cognito, pool_id)
    assert settings.cognito_client_id == client["ClientId"]
    assert settings.cognito_client_secret is not None
    assert settings.cognito_client_secret.get_secret_value() == client["ClientSecret"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in (client["ClientSecret"], values["SSO_COOKIE_KEYS"]):
        assert secret not in ran.out + ran.err
    again = run(write(pool_id), "--apply", "--env-file", path)
    assert again.code == 1
    assert "is left alone" in again.err


def test_settings_that_can_not_be_written_are_written_by_another_run(
    run: Run, write: Write, pool_id: str, secret_file: Path, tmp_path: Path, aws: Aws
) -> None:
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file, "--env-file", tmp_path / "not-there" / ".env")
    assert ran.code == 1
    assert "not-there/.env can't be written: No such file or directory" in ran.err
    aws.asked.clear()
    path = tmp_path / ".env"
    again = run(write(pool_id), "--apply", "--env-file", path)
    assert again.code == 0
    assert f"The service's settings are in {path}" in again.out
    assert not aws.changes
    assert "SSO_COOKIE_KEYS=" in path.read_text("utf-8")


def test_what_aws_took_and_did_not_do_is_no_success(
    run: Run, write: Write, pool_id: str, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moto.cognitoidp.responses.CognitoIdpResponse.create_user_pool_domain", lambda _self: "{}")
    ran = run(write(pool_id), "--apply", "--secret-file", secret_file)
    assert ran.code == 1
    assert "AWS took every change, and still differs as shown" in ran.err
    assert ran.out.count("+ create domain acme\n") == 2
    assert ran.out.count("+ create app client") == 1
    assert "Done." not in ran.out


def test_what_is_to_be_entered_at_scalekit_is_told_to_the_letter(applied: Path, run: Run) -> None:
    told = run(applied).out
    for value in (
        "https://acme.auth.eu-north-1.amazoncognito.com/oauth2/idpresponse",
        "https://login.acme.com/login/initiated",
        "Full-Stack Auth off",
        "Enforce PKCE",
    ):
        assert value in told


def test_a_domain_of_ones_own_says_what_dns_needs(run: Run, write: Write, pool_id: str, secret_file: Path) -> None:
    path = write(pool_id)
    own = 'host = "auth.acme.com"\ncertificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0-0"'
    path.write_text(path.read_text("utf-8").replace('prefix = "acme"', own), "utf-8")
    ran = run(path, "--apply", "--secret-file", secret_file)
    assert ran.code == 0, ran.err
    assert "auth.acme.com  CNAME  " in ran.out
    assert run(path, "--check").code == 0


def test_the_fields_that_an_update_does_not_take_are_the_ones_left_out(cognito: Any) -> None:
    """Whatever botocore learns of must go along, or an update resets it."""
    from cognito_sso.provision.plan import NOT_SENT_FOR_CLIENTS, NOT_SENT_FOR_PROVIDERS

    model = cognito.meta.service_model
    for described, update, left_out in (
        ("UserPoolClientType", "UpdateUserPoolClient", NOT_SENT_FOR_CLIENTS),
        ("IdentityProviderType", "UpdateIdentityProvider", NOT_SENT_FOR_PROVIDERS),
    ):
        taken = set(model.operation_model(update).input_shape.members)
        assert set(model.shape_for(described).members) - taken == left_out
