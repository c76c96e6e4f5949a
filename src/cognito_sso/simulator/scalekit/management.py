"""Scalekit's management API, as far as tenants need it: organisations, connections, domains, portal links."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.people import Company, email_domain, scalekit_id
from cognito_sso.simulator.scalekit import resources
from cognito_sso.simulator.scalekit.environment import ScalekitEnvironment
from cognito_sso.simulator.signing import Claims, InvalidToken, verified
from cognito_sso.simulator.tamper import tampered
from cognito_sso.simulator.wire import AnswerInstead

FEWEST_A_PAGE, MOST_A_PAGE = 10, 100
PORTAL_LINK_SECONDS = 60
Endpoint = Callable[[Request], Claims]
T = TypeVar("T")

# gRPC's own numbers, which Scalekit's REST gateway puts into the body, and the HTTP status that goes with each.
INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED, UNAUTHENTICATED = (3, 400), (5, 404), (8, 429), (16, 401)


def management_routes(scalekit: ScalekitEnvironment) -> list[BaseRoute]:
    api = ScalekitManagement(scalekit)
    organization = "/api/v1/organizations/{organization_id}"
    connection, domain = organization + "/connections/{connection_id}", organization + "/domains/{domain_id}"
    return [
        api.route("GET", "/api/v1/organizations", api.organizations),
        api.route("GET", "/api/v1/organizations:external/{external_id}", api.organization_by_external_id),
        api.route("GET", organization, api.organization),
        api.route("PATCH", organization + "/settings", api.settings),
        api.route("PUT", organization + "/portal_links", api.portal_link),
        api.route("GET", "/api/v1/connections", api.connections),
        api.route("PATCH", connection + ":enable", api.enable),
        api.route("PATCH", connection + ":disable", api.disable),
        api.route("GET", connection, api.connection),
        api.route("GET", organization + "/domains", api.domains),
        api.route("POST", organization + "/domains", api.add_domain),
        api.route("GET", domain, api.domain),
        api.route("DELETE", domain, api.remove_domain),
    ]


def refusal(kind: tuple[int, int], error_code: str, message: str, **headers: str) -> AnswerInstead:
    code, status = kind
    detail = {"@type": "type.googleapis.com/scalekit.v1.errdetails.ErrorInfo", "error_code": error_code}
    return AnswerInstead(JSONResponse({"code": code, "message": message, "details": [detail]}, status, headers))


class ScalekitManagement:
    def __init__(self, scalekit: ScalekitEnvironment) -> None:
        self._scalekit = scalekit
        self._minute, self._asked = 0, 0

    def route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        return Route(path, self._guarded(endpoint), methods=[method])

    def organizations(self, request: Request) -> Claims:
        size = _number(request, "page_size", FEWEST_A_PAGE, FEWEST_A_PAGE, MOST_A_PAGE)
        everyone, start = list(self._scalekit.people), _start_of_page(request)
        page = [resources.organization(self._scalekit, one) for one in everyone[start : start + size]]
        following = _page_token(start + size) if start + size < len(everyone) else ""
        before = _page_token(max(start - size, 0)) if start else ""
        return {
            "next_page_token": following,
            "total_size": len(everyone),
            "organizations": page,
            "prev_page_token": before,
        }

    def organization(self, request: Request) -> Claims:
        return {"organization": resources.organization(self._scalekit, self._company(request))}

    def organization_by_external_id(self, request: Request) -> Claims:
        wanted = request.path_params["external_id"]
        company = next((one for one in self._scalekit.people if one.external_id == wanted), None)
        return {"organization": resources.organization(self._scalekit, _found(company, "organization"))}

    def settings(self, request: Request) -> Claims:
        """Features can be asked for, and are all on."""
        return self.organization(request)

    def portal_link(self, request: Request) -> Claims:
        company = self._company(request)
        link_id = self._scalekit.new_id("lnk")
        expires = self._scalekit.clock.now() + PORTAL_LINK_SECONDS
        location = f"{self._scalekit.url}/magicLink/{link_id}?organization={company.organization_id}"
        return {"link": {"id": link_id, "location": location, "expire_time": resources.as_time(expires)}}

    def connections(self, request: Request) -> Claims:
        """Without `include=all`, only those that can sign somebody in."""
        query = request.query_params
        found = [
            company
            for company in self._scalekit.people
            if query.get("organization_id") in (None, company.organization_id)
            and (query.get("domain") is None or query["domain"].lower() in company.domains)
            and (query.get("include") == "all" or company.connection == "active")
        ]
        return {"connections": [resources.listed_connection(company) for company in found]}

    def connection(self, request: Request) -> Claims:
        return {"connection": resources.connection(self._scalekit, self._company_of_connection(request))}

    def enable(self, request: Request) -> Claims:
        return self._switched(request, on=True)

    def disable(self, request: Request) -> Claims:
        return self._switched(request, on=False)

    def domains(self, request: Request) -> Claims:
        company = self._company(request)
        number = _number(request, "page_number", 0, 0, 10**6)
        size = _number(request, "page_size", MOST_A_PAGE, 1, MOST_A_PAGE)
        names = (*company.domains, *company.pending_domains)[number * size : (number + 1) * size]
        page = [resources.domain(self._scalekit, company, name) for name in names]
        return {"page_size": size, "page_number": number, "domains": page}

    def domain(self, request: Request) -> Claims:
        company, name = self._company_and_domain(request)
        return {"domain": resources.domain(self._scalekit, company, name)}

    def add_domain(self, request: Request) -> Claims:
        """Added by the app's own administrator, which counts as verified; a company's own waits for its DNS record."""
        company, name = self._company(request), _domain_in(request.state.body)
        if name in (*company.domains, *company.pending_domains):
            raise refusal(INVALID_ARGUMENT, "DOMAIN_ALREADY_EXISTS", "domain already exists")
        company = self._scalekit.people.change(company.slug, domains=(*company.domains, name))
        return {"domain": resources.domain(self._scalekit, company, name)}

    def remove_domain(self, request: Request) -> Claims:
        company, name = self._company_and_domain(request)
        self._scalekit.people.change(
            company.slug,
            domains=tuple(one for one in company.domains if one != name),
            pending_domains=tuple(one for one in company.pending_domains if one != name),
        )
        return {}

    def _guarded(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            request.state.body = await request.body()
            try:
                self._admit(request)
                answer = endpoint(request)
            except AnswerInstead as refused:
                return refused.response
            return JSONResponse(tampered(self._scalekit.tamper.scalekit_management, answer))

        return guarded

    def _admit(self, request: Request) -> None:
        self._authenticate(request)
        limit, minute = self._scalekit.requests_per_minute, int(self._scalekit.clock.now() // 60)
        self._asked = self._asked + 1 if minute == self._minute else 1
        self._minute = minute
        if limit is not None and self._asked > limit:
            raise refusal(RESOURCE_EXHAUSTED, "RATE_LIMIT_EXCEEDED", "too many requests", **{"Retry-After": "30"})

    def _authenticate(self, request: Request) -> None:
        """A token of the application itself; a person's access token opens nothing here."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = verified(token, [self._scalekit.key.jwk()]) if scheme.lower() == "bearer" else {}
        except InvalidToken:
            claims = {}
        if claims.get("sub") not in self._scalekit.clients or claims.get("exp", 0) <= self._scalekit.clock.now():
            raise refusal(UNAUTHENTICATED, "UNAUTHENTICATED", "token is missing, expired or not valid")

    def _company(self, request: Request) -> Company:
        company = self._scalekit.people.of_organization(request.path_params["organization_id"])
        return _found(company, "organization")

    def _company_of_connection(self, request: Request) -> Company:
        company = self._company(request)
        same = company.connection_id == request.path_params["connection_id"]
        return _found(company if same else None, "connection")

    def _company_and_domain(self, request: Request) -> tuple[Company, str]:
        company, wanted = self._company(request), request.path_params["domain_id"]
        names = (*company.domains, *company.pending_domains)
        name = next((one for one in names if resources.domain_id(company, one) == wanted), None)
        return company, _found(name, "domain")

    def _switched(self, request: Request, *, on: bool) -> Claims:
        company = self._company_of_connection(request)
        if company.connection == "unconfigured":
            raise refusal(INVALID_ARGUMENT, "CONNECTION_NOT_COMPLETED", "connection is not configured")
        self._scalekit.people.change(company.slug, connection="active" if on else "disabled")
        return {"enabled": on, "error_message": None}


def _found(value: T | None, what: str) -> T:
    if value is None:
        raise refusal(NOT_FOUND, "RESOURCE_NOT_FOUND", f"{what} not found")
    return value


def _number(request: Request, name: str, usual: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise refusal(INVALID_ARGUMENT, "INVALID_ARGUMENT", f"{name} must be from {least} to {most}")
    return int(text)


def _page_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"{scalekit_id('page', str(start))}:{start}".encode()).decode()


def _start_of_page(request: Request) -> int:
    token = request.query_params.get("page_token", "")
    try:
        start = int(base64.urlsafe_b64decode(token).decode().rpartition(":")[2] or "0")
    except ValueError:
        start = -1
    if start < 0 or (token and _page_token(start) != token):
        raise refusal(INVALID_ARGUMENT, "INVALID_ARGUMENT", "page_token is not valid")
    return start


def _domain_in(body: bytes) -> str:
    try:
        told = json.loads(body)
        name = email_domain(f"@{told['domain']}")
    except (ValueError, TypeError, KeyError, RecursionError):
        name = ""
    if "." not in name:
        raise refusal(INVALID_ARGUMENT, "INVALID_ARGUMENT", "domain is not valid")
    return name
