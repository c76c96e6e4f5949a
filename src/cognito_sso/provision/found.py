"""What is in AWS, as its Describe calls tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Found:
    """None is "not there". Not in the `repr`: AWS tells the secrets of providers and clients in clear."""

    pool: Mapping[str, Any] | None = field(default=None, repr=False)
    provider: Mapping[str, Any] | None = field(default=None, repr=False)
    client: Mapping[str, Any] | None = field(default=None, repr=False)
    domain: Mapping[str, Any] | None = field(default=None, repr=False)
    # Names need not be unique in AWS: the ids of several pools or clients that have the wanted one.
    namesake_pools: tuple[str, ...] = ()
    namesake_clients: tuple[str, ...] = ()

    @property
    def pool_id(self) -> str | None:
        return str(self.pool["Id"]) if self.pool else None

    @property
    def client_id(self) -> str | None:
        return str(self.client["ClientId"]) if self.client else None
