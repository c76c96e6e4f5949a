"""Reading the management API's answers (Scalekit's OpenAPI file): typed and bounded, or refused as a whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from cognito_sso.scalekit.errors import ScalekitNonsense

LONGEST_TEXT = 256
LONGEST_TOKEN = 16_384
LONGEST_URL = 4_096
LONGEST_TOKEN_LIFE_SECONDS = 86_400
_ORGANIZATION_ID = re.compile(r"org_[A-Za-z0-9]{1,64}")
_CONNECTION_ID = re.compile(r"conn_[A-Za-z0-9]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
# Signing in for a company; the others are for people without one, or for machines.
_ENTERPRISE = ("OIDC", "SAML")
_ORGANIZATION_DOMAIN = "ORGANIZATION_DOMAIN"
# By its DNS record, and by the environment's own administrator, who added it.
_VERIFIED = ("VERIFIED", "AUTO_VERIFIED")


@dataclass(frozen=True)
class Connection:
    """One company's way to its identity provider. Only an active one signs anybody in."""

    id: str
    organization_id: str
    active: bool


@dataclass(frozen=True)
class Domain:
    """An e-mail domain that an organisation says is its own, as Scalekit spells it."""

    name: str
    verified: bool


@dataclass(frozen=True)
class Organization:
    """One company. `external_id` is the app's own name for it, which the company itself can't change."""

    id: str
    name: str
    external_id: str | None = None
    connections: tuple[Connection, ...] = ()
    domains: tuple[Domain, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some of the organisations, the token of the next page, and how many there are in all, if told."""

    organizations: tuple[Organization, ...]
    next_token: str | None
    total: int | None


@dataclass(frozen=True)
class AccessToken:
    """For the management API."""

    text: str = field(repr=False)
    seconds: int


@dataclass(frozen=True)
class PortalLink:
    """Whoever has the address can set up the company's sign-in, until it expires."""

    location: str = field(repr=False)
    expires: str | None


def read_token(body: bytes) -> AccessToken:
    """RFC 6749 section 5.1."""
    told = _members(body)
    token, seconds = told.get("access_token"), _count(told, "expires_in")
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
        raise ScalekitNonsense("the token endpoint's answer has no usable access_token")
    if str(told.get("token_type", "")).lower() != "bearer":
        raise ScalekitNonsense("the token endpoint's answer is not of type Bearer")
    if seconds is None:
        raise ScalekitNonsense("the token endpoint's answer has no usable expires_in")
    return AccessToken(token, min(seconds, LONGEST_TOKEN_LIFE_SECONDS))


def read_organizations(body: bytes) -> Page:
    told = _members(body)
    items = _list(told, "organizations")
    return Page(tuple(_organization(item) for item in items), _next_token(told), _count(told, "total_size"))


def read_organization(body: bytes) -> Organization:
    return _organization(_members(body).get("organization"))


def read_connections(body: bytes) -> tuple[tuple[Connection, ...], str | None]:
    """The companies' connections of a list, and the token of the next page. Others, such as social ones, are left."""
    told = _members(body)
    found = [_connection(item) for item in _list(told, "connections")]
    return tuple(connection for connection in found if connection), _next_token(told)


def read_domains(body: bytes, organization_id: str) -> tuple[tuple[Domain, ...], int]:
    """A page of an organisation's domains for signing in, and how many entries the page had in all."""
    told = _members(body)
    # A gateway may leave an empty list out; then the size of the page shows that it is this answer at all.
    if "domains" not in told and _count(told, "page_size") is not None:
        return (), 0
    items = _list(told, "domains")
    found = [_domain(item, organization_id) for item in items]
    return tuple(domain for domain in found if domain), len(items)


def read_portal_link(body: bytes) -> PortalLink:
    link = _members(body).get("link")
    location = link.get("location") if isinstance(link, dict) else None
    if not isinstance(location, str) or not location.startswith(("https://", "http://")) or len(location) > LONGEST_URL:
        raise ScalekitNonsense("the answer has no portal link")
    if not location.isascii() or not location.isprintable() or " " in location:
        raise ScalekitNonsense("the portal link is no URL")
    return PortalLink(location, _text_or_none(link, "expire_time"))


def _next_token(told: dict[str, Any]) -> str | None:
    return _text_or_none(told, "next_page_token", longest=LONGEST_TOKEN)


def _organization(item: Any) -> Organization:
    return Organization(
        id=_matching(item, "id", _ORGANIZATION_ID, "an organisation"),
        name=_text_or_none(item, "display_name") or "",
        external_id=_text_or_none(item, "external_id"),
    )


def _connection(item: Any) -> Connection | None:
    if not isinstance(item, dict):
        raise ScalekitNonsense("a connection is not an object")
    if not item.get("organization_id") or item.get("type") not in _ENTERPRISE:
        return None
    enabled = item.get("enabled", False)
    if not isinstance(enabled, bool):
        raise ScalekitNonsense("a connection's enabled is neither true nor false")
    return Connection(
        id=_matching(item, "id", _CONNECTION_ID, "a connection"),
        organization_id=_matching(item, "organization_id", _ORGANIZATION_ID, "a connection"),
        active=enabled and item.get("status") == "COMPLETED",
    )


def _domain(item: Any, organization_id: str) -> Domain | None:
    name = _text_or_none(item, "domain")
    if not name:
        raise ScalekitNonsense("a domain has no name")
    # An answer that was meant for another question would route one company's people to another.
    if item.get("organization_id", organization_id) != organization_id:
        raise ScalekitNonsense("a domain of another organisation is among one's own")
    if item.get("domain_type", _ORGANIZATION_DOMAIN) != _ORGANIZATION_DOMAIN:
        return None
    return Domain(name, verified=item.get("verification_status") in _VERIFIED)


def _members(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ScalekitNonsense("the answer is not JSON") from None
    if not isinstance(told, dict):
        raise ScalekitNonsense("the answer is not a JSON object")
    return told


def _list(told: dict[str, Any], name: str) -> list[Any]:
    items = told.get(name)
    if not isinstance(items, list):
        raise ScalekitNonsense(f"the answer has no list of {name}")
    return items


def _matching(item: Any, name: str, pattern: re.Pattern[str], of: str) -> str:
    text = item.get(name) if isinstance(item, dict) else None
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise ScalekitNonsense(f"{of} has no usable {name}")
    return text


def _text_or_none(item: Any, name: str, *, longest: int = LONGEST_TEXT) -> str | None:
    text = item.get(name) if isinstance(item, dict) else None
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > longest or not text.isprintable():
        raise ScalekitNonsense(f"{name} is not a short text")
    return text


def _count(told: dict[str, Any], name: str) -> int | None:
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
