"""One issuer whose tokens are believed, as its operator describes it: checked once, at construction."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import httpx

from cognito_sso.verify.errors import ConfigurationError

_POOL_ID: Final = re.compile(r"([a-z]{2,}(?:-[a-z]+)+-[0-9]+)_[A-Za-z0-9]+")


class Missing(Enum):
    """Told apart from None: leaving a check out by accident is an error, None switches it off on purpose."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A Cognito user pool and the app clients whose tokens are accepted.

    `client_id`: one or several; None accepts every client of the pool. `issuer`: exactly the tokens' `iss`; None
    accepts any, and needs `jwks_uri` or `jwks`. `jwks`: a JWKS, or the path of a file with one; then nothing is ever
    fetched.
    `resources`: the values of `aud` accepted in access tokens that were asked for with a resource (RFC 8707).
    """

    issuer: str | Missing | None = MISSING
    client_id: str | Collection[str] | Missing | None = MISSING
    jwks_uri: str | None = None
    jwks: Mapping[str, Any] | str | Path | None = None
    resources: Collection[str] = ()

    @property
    def checked_issuer(self) -> str | None:
        if self.issuer is None:
            return None
        if not isinstance(self.issuer, str) or not self.issuer:
            raise ConfigurationError("issuer is missing: give the pool's issuer, or None to accept any")
        return self.issuer

    @property
    def client_ids(self) -> frozenset[str] | None:
        if self.client_id is None:
            return None
        if isinstance(self.client_id, Missing):
            raise ConfigurationError("client_id is missing: give the app client's id, or None to accept any")
        return _names("client_id", self.client_id, at_least_one=True)

    @property
    def resource_names(self) -> frozenset[str]:
        return _names("resources", self.resources)

    @property
    def document(self) -> bytes | None:
        if self.jwks is None:
            return None
        if isinstance(self.jwks, Mapping):
            return json.dumps(self.jwks).encode()
        try:
            return Path(self.jwks).read_bytes()
        except OSError as e:
            raise ConfigurationError(f"the JWKS file {self.jwks} cannot be read: {e.strerror}") from e

    @property
    def uri(self) -> str | None:
        """Where the keys are published; None when they were given."""
        if self.jwks is not None:
            return None
        if self.jwks_uri is not None:
            return safe_url("jwks_uri", self.jwks_uri)
        issuer = self.checked_issuer
        if issuer is None:
            raise ConfigurationError("without an issuer, jwks_uri or jwks must be given")
        return safe_url("issuer", issuer) + "/.well-known/jwks.json"


def issuer_of(user_pool_id: str) -> str:
    """The original issuer of a pool. Pools with the "updated" issuer (2026) need `issuer` instead."""
    found = _POOL_ID.fullmatch(str(user_pool_id))
    if found is None:
        raise ConfigurationError("user_pool_id must look like eu-north-1_6m0O668r5")
    partition = "amazonaws.eu" if user_pool_id.startswith("eusc-") else "amazonaws.com"
    return f"https://cognito-idp.{found[1]}.{partition}/{user_pool_id}"


def is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _names(setting: str, value: str | Collection[str], *, at_least_one: bool = False) -> frozenset[str]:
    names = [value] if isinstance(value, str) else list(value)
    if not all(is_name(name) for name in names) or (at_least_one and not names):
        raise ConfigurationError(f"{setting} must be a non-empty string, or several")
    return frozenset(names)


def safe_url(setting: str, text: str) -> str:
    """An https URL, or http on loopback; the keys of every token depend on who answers there."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as e:
        raise ConfigurationError(f"{setting} must be a URL") from e
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise ConfigurationError(f"{setting} must be https, or http on a loopback address")
    if not url.host or url.userinfo or url.fragment:
        raise ConfigurationError(f"{setting} must name a host, and neither a user nor a fragment")
    return text


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
