"""What differs between two states of one part of a pool, told field by field, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cognito_sso.provision.lifetime import SECONDS, Lifetime

MASK = "********"
_SECRETS = frozenset({"client_secret", "ClientSecret"})
_DEFAULT_UNITS = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
_DEFAULT_LIFETIMES = {"AccessToken": 1, "IdToken": 1, "RefreshToken": 30}
_UNITS = "TokenValidityUnits"


@dataclass(frozen=True)
class Change:
    """`+` is new, `~` was something else, `-` goes."""

    sign: Literal["+", "~", "-"]
    field: str
    before: str = ""
    after: str = ""


def is_same(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a field means the same: lists in any order, lifetimes in any unit, absent as its default.

    The units stand for all three lifetimes.
    """
    if name == _UNITS or name.endswith("TokenValidity"):
        return all(_seconds(before, token) == _seconds(after, token) for token in _tokens(name))
    return bool(_normal(name, before.get(name)) == _normal(name, after.get(name)))


def added(state: Mapping[str, Any]) -> Iterator[Change]:
    """Every field of something new."""
    return changes_between({}, state)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*after, *(name for name in before if name not in after)]:
        if before and is_same(name, before, after):
            continue
        if name != _UNITS:  # told with the lifetimes
            yield from _field(name, before, after)


def _field(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = before.get(name), after.get(name)
    if name.endswith("TokenValidity"):
        yield _value(name, _lifetime(before, name), _lifetime(after, name))
    elif _holds(Mapping, old, new):
        for key in sorted({*(old or {}), *(new or {})}, key=[*(new or {}), *(old or {})].index):
            yield from _entry(f"{name}.{key}", (old or {}).get(key), (new or {}).get(key))
    elif _holds(list, old, new) and not any(isinstance(item, Mapping) for item in new or ()):
        yield from (Change("+", name, after=item) for item in new or () if item not in (old or ()))
        yield from (Change("-", name, before=item) for item in old or () if item not in (new or ()))
    else:
        yield _value(name, _shown(old), _shown(new))


def _holds(kind: type, old: Any, new: Any) -> bool:
    return isinstance(new if new is not None else old, kind)


def _entry(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if name.rpartition(".")[2] in _SECRETS:
        yield Change("~" if old else "+", name, MASK if old else "", f"{MASK} (another)" if old else MASK)
    else:
        yield _value(name, _shown(old), _shown(new))


def _value(name: str, old: str, new: str) -> Change:
    return Change("~" if old and new else "+" if new else "-", name, old, new)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return str(value.get("Name", "set"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _normal(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value)) or None
    if name == "RefreshTokenRotation":
        value = value or {}
        is_on = value.get("Feature") == "ENABLED"
        return (is_on, value.get("RetryGracePeriodSeconds", 0) if is_on else 0)
    return value or None  # absent, empty and false are one


def _tokens(name: str) -> tuple[str, ...]:
    return tuple(_DEFAULT_UNITS) if name == _UNITS else (name.removesuffix("Validity"),)


def _seconds(state: Mapping[str, Any], token: str) -> int:
    value, unit = _value_and_unit(state, token)
    return value * SECONDS[unit]


def _value_and_unit(state: Mapping[str, Any], token: str) -> tuple[int, str]:
    value = state.get(f"{token}Validity")
    if not value:  # zero is the default too
        return _DEFAULT_LIFETIMES[token], _DEFAULT_UNITS[token]
    return value, (state.get(_UNITS) or {}).get(token, _DEFAULT_UNITS[token])


def _lifetime(state: Mapping[str, Any], name: str) -> str:
    if not state:
        return ""
    return str(Lifetime(*_value_and_unit(state, name.removesuffix("Validity"))))
