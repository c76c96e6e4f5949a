"""Set up wrongly on purpose: a named switch for each mistake that an operator can make in a console.

What the stand-ins then answer is what they answer to such a set-up anyway; nothing is acted for the switch.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cognito_sso.simulator.cognito import AppClient, IdentityProvider
from cognito_sso.simulator.faults import Fault
from cognito_sso.simulator.people import Company
from cognito_sso.simulator.signing import Claims, b64url, from_b64url

if TYPE_CHECKING:
    from cognito_sso.simulator.scalekit import ScalekitClient
    from cognito_sso.simulator.simulator import Simulator

ELSEWHERE = "https://elsewhere.example"
MINUTE = 60.0

Switch = Callable[["Simulator"], None]


def switch_on(simulator: "Simulator", name: str) -> None:
    """Raises KeyError for a name that is none of MISCONFIGURATIONS."""
    MISCONFIGURATIONS[name](simulator)


@dataclass(frozen=True)
class AsItWas:
    """What the switches change, as it was when it was right."""

    clients: Mapping[str, AppClient]
    providers: Mapping[str, IdentityProvider]
    scalekit_clients: Mapping[str, "ScalekitClient"]
    companies: tuple[Company, ...]
    clock_offset: float

    @classmethod
    def of(cls, simulator: "Simulator") -> "AsItWas":
        pool, scalekit = simulator.pool, simulator.scalekit
        return cls(
            dict(pool.clients),
            dict(pool.providers),
            dict(scalekit.clients),
            tuple(simulator.people),
            simulator.clock.offset,
        )

    def put_back(self, simulator: "Simulator") -> None:
        """Hooks and faults are taken away, whoever set them."""
        simulator.pool.clients = dict(self.clients)
        simulator.pool.providers = dict(self.providers)
        simulator.scalekit.clients = dict(self.scalekit_clients)
        for company in simulator.people:
            simulator.people.remove(company.slug)
        for company in self.companies:
            simulator.people.add_company(company)
        simulator.clock.advance(self.clock_offset - simulator.clock.offset)
        simulator.tamper.clear()
        simulator.faults.clear()


def _client(**changes: Any) -> Switch:
    """Of every app client."""

    def switch(simulator: "Simulator") -> None:
        clients = simulator.pool.clients
        simulator.pool.clients = {name: replace(client, **changes) for name, client in clients.items()}

    return switch


def _provider(**changes: Any) -> Switch:
    """Of every provider of the pool."""

    def switch(simulator: "Simulator") -> None:
        providers = simulator.pool.providers
        simulator.pool.providers = {name: replace(provider, **changes) for name, provider in providers.items()}

    return switch


def _a_slash_too_many(simulator: "Simulator") -> None:
    for client in simulator.pool.clients.values():
        with_slash = tuple(f"{url}/" for url in client.callback_urls)
        simulator.pool.clients[client.client_id] = replace(client, callback_urls=with_slash)


def _no_client(simulator: "Simulator") -> None:
    simulator.pool.clients = {}


def _no_provider(simulator: "Simulator") -> None:
    simulator.pool.providers = {}


def _lower_case_provider(simulator: "Simulator") -> None:
    """In the pool and on the clients; whoever asks for it as before is asking for another name."""
    providers = simulator.pool.providers.values()
    simulator.pool.providers = {one.name.lower(): replace(one, name=one.name.lower()) for one in providers}
    for client in simulator.pool.clients.values():
        names = tuple(name.lower() for name in client.providers)
        simulator.pool.clients[client.client_id] = replace(client, providers=names)


def _discovery(**members: str) -> Switch:
    def switch(simulator: "Simulator") -> None:
        pool = simulator.pool
        names = {"issuer": pool.issuer, "pool": pool.pool_id, "region": pool.pool_id.partition("_")[0]}
        told = {name: text.format(**names) for name, text in members.items()}
        simulator.tamper.discovery = lambda document: {**document, **told}

    return switch


def _no_keys(simulator: "Simulator") -> None:
    simulator.tamper.jwks = lambda document: {**document, "keys": []}


def _weak_key(simulator: "Simulator") -> None:
    """The first key is half as long."""

    def weakened(document: Claims) -> Claims:
        first, *others = document["keys"]
        modulus = from_b64url(first["n"])
        return {"keys": [{**first, "n": b64url(modulus[: len(modulus) // 2])}, *others]}

    simulator.tamper.jwks = weakened


def _clock(seconds: float) -> Switch:
    """The stand-ins' clock is right, of course: it is everybody else's that is wrong by as much the other way."""

    def switch(simulator: "Simulator") -> None:
        simulator.clock.advance(seconds)

    return switch


def _scalekit_client(**changes: Any) -> Switch:
    """Of every client of Scalekit's, Cognito among them."""

    def switch(simulator: "Simulator") -> None:
        clients = simulator.scalekit.clients
        simulator.scalekit.clients = {name: replace(client, **changes) for name, client in clients.items()}

    return switch


def _no_scalekit_client(simulator: "Simulator") -> None:
    simulator.scalekit.clients = {}


def _connections_off(simulator: "Simulator") -> None:
    for company in list(simulator.people):
        simulator.people.change(company.slug, connection="disabled")


def _issuer_fault(fault: Fault) -> Switch:
    def switch(simulator: "Simulator") -> None:
        well_known = f"GET /{simulator.pool.pool_id}/.well-known"
        for document in ("openid-configuration", "jwks.json"):
            simulator.faults.set(f"{well_known}/{document}", fault)

    return switch


def _fault(fault: Fault, *endpoints: str) -> Switch:
    def switch(simulator: "Simulator") -> None:
        for endpoint in endpoints:
            simulator.faults.set(endpoint, fault)

    return switch


def _scalekit_discovery(issuer: str) -> Switch:
    answer = Fault(status=200, body=json.dumps({"issuer": issuer}))
    return _fault(answer, "GET /.well-known/openid-configuration")


_DOWN = Fault(abort=True)
_SCALEKIT_DOCUMENTS = ("GET /.well-known/openid-configuration", "GET /keys")
_SCALEKIT_ENDPOINTS = (*_SCALEKIT_DOCUMENTS, "GET /oauth/authorize", "POST /oauth/token")
_DOMAIN_ENDPOINTS = ("GET /oauth2/authorize", "POST /oauth2/token", "GET /logout")

MISCONFIGURATIONS: Mapping[str, Switch] = {
    # The app client
    "redirect_uri_not_registered": _client(callback_urls=(f"{ELSEWHERE}/auth/callback",)),
    "redirect_uri_with_slash": _a_slash_too_many,
    "logout_uri_not_registered": _client(logout_urls=()),
    "scope_not_allowed": _client(scopes=("openid",)),
    "code_grant_not_allowed": _client(oauth_flows=("implicit",)),
    "oauth_not_enabled": _client(oauth_enabled=False),
    "client_unknown": _no_client,
    "client_secret_changed": _client(client_secret="a-secret-that-nobody-was-told", second_secret=None),  # noqa: S106
    "client_without_secret": _client(client_secret=None, second_secret=None),
    # The provider
    "provider_not_enabled": _client(providers=()),
    "provider_unknown": _no_provider,
    "provider_in_lower_case": _lower_case_provider,
    "provider_asks_for_openid_only": _provider(authorize_scopes="openid"),
    "provider_elsewhere": _provider(oidc_issuer=ELSEWHERE),
    # The pool
    "updated_issuer": _discovery(issuer="https://issuer-cognito-idp.{region}.amazonaws.com/{pool}"),
    "another_domain": _discovery(authorization_endpoint=f"{ELSEWHERE}/oauth2/authorize"),
    "no_domain": _discovery(authorization_endpoint="{issuer}/authorize"),
    "no_keys": _no_keys,
    "weak_key": _weak_key,
    "clock_11_minutes_ahead": _clock(11 * MINUTE),
    "clock_11_minutes_behind": _clock(-11 * MINUTE),
    "clock_half_a_minute_ahead": _clock(MINUTE / 2),
    # Scalekit
    "scalekit_lacks_cognitos_callback": _scalekit_client(redirect_uris=()),
    "scalekit_client_gone": _no_scalekit_client,
    "connections_off": _connections_off,
    # What is in between
    "issuer_down": _issuer_fault(_DOWN),
    "pool_unknown": _issuer_fault(Fault(status=400, body='{"message":"no such pool"}')),
    "issuer_behind_a_sign_in_page": _issuer_fault(Fault(status=200, body="<html>Please sign in to the network</html>")),
    "domain_down": _fault(_DOWN, *_DOMAIN_ENDPOINTS),
    "domain_behind_a_firewall": _fault(Fault(status=403, body="<html>Request blocked</html>"), *_DOMAIN_ENDPOINTS),
    "scalekit_down": _fault(_DOWN, *_SCALEKIT_ENDPOINTS),
    "scalekit_environment_unknown": _fault(Fault(status=404, body="<html>Not found</html>"), *_SCALEKIT_DOCUMENTS),
    "scalekit_custom_domain": _scalekit_discovery(ELSEWHERE),
    "scalekit_no_keys": _fault(Fault(status=200, body='{"keys":[]}'), "GET /keys"),
}
