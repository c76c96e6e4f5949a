"""The hosted domain's own pages: /login, where a choice is made or a user is stranded, and /error."""

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.simulator.cognito.answers import callback_of, client_of
from cognito_sso.simulator.cognito.clients import IdentityProvider
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.pages import page
from cognito_sso.simulator.people import email_domain
from cognito_sso.simulator.wire import Params, read_query, redirect, with_params

NOT_HANDED_ON = ("errorMessage", "identity_provider", "idp_identifier", "email")


class HostedPages:
    def __init__(self, pool: SimulatedPool) -> None:
        self._pool = pool

    async def login(self, request: Request) -> Response:
        """401 with an error message, 200 without; a typed e-mail goes on by its domain, as managed login does it."""
        query = read_query(request)
        client = client_of(self._pool, query)
        callback_of(self._pool, client, query)
        if "email" in query and email_domain(query["email"]):
            return self._by_domain(query)
        error = query.get("errorMessage")
        providers = self._pool.providers_of(client)
        return page(
            "cognito_login",
            401 if error else 200,
            client=client,
            error=error,
            choices=[(provider.name, self._choice(query, provider)) for provider in providers],
            by_domain=any(provider.identifiers for provider in providers),
            handed_on=_handed_on(query),
            email=query.get("login_hint", ""),
        )

    async def error(self, request: Request) -> Response:
        query = read_query(request)
        return page("cognito_error", 400, error=query.get("error", "unknown"), client_id=query.get("client_id"))

    def _by_domain(self, query: Params) -> Response:
        added = [("idp_identifier", email_domain(query["email"]))]
        hint = [] if "login_hint" in query else [("login_hint", query["email"])]
        return redirect(f"{self._pool.domain_url}/oauth2/authorize", [*_handed_on(query), *added, *hint])

    def _choice(self, query: Params, provider: IdentityProvider) -> str:
        params = [*_handed_on(query), ("identity_provider", provider.name)]
        return with_params(f"{self._pool.domain_url}/oauth2/authorize", params)


def _handed_on(query: Params) -> list[tuple[str, str]]:
    return [pair for pair in query.pairs if pair[0] not in NOT_HANDED_ON]
