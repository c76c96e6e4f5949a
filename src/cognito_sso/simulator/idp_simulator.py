"""Scalekit's "IdP Simulator" page: type in who signs in, start from the IdP, or fail."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.pages import page
from cognito_sso.simulator.people import Company, Person
from cognito_sso.simulator.scalekit import ScalekitEnvironment, idp_initiated_login
from cognito_sso.simulator.scalekit.environment import SignInRequest
from cognito_sso.simulator.wire import AnswerInstead, Params, read_form, read_query, redirect

SCENARIOS = {
    "login": "User Login via SSO",
    "idp_initiated": "IDP Initiated SSO",
    "error": "Error",
}

# Scalekit does not document the three codes; these are ours.
ERRORS = {
    "credentials": ("Invalid user credentials", "access_denied", "Invalid user credentials"),
    "not_found": ("User not found", "access_denied", "User not found"),
    "server": ("Server error", "server_error", "The identity provider could not answer"),
}

MOST_ATTRIBUTES = 20


@dataclass(frozen=True)
class Typed:
    """What the page's form holds."""

    local_part: str = ""
    domain: str = ""
    given_name: str = "John"
    family_name: str = "Doe"
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        return f"{self.local_part or 'testuser'}@{self.domain}"

    def person(self) -> Person:
        named = {key: value for key, value in self.attributes if key}
        return Person(self.email, self.given_name, self.family_name, named)


class IdpSimulator:
    def __init__(self, scalekit: ScalekitEnvironment) -> None:
        self._scalekit = scalekit

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/idp-simulator/login", self.show),
            Route("/idp-simulator/login", self.submit, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        query = read_query(request)
        asked, company = self._asked(query)
        scenario = query.get("scenario", "login")
        return self._page(asked, company, scenario, _prefilled(asked, company))

    async def submit(self, request: Request) -> Response:
        # Blank fields count here: an emptied first name is an answer.
        form = await read_form(request, keep_blank=True)
        asked, company = self._asked(form)
        scenario = form.get("scenario", "login")
        typed = _typed(form, company)
        if form.get("action") == "add_attribute":
            return self._page(asked, company, scenario, typed, empty_rows=1)
        if scenario == "error":
            raise self._failed(asked, form)
        if scenario == "idp_initiated":
            return self._idp_initiated(company, typed)
        answer = [("code", self._scalekit.assertion(typed.person())), ("state", asked.id)]
        return redirect(self._scalekit.callback_url(company), answer)

    def _asked(self, params: Params) -> tuple[SignInRequest, Company]:
        asked = self._scalekit.request(params.get("authRequestID", ""))
        if asked is None or asked.company is None or not asked.company.idp_simulator:
            raise AnswerInstead(page("expired", 400))
        return asked, asked.company

    def _failed(self, asked: SignInRequest, form: Params) -> AnswerInstead:
        _, error, description = ERRORS.get(form.get("error", ""), ERRORS["credentials"])
        return self._scalekit.fail(asked, error, description)

    def _idp_initiated(self, company: Company, typed: Typed) -> Response:
        token = idp_initiated_login(self._scalekit, company, typed.email)
        return redirect(self._scalekit.initiate_login_url, [("idp_initiated_login", token)])

    def _page(
        self, asked: SignInRequest, company: Company, scenario: str, typed: Typed, empty_rows: int = 0
    ) -> Response:
        rows = [*typed.attributes, *[("", "")] * empty_rows] or [("", "")]
        return page(
            "idp_simulator",
            asked=asked,
            company=company,
            environment=self._scalekit,
            scenario=scenario if scenario in SCENARIOS else "login",
            scenarios=SCENARIOS,
            errors=ERRORS,
            typed=typed,
            rows=rows[:MOST_ATTRIBUTES],
        )


def _prefilled(asked: SignInRequest, company: Company) -> Typed:
    """The e-mail comes from login_hint, which Scalekit's own page may not do: our choice, and a convenience."""
    local_part, _, domain = (asked.login_hint or "").rpartition("@")
    domain = domain.lower() if domain.lower() in company.domains else company.domains[0]
    return Typed(local_part=local_part, domain=domain)


def _typed(form: Params, company: Company) -> Typed:
    rows = zip(form.all("attribute_key"), form.all("attribute_value"), strict=False)
    return Typed(
        local_part=form.get("local_part", "").strip(),
        domain=form.get("domain") or company.domains[0],
        given_name=form.get("given_name", "").strip(),
        family_name=form.get("family_name", "").strip(),
        attributes=tuple((key.strip(), value) for key, value in rows if key.strip() or value),
    )
