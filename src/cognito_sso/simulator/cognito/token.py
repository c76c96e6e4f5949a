"""POST /oauth2/token: a code, a refresh token or a machine's credentials become tokens."""

import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.simulator.cognito.client_authentication import ClientRefused, authenticated_client
from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.tokens import EMAIL, PHONE
from cognito_sso.simulator.grants import AuthorizationCode, Grant, RefreshToken, challenge_of
from cognito_sso.simulator.tamper import tampered
from cognito_sso.simulator.wire import Params, is_form, read_form

JSON = "application/json;charset=UTF-8"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


class TokenError(Exception):
    """An error of the token endpoint; every one of them is HTTP 400, even invalid_client."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.body = {"error": error, **({"error_description": description} if description else {})}


class TokenEndpoint:
    def __init__(self, pool: SimulatedPool) -> None:
        self._pool = pool

    async def post(self, request: Request) -> Response:
        try:
            return json_answer(await self._tokens(request))
        except TokenError as error:
            return json_answer(error.body, 400)

    async def _tokens(self, request: Request) -> dict[str, Any]:
        form = await self._form(request)
        client = self._client(request, form)
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh_token,
            "client_credentials": self._by_credentials,
        }
        if form["grant_type"] not in grants:
            raise TokenError("unsupported_grant_type")
        tokens = grants[form["grant_type"]](client, form)
        tokens |= {"expires_in": client.access_token_seconds, "token_type": "Bearer"}
        return tampered(self._pool.tamper.token_response, tokens)

    async def _form(self, request: Request) -> Params:
        if not is_form(request):
            raise TokenError("invalid_request")
        form = await read_form(request)
        if form.repeated or "grant_type" not in form:
            raise TokenError("invalid_request")
        return form

    def _client(self, request: Request, form: Params) -> AppClient:
        try:
            return authenticated_client(self._pool, request, form)
        except ClientRefused as refused:
            raise TokenError("invalid_client", refused.description) from refused

    def _by_code(self, client: AppClient, form: Params) -> dict[str, Any]:
        _need_flow(client, "code")
        if "code" not in form or "redirect_uri" not in form:
            raise TokenError("invalid_request")
        code = self._pool.codes.find(form["code"], self._pool.clock.now())
        if code is None or code.grant.client_id != client.client_id:
            raise TokenError("invalid_grant")
        _check_binding(code, form)
        _check_readable(code.grant, client)
        self._pool.codes.use_up(form["code"])
        tokens = self._token_set(code.grant, client)
        ends_at = self._pool.clock.now() + client.refresh_token_seconds
        return {**tokens, "refresh_token": self._pool.refresh_tokens.issue(code.grant, ends_at)}

    def _by_refresh_token(self, client: AppClient, form: Params) -> dict[str, Any]:
        if "refresh_token" not in form:
            raise TokenError("invalid_request")
        found = self._pool.refresh_tokens.find(form["refresh_token"], self._pool.clock.now())
        if found is None or found.grant.client_id != client.client_id:
            raise TokenError("invalid_grant")
        tokens = self._token_set(_without_nonce(found.grant), client)
        return {**tokens, **self._successor(client, found)}

    def _successor(self, client: AppClient, token: RefreshToken) -> dict[str, str]:
        """A new refresh token only where rotation is on; otherwise the old one goes on and is not repeated."""
        if not client.refresh_rotation:
            return {}
        now = self._pool.clock.now()
        return {"refresh_token": self._pool.refresh_tokens.rotate(token, now, client.retry_grace_seconds)}

    def _by_credentials(self, client: AppClient, form: Params) -> dict[str, Any]:
        _need_flow(client, "client_credentials")
        if not client.secrets:
            raise TokenError("invalid_client")
        scopes = form.words("scope") or list(client.scopes)
        if not client.allows_scopes(scopes):
            raise TokenError("invalid_grant")
        grant = Grant(client.client_id, "", tuple(scopes), int(self._pool.clock.now()))
        return {"access_token": self._pool.mint.access_token(grant, client, None)}

    def _token_set(self, grant: Grant, client: AppClient) -> dict[str, Any]:
        tokens = self._pool.token_set(grant, client)
        if tokens is None:
            raise TokenError("invalid_grant")
        return tokens


def _need_flow(client: AppClient, flow: str) -> None:
    if not client.oauth_enabled or flow not in client.oauth_flows:
        raise TokenError("unauthorized_client")


def _check_binding(code: AuthorizationCode, form: Params) -> None:
    """A failed attempt leaves the code usable: whether Cognito burns it is not documented."""
    if form["redirect_uri"] != code.redirect_uri:
        raise TokenError("unauthorized_client", "invalid_redirect")
    if code.code_challenge is None:
        return
    given = challenge_of(form.get("code_verifier", ""))
    if not hmac.compare_digest(given, code.code_challenge):
        raise TokenError("invalid_grant")


def _check_readable(grant: Grant, client: AppClient) -> None:
    """A scope whose attributes the client may not all read makes the whole grant invalid: a classic trap."""
    for scope, attributes in (("email", EMAIL), ("phone", PHONE)):
        if scope in grant.scopes and set(attributes) & set(client.unreadable_attributes):
            raise TokenError("invalid_grant")


def _without_nonce(grant: Grant) -> Grant:
    """A refreshed ID token carries no nonce (OpenID Connect Core 12.2)."""
    return Grant(grant.client_id, grant.username, grant.scopes, grant.auth_time, None, grant.resource, grant.origin_jti)


def json_answer(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(body, separators=(",", ":"))
    return Response(content, status, {"Content-Type": JSON, **ANY_ORIGIN, **(headers or {})})
