"""What only the pool's own description shows, read from moto's Cognito by real boto3."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest

from cognito_sso import cli
from cognito_sso.cli import doctor
from cognito_sso.doctor import Finding, Setup, Severity, in_order
from cognito_sso.doctor.pool import NOT_READ, POOL, domain_name, judge_pool
from cognito_sso.provision import Found
from cognito_sso.provision.aws import CognitoApi
from cognito_sso.settings import Settings
from tests.doctor.patient import problems
from tests.provision.aws import Aws
from tests.provision.conftest import SECRET, Ran, Write, aws, cognito, pool_id, run, secret_file, server, write
from tests.world import PROVIDER, SCALEKIT, settings_for

__all__ = ["aws", "cognito", "pool_id", "run", "secret_file", "server", "write"]

Set = Callable[..., None]


@pytest.fixture
def provisioned(
    run: Callable[..., Ran], write: Write, pool_id: str, secret_file: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """A pool that `cognito-sso provision` made, and the settings that it wrote."""
    folder = secret_file.parent
    applied = run(write(pool_id), "--apply", "--secret-file", secret_file, "--env-file", folder / ".env")
    assert applied.code == 0
    for name in (*Settings.model_fields, "sso_secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(doctor, "http_client", lambda: httpx.AsyncClient(transport=httpx.MockTransport(out_of_reach)))
    return monkeypatch


def out_of_reach(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody but AWS is asked here", request=request)


def examined(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """What the command says of the pool. Nothing else is reached from here."""
    cli.main(["doctor", "--aws", "--json", "--timeout", "20", *arguments])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    return [finding["code"] for finding in json.loads(said.out)["findings"] if finding["part"] == POOL.title]


def test_a_pool_that_provision_made_agrees(provisioned: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(capsys) == ["pool_agrees"]


def test_drift_in_the_pool_is_found(
    provisioned: object, cognito: CognitoApi, pool_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    provider: dict[str, Any] = {"UserPoolId": pool_id, "ProviderName": PROVIDER}
    described = cognito.describe_identity_provider(**provider)["IdentityProvider"]
    details = {**described["ProviderDetails"], "oidc_issuer": "https://acme.scalekit.com/"}
    cognito.update_identity_provider(**provider, ProviderDetails=details, AttributeMapping={"name": "name"})
    (client,) = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=9)["UserPoolClients"]
    cognito.update_user_pool_client(
        UserPoolId=pool_id,
        ClientId=client["ClientId"],
        ReadAttributes=["email"],
        EnableTokenRevocation=False,
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        AllowedOAuthScopes=["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        AllowedOAuthFlows=["code", "implicit"],
        ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"],
    )

    assert examined(capsys) == [
        "client_lacks_provider",
        "attributes_not_readable",
        "people_rewrite_themselves",
        "token_revocation_off",
        "rotation_without_grace",
        "provider_issuer_differs",
        "email_not_mapped",
    ]


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("COGNITO_IDENTITY_PROVIDER", "scalekitidprouter", ["pool_lacks_provider"]),
        ("COGNITO_CLIENT_ID", "another1client2id", ["pool_lacks_client"]),
        ("COGNITO_USER_POOL_ID", "eu-north-1_Another", ["pool_missing"]),
    ],
)
def test_what_is_not_there_is_told_by_its_name(
    setting: str,
    value: str,
    expected: list[str],
    provisioned: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    provisioned.setenv(setting, value)

    assert examined(capsys) == expected


def test_a_domain_of_another_pool_is_told(
    provisioned: pytest.MonkeyPatch, cognito: CognitoApi, capsys: pytest.CaptureFixture[str]
) -> None:
    other = cognito.create_user_pool(PoolName="other people")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=other, Domain="others")
    provisioned.setenv("COGNITO_DOMAIN", "others")

    assert examined(capsys) == ["domain_of_another_pool"]


def test_credentials_that_may_not_are_told_in_words(
    provisioned: object, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.fail("describe_user_pool", "AccessDeniedException")

    assert examined(capsys) == ["pool_unreadable"]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, ["pool_agrees", "provider_secret_taken"]),
        (401, {"error": "invalid_client"}, ["pool_agrees", "provider_secret_refused"]),
        (429, {}, ["pool_agrees", "provider_secret_unclear"]),
    ],
)
def test_the_secret_that_cognito_has_is_tried_at_scalekit_and_nowhere_else(
    status: int,
    body: dict[str, str],
    expected: list[str],
    provisioned: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[str] = []

    def scalekit(request: httpx.Request) -> httpx.Response:
        if SECRET in unquote_plus(request.content.decode()):
            asked.append(str(request.url))
        return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))

    provisioned.setattr(doctor, "http_client", lambda: httpx.AsyncClient(transport=httpx.MockTransport(scalekit)))

    assert examined(capsys) == expected
    assert asked == ["https://acme.scalekit.com/oauth/token"]


def test_an_aws_that_does_not_answer_keeps_nobody_waiting(
    provisioned: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provisioned.setattr(doctor, "user_pools", lambda **_named: Silent())

    assert examined(capsys, "--timeout", "1") == ["pool_unreadable"]


class Silent:
    """Says nothing until the process ends."""

    def look_up(self, **_named: str) -> Found:
        threading.Event().wait()
        raise AssertionError


def test_without_boto3_it_says_what_to_install(
    provisioned: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provisioned.setitem(sys.modules, "boto3", None)
    provisioned.delitem(sys.modules, "cognito_sso.provision.aws", raising=False)
    provisioned.delitem(sys.modules, "cognito_sso.provision.user_pool", raising=False)
    cli.main(["doctor", "--aws", "--json"])

    (finding,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["part"] == POOL.title]
    assert "cognito-sso[provision]" in finding["sentence"]


# What moto does not have: attributes that are required or immutable beside the domain that is on its way.
SCHEMA = [
    {"Name": "sub", "Required": True, "Mutable": False},
    {"Name": "email", "Required": True, "Mutable": True},
    {"Name": "phone_number", "Required": True, "Mutable": True},
    {"Name": "given_name", "Mutable": False},
]


def test_attributes_that_fail_at_the_door_are_told() -> None:
    setup = Setup(settings_for())
    found = Found(
        pool={"Id": setup.settings.cognito_user_pool_id, "SchemaAttributes": SCHEMA},
        provider={
            "ProviderDetails": {"oidc_issuer": SCALEKIT},
            "AttributeMapping": {"username": "sub", "email": "email", "given_name": "given_name", "custom:x": "x"},
        },
        client={"SupportedIdentityProviders": [PROVIDER]},
        domain={"UserPoolId": setup.settings.cognito_user_pool_id, "Status": "CREATING"},
    )

    findings = list(judge_pool(found, setup, PROVIDER))
    assert problems(findings) == ["domain_not_active", *["attribute_unfit"] * 3]
    assert [word for word in ("given_name", "custom:x", "phone_number") if word in str(findings)] == [
        "given_name",
        "custom:x",
        "phone_number",
    ]


def test_every_finding_about_the_pool_is_provoked_here() -> None:
    told = Path(__file__).read_text("utf-8")

    assert [kind.code for kind in POOL.kinds if f'"{kind.code}"' not in told] == [NOT_READ.code]


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("acme", "acme"),
        ("https://acme.auth.eu-north-1.amazoncognito.com", "acme"),
        ("auth.acme.com", "auth.acme.com"),
        ("http://localhost:8001", "localhost"),
    ],
)
def test_a_domain_is_called_as_aws_calls_it(domain: str, name: str) -> None:
    assert domain_name(Setup(settings_for(cognito_domain=domain))) == name


def test_what_several_providers_share_is_told_once() -> None:
    setup, lost = Setup(settings_for()), Found()
    twice: list[Finding] = [*judge_pool(lost, setup, "One"), *judge_pool(lost, setup, "Other")]

    assert [finding.severity for finding in in_order(twice)] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("client", "finds"),
    [
        ({"ClientSecret": "s", "AllowedOAuthFlows": ["code"]}, False),
        ({"ClientSecret": "s", "AllowedOAuthFlows": ["code", "implicit"]}, True),
        ({"AllowedOAuthFlows": ["code"]}, True),
    ],
    ids=["confidential", "confidential, but with implicit", "public"],
)
def test_people_who_could_give_themselves_an_address_are_told(client: dict[str, Any], finds: bool) -> None:
    scopes = {"AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"]}
    found = Found(pool={}, domain=None, client={**client, **scopes}, provider=None)

    codes = [finding.code for finding in judge_pool(found, Setup(settings_for()), PROVIDER)]

    assert ("people_rewrite_themselves" in codes) is finds
