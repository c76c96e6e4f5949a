"""The wanted state as code, for those whose pools are made by Terraform or CloudFormation. It has no secret in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cognito_sso.provision.requests import client_request, domain_request, pool_request, provider_request
from cognito_sso.provision.wanted import Wanted
from cognito_sso.provision.writing import Body, Expression, hcl, yaml

KINDS = ("terraform", "cloudformation")
TERRAFORM_PROVIDER = "~> 6.0"

_TERRAFORM_HEAD = """\
# Written by `cognito-sso provision --output terraform`.
# The secret:  export TF_VAR_scalekit_client_secret=...   Terraform keeps it in its state, as it does the app client's.
"""
_TERRAFORM_ADOPT = """\
# What is there already is adopted before the first apply:
#   terraform import aws_cognito_identity_provider.scalekit {pool}:{provider}
#   terraform import aws_cognito_user_pool_client.service {pool}/{client}
#   terraform import aws_cognito_user_pool_domain.sign_in {domain}
"""
_CLOUDFORMATION_HEAD = """\
# Written by `cognito-sso provision --output cloudformation`.
# aws cloudformation deploy --template-file FILE --stack-name NAME --parameter-overrides ScalekitClientSecret=...
# It makes each part new. What is there already has to be imported into the stack (resources to import).
"""


def as_code(wanted: Wanted, kind: str) -> str:
    """`kind` is one of KINDS."""
    return terraform(wanted) if kind == "terraform" else cloudformation(wanted)


def terraform(wanted: Wanted) -> str:
    pool = Expression("aws_cognito_user_pool.pool.id") if wanted.pool.create else wanted.pool.id
    blocks = [
        _head(),
        hcl('provider "aws"', {"region": wanted.pool.region}),
        hcl('variable "scalekit_client_secret"', {"type": Expression("string"), "sensitive": True}),
        *([_terraform_pool(wanted)] if wanted.pool.create else []),
        _terraform_provider(wanted, pool),
        _terraform_client(wanted, pool),
        hcl('resource "aws_cognito_user_pool_domain" "sign_in"', {"user_pool_id": pool, **_terraform_domain(wanted)}),
        hcl('output "cognito_user_pool_id"', {"value": pool}),
        hcl('output "cognito_client_id"', {"value": Expression("aws_cognito_user_pool_client.service.id")}),
        hcl('output "redirect_uri_for_scalekit"', {"value": wanted.provider_redirect_uri}),
    ]
    adopt = _TERRAFORM_ADOPT.format(
        pool=wanted.pool.id, provider=wanted.provider.name, client=wanted.client.id or "<id>", domain=wanted.domain.name
    )
    return "\n".join([_TERRAFORM_HEAD + ("" if wanted.pool.create else adopt), *blocks])


def _head() -> str:
    needed = {"aws": {"source": "hashicorp/aws", "version": TERRAFORM_PROVIDER}}
    return hcl("terraform", {}, {"required_providers": (needed, {})})


def _terraform_pool(wanted: Wanted) -> str:
    request = pool_request(wanted)
    body = {"name": request["PoolName"], "user_pool_tier": request["UserPoolTier"]}
    blocks: dict[str, Body] = {
        "admin_create_user_config": (_in_snake_case(request["AdminCreateUserConfig"]), {}),
        "username_configuration": (_in_snake_case(request["UsernameConfiguration"]), {}),
    }
    for number, attribute in enumerate(request.get("Schema", ())):
        limits = _in_snake_case(attribute.pop("StringAttributeConstraints"))
        blocks[f"schema {number}"] = (_in_snake_case(attribute), {"string_attribute_constraints": (limits, {})})
    return hcl('resource "aws_cognito_user_pool" "pool"', body, blocks)


def _terraform_provider(wanted: Wanted, pool: Any) -> str:
    request = provider_request(wanted.provider)
    secret = Expression("var.scalekit_client_secret")
    body = {"user_pool_id": pool, **_in_snake_case(request)}
    body["provider_details"] = {**request["ProviderDetails"], "client_secret": secret}
    # Cognito adds what it reads from the issuer; without this every plan would take it out again.
    added = ("attributes_url", "attributes_url_add_attributes", "authorize_url", "jwks_uri", "token_url")
    ignored = Expression("[" + ", ".join(f'provider_details["{name}"]' for name in added) + "]")
    return hcl(
        'resource "aws_cognito_identity_provider" "scalekit"', body, {"lifecycle": ({"ignore_changes": ignored}, {})}
    )


def _terraform_client(wanted: Wanted, pool: Any) -> str:
    request = client_request(wanted)
    request["SupportedIdentityProviders"] = [Expression("aws_cognito_identity_provider.scalekit.provider_name")]
    nested = {name: request.pop(name) for name in ("TokenValidityUnits", "RefreshTokenRotation")}
    body = {"name": request.pop("ClientName"), "user_pool_id": pool, **_in_snake_case(request)}
    blocks: dict[str, Body] = {_snake_case(name): (_in_snake_case(value), {}) for name, value in nested.items()}
    return hcl('resource "aws_cognito_user_pool_client" "service"', body, blocks)


def _terraform_domain(wanted: Wanted) -> dict[str, Any]:
    request = domain_request(wanted)
    certificate = request.pop("CustomDomainConfig", {})
    return _in_snake_case({**request, **certificate})


def _in_snake_case(request: Mapping[str, Any]) -> dict[str, Any]:
    return {_snake_case(name): value for name, value in request.items()}


def _snake_case(name: str) -> str:
    """`CallbackURLs` is `callback_urls` there, `AllowedOAuthFlows` is `allowed_oauth_flows`."""
    for acronym in ("OAuth", "URL", "URI"):
        name = name.replace(acronym, acronym.capitalize())
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def cloudformation(wanted: Wanted) -> str:
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Amazon Cognito federated to Scalekit, for cognito_sso",
        "Parameters": {"ScalekitClientSecret": {"Type": "String", "NoEcho": True, "MinLength": 1}},
        "Resources": _resources(wanted),
        "Outputs": {
            "CognitoUserPoolId": {"Value": _pool_of(wanted)},
            "CognitoClientId": {"Value": {"Ref": "ServiceClient"}},
            "RedirectUriForScalekit": {"Value": wanted.provider_redirect_uri},
        },
    }
    return _CLOUDFORMATION_HEAD + yaml(template)


def _pool_of(wanted: Wanted) -> Any:
    return {"Ref": "Pool"} if wanted.pool.create else wanted.pool.id


def _resources(wanted: Wanted) -> dict[str, Any]:
    pool = {"UserPoolId": _pool_of(wanted)}
    provider = provider_request(wanted.provider)
    provider["ProviderDetails"] = {**provider["ProviderDetails"], "client_secret": {"Ref": "ScalekitClientSecret"}}
    # The client names the provider as text, so that the order has to be said.
    client = {"DependsOn": "ScalekitProvider", "Properties": {**pool, **client_request(wanted)}}
    return {
        **(_cloudformation_pool(wanted) if wanted.pool.create else {}),
        "ScalekitProvider": {"Type": "AWS::Cognito::UserPoolIdentityProvider", "Properties": {**pool, **provider}},
        "ServiceClient": {"Type": "AWS::Cognito::UserPoolClient", **client},
        "SignInDomain": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": {**pool, **domain_request(wanted)}},
    }


def _cloudformation_pool(wanted: Wanted) -> dict[str, Any]:
    request = pool_request(wanted)
    properties = {"UserPoolName": request.pop("PoolName"), **request}
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}  # everybody's id is in there
    return {"Pool": {"Type": "AWS::Cognito::UserPool", **kept, "Properties": properties}}
