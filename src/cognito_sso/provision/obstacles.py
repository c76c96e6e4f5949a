"""What stands in the way and this tool can't change, or won't because it would cost somebody something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from cognito_sso.provision.found import Found
from cognito_sso.provision.wanted import Wanted

Part = Literal["pool", "provider", "client", "domain"]


@dataclass(frozen=True)
class Obstacle:
    """`part` is what can't be had at all; None where the pool's attributes spoil a provider that can."""

    sentence: str
    part: Part | None = None


def obstacles(wanted: Wanted, found: Found) -> Iterator[Obstacle]:
    yield from (Obstacle(sentence, "pool") for sentence in _pool(wanted, found))
    yield from (Obstacle(sentence) for sentence in _attributes(wanted, found))
    yield from (Obstacle(sentence, "provider") for sentence in _provider(wanted, found))
    yield from (Obstacle(sentence, "client") for sentence in _client(wanted, found))
    yield from (Obstacle(sentence, "domain") for sentence in _domain(wanted, found))


def _pool(wanted: Wanted, found: Found) -> Iterator[str]:
    if len(found.namesake_pools) > 1:
        yield (
            f"{len(found.namesake_pools)} pools are called {wanted.pool.name}: {', '.join(found.namesake_pools)}. "
            "Put the id of the right one into the file as pool.id, without create_pool."
        )
    elif found.pool is None and wanted.pool.id:
        yield f"There is no pool {wanted.pool.id} in this account. Look at pool.id, and at whose credentials these are."


def _attributes(wanted: Wanted, found: Found) -> Iterator[str]:
    if found.pool is not None:
        yield from unfit_attributes(set(wanted.provider.attribute_mapping), found.pool)


def unfit_attributes(mapped: Set[str], pool: Mapping[str, Any]) -> Iterator[str]:
    """Cognito takes such a mapping, and then refuses people at the door."""
    schema = {attribute["Name"]: attribute for attribute in pool.get("SchemaAttributes") or ()}
    for name in sorted(mapped & set(schema)):
        if not schema[name].get("Mutable", True):
            yield f"The pool's attribute {name} is immutable: mapped, it fails the second sign-in. Map another."
    for name in sorted(mapped - set(schema)):
        yield f"The pool has no attribute {name}. Add it (it stays for good), or leave it out of the mapping."
    required = {name for name, attribute in schema.items() if attribute.get("Required") and name != "sub"}
    for name in sorted(required - mapped):
        yield f"The pool requires {name}, and nothing is mapped to it: every sign-in would fail. Map it."


def _provider(wanted: Wanted, found: Found) -> Iterator[str]:
    kind = (found.provider or {}).get("ProviderType", "OIDC")
    if kind != "OIDC":
        yield f"The pool has a provider {wanted.provider.name} already, of the kind {kind}. Choose another name."


def _client(wanted: Wanted, found: Found) -> Iterator[str]:
    client = wanted.client
    if len(found.namesake_clients) > 1:
        yield (
            f"{len(found.namesake_clients)} app clients are called {client.name}: "
            f"{', '.join(found.namesake_clients)}. Put the id of the right one into the file as client.id."
        )
    if found.client is None:
        if client.id:
            yield f"The pool has no app client {client.id}. Leave client.id out, and one is made."
        return
    if client.confidential != bool(found.client.get("ClientSecret")):
        has, other = ("no secret", "false") if client.confidential else ("a secret", "true")
        yield (
            f"The app client {found.client_id} has {has}, which can't be changed. "
            f"Say client.confidential = {other}, or name another client."
        )


def _domain(wanted: Wanted, found: Found) -> Iterator[str]:
    if found.domain is not None:
        if found.pool is None or found.domain.get("UserPoolId") != found.pool["Id"]:
            yield f"The domain {wanted.domain.name} belongs to another pool ({found.domain.get('UserPoolId')})."
        return
    other = _other_domain(wanted, found.pool or {})
    if other:
        yield (
            f"The pool has the domain {other} already, and takes one of a kind. Put that one into the file, or delete "
            "it in the console: this tool deletes nothing that people may be using."
        )


def _other_domain(wanted: Wanted, pool: Mapping[str, Any]) -> str | None:
    kind = "CustomDomain" if wanted.domain.is_custom else "Domain"
    other = pool.get(kind)
    return other if other and other != wanted.domain.name else None
