"""A user pool for tests: tokens as Cognito writes them, and the verifier that accepts them, with no network at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cognito_sso.simulator import AppClient, Simulator
from cognito_sso.testing.bad_tokens import MAKERS
from cognito_sso.verify import TokenVerifier

DEFAULT_EMAIL = "jane@megasoft.example"
HOUR_SECONDS = 3600


class Cognito:
    """What the `cognito` fixture gives: one pool with one app client.

    Time is the simulator's: `cognito.simulator.clock.advance(3600)` makes every token of the last hour expire.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.simulator: Simulator = simulator
        self.client: AppClient = next(iter(simulator.pool.clients.values()))

    @property
    def issuer(self) -> str:
        return self.simulator.issuer

    @property
    def client_id(self) -> str:
        return self.client.client_id

    @property
    def jwks(self) -> dict[str, Any]:
        """The pool's public keys, as published."""
        return {"keys": self.simulator.keys.jwks()}

    @cached_property
    def verifier(self) -> TokenVerifier:
        """Accepts the good tokens and refuses the bad ones. Its keys are those of when it was first asked for."""
        return TokenVerifier(
            issuer=self.issuer, client_id=self.client_id, jwks=self.jwks, clock=self.simulator.clock.now
        )

    def access_token(
        self,
        *,
        email: str = DEFAULT_EMAIL,
        groups: Sequence[str] = (),
        scopes: Sequence[str] = (),
        expires_in: float = HOUR_SECONDS,
        **claims: Any,
    ) -> str:
        """A good access token. `email` says who: the same address is the same `sub`; the token does not name it.

        Without `scopes` it has the app client's. `expires_in` is in seconds, and may be negative. Any other argument
        is a claim; None leaves it out.
        """
        wanted = {**self._groups(groups), **self._times(expires_in), **claims}
        return self.simulator.mint_access_token(email, scopes=scopes, claims=wanted)

    def id_token(
        self,
        *,
        email: str = DEFAULT_EMAIL,
        groups: Sequence[str] = (),
        access_token: str = "",
        expires_in: float = HOUR_SECONDS,
        **claims: Any,
    ) -> str:
        """A good ID token; with the `access_token` that came along it has its `at_hash`. Give `nonce` as a claim."""
        wanted = {"email": email, **self._groups(groups), **self._times(expires_in), **claims}
        return self.simulator.mint_id_token(email, access_token=access_token, claims=wanted)

    def machine_token(self, *, scopes: Sequence[str] = (), expires_in: float = HOUR_SECONDS, **claims: Any) -> str:
        """An access token of the client-credentials grant: nobody signed in."""
        nobody = {"sub": self.client_id, "username": None, "cognito:groups": None, "origin_jti": None}
        wanted = {**nobody, **self._times(expires_in), **claims}
        return self.simulator.mint_access_token(scopes=scopes, claims=wanted)

    def bearer(self, **options: Any) -> dict[str, str]:
        """The request header with an access token; the options are those of `access_token`."""
        return {"Authorization": f"Bearer {self.access_token(**options)}"}

    def bad_access_token(self, name: str) -> str:
        """The one of `BAD_ACCESS_TOKENS` that has this name."""
        return MAKERS[name](self)

    def bad_access_tokens(self) -> dict[str, str]:
        """All of `BAD_ACCESS_TOKENS`. Each is all right in a header, and refused with 401 by whoever checks it."""
        return {name: self.bad_access_token(name) for name in MAKERS}

    def _groups(self, groups: Sequence[str]) -> dict[str, Any]:
        """Behind the group that Cognito itself makes for each provider."""
        return {"cognito:groups": [f"{self.simulator.pool.pool_id}_{self.client.providers[0]}", *groups]}

    def _times(self, expires_in: float) -> dict[str, int]:
        expires = int(self.simulator.clock.now() + expires_in)
        issued = expires - int(expires_in) if expires_in > 0 else expires - HOUR_SECONDS
        return {"iat": issued, "auth_time": issued, "exp": expires}
