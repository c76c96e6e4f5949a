"""How an error is told: its status and its words, in one table; as problem+json to a program, as a page to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from cognito_sso import errors
from cognito_sso.observability import AuditLog, request_id_of_context
from cognito_sso.web.pages import Action, Page, Pages
from cognito_sso.web.requests import wants_page

TYPE_PREFIX = "urn:cognito-sso:problem:"


@dataclass(frozen=True)
class Told:
    """One row: the HTTP status, the title, and what a person reads."""

    status: int
    title: str
    text: str


_TRY_AGAIN = "Nothing is lost: please try again in a moment."
PROBLEMS: dict[str, Told] = {
    "invalid_request": Told(400, "This request can't be read", "The link or form that led here is not complete."),
    "invalid_email": Told(400, "Check the e-mail address", "Please enter your work e-mail, like name@company.com."),
    "invalid_return_to": Told(
        400, "This link leads somewhere else", "The page to go to after signing in is not one of this application's."
    ),
    "navigation_required": Told(
        400, "Open this in the address bar", "This address can't be used by a script or frame."
    ),
    "domain_not_served": Told(
        403,
        "Your company is not set up yet",
        "Sign-in with this e-mail's domain is not set up here. Ask your administrator.",
    ),
    "login_expired": Told(
        400, "This sign-in has ended", "It was already used, took too long, or was started in another browser."
    ),
    "initiated_login_refused": Told(
        400, "This link can't sign you in", "It was used before, is too old, or is not genuine. Sign in here instead."
    ),
    "access_denied": Told(403, "You were not let in", "Your company's sign-in was cancelled, or did not allow it."),
    "attributes_missing": Told(
        403,
        "Your company's sign-in left something out",
        "It did not tell us everything that is needed, such as your e-mail address. Your administrator can mend this.",
    ),
    "user_already_exists": Told(403, "Please sign in once more", "Your account was just linked. " + _TRY_AGAIN),
    "provider_error": Told(
        403,
        "Your company's sign-in did not work",
        "It answered with an error. Please try again, or ask your administrator.",
    ),
    "grant_rejected": Told(400, "This sign-in has ended", "It was already used or took too long."),
    "id_token_refused": Told(
        403, "Your identity could not be proven", "What came back did not pass every check, so nobody was signed in."
    ),
    "tenant_mismatch": Told(
        403,
        "That is another company's account",
        "You signed in with an account that is not of the company you asked for.",
    ),
    "identity_differs": Told(
        403,
        "That is somebody else's account",
        "You are still signed in at your company as somebody else. Sign out there, or use that address.",
    ),
    "provider_unavailable": Told(503, "Sign-in is out of reach", "The sign-in service does not answer. " + _TRY_AGAIN),
    "too_many_requests": Told(
        429,
        "Too many sign-ins at once",
        "More people in your network are signing in than we take at once. Please wait a minute, then try again.",
    ),
    "session_too_large": Told(
        403,
        "Your profile is too large",
        "Your account has more groups than a browser can keep. Ask your administrator.",
    ),
    "not_signed_in": Told(401, "You are not signed in", "Please sign in first."),
    "session_ended": Told(401, "Your session has ended", "Please sign in again."),
    "invalid_token": Told(
        401, "The token is not valid", "The access token is missing, expired or not for this service."
    ),
    "hook_refused": Told(
        403, "Not signed by Scalekit", "The signature does not fit, or is more than five minutes off."
    ),
    "origin_not_allowed": Told(403, "Not from there", "Requests from that origin are not allowed."),
    "not_found": Told(404, "There is nothing here", "The address is wrong, or the page has moved."),
    "method_not_allowed": Told(405, "Not in this way", "The address can't be used with this method."),
    "internal_error": Told(500, "Something went wrong here", "The mistake is ours and has been noted. " + _TRY_AGAIN),
}
_UPSTREAM_STATUS: dict[type[errors.SignInError], int] = {errors.ProviderTimeout: 504, errors.ProviderNonsense: 502}


class ProblemAnswers:
    """Answers every error. `login_url` is where a person starts again."""

    def __init__(self, *, pages: Pages, audit: AuditLog, login_url: str) -> None:
        self._pages = pages
        self._audit = audit
        self._login_url = login_url

    def answer(
        self,
        request: Request,
        error: errors.SignInError,
        actions: Sequence[Action] = (),
        members: Mapping[str, str] = MappingProxyType({}),
        *,
        audited: bool = False,
    ) -> Response:
        """The response for an error, told to the audit log unless it has been.

        `actions` are the ways on for a person, `members` are more of the problem's for a program.
        """
        if not audited:
            self.note(error)
        status = _UPSTREAM_STATUS.get(type(error), PROBLEMS[error.code].status)
        detail = _sentence(error.reason) if isinstance(error, errors.RequestInvalid) else ""
        response = self.of_code(request, error.code, status=status, detail=detail, actions=actions, members=members)
        if isinstance(error, errors.BearerRefused):
            response.headers["www-authenticate"] = 'Bearer error="invalid_token"'
        elif isinstance(error, errors.NotSignedIn):
            response.headers["www-authenticate"] = "Bearer"
        if isinstance(error, errors.ProviderUnavailable | errors.TooManyRequests):
            response.headers["retry-after"] = str(error.retry_after_seconds)
        return response

    def of_code(
        self,
        request: Request,
        code: str,
        *,
        status: int = 0,
        detail: str = "",
        actions: Sequence[Action] = (),
        members: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        told = PROBLEMS[code]
        if wants_page(request):
            return page_response(self._page(told, code, actions), status or told.status)
        return self._problem(code, status or told.status, detail, members)

    def _page(self, told: Told, code: str, actions: Sequence[Action]) -> Page:
        ways_on = actions or (Action("Sign in", self._login_url),)
        return self._pages.message(told.title, told.text, code, request_id_of_context(), ways_on)

    def _problem(self, code: str, status: int, detail: str, more: Mapping[str, str]) -> Response:
        members = {**problem_members(code, request_id=request_id_of_context(), status=status, detail=detail), **more}
        if status == 401:
            members["login_url"] = self._login_url
        return Response(json.dumps(members), status, media_type="application/problem+json")

    def note(self, error: errors.SignInError) -> None:
        """Tells the audit log. Not being signed in is no news."""
        if isinstance(error, errors.ProviderUnavailable):
            self._audit.provider_failed(reason=error.reason)
        elif not isinstance(error, errors.NotSignedIn) or isinstance(error, errors.BearerRefused):
            self._audit.request_refused(code=error.code, reason=error.reason)


def problem_members(code: str, *, request_id: str, status: int = 0, detail: str = "") -> dict[str, str | int]:
    """What RFC 9457 and we say of a problem."""
    told = PROBLEMS[code]
    return {
        "type": TYPE_PREFIX + code,
        "title": told.title,
        "status": status or told.status,
        "code": code,
        "detail": detail or told.text,
        "request_id": request_id,
    }


def page_response(page: Page, status: int = 200) -> Response:
    return Response(
        page.html,
        status,
        headers={"content-security-policy": page.content_security_policy},
        media_type="text/html",
    )


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."
