"""The wanted state as Terraform and CloudFormation, read by those who know them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from cognito_sso.provision import Wanted, as_code
from tests.provision.conftest import FILE, SECRET, Ran, wanted_of

NEW_POOL = 'create_pool = true\nregion = "eu-north-1"'
CUSTOM_DOMAIN = FILE.replace(
    'prefix = "acme"',
    'host = "auth.acme.com"\nmanaged_login_version = 2\n'
    'certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"',
)
CUSTOM_ATTRIBUTE = (
    '[provider]\nidentifiers = ["a.example"]\n[provider.attribute_mapping]\nemail = "email"\n"custom:org_id" = "oid"\n'
)
WANTED = {
    "a pool that is there": wanted_of(),
    "a new pool": wanted_of(CUSTOM_ATTRIBUTE, pool=NEW_POOL),
    "a domain of one's own": wanted_of(text=CUSTOM_DOMAIN.format(pool='id = "eu-north-1_AbCdEf123"')),
    "no rotation, no secret": wanted_of("[client]\nrotation = false\nconfidential = false"),
}
EVERY = [pytest.param(wanted, id=name) for name, wanted in WANTED.items()]

# Of version 6.62 of Terraform's AWS provider: what each resource may have.
KNOWN = {
    "aws_cognito_identity_provider": "user_pool_id provider_name provider_type provider_details attribute_mapping"
    " idp_identifiers lifecycle",
    "aws_cognito_user_pool_client": "name user_pool_id generate_secret supported_identity_providers"
    " allowed_oauth_flows_user_pool_client allowed_oauth_flows allowed_oauth_scopes callback_urls logout_urls"
    " explicit_auth_flows enable_token_revocation prevent_user_existence_errors access_token_validity id_token_validity"
    " refresh_token_validity token_validity_units refresh_token_rotation read_attributes write_attributes",
    "aws_cognito_user_pool_domain": "user_pool_id domain certificate_arn managed_login_version",
    "aws_cognito_user_pool": "name user_pool_tier admin_create_user_config username_configuration schema",
}


def resources(wanted: Wanted) -> dict[str, dict[str, Any]]:
    """Each resource by its type, as python-hcl2 reads it."""
    read = hcl2.loads(as_code(wanted, "terraform"))
    return {
        kind.strip('"'): body
        for resource in read["resource"]
        for kind, named in resource.items()
        for body in named.values()
    }


@pytest.mark.parametrize("wanted", EVERY)
def test_terraform_is_hcl_with_settings_that_the_provider_knows(wanted: Wanted) -> None:
    for kind, body in resources(wanted).items():
        assert {name for name in body if not name.startswith("__")} <= set(KNOWN[kind].split()), kind


def test_terraform_says_what_the_plan_would_do() -> None:
    client = resources(WANTED["a pool that is there"])["aws_cognito_user_pool_client"]
    as_text = json.dumps(client)
    assert "https://login.acme.com/auth/callback" in as_text
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in as_text
    assert "ENABLED" in as_text


@pytest.mark.parametrize(("name", "pool"), [
    ("a pool that is there", "eu-north-1_AbCdEf123"),
    ("a new pool", "${aws_cognito_user_pool.pool.id}"),
])  # fmt: skip
def test_terraform_makes_everything_in_one_pool(name: str, pool: str) -> None:
    made = resources(WANTED[name])
    own = made.pop("aws_cognito_user_pool", None)
    assert {body["user_pool_id"].strip('"') for body in made.values()} == {pool}
    assert len(made) == 3
    assert (own is not None) is (name == "a new pool")


def test_terraform_adopts_what_is_there_by_its_own_names() -> None:
    known = wanted_of('[client]\nid = "51gij51a5qp4mtn4uhb1h59iui"\n')
    for line in (
        "aws_cognito_identity_provider.scalekit eu-north-1_AbCdEf123:ScalekitIdPRouter",
        "aws_cognito_user_pool_client.service eu-north-1_AbCdEf123/51gij51a5qp4mtn4uhb1h59iui",
        "aws_cognito_user_pool_domain.sign_in acme",
    ):
        assert f"#   terraform import {line}\n" in as_code(known, "terraform")
    assert "eu-north-1_AbCdEf123/<id>\n" in as_code(WANTED["a pool that is there"], "terraform")
    assert "terraform import" not in as_code(WANTED["a new pool"], "terraform")


@pytest.mark.parametrize("is_new", [True, False], ids=["a new pool", "a pool that is there"])
def test_what_cloudformation_makes_is_as_wanted(
    is_new: bool, run: Any, write: Any, secret_file: Path, cognito: Any, aws: Any
) -> None:
    """Its properties are those of the API's requests; what it makes by them leaves `provision` nothing to do."""
    there = None if is_new else cognito.create_user_pool(PoolName="acme people")["UserPool"]["Id"]
    path = write(there)
    template = yaml.safe_load(run(path, "--output", "cloudformation").out)
    made = {name: resource["Properties"] for name, resource in template["Resources"].items()}
    assert ("Pool" in made) is is_new
    if is_new:
        pool = made.pop("Pool")
        there = cognito.create_user_pool(PoolName=pool.pop("UserPoolName"), **pool)["UserPool"]["Id"]
    for properties in made.values():
        assert properties.pop("UserPoolId") == ({"Ref": "Pool"} if is_new else there)
    secret = made["ScalekitProvider"]["ProviderDetails"]
    assert secret.pop("client_secret") == {"Ref": "ScalekitClientSecret"}
    secret["client_secret"] = SECRET
    cognito.create_identity_provider(UserPoolId=there, **made["ScalekitProvider"])
    cognito.create_user_pool_client(UserPoolId=there, **made["ServiceClient"])
    cognito.create_user_pool_domain(UserPoolId=there, **made["SignInDomain"])
    ran = run(path, "--check")
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform here; python-hcl2 has read it")
@pytest.mark.parametrize("wanted", EVERY)
def test_terraform_would_not_format_it_otherwise(wanted: Wanted, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(as_code(wanted, "terraform"), "utf-8")
    ran = subprocess.run(
        ["terraform", "fmt", "-check", "-diff"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_cfn_lint_likes_every_template(tmp_path: Path) -> None:
    for number, wanted in enumerate(WANTED.values()):
        (tmp_path / f"{number}.yaml").write_text(as_code(wanted, "cloudformation"), "utf-8")
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [str(linter), "--regions", "eu-north-1", "--", *map(str, tmp_path.glob("*.yaml"))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("kind", ["terraform", "cloudformation"])
def test_no_code_has_the_secret_in_it_and_aws_is_not_asked(
    kind: str, run: Any, write: Any, secret_file: Path, aws: Any
) -> None:
    long = "a-very-long-name-of-a-company-indeed.example"
    path = write("eu-north-1_A", more=f'[provider]\nidentifiers = ["{long}"]\n')
    ran: Ran = run(path, "--output", kind, "--secret-file", secret_file)
    assert ran.code == 0
    assert SECRET not in ran.out
    assert long in ran.err
    assert not aws.asked


def test_what_looks_like_a_template_is_text() -> None:
    wanted = wanted_of('[provider.attribute_mapping]\nemail = "${x}%{y}\\"z"\n')
    text = as_code(wanted, "terraform")
    assert 'email    = "$${x}%%{y}\\"z"' in text
    hcl2.loads(text)
