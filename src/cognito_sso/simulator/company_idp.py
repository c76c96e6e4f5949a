"""A company's own identity provider: its sign-in page, its session, and the start page with the app's tile."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.cognito.sealing import Sealer
from cognito_sso.simulator.pages import page
from cognito_sso.simulator.people import Company, Person
from cognito_sso.simulator.scalekit import ScalekitEnvironment, idp_initiated_login
from cognito_sso.simulator.scalekit.environment import SignInRequest
from cognito_sso.simulator.wire import AnswerInstead, Params, read_form, read_query, redirect

UNKNOWN_PERSON = "We do not know this e-mail address. Pick one of the people below."
NO_PASSWORD = "Enter a password. Any will do: this is a simulation."  # noqa: S105 - a sentence


class CompanyIdp:
    def __init__(self, scalekit: ScalekitEnvironment) -> None:
        self._scalekit = scalekit
        self._seal = Sealer("company IdP session")
        self._secure = scalekit.url.startswith("https://")

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/idp/{slug}", self.home),
            Route("/idp/{slug}/login", self.sign_in_page),
            Route("/idp/{slug}/login", self.sign_in, methods=["POST"]),
            Route("/idp/{slug}/launch", self.launch),
            Route("/idp/{slug}/signout", self.sign_out),
            Route("/idp/{slug}/theme.css", self.theme),
        ]

    async def home(self, request: Request) -> Response:
        """The start page, where an IdP-initiated sign-in begins."""
        company = self._company(request)
        person = self._session(request, company)
        if person is None:
            return self._form(request, company, None)
        return page("idp_home", company=company, person=person)

    async def sign_in_page(self, request: Request) -> Response:
        """Nobody is asked who has a session here, unless a person was picked on the page itself."""
        company, query = self._company(request), read_query(request)
        asked = self._asked(company, query)
        person = self._session(request, company)
        if person and asked and "email" not in query and _may_be_silent(asked, person):
            return self._assert(company, asked, person)
        return self._form(request, company, asked, query.get("email", ""))

    async def sign_in(self, request: Request) -> Response:
        company = self._company(request)
        form = await read_form(request)
        asked = self._asked(company, form)
        if form.get("action") == "cancel" and asked:
            return self._cancelled(company, asked)
        email = form.get("email", "")
        person = company.person(email)
        if person is None:
            return self._form(request, company, asked, email, UNKNOWN_PERSON)
        if "password" not in form:
            return self._form(request, company, asked, email, NO_PASSWORD)
        response = self._assert(company, asked, person) if asked else redirect(f"/idp/{company.slug}")
        self._remember(response, company, person)
        return response

    async def launch(self, request: Request) -> Response:
        """A click on the app's tile: no login yet, only a hint to the app who wants to come in."""
        company = self._company(request)
        person = self._session(request, company)
        if person is None:
            return redirect(f"/idp/{company.slug}")
        token = idp_initiated_login(self._scalekit, company, person.email)
        return redirect(self._scalekit.initiate_login_url, [("idp_initiated_login", token)])

    async def sign_out(self, request: Request) -> Response:
        company = self._company(request)
        response = page("signed_out", company=company, back=f"/idp/{company.slug}")
        response.delete_cookie(_cookie_name(company), path=f"/idp/{company.slug}")
        return response

    async def theme(self, request: Request) -> Response:
        """The company's colour as a style sheet of its own, since the CSP forbids inline styles."""
        return Response(f":root {{ --brand: {self._company(request).colour}; }}", media_type="text/css")

    def _company(self, request: Request) -> Company:
        company = self._scalekit.people.company(request.path_params["slug"])
        if company is None:
            raise AnswerInstead(page("not_found", 404))
        return company

    def _asked(self, company: Company, params: Params) -> SignInRequest | None:
        """The sign-in this page is about; None when somebody simply visits the company's page."""
        if "authRequestID" not in params:
            return None
        asked = self._scalekit.request(params["authRequestID"])
        if asked is None or asked.company is None or asked.company.slug != company.slug:
            raise AnswerInstead(page("expired", 400))
        return asked

    def _form(
        self, request: Request, company: Company, asked: SignInRequest | None, email: str = "", error: str = ""
    ) -> Response:
        hint = asked.login_hint if asked and asked.login_hint else ""
        return page(
            "idp_sign_in",
            401 if error else 200,
            company=company,
            asked=asked,
            email=email or hint,
            error=error,
            signed_in=self._session(request, company),
        )

    def _assert(self, company: Company, asked: SignInRequest, person: Person) -> Response:
        answer = [("code", self._scalekit.assertion(person)), ("state", asked.id)]
        return redirect(self._scalekit.callback_url(company), answer)

    def _cancelled(self, company: Company, asked: SignInRequest) -> Response:
        text = f"The sign-in at {company.name} was cancelled."
        answer = [("error", "access_denied"), ("error_description", text), ("state", asked.id)]
        return redirect(self._scalekit.callback_url(company), answer)

    def _session(self, request: Request, company: Company) -> Person | None:
        payload = self._seal.open(request.cookies.get(_cookie_name(company), ""), company.slug)
        return company.person(payload["email"]) if payload else None

    def _remember(self, response: Response, company: Company, person: Person) -> None:
        response.set_cookie(
            _cookie_name(company),
            self._seal.seal({"email": person.email}, company.slug),
            path=f"/idp/{company.slug}",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def _cookie_name(company: Company) -> str:
    return f"idp_session_{company.slug}"


def _may_be_silent(asked: SignInRequest, person: Person) -> bool:
    """Not when the app wants the person asked, nor when it expects somebody else."""
    expected = (asked.login_hint or person.email).strip().lower()
    return not asked.prompt and expected == person.email.lower()
