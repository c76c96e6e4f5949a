"""Amazon Cognito: the issuer's documents and the hosted domain, URL by URL."""

import httpx
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.cognito.account import LogoutEndpoint, RevokeEndpoint, UserInfoEndpoint
from cognito_sso.simulator.cognito.authorize import AuthorizeEndpoint
from cognito_sso.simulator.cognito.clients import AppClient, IdentityProvider
from cognito_sso.simulator.cognito.cookies import DomainCookies
from cognito_sso.simulator.cognito.federation import IdpResponseEndpoint
from cognito_sso.simulator.cognito.hosted_pages import HostedPages
from cognito_sso.simulator.cognito.issuer import IssuerDocuments
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.cognito.token import TokenEndpoint
from cognito_sso.simulator.cognito.upstream import Upstream

__all__ = ["AppClient", "IdentityProvider", "SimulatedPool", "domain_routes", "issuer_routes"]


def issuer_routes(pool: SimulatedPool) -> list[BaseRoute]:
    documents = IssuerDocuments(pool)
    well_known = f"/{pool.pool_id}/.well-known"
    return [
        Route(f"{well_known}/openid-configuration", documents.discovery),
        Route(f"{well_known}/jwks.json", documents.jwks),
    ]


def domain_routes(pool: SimulatedPool, http: httpx.AsyncClient) -> list[BaseRoute]:
    cookies = DomainCookies(secure=pool.domain_url.startswith("https://"))
    pages = HostedPages(pool)
    return [
        Route("/oauth2/authorize", AuthorizeEndpoint(pool, cookies).get),
        Route("/oauth2/idpresponse", IdpResponseEndpoint(pool, Upstream(http, pool.clock), cookies).get),
        Route("/oauth2/token", TokenEndpoint(pool).post, methods=["POST"]),
        Route("/oauth2/userInfo", UserInfoEndpoint(pool).get),
        Route("/oauth2/revoke", RevokeEndpoint(pool).post, methods=["POST"]),
        Route("/logout", LogoutEndpoint(pool, cookies).get),
        Route("/login", pages.login),
        Route("/error", pages.error),
    ]
