"""A Scalekit environment: its clients, its keys, and what it remembers of sign-ins under way."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.responses import Response

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.grants import Bounded
from cognito_sso.simulator.people import Company, People, Person, scalekit_id
from cognito_sso.simulator.signing import Claims, SigningKey, new_key, standing_key
from cognito_sso.simulator.tamper import Tamper
from cognito_sso.simulator.wire import AnswerInstead, redirect

SIGN_IN_SECONDS = 600
CODE_SECONDS = 600


@dataclass(frozen=True)
class ScalekitClient:
    """The application Cognito signs in as."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True)
class SignInRequest:
    """One authorize request (`req_…`), until the company's IdP has answered."""

    id: str
    client: ScalekitClient
    redirect_uri: str
    scopes: tuple[str, ...]
    expires_at: float
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: tuple[str, ...] = ()
    login_hint: str | None = None
    company: Company | None = None

    def refusal(self, error: str, description: str) -> AnswerInstead:
        params = [("error", error), ("error_description", description)]
        return AnswerInstead(redirect(self.redirect_uri, [*params, *self.state_param]))

    @property
    def state_param(self) -> list[tuple[str, str]]:
        return [("state", self.state)] if self.state else []


@dataclass(frozen=True)
class SignedIn:
    """A person at a company's IdP, waiting for the client to redeem the code."""

    request: SignInRequest
    company: Company
    person: Person
    expires_at: float


@dataclass(kw_only=True)
class ScalekitEnvironment:
    """Knobs, to be changed while it runs:

    unknown_domain_error   the error for a login_hint of no organisation; Scalekit does not document which
    custom_attributes      the attributes registered in the dashboard; others never reach a token
    userinfo_is_bare       /userinfo leaves out `oid` and custom attributes
    initiate_login_url     where IdP-initiated sign-ins are sent
    webhook_secret         what webhooks are signed with
    requests_per_minute    of the management API, for all clients together; then 429. None means no limit
    """

    url: str
    name: str
    clients: dict[str, ScalekitClient]
    people: People
    clock: Clock
    tamper: Tamper
    initiate_login_url: str
    unknown_domain_error: str = "no_active_connections"
    custom_attributes: set[str] = field(default_factory=lambda: {"department", "employee_number"})
    userinfo_is_bare: bool = False
    id_token_seconds: int = 3600
    access_token_seconds: int = 899
    webhook_secret: str = "whsec_c3RhbmQtaW4gc2NhbGVraXQgd2ViaG9vayBzZWNyZXQ="  # noqa: S105 (known to everybody)
    requests_per_minute: int | None = None

    def __post_init__(self) -> None:
        self._serial: Iterator[int] = itertools.count(int(self.clock.now() * 1000))
        self._requests: Bounded[SignInRequest] = Bounded()
        self._codes: Bounded[SignedIn] = Bounded()
        self.assertions: Bounded[Person] = Bounded()
        self.profiles: Bounded[Claims] = Bounded()
        self._key: SigningKey | None = None

    @property
    def key(self) -> SigningKey:
        return self._key or standing_key(self.url, scalekit_id("snk", self.url))

    def rotate_key(self) -> None:
        self._key = new_key(self.new_id("snk"))

    def new_id(self, prefix: str) -> str:
        return scalekit_id(prefix, f"{self.url} {next(self._serial)}")

    def callback_url(self, company: Company) -> str:
        """Where the company's IdP sends the browser back to."""
        return f"{self.url}/sso/v1/oidc/{company.connection_id}/callback"

    @property
    def id(self) -> str:
        return scalekit_id("env", self.url)

    def remember(self, request: SignInRequest) -> None:
        self._requests[request.id] = request

    def request(self, request_id: str) -> SignInRequest | None:
        found = self._requests.get(request_id)
        return found if found and self.clock.now() < found.expires_at else None

    def assertion(self, person: Person) -> str:
        """A one-time code by which Scalekit learns from a company's IdP who signed in."""
        code = secrets.token_urlsafe(24)
        self.assertions[code] = person
        return code

    def finish(self, request: SignInRequest, company: Company, person: Person) -> Response:
        """Ends the request: the browser goes back to the client with a code."""
        if not company.may_assert(person.email):
            domains = ", ".join(company.domains)
            text = f"The user's email domain is not one of {company.name}'s: {domains}"
            raise self.fail(request, "invalid_user_domain", text)
        self._requests.pop(request.id, None)
        code = secrets.token_urlsafe(32)
        self._codes[code] = SignedIn(request, company, person, self.clock.now() + CODE_SECONDS)
        return redirect(request.redirect_uri, [("code", code), *request.state_param])

    def fail(self, request: SignInRequest, error: str, description: str) -> AnswerInstead:
        self._requests.pop(request.id, None)
        return request.refusal(error, description)

    def redeem(self, code: str) -> SignedIn | None:
        found = self._codes.pop(code, None)
        return found if found and self.clock.now() < found.expires_at else None
