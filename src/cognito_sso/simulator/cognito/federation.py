"""GET /oauth2/idpresponse: the browser is back from the identity provider."""

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.simulator.cognito.answers import INVALID_STATE, SOMETHING_WENT_WRONG, error_page, login_page
from cognito_sso.simulator.cognito.authorize import issue_code, recalled
from cognito_sso.simulator.cognito.clients import IdentityProvider
from cognito_sso.simulator.cognito.cookies import (
    SESSION,
    SIGN_IN_SECONDS,
    DomainCookies,
    HostedSession,
    csrf_state_of,
)
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.request import AuthorizationRequest
from cognito_sso.simulator.cognito.upstream import Upstream
from cognito_sso.simulator.cognito.users import FederationRefused, User
from cognito_sso.simulator.signing import Claims
from cognito_sso.simulator.wire import AnswerInstead, Params, read_query


class IdpResponseEndpoint:
    def __init__(self, pool: SimulatedPool, upstream: Upstream, cookies: DomainCookies) -> None:
        self._pool = pool
        self._upstream = upstream
        self._cookies = cookies

    async def get(self, request: Request) -> Response:
        query = read_query(request)
        members = self._state(request, query)
        asked = recalled(self._pool, members)
        provider = self._pool.providers.get(members["b"])
        if asked is None or provider is None:
            raise error_page(self._pool, INVALID_STATE)
        if self._pool.clock.now() >= members["m"] + SIGN_IN_SECONDS:
            raise self._too_late(asked)
        if "error" in query:
            raise self._relayed(asked, query)
        try:
            user = await self._user(provider, query)
        except FederationRefused as refused:
            raise asked.refusal("invalid_request", str(refused)) from refused
        return self._signed_in(asked, provider, user)

    def _state(self, request: Request, query: Params) -> Claims:
        """Ours, unchanged, and from this browser; else the app is never called."""
        csrf_state = csrf_state_of(request)
        members = self._pool.state_seal.open(query.get("state", ""), csrf_state or "")
        if csrf_state is None or members is None or query.repeated:
            raise error_page(self._pool, INVALID_STATE)
        return members

    def _too_late(self, asked: AuthorizationRequest) -> AnswerInstead:
        query = [
            ("client_id", asked.client.client_id),
            ("redirect_uri", asked.redirect_uri),
            ("response_type", asked.response_type),
            ("scope", " ".join(asked.scopes)),
            *([("state", asked.state)] if asked.state else []),
        ]
        return login_page(self._pool, Params(query), SOMETHING_WENT_WRONG)

    def _relayed(self, asked: AuthorizationRequest, query: Params) -> AnswerInstead:
        """The provider said no: its text goes to the app, its code only as the pool's rules have it."""
        error = query["error"]
        return asked.refusal(self._pool.rules.upstream_error(error), query.get("error_description", error))

    async def _user(self, provider: IdentityProvider, query: Params) -> User:
        if "code" not in query:
            raise FederationRefused("Exception processing authorization code")
        claims = await self._upstream.claims(provider, query["code"], self._pool.idp_response_url)
        return self._pool.users.sign_in(provider.name, claims, self._pool.clock.now())

    def _signed_in(self, asked: AuthorizationRequest, provider: IdentityProvider, user: User) -> Response:
        session = HostedSession(asked.client.client_id, provider.name, user.username, int(self._pool.clock.now()))
        response = issue_code(self._pool, asked, user.username, session.auth_time, asked.nonce)
        value = self._pool.session_seal.seal(session.as_payload())
        self._cookies.set(response, SESSION, value, max_age=asked.client.session_seconds)
        return response
