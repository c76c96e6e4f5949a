"""Scalekit's OpenID Connect endpoints, in the shape of the Go library it appears to run on."""

import hmac
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cognito_sso.simulator.grants import challenge_of
from cognito_sso.simulator.pages import page
from cognito_sso.simulator.people import Company
from cognito_sso.simulator.scalekit.environment import (
    SIGN_IN_SECONDS,
    ScalekitClient,
    ScalekitEnvironment,
    SignedIn,
    SignInRequest,
)
from cognito_sso.simulator.scalekit.selection import NoConnection, selected_company
from cognito_sso.simulator.scalekit.tokens import management_token, token_set
from cognito_sso.simulator.signing import Claims, InvalidToken, verified
from cognito_sso.simulator.tamper import tampered
from cognito_sso.simulator.wire import AnswerInstead, Params, basic_credentials, read_form, read_query, redirect

KNOWN_SCOPES = ("openid", "profile", "email")
BARE = ("sub", "email", "email_verified", "name", "given_name", "family_name", "preferred_username")


class TokenRefused(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.response = JSONResponse({"error": error, "error_description": description}, status)


class ScalekitEndpoints:
    def __init__(self, scalekit: ScalekitEnvironment) -> None:
        self._scalekit = scalekit

    async def discovery(self, request: Request) -> Response:
        return JSONResponse(discovery_document(self._scalekit.url))

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._scalekit.key.jwk()]})

    async def authorize(self, request: Request) -> Response:
        """On to the sign-in page of the company the request selects."""
        query = read_query(request)
        asked = self._sign_in_request(query)
        try:
            company = selected_company(self._scalekit, query)
        except NoConnection as refused:
            raise asked.refusal(refused.error, refused.description) from refused
        self._scalekit.remember(replace(asked, company=company))
        return redirect(self._sign_in_page(company), [("authRequestID", asked.id)])

    async def token(self, request: Request) -> Response:
        form = await read_form(request)
        try:
            return JSONResponse(self._tokens(request, form))
        except TokenRefused as refused:
            return refused.response

    async def callback(self, request: Request) -> Response:
        """The company's IdP has answered: on to the client with a code, or with the IdP's refusal."""
        query = read_query(request)
        asked = self._scalekit.request(query.get("state", ""))
        company = asked.company if asked else None
        if asked is None or company is None or company.connection_id != request.path_params["connection_id"]:
            return page("expired", 400)
        if "error" in query:
            raise self._scalekit.fail(asked, query["error"], query.get("error_description", query["error"]))
        person = self._scalekit.assertions.pop(query.get("code", ""), None)
        if person is None:
            raise self._scalekit.fail(asked, "failed_to_exchange_token", "The IdP does not know this code")
        return self._scalekit.finish(asked, company, person)

    async def revoke(self, request: Request) -> Response:
        return Response(status_code=200)

    async def introspect(self, request: Request) -> Response:
        """Advertised, but nobody in this chain asks."""
        return JSONResponse({"active": False})

    async def logout(self, request: Request) -> Response:
        """Cognito never comes here, which is why a company's own session outlives a sign-out."""
        return page("signed_out", company=None, back=None)

    async def userinfo(self, request: Request) -> Response:
        profile = self._profile(request)
        if profile is None:
            return PlainTextResponse("access token invalid", 401)
        if self._scalekit.userinfo_is_bare:
            profile = {name: value for name, value in profile.items() if name in BARE}
        return JSONResponse(tampered(self._scalekit.tamper.scalekit_userinfo, dict(profile)))

    def _sign_in_request(self, query: Params) -> SignInRequest:
        client, redirect_uri = self._client_and_callback(query)
        asked = SignInRequest(
            id=self._scalekit.new_id("req"),
            client=client,
            redirect_uri=redirect_uri,
            scopes=tuple(scope for scope in query.words("scope") if scope in KNOWN_SCOPES),
            expires_at=self._scalekit.clock.now() + SIGN_IN_SECONDS,
            state=query.get("state"),
            nonce=query.get("nonce"),
            code_challenge=query.get("code_challenge"),
            prompt=tuple(query.words("prompt")),
            login_hint=query.get("login_hint"),
        )
        _check_form(asked, query)
        return asked

    def _client_and_callback(self, query: Params) -> tuple[ScalekitClient, str]:
        """Plain text and no redirect while it is not known where one may go."""
        client = self._scalekit.clients.get(query.get("client_id", ""))
        if client is None:
            raise AnswerInstead(PlainTextResponse("invalid_client: client not found", 400))
        redirect_uri = query.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            text = "invalid_redirect_uri: The requested redirect_uri is missing in the client configuration."
            raise AnswerInstead(PlainTextResponse(text, 400))
        return client, redirect_uri

    def _sign_in_page(self, company: Company) -> str:
        path = "idp-simulator" if company.idp_simulator else f"idp/{company.slug}"
        return f"{self._scalekit.url}/{path}/login"

    def _tokens(self, request: Request, form: Params) -> Claims:
        if form.repeated:
            raise TokenRefused("invalid_request", "A parameter is repeated")
        client = self._authenticated(request, form)
        if form.get("grant_type") == "client_credentials":
            return management_token(self._scalekit, client)
        if form.get("grant_type") != "authorization_code":
            raise TokenRefused("unsupported_grant_type", "Neither authorization_code nor client_credentials")
        code = form.get("code", "")
        signed_in = self._scalekit.redeem(code)
        if signed_in is None or not _is_bound(signed_in, client, form):
            raise TokenRefused("invalid_grant", "The code is unknown, expired, used, or not yours")
        return token_set(self._scalekit, signed_in, code)

    def _authenticated(self, request: Request, form: Params) -> ScalekitClient:
        basic = basic_credentials(request)
        client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self._scalekit.clients.get(client_id)
        if client is None or not hmac.compare_digest(client.client_secret.encode(), secret.encode()):
            raise TokenRefused("invalid_client", "Unknown client or wrong secret", 401)
        return client

    def _profile(self, request: Request) -> Claims | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = verified(token, [self._scalekit.key.jwk()]) if scheme.lower() == "bearer" else {}
        except InvalidToken:
            return None
        if not claims or claims.get("exp", 0) <= self._scalekit.clock.now():
            return None
        return self._scalekit.profiles.get(str(claims.get("jti")))


def _check_form(asked: SignInRequest, query: Params) -> None:
    if query.repeated:
        raise asked.refusal("invalid_request", f"The parameter {min(query.repeated)} is repeated")
    if query.get("response_type") != "code":
        raise asked.refusal("invalid_request", "The response type must be code")
    if not query.words("scope"):
        raise asked.refusal("invalid_request", "The scope of your request is missing")


def _is_bound(signed_in: SignedIn, client: ScalekitClient, form: Params) -> bool:
    asked = signed_in.request
    if asked.client != client or form.get("redirect_uri") != asked.redirect_uri:
        return False
    return asked.code_challenge in (None, challenge_of(form.get("code_verifier", "")))


def discovery_document(url: str) -> Claims:
    auth_methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "introspection_endpoint": f"{url}/oauth/introspect",
        "userinfo_endpoint": f"{url}/userinfo",
        "revocation_endpoint": f"{url}/revoke",
        "end_session_endpoint": f"{url}/oidc/logout",
        "jwks_uri": f"{url}/keys",
        "scopes_supported": list(KNOWN_SCOPES),
        "response_types_supported": ["code", "id_token", "id_token token"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "introspection_endpoint_auth_methods_supported": auth_methods,
        "claims_supported": ["sub", "aud", "exp", "iat", "iss", "amr", "azp", "email", "given_name", "family_name"],
        "code_challenge_methods_supported": ["S256"],
        "request_uri_parameter_supported": False,
    }
