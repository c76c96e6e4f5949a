"""What has to change so that the pool is as wanted. Pure: wanted and found go in, steps with requests come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cognito_sso.provision.attributes import granted
from cognito_sso.provision.differences import Change, added, changes_between, is_same
from cognito_sso.provision.found import Found
from cognito_sso.provision.obstacles import Obstacle, Part, obstacles
from cognito_sso.provision.requests import (
    IDLE_FLOW,
    REFRESH_FLOW,
    attribute_grants,
    client_request,
    domain_request,
    pool_request,
    provider_details,
    provider_request,
)
from cognito_sso.provision.wanted import Wanted

__all__ = ["Change", "Plan", "Step", "plan"]

# Describe answers these, and Update does not take them.
NOT_SENT_FOR_CLIENTS = frozenset({"ClientSecret", "LastModifiedDate", "CreationDate", "ClientType"})
NOT_SENT_FOR_PROVIDERS = frozenset({"ProviderType", "LastModifiedDate", "CreationDate"})
# Cognito reads these from the issuer's discovery document; those of another issuer would be wrong.
_DISCOVERED = frozenset({"authorize_url", "token_url", "attributes_url", "jwks_uri"})
# The three numbers and their units mean nothing without each other.
_LIFETIMES = frozenset({"AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity", "TokenValidityUnits"})


@dataclass(frozen=True)
class Step:
    """One call. `request` lacks the pool's id, which may not be known yet, and may have a secret in it."""

    part: Part
    is_new: bool
    name: str
    changes: tuple[Change, ...]
    request: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        what = {"pool": "user pool", "provider": "identity provider", "client": "app client", "domain": "domain"}
        return f"{'create' if self.is_new else 'change'} {what[self.part]} {self.name}"


@dataclass(frozen=True)
class Plan:
    """`obstacles` are what this tool can't or won't change; with any, nothing is applied."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    needs_secret: bool = False

    @property
    def has_changes(self) -> bool:
        return bool(self.steps)


def plan(wanted: Wanted, found: Found) -> Plan:
    """In the order in which the parts need each other: pool, provider, client, domain."""
    in_the_way = tuple(obstacles(wanted, found))
    return Plan(
        steps=tuple(_steps_around(in_the_way, wanted, found)),
        notes=tuple(_notes(wanted, found)),
        obstacles=tuple(obstacle.sentence for obstacle in in_the_way),
        needs_secret=_needs_secret(wanted, found),
    )


def _steps_around(in_the_way: Sequence[Obstacle], wanted: Wanted, found: Found) -> Iterator[Step]:
    """Of a part that is not to be had nothing is told, and without the pool nothing at all."""
    blocked = {obstacle.part for obstacle in in_the_way}
    if "pool" not in blocked:
        yield from (step for step in _steps(wanted, found) if step.part not in blocked)


def _steps(wanted: Wanted, found: Found) -> Iterator[Step]:
    if found.pool is None:
        yield _new("pool", wanted.pool.name or "", pool_request(wanted))
    parts: tuple[tuple[Part, str, dict[str, Any], Any], ...] = (
        ("provider", wanted.provider.name, provider_request(wanted.provider), _provider_step(wanted, found)),
        ("client", wanted.client.name, client_request(wanted), _client_step(wanted, found)),
        ("domain", wanted.domain.name, domain_request(wanted), _domain_step(wanted, found)),
    )
    for part, name, request, mended in parts:
        if getattr(found, part) is None:
            yield _new(part, name, request)
        elif mended:
            yield mended


def _new(part: Part, name: str, request: dict[str, Any]) -> Step:
    return Step(part, is_new=True, name=name, changes=tuple(added(_shown_as_new(part, request))), request=request)


def _shown_as_new(part: Part, request: dict[str, Any]) -> dict[str, Any]:
    if part != "provider":
        return request
    details = {"client_secret": "", **request["ProviderDetails"]}  # there will be one, and it is not shown
    return {**request, "ProviderDetails": details}


def _provider_step(wanted: Wanted, found: Found) -> Step | None:
    if found.provider is None:
        return None
    before = {name: value for name, value in found.provider.items() if name not in NOT_SENT_FOR_PROVIDERS}
    after = dict(before)  # whether Update merges or replaces is not documented: everything is sent
    after["ProviderDetails"] = _details(wanted, before.get("ProviderDetails") or {})
    after["AttributeMapping"] = {**wanted.provider.attribute_mapping, "username": "sub"}
    before["AttributeMapping"] = {"username": "sub", **(before.get("AttributeMapping") or {})}
    if wanted.provider.identifiers is not None:
        after["IdpIdentifiers"] = list(wanted.provider.identifiers)
    return _mended("provider", wanted.provider.name, before, after)


def _details(wanted: Wanted, found: Mapping[str, str]) -> dict[str, str]:
    details = {**found, **provider_details(wanted.provider)}
    if found.get("oidc_issuer") != wanted.provider.issuer:
        details = {name: value for name, value in details.items() if name not in _DISCOVERED}
    if set(found.get("authorize_scopes", "").split()) == set(wanted.provider.scopes):
        details["authorize_scopes"] = found["authorize_scopes"]
    return details


def _client_step(wanted: Wanted, found: Found) -> Step | None:
    if found.client is None:
        return None
    before = {name: value for name, value in found.client.items() if name not in NOT_SENT_FOR_CLIENTS}
    after = {**before, **_client_as_wanted(wanted, before)}
    return _mended("client", wanted.client.name, before, after)


def _client_as_wanted(wanted: Wanted, before: Mapping[str, Any]) -> dict[str, Any]:
    """What is ours of the client. Update resets whatever it is not told, so the rest goes along as it was found."""
    ours = client_request(wanted)
    for made_once in ("GenerateSecret", "ReadAttributes", "WriteAttributes"):
        ours.pop(made_once, None)
    others = [name for name in before.get("SupportedIdentityProviders") or () if name != wanted.provider.name]
    ours["SupportedIdentityProviders"] = [*others, wanted.provider.name]
    ours["ExplicitAuthFlows"] = _flows(before.get("ExplicitAuthFlows") or (), rotation=wanted.client.rotation)
    default_url = before.get("DefaultRedirectURI")
    if default_url and default_url not in wanted.client.callback_urls:  # Cognito wants it to be one of them
        ours["DefaultRedirectURI"] = wanted.client.callback_urls[0]
    for name, needed, default in attribute_grants(wanted.provider):
        if attributes := granted(before.get(name), needed, default=default):
            ours[name] = attributes
    return {name: value for name, value in ours.items() if not _is_as_wanted(name, before, ours)}


def _is_as_wanted(name: str, before: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    return is_same("TokenValidityUnits" if name in _LIFETIMES else name, before, ours)


def _flows(found: Sequence[str], *, rotation: bool) -> list[str]:
    """Sign-in through the API is not ours; only refreshing there, which must be off where tokens rotate."""
    if not found:  # which Cognito takes for these three
        return [IDLE_FLOW, "ALLOW_USER_SRP_AUTH"] if rotation else []  # the third is REFRESH_FLOW
    if not any(flow.startswith("ALLOW_") for flow in found):  # the older names, which can't stand beside the new ones
        return list(found)
    others = [flow for flow in found if flow != REFRESH_FLOW]
    return (others or [IDLE_FLOW]) if rotation else [*others, REFRESH_FLOW]


def _domain_step(wanted: Wanted, found: Found) -> Step | None:
    if found.domain is None:
        return None
    kept = ("Domain", "CustomDomainConfig", "ManagedLoginVersion", "Routing")
    before = {name: found.domain[name] for name in kept if found.domain.get(name)}
    after = {**before, **domain_request(wanted)}
    if "CustomDomainConfig" in after:
        after["CustomDomainConfig"] = {**before.get("CustomDomainConfig", {}), **after["CustomDomainConfig"]}
    return _mended("domain", wanted.domain.name, before, after)


def _mended(part: Part, name: str, before: dict[str, Any], after: dict[str, Any]) -> Step | None:
    changes = tuple(changes_between(before, after))
    return Step(part, is_new=False, name=name, changes=changes, request=after) if changes else None


def _needs_secret(wanted: Wanted, found: Found) -> bool:
    """Cognito tells the secret it has, so it can be sent back; not for another client of Scalekit's, or none."""
    if wanted.provider.client_secret:
        return False
    details = (found.provider or {}).get("ProviderDetails") or {}
    return not details.get("client_secret") or details.get("client_id") != wanted.provider.client_id


def _notes(wanted: Wanted, found: Found) -> Iterator[str]:
    if left_out := wanted.provider.identifiers_left_out:
        yield (
            f"{len(left_out)} identifiers are left out: {'; '.join(left_out)}. Nobody is locked out: the service names "
            "the provider itself (identity_provider), and Cognito looks at identifiers only where nobody does."
        )
    enabled = (found.client or {}).get("SupportedIdentityProviders") or ()
    if others := [name for name in enabled if name != wanted.provider.name]:
        yield f"The client lets {', '.join(others)} sign in as well. That stays as it is."
    if found.domain and found.domain.get("Status") not in (None, "ACTIVE"):
        yield f"The domain is {found.domain['Status']}, not ACTIVE: sign-ins have to wait for it."
