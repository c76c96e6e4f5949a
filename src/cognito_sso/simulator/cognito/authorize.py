"""GET /oauth2/authorize: answer from the hosted session, or send the browser to the identity provider."""

import uuid

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.simulator.cognito.answers import LOGIN_OPTION_UNAVAILABLE, code_callback, login_page
from cognito_sso.simulator.cognito.clients import AppClient, IdentityProvider
from cognito_sso.simulator.cognito.cookies import (
    SESSION,
    DomainCookies,
    HostedSession,
    csrf_state_of,
    random_value,
)
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.request import AuthorizationRequest, read_authorization_request
from cognito_sso.simulator.grants import Grant
from cognito_sso.simulator.signing import Claims
from cognito_sso.simulator.wire import Params, read_query, redirect

SERVER_HOST_PORT = "auth-worker.eu-north-1.internal:8443"


class AuthorizeEndpoint:
    def __init__(self, pool: SimulatedPool, cookies: DomainCookies) -> None:
        self._pool = pool
        self._cookies = cookies

    async def get(self, request: Request) -> Response:
        query = read_query(request)
        asked = read_authorization_request(self._pool, query)
        provider = self._provider(asked.client, query)
        session = self._session(request, asked, provider)
        if session is not None:
            return issue_code(self._pool, asked, session.username, session.auth_time, asked.nonce)
        if "none" in asked.prompt:
            raise asked.refusal("login_required")
        if provider is None:
            raise login_page(self._pool, query)
        return self._to_provider(request, asked, provider)

    def _provider(self, client: AppClient, query: Params) -> IdentityProvider | None:
        """None if the request names none. Names are case-sensitive, and one not enabled strands the user."""
        name, identifier = query.get("identity_provider"), query.get("idp_identifier")
        if name is None and identifier is None:
            return None
        for provider in self._pool.providers_of(client):
            if provider.name == name or (name is None and identifier in provider.identifiers):
                return provider
        raise login_page(self._pool, query, LOGIN_OPTION_UNAVAILABLE)

    def _session(
        self, request: Request, asked: AuthorizationRequest, provider: IdentityProvider | None
    ) -> HostedSession | None:
        """The session to reuse silently: same client, same provider, whatever login_hint says."""
        payload = self._pool.session_seal.open(request.cookies.get(SESSION, ""))
        if payload is None or set(asked.prompt) - {"none"}:
            return None
        session = HostedSession.from_payload(payload)
        fits = session.client_id == asked.client.client_id and provider in (
            None,
            self._pool.providers.get(session.provider),
        )
        fresh = self._pool.clock.now() < session.auth_time + asked.client.session_seconds
        return session if fits and fresh and self._pool.users.get(session.username) else None

    def _to_provider(self, request: Request, asked: AuthorizationRequest, provider: IdentityProvider) -> Response:
        # A browser that is already in a round trip keeps its value, or a second tab would break the first.
        csrf_state = csrf_state_of(request) or random_value()
        params = [
            ("client_id", provider.client_id),
            ("redirect_uri", self._pool.idp_response_url),
            ("scope", provider.authorize_scopes),
            ("response_type", "code"),
            ("state", self._pool.state_seal.seal(self._remembered(asked, provider), csrf_state)),
        ]
        if asked.login_hint:
            params.append(("login_hint", asked.login_hint))
        if asked.prompt:
            params.append(("prompt", " ".join(asked.prompt)))
        response = redirect(provider.authorize_url, params)
        self._cookies.start_round_trip(response, csrf_state)
        return response

    def _remembered(self, asked: AuthorizationRequest, provider: IdentityProvider) -> Claims:
        """The members a to r seen in real values of Cognito's state; `o`, for a realistic length, and `q` are ours."""
        members = {
            "a": self._pool.pool_id,
            "b": provider.name,
            "c": asked.client.client_id,
            "d": asked.redirect_uri,
            "e": asked.response_type,
            "f": "OIDC",
            "g": asked.scopes,
            "h": asked.state,
            "i": asked.code_challenge,
            "j": "S256" if asked.code_challenge else None,
            "k": asked.nonce or random_value(),
            "l": SERVER_HOST_PORT,
            "m": int(self._pool.clock.now()),
            "o": random_value(),
            "p": False,
            "q": asked.resource,
            "r": str(uuid.uuid4()),
        }
        return {name: value for name, value in members.items() if value is not None}


def recalled(pool: SimulatedPool, members: Claims) -> AuthorizationRequest | None:
    """The request a returning browser belongs to; None if its client is gone meanwhile."""
    client = pool.clients.get(members["c"])
    if client is None:
        return None
    return AuthorizationRequest(
        client=client,
        redirect_uri=members["d"],
        response_type=members["e"],
        scopes=members["g"],
        state=members.get("h"),
        nonce=members["k"],
        code_challenge=members.get("i"),
        resource=members.get("q"),
    )


def issue_code(
    pool: SimulatedPool, asked: AuthorizationRequest, username: str, auth_time: int, nonce: str | None
) -> Response:
    """The success answer: a code in the query, or tokens in the fragment for the implicit flow."""
    grant = Grant(
        client_id=asked.client.client_id,
        username=username,
        scopes=tuple(asked.scopes),
        auth_time=auth_time,
        nonce=nonce,
        resource=asked.resource,
    )
    if asked.response_type == "token":
        return _tokens_in_fragment(pool, asked, grant)
    code = pool.codes.issue(grant, asked.redirect_uri, asked.code_challenge, pool.clock.now())
    return redirect(code_callback(asked.redirect_uri, code, asked.state))


def _tokens_in_fragment(pool: SimulatedPool, asked: AuthorizationRequest, grant: Grant) -> Response:
    tokens = pool.token_set(grant, asked.client)
    if tokens is None:
        raise asked.refusal("invalid_request", "User is disabled.")
    members = [(name, str(value)) for name, value in tokens.items()]
    members += [("token_type", "Bearer"), ("expires_in", str(asked.client.access_token_seconds))]
    members += [("state", asked.state)] if asked.state else []
    return redirect(asked.redirect_uri, members, "#")
