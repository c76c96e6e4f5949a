"""A set-up that is right, with the stand-ins it is about, to be made wrong by one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from cognito_sso.doctor import Asker, Finding, Setup, Severity, examine_hosts, examine_settings, in_order
from cognito_sso.login.tenants import Tenant
from cognito_sso.simulator import Simulator
from tests.world import DOMAIN, ISSUER, NOON, POOL, PROVIDER, SCALEKIT, our_client, settings_for

DEADLINE_SECONDS = 20
MEGASOFT = Tenant("megasoft", ("megasoft.example",), PROVIDER, "conn_12345678901234567")


class Patient:
    """`app_client` changes the client in the pool, `settings` what the operator has set."""

    def __init__(
        self,
        *,
        tenants: Sequence[Tenant] = (MEGASOFT,),
        app_client: dict[str, Any] | None = None,
        from_scalekit: bool = False,
        **settings: Any,
    ) -> None:
        self.simulator = Simulator(
            domain_url=DOMAIN,
            issuer_url=ISSUER,
            scalekit_url=SCALEKIT,
            user_pool_id=POOL,
            clients=(our_client(**(app_client or {})),),
            clock=lambda: NOON,
        )
        if from_scalekit:
            (client,) = self.simulator.scalekit.clients.values()
            settings = {
                "scalekit_client_id": client.client_id,
                "scalekit_client_secret": client.client_secret,
                **settings,
            }
        self.setup = Setup(
            settings_for(**{"sso_unlisted_domains": "refuse", "sso_trusted_proxies": "10.0.0.0/8", **settings}),
            tuple(tenants),
        )

    async def examined(self, *, seconds: float = DEADLINE_SECONDS) -> list[Finding]:
        async with httpx.AsyncClient(transport=self.simulator.transport()) as http:
            ends_at = asyncio.get_running_loop().time() + seconds
            asker = Asker(http, clock=lambda: NOON, ends_at=ends_at)
            return in_order([*examine_settings(self.setup), *await examine_hosts(self.setup, asker)])

    def examined_offline(self) -> list[Finding]:
        return in_order(examine_settings(self.setup))


def problems(findings: Sequence[Finding]) -> list[str]:
    """The codes of what is not fine."""
    return [finding.code for finding in findings if finding.severity in (Severity.ERROR, Severity.WARNING)]
