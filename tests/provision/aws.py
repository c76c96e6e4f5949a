"""moto's Cognito, as strict as AWS's where it is laxer (cognito.md section 10 and 12), and breakable on purpose.

moto 5.2 differs from AWS in what matters here, so it is made to behave like it:

- UpdateUserPoolClient keeps what it is not told; AWS resets it to its default (Q12).
- CreateIdentityProvider replaces one of the same name; AWS refuses. A name that AWS refuses is taken.
- SupportedIdentityProviders may name what is not there; rotation may stand beside ALLOW_REFRESH_TOKEN_AUTH; the default
  redirect URI may be none of the callback URLs. AWS refuses all three.
- DescribeIdentityProvider lacks what AWS adds to it: the discovered URLs, and `username` in the mapping.
- A domain may be taken twice and a pool may have many; AWS has one of each kind for a pool. It is described without its
  certificate and version.
- A pool with a custom attribute has no standard ones.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import (
    CognitoIdpBackend,
    CognitoIdpIdentityProvider,
    CognitoIdpUserPool,
    CognitoIdpUserPoolAttribute,
    CognitoIdpUserPoolClient,
    CognitoIdpUserPoolDomain,
)
from moto.core.exceptions import JsonRESTError

CHANGING = ("create_", "update_", "delete_")


@dataclass
class Aws:
    """What was asked of the pool, and what is to go wrong."""

    asked: list[str] = field(default_factory=list)
    to_fail: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    always_failing: dict[str, tuple[str, str]] = field(default_factory=dict)

    def fail(self, operation: str, code: str, message: str = "No.", *, times: int | None = None) -> None:
        """From now on, or `times` times."""
        if times is None:
            self.always_failing[operation] = (code, message)
        else:
            self.to_fail.setdefault(operation, []).extend([(code, message)] * times)

    def mend(self) -> None:
        self.to_fail.clear()
        self.always_failing.clear()

    @property
    def changes(self) -> Counter[str]:
        return Counter(name for name in self.asked if name.startswith(CHANGING))

    def on_call(self, operation: str) -> None:
        self.asked.append(operation)
        once = self.to_fail.get(operation)
        told = once.pop(0) if once else self.always_failing.get(operation)
        if told:
            raise JsonRESTError(told[0], told[1])


WATCHED = (
    "create_user_pool",
    "describe_user_pool",
    "list_user_pools",
    "create_identity_provider",
    "update_identity_provider",
    "describe_identity_provider",
    "create_user_pool_client",
    "update_user_pool_client",
    "describe_user_pool_client",
    "list_user_pool_clients",
    "create_user_pool_domain",
    "update_user_pool_domain",
    "describe_user_pool_domain",
)


def strict(patch: pytest.MonkeyPatch) -> Aws:
    """Puts AWS's rules on moto, and watches it."""
    aws = Aws()
    for replaced in (StricterPools, StricterProviders, StricterClients, StricterDomains):
        for name, method in vars(replaced).items():
            if not name.startswith("__"):
                patch.setattr(CognitoIdpBackend, name, method)
    patch.setattr(CognitoIdpIdentityProvider, "to_json", provider_as_described)
    patch.setattr(CognitoIdpUserPoolDomain, "to_json", domain_as_described)
    for name in WATCHED:
        watch(patch, aws, name)
    return aws


def watch(patch: pytest.MonkeyPatch, aws: Aws, name: str) -> None:
    """Calls that come in from outside; moto's own among each other are not counted."""
    from moto.cognitoidp.responses import CognitoIdpResponse

    whole = getattr(CognitoIdpResponse, name)

    def watched(self: CognitoIdpResponse) -> Any:
        aws.on_call(name)
        return whole(self)

    patch.setattr(CognitoIdpResponse, name, watched)


original_create_pool = CognitoIdpBackend.create_user_pool
original_create_client = CognitoIdpBackend.create_user_pool_client
original_create_provider = CognitoIdpBackend.create_identity_provider
original_create_domain = CognitoIdpBackend.create_user_pool_domain
original_domain_json = CognitoIdpUserPoolDomain.to_json
original_provider_json = CognitoIdpIdentityProvider.to_json


class StricterPools:
    def create_user_pool(self: Any, name: str, extended_config: dict[str, Any]) -> CognitoIdpUserPool:
        pool = original_create_pool(self, name, extended_config)
        for standard, schema in CognitoIdpUserPoolAttribute.STANDARD_SCHEMA.items():
            attribute = CognitoIdpUserPoolAttribute(standard, False, dict(schema))
            pool.schema_attributes.setdefault(standard, attribute)
        return pool


class StricterProviders:
    def create_identity_provider(
        self: Any, user_pool_id: str, name: str, extended_config: dict[str, Any]
    ) -> CognitoIdpIdentityProvider:
        if not re.fullmatch(r"[^_\s]\S[^_\s]{1,30}", name):
            raise InvalidParameterException("providerName failed to satisfy constraint")
        if name in self.describe_user_pool(user_pool_id).identity_providers:
            raise JsonRESTError("DuplicateProviderException", f"A provider {name} already exists.")
        must_be_whole(extended_config)
        return original_create_provider(self, user_pool_id, name, extended_config)

    def update_identity_provider(
        self: Any, user_pool_id: str, name: str, extended_config: dict[str, Any]
    ) -> CognitoIdpIdentityProvider:
        must_be_whole(extended_config)
        provider = self.describe_identity_provider(user_pool_id, name)
        kept = {"ProviderType": provider.extended_config["ProviderType"]}
        provider.extended_config = {**kept, **extended_config}
        return provider


def must_be_whole(config: dict[str, Any]) -> None:
    needed = {"client_id", "client_secret", "authorize_scopes", "attributes_request_method", "oidc_issuer"}
    if missing := needed - set(config.get("ProviderDetails") or {}):
        raise InvalidParameterException(f"Missing {sorted(missing)}")
    identifiers = config.get("IdpIdentifiers") or []
    if len(identifiers) > 50 or any(not re.fullmatch(r"[\w\s+=.@-]{1,40}", one, re.ASCII) for one in identifiers):
        raise InvalidParameterException("idpIdentifiers failed to satisfy constraint")


def provider_as_described(self: CognitoIdpIdentityProvider, extended: bool = False) -> dict[str, Any]:
    told = original_provider_json(self, extended=extended)
    if extended and told.get("ProviderType") == "OIDC":
        issuer = told["ProviderDetails"]["oidc_issuer"]
        discovered = {
            "attributes_url": f"{issuer}/userinfo",
            "attributes_url_add_attributes": "false",
            "authorize_url": f"{issuer}/oauth/authorize",
            "jwks_uri": f"{issuer}/keys",
            "token_url": f"{issuer}/oauth/token",
        }
        told["ProviderDetails"] = {**discovered, **told["ProviderDetails"]}
        told["AttributeMapping"] = {"username": "sub", **(told.get("AttributeMapping") or {})}
    return told


class StricterClients:
    def create_user_pool_client(
        self: Any, user_pool_id: str, generate_secret: bool, extended_config: dict[str, Any]
    ) -> CognitoIdpUserPoolClient:
        must_fit(self.describe_user_pool(user_pool_id), extended_config)
        return original_create_client(self, user_pool_id, generate_secret, extended_config)

    def update_user_pool_client(
        self: Any, user_pool_id: str, client_id: str, extended_config: dict[str, Any]
    ) -> CognitoIdpUserPoolClient:
        client = self.describe_user_pool_client(user_pool_id, client_id)
        must_fit(self.describe_user_pool(user_pool_id), extended_config)
        client.extended_config = {  # what CreateUserPoolClient begins with, and nothing that was there
            "ClientName": client.extended_config["ClientName"],
            "AllowedOAuthFlowsUserPoolClient": False,
            "AuthSessionValidity": 3,
            "EnablePropagateAdditionalUserContextData": False,
            "EnableTokenRevocation": True,
            "RefreshTokenValidity": 30,
            **extended_config,
        }
        return client


def must_fit(pool: CognitoIdpUserPool, config: dict[str, Any]) -> None:
    unknown = set(config.get("SupportedIdentityProviders") or ()) - {"COGNITO", *pool.identity_providers}
    if unknown:
        raise InvalidParameterException(f"The provider {sorted(unknown)} does not exist for User Pool")
    default_flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
    flows = config.get("ExplicitAuthFlows") or default_flows
    rotates = (config.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"
    if rotates and "ALLOW_REFRESH_TOKEN_AUTH" in flows:
        raise InvalidParameterException("Refresh token rotation can't be enabled with ALLOW_REFRESH_TOKEN_AUTH")
    default_url = config.get("DefaultRedirectURI")
    if default_url and default_url not in config.get("CallbackURLs", ()):
        raise InvalidParameterException("DefaultRedirectURI must be one of CallbackURLs")


class StricterDomains:
    def create_user_pool_domain(
        self: Any, user_pool_id: str, domain: str, custom_domain_config: dict[str, str] | None = None
    ) -> CognitoIdpUserPoolDomain:
        if domain in self.user_pool_domains:
            raise InvalidParameterException("Domain already associated with another user pool.")
        mine = [one.domain for one in self.user_pool_domains.values() if one.user_pool_id == user_pool_id]
        if any(("." in one) == ("." in domain) for one in mine):
            raise InvalidParameterException("User pool already has a domain configured.")
        return original_create_domain(self, user_pool_id, domain, custom_domain_config)


def domain_as_described(self: CognitoIdpUserPoolDomain, extended: bool = True) -> dict[str, Any]:
    told = original_domain_json(self, extended=extended)
    if extended and self.custom_domain_config:
        told["CustomDomainConfig"] = self.custom_domain_config
    return told
