"""Tokens as the pool would issue them, without a browser: for tests of whoever has to verify them."""

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.users import User
from cognito_sso.simulator.grants import Grant
from cognito_sso.simulator.people import Company, People, Person, email_domain
from cognito_sso.simulator.signing import Claims, SigningKey

Who = str | Person
DEFAULT_EMAIL = "jane@megasoft.example"


class Minting:
    """`claims` win over what the pool would have put in; a claim of None is left out."""

    def __init__(self, pool: SimulatedPool, people: People) -> None:
        self._pool = pool
        self._people = people

    def tokens(
        self,
        who: Who = DEFAULT_EMAIL,
        *,
        client_id: str | None = None,
        scopes: Sequence[str] = (),
        nonce: str | None = None,
    ) -> dict[str, Any]:
        """A whole answer of the token endpoint; its refresh token works."""
        client, _, grant = self._granted(who, client_id, scopes, nonce)
        tokens = self._pool.token_set(grant, client) or {}
        ends_at = self._pool.clock.now() + client.refresh_token_seconds
        return {
            **tokens,
            "refresh_token": self._pool.refresh_tokens.issue(grant, ends_at),
            "expires_in": client.access_token_seconds,
            "token_type": "Bearer",
        }

    def access_token(
        self,
        who: Who = DEFAULT_EMAIL,
        *,
        client_id: str | None = None,
        scopes: Sequence[str] = (),
        header: Mapping[str, Any] | None = None,
        key: SigningKey | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        client, user, grant = self._granted(who, client_id, scopes, None)
        usual = self._pool.mint.access_claims(grant, client, user)
        return _signed(key or self._pool.keys.access, header, usual, claims)

    def id_token(
        self,
        who: Who = DEFAULT_EMAIL,
        *,
        access_token: str = "",
        client_id: str | None = None,
        scopes: Sequence[str] = (),
        header: Mapping[str, Any] | None = None,
        key: SigningKey | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Without an `access_token` there is nothing for `at_hash` to be the hash of, so it is left out."""
        client, user, grant = self._granted(who, client_id, scopes, None)
        usual = self._pool.mint.id_claims(grant, client, user, access_token)
        if not access_token:
            del usual["at_hash"]
        return _signed(key or self._pool.keys.id, header, usual, claims)

    def _granted(
        self, who: Who, client_id: str | None, scopes: Sequence[str], nonce: str | None
    ) -> tuple[AppClient, User, Grant]:
        client = self._pool.clients[client_id] if client_id else next(iter(self._pool.clients.values()))
        user = self._user(client, who)
        now = int(self._pool.clock.now())
        return client, user, Grant(client.client_id, user.username, tuple(scopes) or client.scopes, now, nonce)

    def _user(self, client: AppClient, who: Who) -> User:
        """The pool's user for this person, made as a federated sign-in would make it."""
        company, person = self.company_and_person(who)
        claims = {
            "sub": f"{company.connection_id};{company.subject_of(person)}",
            "oid": company.organization_id,
            "email": person.email,
            "email_verified": person.email_verified,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "preferred_username": person.email,
        }
        return self._pool.users.sign_in(client.providers[0], claims, self._pool.clock.now())

    def company_and_person(self, who: Who) -> tuple[Company, Person]:
        """A stranger to every company is signed in by the first one, the test organisation."""
        email = who if isinstance(who, str) else who.email
        company = self._people.of_domain(email_domain(email)) or next(iter(self._people))
        known = company.person(email) if isinstance(who, str) else who
        return company, known or Person(email, "John", "Doe")


def _signed(key: SigningKey, header: Mapping[str, Any] | None, usual: Claims, claims: Mapping[str, Any] | None) -> str:
    wanted = {**usual, **(claims or {})}
    return key.sign(header or {"kid": key.kid, "alg": "RS256"}, {k: v for k, v in wanted.items() if v is not None})
