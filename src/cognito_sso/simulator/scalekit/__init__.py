"""Scalekit: the OpenID Connect provider that sends each e-mail domain to its company's IdP."""

from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.scalekit.environment import ScalekitClient, ScalekitEnvironment
from cognito_sso.simulator.scalekit.management import management_routes
from cognito_sso.simulator.scalekit.provider import ScalekitEndpoints
from cognito_sso.simulator.scalekit.tokens import idp_initiated_login
from cognito_sso.simulator.scalekit.webhooks import SignedEvent, signed_event

__all__ = [
    "ScalekitClient",
    "ScalekitEnvironment",
    "SignedEvent",
    "idp_initiated_login",
    "scalekit_routes",
    "signed_event",
]


def scalekit_routes(scalekit: ScalekitEnvironment) -> list[BaseRoute]:
    endpoints = ScalekitEndpoints(scalekit)
    return [
        Route("/.well-known/openid-configuration", endpoints.discovery),
        Route("/keys", endpoints.keys),
        Route("/oauth/authorize", endpoints.authorize),
        Route("/sso/v1/oidc/{connection_id}/callback", endpoints.callback),
        Route("/oauth/token", endpoints.token, methods=["POST"]),
        Route("/userinfo", endpoints.userinfo, methods=["GET", "POST"]),
        Route("/revoke", endpoints.revoke, methods=["POST"]),
        Route("/oauth/introspect", endpoints.introspect, methods=["POST"]),
        Route("/oidc/logout", endpoints.logout),
        *management_routes(scalekit),
    ]
