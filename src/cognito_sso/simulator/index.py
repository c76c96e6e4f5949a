"""The page at `/`: what lives here and who can sign in, for whoever opens the address that the demo prints."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.pages import page
from cognito_sso.simulator.people import Company

if TYPE_CHECKING:
    from cognito_sso.simulator.simulator import Simulator


class Index:
    """Only where the control API is: the real ones tell nobody who their people are."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.show)]

    async def show(self, request: Request) -> Response:
        pool, scalekit = self._simulator.pool, self._simulator.scalekit
        return page(
            "index",
            companies=[(company, how_it_signs_in(company)) for company in self._simulator.people],
            start_page=f"{scalekit.url}/idp/",
            places=(
                ("Cognito's hosted domain", pool.domain_url, ""),
                ("The pool's discovery document", pool.issuer, "/.well-known/openid-configuration"),
                ("The pool's signing keys", pool.issuer, "/.well-known/jwks.json"),
                ("Scalekit's discovery document", scalekit.url, "/.well-known/openid-configuration"),
                ("What was asked of them all", "", "/_control/journal"),
            ),
        )


def how_it_signs_in(company: Company) -> str:
    if company.connection != "active":
        return "Its connection is off, so nobody can."
    if company.idp_simulator:
        return "Scalekit's IdP simulator: type in anybody at these domains, or choose an error."
    if not company.checks_domain:
        return "Its own sign-in page, which says of other companies' people that they work here."
    return "Its own sign-in page; any password will do."
