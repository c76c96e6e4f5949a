"""Reads the file that says what is wanted. Every fault of it is told at once."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cognito_sso.provision import rules
from cognito_sso.provision.attributes import READABLE
from cognito_sso.provision.errors import ProvisionFileInvalid
from cognito_sso.provision.lifetime import Lifetime
from cognito_sso.provision.wanted import (
    CALLBACK_PATH,
    SIGNED_OUT_PATH,
    Wanted,
    WantedClient,
    WantedDomain,
    WantedPool,
    WantedProvider,
    WantedService,
)

Rule = Callable[[str], str | None]

DEFAULT_SCOPES = ("openid", "email", "profile")
DEFAULT_MAPPING = {name: name for name in ("email", "email_verified", "given_name", "family_name")}
DEFAULT_GRACE_SECONDS = 10
LONGEST_GRACE_SECONDS = 60
LONGEST_CUSTOM_NAME = 20
_DAY = 86400
_LIFETIMES = {  # setting: default, seconds at least, at most, in words
    "access_token": ("30 minutes", 300, _DAY, "5 minutes to 1 day"),
    "id_token": ("30 minutes", 300, _DAY, "5 minutes to 1 day"),
    "refresh_token": ("30 days", 3600, 3650 * _DAY, "1 hour to 3650 days"),
}


def load_wanted(path: Path) -> Wanted:
    """Raises `ProvisionFileInvalid` with every fault."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ProvisionFileInvalid([f"{path} can't be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProvisionFileInvalid([f"{path} is not TOML: {error}"]) from None
    return read_wanted(tables)


def read_wanted(tables: dict[str, Any]) -> Wanted:
    """The same for what was in the file."""
    faults: list[str] = []
    names = ("service", "pool", "domain", "scalekit", "provider", "client")
    faults += [f"{name} is not a table of this file" for name in sorted(set(tables) - set(names))]
    of = {name: _Table(name, tables.get(name, {}), faults) for name in names}
    service = _service(of["service"])
    wanted = Wanted(
        service=service,
        pool=_pool(of["pool"]),
        provider=_provider(of["provider"], of["scalekit"]),
        client=_client(of["client"], service),
        domain=_domain(of["domain"]),
    )
    for table in of.values():
        table.finish()
    if faults:
        raise ProvisionFileInvalid(faults)
    return wanted


class _Table:
    """One table being read: each setting is asked for once, and what nobody asked for is a fault."""

    def __init__(self, name: str, values: Any, faults: list[str]) -> None:
        self._name = name
        self._faults = faults
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(values, dict):
            faults.append(f"{name} must be a table: [{name}]")

    def fault(self, setting: str, sentence: str) -> None:
        self._faults.append(f"{self._name}.{setting} {sentence}")

    def has(self, setting: str) -> bool:
        return setting in self._values

    def raw(self, setting: str, default: Any = None) -> Any:
        self._asked.add(setting)
        return self._values.get(setting, default)

    def text(self, setting: str, rule: Rule, *, default: str | None = None) -> str:
        """A string that the rule likes; without a default it is required."""
        value = self.raw(setting, default)
        if value is None:
            self.fault(setting, "is missing")
        elif not isinstance(value, str):
            self.fault(setting, "must be a text in quotes")
        elif sentence := rule(value):
            self.fault(setting, sentence)
        return value if isinstance(value, str) else ""

    def optional_text(self, setting: str, rule: Rule) -> str | None:
        return self.text(setting, rule) if self.has(setting) else None

    def texts(self, setting: str, rule: Rule, *, default: Iterable[str], most: int) -> tuple[str, ...]:
        values = self.raw(setting, list(default))
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.fault(setting, "must be a list of texts in quotes")
            return ()
        for value in values:
            if sentence := rule(value):
                self.fault(setting, f"({value}) {sentence}")
        once = tuple(dict.fromkeys(values))
        if len(once) > most:
            self.fault(setting, f"has {len(once)} entries; Cognito takes {most}")
        return once

    def flag(self, setting: str, *, default: bool) -> bool:
        value = self.raw(setting, default)
        if not isinstance(value, bool):
            self.fault(setting, "must be true or false")
        return bool(value)

    def number(self, setting: str, allowed: range, *, default: int) -> int:
        value = self.raw(setting, default)
        if type(value) is not int or value not in allowed:
            self.fault(setting, f"must be a whole number from {allowed[0]} to {allowed[-1]}")
            return default
        return value

    def finish(self) -> None:
        self._faults += [f"{self._name}.{name} is not a setting" for name in sorted(set(self._values) - self._asked)]


def _service(table: _Table) -> WantedService:
    public_url = table.text("public_url", rules.origin)
    frontends = table.texts("frontends", rules.origin, default=(), most=rules.MOST_URLS)
    if not frontends:
        table.fault("frontends", "must name at least one origin")
    return WantedService(public_url, frontends)


def _pool(table: _Table) -> WantedPool:
    if table.flag("create_pool", default=False):
        if table.raw("id"):
            table.fault("id", "and create_pool can't both stand there: a new pool gets its id from AWS")
        return WantedPool(
            region=table.text("region", rules.region), name=table.text("name", rules.pool_name, default="cognito-sso")
        )
    for setting in ("name", "region"):
        if table.raw(setting) is not None:
            table.fault(setting, "is for create_pool = true; a pool that is there is known by its id")
    pool_id = table.text("id", rules.pool_id)
    return WantedPool(region=pool_id.partition("_")[0], id=pool_id)


def _domain(table: _Table) -> WantedDomain:
    if table.has("prefix") == table.has("host"):
        table.fault("prefix", "or domain.host must be there, and only one of them")
    version = table.number("managed_login_version", range(1, 3), default=1)
    managed_login_version = version if table.has("managed_login_version") else None
    if table.has("host"):
        table.raw("prefix")
        certificate = table.text("certificate_arn", rules.certificate_arn)
        return WantedDomain(table.text("host", rules.domain_host), certificate, managed_login_version)
    prefix = table.text("prefix", rules.domain_prefix) if table.has("prefix") else ""
    return WantedDomain(prefix, managed_login_version=managed_login_version)


def _provider(table: _Table, scalekit: _Table) -> WantedProvider:
    if scalekit.has("client_secret"):
        scalekit.raw("client_secret")
        scalekit.fault("client_secret", "must not stand in a file: use --secret-file or SCALEKIT_CLIENT_SECRET")
    scopes = table.texts("scopes", rules.scope, default=DEFAULT_SCOPES, most=rules.MOST_SCOPES)
    if {"openid", "email"} - set(scopes):
        table.fault("scopes", "must have openid and email")
    method = table.text("attributes_request_method", _get_or_post, default="GET")
    identifiers, left_out = _identifiers(table)
    return WantedProvider(
        name=table.text("name", rules.provider_name, default="ScalekitIdPRouter"),
        issuer=scalekit.text("environment_url", rules.issuer),
        client_id=scalekit.text("client_id", rules.opaque),
        scopes=scopes,
        attributes_request_method=method,
        attribute_mapping=_mapping(table),
        identifiers=identifiers,
        identifiers_left_out=left_out,
    )


def _get_or_post(value: str) -> str | None:
    return None if value in ("GET", "POST") else 'must be "GET" or "POST"'


def _identifiers(table: _Table) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Those that Cognito takes, and those it does not with the reason: too many customers are no fault of the file."""
    if not table.has("identifiers"):
        return None, ()
    listed = table.texts("identifiers", lambda _value: None, default=(), most=sys.maxsize)
    unfit = [f"{name}: {why}" for name in listed if (why := rules.identifier(name))]
    fit = [name for name in listed if not rules.identifier(name)]
    over = [f"{name}: more than {rules.MOST_IDENTIFIERS}" for name in fit[rules.MOST_IDENTIFIERS :]]
    return tuple(fit[: rules.MOST_IDENTIFIERS]), (*unfit, *over)


def _mapping(table: _Table) -> dict[str, str]:
    mapping = table.raw("attribute_mapping", DEFAULT_MAPPING)
    if not isinstance(mapping, dict) or not all(isinstance(claim, str) and claim for claim in mapping.values()):
        table.fault("attribute_mapping", 'must be a table of attribute = "claim"')
        return {}
    for attribute in mapping:
        if sentence := _mapping_fault(attribute, mapping[attribute]):
            table.fault(f"attribute_mapping.{attribute}", sentence)
    if "email" not in mapping:
        table.fault("attribute_mapping", "must have email: nobody can sign in without")
    return {attribute: claim for attribute, claim in mapping.items() if attribute != "username"}


def _mapping_fault(attribute: str, claim: str) -> str | None:
    if attribute == "username":
        return None if claim == "sub" else "is always sub, by Cognito's doing"
    if attribute.startswith("custom:"):
        name = attribute.removeprefix("custom:")
        return (
            None if 0 < len(name) <= LONGEST_CUSTOM_NAME else f"needs a name of 1 to {LONGEST_CUSTOM_NAME} characters"
        )
    if attribute not in READABLE:
        return "is no attribute of a pool; others are called custom:<name>"
    return None


def _client(table: _Table, service: WantedService) -> WantedClient:
    scopes = table.texts("scopes", rules.scope, default=DEFAULT_SCOPES, most=rules.MOST_SCOPES)
    if {"openid", "email"} - set(scopes):
        table.fault("scopes", "must have openid and email")
    lifetimes = {setting: _lifetime(table, setting) for setting in _LIFETIMES}
    if lifetimes["refresh_token"].seconds < max(lifetimes["access_token"].seconds, lifetimes["id_token"].seconds):
        table.fault("refresh_token", "must not be shorter than the others")
    return WantedClient(
        name=table.text("name", rules.client_name, default="cognito-sso"),
        id=table.optional_text("id", rules.client_id),
        confidential=table.flag("confidential", default=True),
        callback_urls=_urls(table, "more_callback_urls", service.public_url + CALLBACK_PATH),
        logout_urls=_urls(table, "more_logout_urls", service.public_url + SIGNED_OUT_PATH),
        scopes=scopes,
        access_token=lifetimes["access_token"],
        id_token=lifetimes["id_token"],
        refresh_token=lifetimes["refresh_token"],
        rotation=table.flag("rotation", default=True),
        rotation_grace_seconds=table.number(
            "rotation_grace_seconds", range(LONGEST_GRACE_SECONDS + 1), default=DEFAULT_GRACE_SECONDS
        ),
    )


def _urls(table: _Table, setting: str, ours: str) -> tuple[str, ...]:
    more = table.texts(setting, rules.app_url, default=(), most=rules.MOST_URLS - 1)
    return tuple(dict.fromkeys((ours, *more)))


def _lifetime(table: _Table, setting: str) -> Lifetime:
    default, least, most, in_words = _LIFETIMES[setting]
    try:
        lifetime = Lifetime.parse(table.raw(setting, default))
    except ValueError as error:
        table.fault(setting, str(error))
        return Lifetime.parse(default)
    if not least <= lifetime.seconds <= most:
        table.fault(setting, f"must be {in_words}")
    return lifetime
