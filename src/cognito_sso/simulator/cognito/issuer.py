"""The issuer's two documents, which real Cognito serves from another host than the hosted domain."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.tamper import tampered


class IssuerDocuments:
    def __init__(self, pool: SimulatedPool) -> None:
        self._pool = pool

    async def discovery(self, request: Request) -> Response:
        """Exactly Cognito's members: PKCE works, but is not announced."""
        domain, issuer = self._pool.domain_url, self._pool.issuer
        document = {
            "authorization_endpoint": f"{domain}/oauth2/authorize",
            "end_session_endpoint": f"{domain}/logout",
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "response_types_supported": ["code", "token"],
            "revocation_endpoint": f"{domain}/oauth2/revoke",
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": f"{domain}/oauth2/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": f"{domain}/oauth2/userInfo",
        }
        return JSONResponse(tampered(self._pool.tamper.discovery, document))

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(tampered(self._pool.tamper.jwks, {"keys": self._pool.keys.jwks()}))
