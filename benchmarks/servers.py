"""`python -m benchmarks.servers NAME MATERIAL [UPSTREAM]`: one contender, on the server as we run it; says its port."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks import bare
from benchmarks.material import CLIENT_ID, ISSUER, POOL, REGION, Material
from cognito_sso.app import create_app
from cognito_sso.cli.lasting import lasting
from cognito_sso.cli.serve import server_config
from cognito_sso.observability import configure_logging
from cognito_sso.routes.forward_auth import ALWAYS
from cognito_sso.upstream import CONNECTION_LIMITS, upstream_transport

_JSON = (b"content-type", b"application/json")
_IDENTITY_SIZES = {"user": 36, "email": 0, "groups": 0, "tenant": 0, "access-token": 0}


def _answer(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> ASGIApp:
    """Raw ASGI: the least that this server can be asked to do."""
    start = {"type": "http.response.start", "status": status}
    every = [*headers, (b"content-length", str(len(body)).encode())]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({**start, "headers": every})
            await send({"type": "http.response.body", "body": body})

    return app


def hello(material: Material, upstream: str) -> ASGIApp:
    return _answer(b"hello", (b"content-type", b"text/plain"))


def hello_with_our_headers(material: Material, upstream: str) -> ASGIApp:
    """As many and as long as `/auth/verify` answers with: the server checks each."""
    told = [(f"x-auth-request-{name}".encode(), b"v" * size) for name, size in _IDENTITY_SIZES.items()]
    return _answer(b"", *told, *ALWAYS, status=204)


def bare_fastapi(material: Material, upstream: str) -> ASGIApp:
    return bare.app


def cognito_itself(material: Material, upstream: str) -> ASGIApp:
    """The upstream: the token endpoint's answer to every POST, the keys to everything else."""
    token, keys = _answer(_text(material.token_answer), _JSON), _answer(_text(material.jwks), _JSON)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (token if scope["method"] == "POST" else keys)(scope, receive, send)

    return app


class _Stubbed(httpx.AsyncClient):
    """Cognito without the way there: a POST has its answer before httpx would have sent it."""

    def __init__(self, material: Material) -> None:
        super().__init__(transport=_keys_and_user_info(material))
        self._answer = httpx.Response(200, json=material.token_answer)

    async def send(self, request: httpx.Request, **named: Any) -> httpx.Response:
        return self._answer if request.method == "POST" else await super().send(request, **named)


def _keys_and_user_info(material: Material) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=material.jwks if "jwks" in request.url.path else material.user_info)

    return httpx.MockTransport(answer)


def service(material: Material, upstream: str) -> ASGIApp:
    return create_app(material.service_settings(), http=_Stubbed(material))


def logging_service(material: Material, upstream: str) -> ASGIApp:
    """As it runs by default: a line of JSON for each request, which nobody reads here."""
    sys.stderr = Path("/dev/null").open("w")  # noqa: SIM115 (until the process ends)
    configure_logging(style="json", level="info")
    return service(material, upstream)


def service_with_httpx(material: Material, upstream: str) -> ASGIApp:
    """Keys come from memory, since the issuer is Amazon's; the token endpoint is reached through a socket."""
    keys = {ISSUER: _keys_and_user_info(material)}
    http = httpx.AsyncClient(transport=upstream_transport(), trust_env=False, mounts=keys)
    return create_app(material.service_settings(cognito_domain=upstream), http=http)


def post_alone(material: Material, upstream: str) -> ASGIApp:
    """What the callback sends to Cognito, and nothing around it."""
    http = httpx.AsyncClient(limits=CONNECTION_LIMITS, trust_env=False)
    form = {
        "grant_type": "authorization_code",
        "code": "18fe37c2-8eff-4886-98f4-abbc6a0753a6",
        "redirect_uri": material.settings["sso_public_url"] + "/auth/callback",
        "code_verifier": "n" * 43,
        "client_id": CLIENT_ID,
    }
    done = _answer(b"", status=204)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            (await http.post(f"{upstream}/oauth2/token", data=form)).raise_for_status()
            await done(scope, receive, send)

    return app


def fastapi_cognito(material: Material, upstream: str) -> ASGIApp:
    from fastapi_cognito import CognitoAuth, CognitoSettings, CognitoToken

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(extra="ignore")
        check_expiration: bool = True
        jwt_header_prefix: str = "Bearer"
        jwt_header_name: str = "Authorization"
        userpools: dict[str, dict[str, Any]] = {
            "one": {"region": REGION, "userpool_id": POOL, "app_client_id": CLIENT_ID, "jwks_url": upstream}
        }

    cognito = CognitoAuth(settings=CognitoSettings.from_global_settings(Settings()))
    app = FastAPI()

    @app.get("/me")
    async def me(token: CognitoToken = Depends(cognito.auth_required)) -> bare.Profile:  # noqa: B008
        return bare.PROFILE

    return app


def textbook(material: Material, upstream: str) -> ASGIApp:
    """FastAPI with python-jose as everybody writes it: a dependency, the key as JSON."""
    key, app = material.access_jwk(), FastAPI()

    def user(credentials: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> dict[str, Any]:  # noqa: B008
        try:
            return dict(jwt.decode(credentials.credentials, key, algorithms=["RS256"], issuer=ISSUER))
        except JWTError as error:
            raise HTTPException(401) from error

    @app.get("/me")
    async def me(claims: dict[str, Any] = Depends(user)) -> bare.Profile:  # noqa: B008
        return bare.PROFILE

    return app


def _text(members: dict[str, Any]) -> bytes:
    return json.dumps(members).encode()


APPS: dict[str, Callable[[Material, str], ASGIApp]] = {
    "bare": bare_fastapi,
    "cognito": cognito_itself,
    "fastapi-cognito": fastapi_cognito,
    "hello": hello,
    "hello-with-headers": hello_with_our_headers,
    "logging-service": logging_service,
    "post-alone": post_alone,
    "service": service,
    "service-with-httpx": service_with_httpx,
    "textbook": textbook,
}


def main(name: str, material: str, upstream: str = "") -> None:
    configure_logging(style="json", level="warning")
    with lasting():
        app = APPS[name](Material.read(material), upstream)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(server_config(app)).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
