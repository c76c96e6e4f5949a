"""The wanted state in the words of Cognito's API: what is sent to make each part new."""

from __future__ import annotations

from typing import Any

from cognito_sso.provision.attributes import READABLE, VERIFIED, WRITABLE, granted
from cognito_sso.provision.wanted import Wanted, WantedClient, WantedProvider

REFRESH_FLOW = "ALLOW_REFRESH_TOKEN_AUTH"
# A client that names no flow has password sign-in and refresh as well. Custom sign-in does nothing without a trigger.
IDLE_FLOW = "ALLOW_CUSTOM_AUTH"
LONGEST_ATTRIBUTE = 2048  # bytes; also what Cognito takes from a provider


def pool_request(wanted: Wanted) -> dict[str, Any]:
    """A pool for people of other identity providers only: nobody signs up by themselves."""
    custom = sorted(name for name in wanted.provider.attribute_mapping if name.startswith("custom:"))
    request: dict[str, Any] = {
        "PoolName": wanted.pool.name,
        "UserPoolTier": "ESSENTIALS",  # the lowest with managed login and refresh token rotation
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "UsernameConfiguration": {"CaseSensitive": False},
    }
    if custom:
        request["Schema"] = [_custom_attribute(name) for name in custom]
    return request


def _custom_attribute(name: str) -> dict[str, Any]:
    return {
        "Name": name.removeprefix("custom:"),
        "AttributeDataType": "String",
        "Mutable": True,  # an immutable one makes the second sign-in fail
        "Required": False,
        "StringAttributeConstraints": {"MinLength": "0", "MaxLength": str(LONGEST_ATTRIBUTE)},
    }


def provider_request(provider: WantedProvider) -> dict[str, Any]:
    request: dict[str, Any] = {
        "ProviderName": provider.name,
        "ProviderType": "OIDC",
        "ProviderDetails": provider_details(provider),
        "AttributeMapping": {**provider.attribute_mapping, "username": "sub"},
    }
    if provider.identifiers:
        request["IdpIdentifiers"] = list(provider.identifiers)
    return request


def provider_details(provider: WantedProvider) -> dict[str, str]:
    """Its secret only if one is given."""
    details = {
        "client_id": provider.client_id,
        "authorize_scopes": " ".join(provider.scopes),
        "attributes_request_method": provider.attributes_request_method,
        "oidc_issuer": provider.issuer,
    }
    return {**details, "client_secret": provider.client_secret} if provider.client_secret else details


def client_request(wanted: Wanted) -> dict[str, Any]:
    client = wanted.client
    request = {
        "ClientName": client.name,
        "GenerateSecret": client.confidential,
        "SupportedIdentityProviders": [wanted.provider.name],
        "AllowedOAuthFlowsUserPoolClient": True,  # off by default, and then none of the rest has force
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": list(client.scopes),
        "CallbackURLs": list(client.callback_urls),
        "LogoutURLs": list(client.logout_urls),
        "ExplicitAuthFlows": [IDLE_FLOW] if client.rotation else [IDLE_FLOW, REFRESH_FLOW],
        "EnableTokenRevocation": True,
        "PreventUserExistenceErrors": "ENABLED",  # LEGACY, the default, tells who is in the pool
        "RefreshTokenRotation": rotation(client),
        **lifetimes(client),
    }
    for name, needed, default in attribute_grants(wanted.provider):
        if attributes := granted(None, needed, default=default):
            request[name] = attributes
    return request


def rotation(client: WantedClient) -> dict[str, Any]:
    """Said even where it is off: leaving it out does not turn it off."""
    if not client.rotation:
        return {"Feature": "DISABLED"}
    return {"Feature": "ENABLED", "RetryGracePeriodSeconds": client.rotation_grace_seconds}


def lifetimes(client: WantedClient) -> dict[str, Any]:
    return {
        "AccessTokenValidity": client.access_token.value,
        "IdTokenValidity": client.id_token.value,
        "RefreshTokenValidity": client.refresh_token.value,
        "TokenValidityUnits": {
            "AccessToken": client.access_token.unit,
            "IdToken": client.id_token.unit,
            "RefreshToken": client.refresh_token.unit,
        },
    }


def attribute_grants(provider: WantedProvider) -> tuple[tuple[str, set[str], frozenset[str]], ...]:
    """What the client must be able to read and write, beside what it can by default.

    Mapped attributes that it can't write are dropped or fail the sign-in (AWS says both); without reading
    `email_verified` Cognito answers `invalid_grant`.
    """
    mapped = set(provider.attribute_mapping)
    return (
        ("ReadAttributes", mapped | {"email", "email_verified"}, READABLE),
        ("WriteAttributes", mapped - VERIFIED, WRITABLE),
    )


def domain_request(wanted: Wanted) -> dict[str, Any]:
    domain = wanted.domain
    request: dict[str, Any] = {"Domain": domain.name}
    if domain.certificate_arn:
        request["CustomDomainConfig"] = {"CertificateArn": domain.certificate_arn}
    if domain.managed_login_version:
        request["ManagedLoginVersion"] = domain.managed_login_version
    return request
