"""Does signing out come back? Told from where Cognito's logout endpoint sends a browser that has no session."""

from __future__ import annotations

from collections.abc import Iterator

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.authorization import DOMAIN_UNREACHABLE, Onward, onward_of
from cognito_sso.doctor.finding import Finding, Kind, Part
from cognito_sso.doctor.setup import Setup

SIGN_OUT = Part("Signing out")
COMES_BACK = SIGN_OUT.ok("logout_uri_registered", "Signing out comes back to {logout_uri}.")
NOT_REGISTERED = SIGN_OUT.error(
    "logout_uri_not_registered",
    "The app client does not have the sign-out URL {logout_uri}.",
    why="Whoever signs out ends on an error page of Cognito's, about a redirect_uri that is none of theirs.",
    remedy="Add {logout_uri} to the client's allowed sign-out URLs, to the letter: a slash at the end is another URL.",
)
UNCLEAR = SIGN_OUT.warning(
    "logout_uri_unclear",
    "Could not tell whether the sign-out URL is registered: the logout endpoint answers {status}.",
    why="It should send the browser on.",
    remedy="Sign out once in a browser.",
)


def judge_sign_out(answer: Answer | NoAnswer, setup: Setup) -> Iterator[Finding]:
    if isinstance(answer, NoAnswer):
        yield DOMAIN_UNREACHABLE.found(domain=setup.endpoints.domain, reason=answer.reason)
    else:
        yield _verdict(onward_of(answer), setup).found(logout_uri=setup.logout_uri, status=answer.status)


def _verdict(onward: Onward | None, setup: Setup) -> Kind:
    if onward and onward.address == setup.logout_uri:
        return COMES_BACK
    # Its message is about another parameter (AWS's answer to any logout_uri that it does not know).
    return NOT_REGISTERED if onward and onward.address == f"{setup.endpoints.domain}/error" else UNCLEAR
