"""Federated users of the pool: how IdP claims become attributes, and how a user is found, made or refused."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from cognito_sso.simulator.signing import Claims

MOST_ATTRIBUTE_CHARACTERS = 2048
LOWER_CASED = ("email", "preferred_username")

SUBS = uuid.UUID("0a1c6d6e-5b0f-5a77-8d9b-7d0d3c6c2f10")

DEFAULT_MAPPING = {
    "email": "email",
    "email_verified": "email_verified",
    "name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
    "preferred_username": "preferred_username",
    "custom:org_id": "oid",
    "custom:department": "department",
}


class FederationRefused(Exception):
    """The sign-in ends at the app's callback with this text as `error_description`."""


@dataclass
class User:
    username: str
    sub: str
    provider: str
    provider_user_id: str
    created_at: float
    attributes: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    enabled: bool = True

    def identities(self) -> list[dict[str, str | None]]:
        """Strings throughout, `issuer` null: as Cognito documents it, with a warning."""
        return [
            {
                "dateCreated": str(int(self.created_at * 1000)),
                "userId": self.provider_user_id,
                "providerName": self.provider,
                "providerType": "OIDC",
                "issuer": None,
                "primary": "true",
            }
        ]


@dataclass
class FederationRules:
    """Knobs of the pool that decide whether a federated sign-in succeeds.

    pre_sign_up       called with the user name and attributes of a new user; the text it returns refuses the sign-in
    already_found     the first sign-in of each user fails with "Already found an entry for username", once
    upstream_error    the `error` an app gets when the IdP said `error=…`; what Cognito does is not documented
    """

    attribute_mapping: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_MAPPING))
    required: tuple[str, ...] = ("email",)
    immutable: tuple[str, ...] = ()
    pre_sign_up: Callable[[str, Mapping[str, str]], str | None] | None = None
    already_found: bool = False
    upstream_error: Callable[[str], str] = lambda error: error if error == "access_denied" else "invalid_request"


class Users:
    """Every profile, by user name, which in a case-insensitive pool is all lower case."""

    def __init__(self, *, pool_id: str, case_sensitive: bool) -> None:
        self.rules = FederationRules()
        self._pool_id = pool_id
        self._case_sensitive = case_sensitive
        self._users: dict[str, User] = {}
        self._seen_once: set[str] = set()

    def __iter__(self) -> Iterator[User]:
        return iter(list(self._users.values()))

    def get(self, username: str) -> User | None:
        return self._users.get(self._cased(username))

    def delete(self, username: str) -> None:
        self._users.pop(self._cased(username), None)

    def username(self, provider: str, provider_user_id: str) -> str:
        return self._cased(f"{provider}_{provider_user_id}")

    def sign_in(self, provider: str, claims: Claims, now: float) -> User:
        """The user these claims stand for, made or brought up to date. Raises FederationRefused."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise FederationRefused("username attribute mapping required")
        attributes = self._mapped(claims)
        user = self.get(self.username(provider, subject))
        if user is None:
            return self._create(provider, subject, attributes, now)
        self._update(user, attributes)
        return user

    def _mapped(self, claims: Claims) -> dict[str, str]:
        mapping = self.rules.attribute_mapping
        mapped = {name: _as_text(claims[claim]) for name, claim in mapping.items() if claims.get(claim) is not None}
        if missing := [name for name in self.rules.required if not mapped.get(name)]:
            raise FederationRefused(f"attributes required: [{', '.join(missing)}]")
        if too_long := [name for name, value in mapped.items() if len(value) > MOST_ATTRIBUTE_CHARACTERS]:
            raise FederationRefused(f"Invalid user attributes: {too_long[0]}. The attribute is too long.")
        return {name: self._cased(value) if name in LOWER_CASED else value for name, value in mapped.items()}

    def _create(self, provider: str, subject: str, attributes: dict[str, str], now: float) -> User:
        username = self.username(provider, subject)
        refusal = self.rules.pre_sign_up(username, attributes) if self.rules.pre_sign_up else None
        if refusal is not None:
            raise FederationRefused(f"PreSignUp failed with error {refusal}. ")
        if self.rules.already_found and username not in self._seen_once:
            self._seen_once.add(username)
            raise FederationRefused(f"Already found an entry for username {provider}_{subject}")
        user = User(username, str(uuid.uuid5(SUBS, username)), provider, subject, now, attributes)
        user.groups.append(f"{self._pool_id}_{provider}")
        self._users[username] = user
        return user

    def _update(self, user: User, attributes: dict[str, str]) -> None:
        if not user.enabled:
            raise FederationRefused("User is disabled.")
        if fixed := [name for name in self.rules.immutable if name in attributes]:
            raise FederationRefused(f"user.{fixed[0]}: Attribute cannot be updated.\n ")
        # A claim that disappeared upstream is kept, as Cognito keeps it.
        user.attributes.update(attributes)

    def _cased(self, value: str) -> str:
        return value if self._case_sensitive else value.lower()


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{','.join(quote(str(item), safe='*._-') for item in value)}]"
    return str(value)
