"""After the sign-in: /oauth2/userInfo, /oauth2/revoke and /logout."""

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso.simulator.cognito.answers import callback_of, client_of, error_page, not_present
from cognito_sso.simulator.cognito.client_authentication import ClientRefused, authenticated_client
from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.cookies import SESSION, DomainCookies
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.token import ANY_ORIGIN, json_answer
from cognito_sso.simulator.cognito.tokens import readable
from cognito_sso.simulator.cognito.users import User
from cognito_sso.simulator.signing import Claims, InvalidToken, verified
from cognito_sso.simulator.tamper import tampered
from cognito_sso.simulator.wire import Params, is_form, read_form, read_query, redirect

BAD_REQUEST = "Bad OAuth2 request at UserInfo Endpoint"
DEAD_TOKEN = "Access token is expired, disabled, or deleted, or the user has globally signed out."  # noqa: S105
NO_OPENID = "Access token does not contain openid scope"

HANDED_ON_TO_LOGIN = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce")


class _UserInfoRefused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        # No "Bearer" in front: that is how Cognito documents the header.
        header = f'error="{error}", error_description="{description}"'
        body = {"error": error, "error_description": description}
        self.response = json_answer(body, status, {"WWW-Authenticate": header})


class UserInfoEndpoint:
    def __init__(self, pool: SimulatedPool) -> None:
        self._pool = pool

    async def get(self, request: Request) -> Response:
        try:
            claims = self._claims(request)
            user = self._user(claims)
        except _UserInfoRefused as refused:
            return refused.response
        return json_answer(tampered(self._pool.tamper.userinfo, self._attributes(user, claims)))

    def _claims(self, request: Request) -> Claims:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _UserInfoRefused(400, "invalid_request", BAD_REQUEST)
        try:
            claims = verified(token.strip(), self._pool.keys.jwks())
        except InvalidToken as error:
            raise _UserInfoRefused(401, "invalid_token", DEAD_TOKEN) from error
        if not self._is_alive(claims):
            raise _UserInfoRefused(401, "invalid_token", DEAD_TOKEN)
        if "openid" not in str(claims.get("scope", "")).split():
            raise _UserInfoRefused(401, "invalid_token", NO_OPENID)
        return claims

    def _is_alive(self, claims: Claims) -> bool:
        expires_at = claims.get("exp")
        if claims.get("token_use") != "access" or not isinstance(expires_at, int | float):
            return False
        revoked = self._pool.refresh_tokens.is_revoked(str(claims.get("origin_jti")))
        return self._pool.clock.now() < expires_at and not revoked

    def _user(self, claims: Claims) -> User:
        user = self._pool.users.get(str(claims.get("username", "")))
        if user is None or not user.enabled or user.sub != claims.get("sub"):
            raise _UserInfoRefused(401, "invalid_token", DEAD_TOKEN)
        return user

    def _attributes(self, user: User, claims: Claims) -> Claims:
        """Every value a string, the two verified flags included; the name member is `username`."""
        client = self._pool.clients.get(str(claims.get("client_id")), AppClient(""))
        attributes = readable(user, str(claims["scope"]).split(), client)
        return {"sub": user.sub, **attributes, "username": user.username}


class RevokeEndpoint:
    def __init__(self, pool: SimulatedPool) -> None:
        self._pool = pool

    async def post(self, request: Request) -> Response:
        form = await read_form(request) if is_form(request) else Params()
        try:
            client = authenticated_client(self._pool, request, form)
        except ClientRefused:
            # 401 here, although the token endpoint says 400.
            return json_answer({"error": "invalid_client"}, 401)
        if "token" not in form or form.repeated or not client.token_revocation:
            return json_answer({"error": "invalid_request"}, 400)
        if self._is_ours(form["token"]):
            return json_answer({"error": "unsupported_token_type"}, 400)
        self._pool.refresh_tokens.revoke(form["token"], client.client_id)
        return Response(status_code=200, headers=ANY_ORIGIN)

    def _is_ours(self, token: str) -> bool:
        """An access or ID token of this pool, which cannot be revoked by itself."""
        try:
            verified(token, self._pool.keys.jwks())
        except InvalidToken:
            return False
        return True


class LogoutEndpoint:
    """Ends the hosted session only: the provider's session and the refresh tokens live on."""

    def __init__(self, pool: SimulatedPool, cookies: DomainCookies) -> None:
        self._pool = pool
        self._cookies = cookies

    async def get(self, request: Request) -> Response:
        query = read_query(request)
        client = client_of(self._pool, query)
        response = self._onward(client, query)
        self._cookies.clear(response, SESSION)
        return response

    def _onward(self, client: AppClient, query: Params) -> Response:
        logout_uri = query.get("logout_uri")
        if logout_uri is not None and logout_uri in client.logout_urls:
            return redirect(logout_uri)
        if logout_uri is not None or "redirect_uri" not in query:
            # Misleading when it is the logout_uri that is wrong, but so it is.
            raise error_page(self._pool, not_present("redirect_uri"))
        if "response_type" not in query:
            raise error_page(self._pool, not_present("response_type"))
        callback_of(self._pool, client, query)
        return redirect(f"{self._pool.domain_url}/login", [p for p in query.pairs if p[0] in HANDED_ON_TO_LOGIN])
