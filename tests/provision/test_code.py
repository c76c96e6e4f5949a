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
