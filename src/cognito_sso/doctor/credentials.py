"""Is the client secret right? Told from what the token endpoint says to a code that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.authorization import DOMAIN_UNREACHABLE
from cognito_sso.doctor.finding import Finding, Kind, Part
from cognito_sso.doctor.issuer import json_object
from cognito_sso.doctor.setup import Setup

CREDENTIALS = Part("Client secret")
SECRET_RIGHT = CREDENTIALS.ok("client_secret_right", "Cognito takes the app client's secret.")
PUBLIC_RIGHT = CREDENTIALS.ok("client_is_public", "The app client has no secret, and needs none.")
SECRET_WRONG = CREDENTIALS.error(
    "client_secret_wrong",
    "Cognito does not take COGNITO_CLIENT_SECRET.",
    why="People sign in, and then end on provider_unavailable: no code can be redeemed.",
    remedy="Copy the secret from the console: Cognito, App clients, your client. It may have been changed there.",
)
SECRET_MISSING = CREDENTIALS.error(
    "client_secret_missing",
    "Cognito does not take the app client without a secret.",
    why="People sign in, and then end on provider_unavailable: no code can be redeemed.",
    remedy="Set COGNITO_CLIENT_SECRET; the console shows it with the app client.",
)
SECRET_NEEDLESS = CREDENTIALS.error(
    "client_secret_needless",
    "COGNITO_CLIENT_SECRET is set, and the app client has no secret.",
    why="People sign in, and then end on provider_unavailable: Cognito refuses a secret from a client that has none.",
    remedy="Leave COGNITO_CLIENT_SECRET out, or better make a client with a secret: one can't be added later.",
)
GRANT_REFUSED = CREDENTIALS.error(
    "code_not_redeemable",
    "The app client may not redeem codes: the token endpoint says unauthorized_client.",
    why="People sign in, and then end on provider_unavailable.",
    remedy="Allow the authorization code grant on the app client, and register its callback URL.",
)
UNCLEAR = CREDENTIALS.warning(
    "client_secret_unclear",
    "Could not tell whether the client secret is right: the token endpoint answers {status} {error}.",
    why="It should say invalid_grant to a made-up code, or invalid_client to a wrong secret.",
    remedy="Run it again in a minute: Cognito may be asking to slow down.",
)

_RIGHT, _WRONG = "invalid_grant", "invalid_client"


def needs_second_look(answer: Answer | NoAnswer, *, has_secret: bool) -> bool:
    """A refused secret may be wrong, or more than the client has: the same without one tells."""
    return has_secret and error_of(answer) == _WRONG


def judge_credentials(
    answer: Answer | NoAnswer, without_secret: Answer | NoAnswer | None, setup: Setup
) -> Iterator[Finding]:
    if isinstance(answer, NoAnswer):
        yield DOMAIN_UNREACHABLE.found(domain=setup.endpoints.domain, reason=answer.reason)
    else:
        kind = _verdict(error_of(answer), error_of(without_secret), has_secret=setup.client_secret is not None)
        yield kind.found(status=answer.status, error=error_of(answer))


def _verdict(error: str, without_secret: str, *, has_secret: bool) -> Kind:
    if error == _RIGHT:
        return SECRET_RIGHT if has_secret else PUBLIC_RIGHT
    if error == _WRONG and not has_secret:
        return SECRET_MISSING
    if error == _WRONG:
        return SECRET_NEEDLESS if without_secret == _RIGHT else SECRET_WRONG
    return GRANT_REFUSED if error == "unauthorized_client" else UNCLEAR


def error_of(answer: Answer | NoAnswer | None) -> str:
    """The `error` of a token endpoint's answer (RFC 6749 section 5.2), or nothing."""
    members = json_object(answer.body) if isinstance(answer, Answer) else None
    error = (members or {}).get("error")
    return error if isinstance(error, str) else ""
