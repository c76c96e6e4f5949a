"""Whose request this is, as far as an address can tell: what the rate limits count."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cognito_sso.web.layers import Handler

# The smallest network that one customer gets (RFC 6177, section 2). Within it, addresses cost nothing.
IPV6_NETWORK_BITS = 64
LONGEST_NAME = 64
MOST_REMEMBERED = 1_024


class BehindProxies:
    """A layer. What a proxy of `SSO_TRUSTED_PROXIES` says of its client stands in the request's scope from here on."""

    def __init__(self, handler: Handler, *, trusted: Iterable[str]) -> None:
        self._handler = handler
        self._believe = ProxyHeadersMiddleware(_nothing_more, trusted_hosts=list(trusted))

    async def __call__(self, request: Request) -> Response:
        await self._believe(request.scope, request.receive, None)  # type: ignore[arg-type]
        return await self._handler(request)


async def _nothing_more(*_: Any) -> None:
    """It only changes the scope."""


def counted_address(request: Request) -> str | None:
    """The client's IPv4 address, or its IPv6 network; None where the transport tells none, as on a Unix socket.

    It is the transport's own, or the one that a proxy of `SSO_TRUSTED_PROXIES` saw.
    """
    client = request.scope.get("client")
    return counted(client[0]) if client and client[0] else None


def counted(host: str) -> str:
    return _counted(host) if len(host) <= LONGEST_NAME else host[:LONGEST_NAME]


@lru_cache(maxsize=MOST_REMEMBERED)
def _counted(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a trusted proxy's own word, such as `unknown` (RFC 7239, section 6.2)
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_NETWORK_BITS), strict=False))
