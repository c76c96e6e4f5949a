"""What we remember of one login while the browser is away, in one sealed cookie of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from pydantic_core import to_json

from cognito_sso.cookies import SealedCookie, base64url
from cognito_sso.errors import LoginExpired
from cognito_sso.login.delivery import NO_PROOF, Delivery, FrontendProof

LIFETIME_SECONDS = 600  # Cognito gives up after five minutes; the rest is for the way back
MOST_LOGINS_AT_ONCE = 5
OPEN_LOGINS_BUDGET = 2_000  # bytes of the others, so that all cookies together stay within a header of 8 KB
CLEARED_BUDGET = 2_000  # bytes of headers that clear some, so that an answer stays within 8 KB whatever was tossed in
SECRET_BYTES = 32
DERIVED_CHARACTERS = 43
COOKIE_ID_LENGTH = 8
MEMBERS_VERSION = 2  # of `LoginTransaction.members`, their order included
Members = Sequence[Any]


class Derived(NamedTuple):
    """What comes of a login's secret: each of 258 bits, and no help in guessing another."""

    state: str
    nonce: str
    code_verifier: str
    id: str


@dataclass(frozen=True)
class LoginTransaction:
    """One login. `state`, `nonce` and `code_verifier` are independent outputs of one secret of 256 bits."""

    secret: str = field(repr=False)
    email: str = field(repr=False)
    return_to: str
    delivery: Delivery
    started_at: int
    restarted: bool = False
    proof: FrontendProof = NO_PROOF

    @classmethod
    def begin(
        cls, *, email: str, return_to: str, delivery: Delivery, now: float, proof: FrontendProof = NO_PROOF
    ) -> LoginTransaction:
        return cls(base64url.encode(os.urandom(SECRET_BYTES)), email, return_to, delivery, int(now), proof=proof)

    def restart(self, *, now: float) -> LoginTransaction:
        """The same login with a new secret, marked so that it never restarts by itself again."""
        return replace(self, secret=base64url.encode(os.urandom(SECRET_BYTES)), started_at=int(now), restarted=True)

    @property
    def state(self) -> str:
        """RFC 6749 section 10.12. Alphabet and length that Cognito carries unharmed."""
        return self._derived.state

    @property
    def nonce(self) -> str:
        """OpenID Connect Core section 3.1.2.1."""
        return self._derived.nonce

    @property
    def code_verifier(self) -> str:
        """RFC 7636 section 4.1: 43 characters."""
        return self._derived.code_verifier

    @property
    def id(self) -> str:
        """A name for this login that gives nothing of it away."""
        return self._derived.id

    @property
    def code_challenge(self) -> str:
        return base64url.encode(hashlib.sha256(self.code_verifier.encode()).digest())

    @property
    def wish(self) -> dict[str, str]:
        """How the result is to arrive, as parameters of `/login/start`."""
        if self.delivery is Delivery.SESSION:
            return {}
        proof = {"code_challenge": self.proof.code_challenge, "state": self.proof.state}
        return {"delivery": str(self.delivery), **{name: value for name, value in proof.items() if value}}

    @property
    def members(self) -> Members:
        """Plain values, of which `transaction_from` makes it again."""
        proof = self.proof
        login = (self.secret, self.email, self.return_to, str(self.delivery), self.started_at, self.restarted)
        return (*login, proof.code_challenge, proof.state)

    def answers_to(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode())

    @cached_property
    def _derived(self) -> Derived:
        octets = len(Derived._fields) * DERIVED_CHARACTERS * 3 // 4
        text = base64url.encode(hashlib.shake_256(self.secret.encode()).digest(octets))  # FIPS 202, section 6.2
        return Derived(*[text[at : at + DERIVED_CHARACTERS] for at in range(0, len(text), DERIVED_CHARACTERS)])


class LoginCookies:
    """The logins that a browser has open, each in a cookie named after its state."""

    def __init__(self, cookie: SealedCookie) -> None:
        self._cookie = cookie

    def find(self, cookies: Mapping[str, str], state: str | None) -> LoginTransaction:
        """The login that a state belongs to. Raises `LoginExpired` where this browser has none."""
        payload = self._cookie.read(cookies, _member(state)) if state else None
        if payload is None or state is None:
            raise LoginExpired(self._why_not(cookies, state))
        transaction = transaction_from(json.loads(payload))
        if not transaction.answers_to(state):
            raise LoginExpired("the state is not this login's")
        return transaction

    def write(self, transaction: LoginTransaction) -> str:
        payload = to_json(transaction.members)
        return self._cookie.write(payload, max_age=LIFETIME_SECONDS, member=_member(transaction.state))

    def clear(self, transaction: LoginTransaction) -> str:
        return self._cookie.clear(_member(transaction.state))

    def evict(self, cookies: Mapping[str, str]) -> list[str]:
        """Clears what is stale and, so that a new login finds room, the oldest of the open ones."""
        if not (started := self._started(cookies)):
            return []
        newest_first = sorted(filter(started.get, started), key=lambda member: started[member], reverse=True)
        kept, room = set[str](), OPEN_LOGINS_BUDGET
        for member in newest_first[: MOST_LOGINS_AT_ONCE - 1]:
            room -= self._cookie.size(cookies, member)
            if room >= 0:
                kept.add(member)
        return self._cleared({member: at for member, at in started.items() if member not in kept})

    def clear_all(self, cookies: Mapping[str, str]) -> list[str]:
        return self._cleared(self._started(cookies))

    def _why_not(self, cookies: Mapping[str, str], state: str | None) -> str:
        """For operators: replicas that have different keys can be told from people who are late."""
        is_there = state is not None and self._cookie.name(_member(state)) in cookies
        return "the login cookie can't be opened" if is_there else "no login cookie for this state"

    def _cleared(self, started: Mapping[str, int]) -> list[str]:
        """As many as one answer has room for: open logins first, the oldest before all. The next answer goes on."""
        order = sorted(started, key=lambda member: (not started[member], started[member], len(member)))
        texts = [self._cookie.clear(member) for member in order]
        sizes = accumulate(len("set-cookie: \r\n") + len(text) for text in texts)
        return [text for text, size in zip(texts, sizes, strict=True) if size <= CLEARED_BUDGET]

    def _started(self, cookies: Mapping[str, str]) -> dict[str, int]:
        """When each began, in seconds since 1970; 0 is for what no login can be read from."""
        return {member: self._started_at(cookies, member) for member in self._cookie.members(cookies)}

    def _started_at(self, cookies: Mapping[str, str], member: str) -> int:
        payload = self._cookie.read(cookies, member)
        return 0 if payload is None else transaction_from(json.loads(payload)).started_at


def _member(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()[:COOKIE_ID_LENGTH]


def transaction_from(members: Members) -> LoginTransaction:
    secret, email, return_to, delivery, started_at, restarted, *proof = members
    return LoginTransaction(secret, email, return_to, Delivery(delivery), started_at, restarted, FrontendProof(*proof))
