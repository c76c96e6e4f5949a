"""The pool's issuer: its discovery document, its keys, and the time it is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from cognito_sso.cognito import Endpoints
from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.verify.keys import UnusableKeySet, read_key_set
from cognito_sso.verify.verifier import prepare

AGREES_SECONDS = 10.0
SKEW_SECONDS = 60.0  # a token from further in the future is refused
SHORTEST_TOKEN_SECONDS = 300.0  # that an app client can be given

ISSUER = Part("Issuer")
DISCOVERY_AGREES = ISSUER.ok(
    "discovery_agrees", "The discovery document names the issuer and the domain of the settings."
)
UNREACHABLE = ISSUER.error(
    "issuer_unreachable",
    "{issuer} gives no answer: {reason}.",
    why="Without the pool's keys no token can be verified: nobody can sign in.",
    remedy="Let the service out to this host, and look at COGNITO_USER_POOL_ID and COGNITO_ISSUER.",
)
DISCOVERY_REFUSED = ISSUER.error(
    "discovery_refused",
    "{issuer} answers {status} where its discovery document should be.",
    why="There seems to be no such pool. Without its keys nobody can sign in.",
    remedy="Compare COGNITO_USER_POOL_ID with the console: Cognito, User pools, Overview. Its region is its prefix.",
)
DISCOVERY_UNREADABLE = ISSUER.error(
    "discovery_unreadable",
    "What {issuer} answers is no discovery document.",
    why="Somebody else answers there, perhaps a proxy that wants a sign-in of its own.",
    remedy="Let the service out to this host directly.",
)
ISSUER_DIFFERS = ISSUER.error(
    "issuer_differs",
    "The discovery document names the issuer {found}, the settings {issuer}.",
    why="Every ID token would be refused: its issuer is compared to the letter.",
    remedy="If {found} is your pool's updated issuer, set COGNITO_ISSUER to it.",
)
NO_DOMAIN = ISSUER.error(
    "pool_without_domain",
    "The pool has no domain: its discovery document sends people to {found}.",
    why="Cognito signs nobody in there.",
    remedy="Give the pool a domain (console: Branding, Domain; or cognito-sso provision), and set COGNITO_DOMAIN.",
)
DOMAIN_DIFFERS = ISSUER.warning(
    "domain_differs",
    "The discovery document names the domain {found}, the settings {domain}.",
    why="A pool with both a prefix and a host of its own names the host alone. Else COGNITO_DOMAIN is another pool's.",
    remedy="Compare COGNITO_DOMAIN with the console: Cognito, Branding, Domain.",
)
KEYS_USABLE = ISSUER.ok("keys_usable", "The pool publishes {count} keys, and they can be used.")
KEYS_UNREADABLE = ISSUER.error(
    "keys_unreadable",
    "The pool's keys can't be had from {uri}: {reason}.",
    why="Without them no token can be verified: nobody can sign in.",
    remedy="Let the service out to this host. If it is out already, something else answers there.",
)
KEY_REFUSED = ISSUER.warning(
    "key_refused",
    "One of the pool's keys ({kid}) can't be used: {reason}.",
    why="Tokens signed with it are refused.",
    remedy="Cognito publishes RS256 keys of 2048 bits. Find out who answers at {uri}.",
)

CLOCK = Part("Clock")
CLOCK_AGREES = CLOCK.ok("clock_agrees", "This machine's clock and the issuer's are {seconds} s apart.")
CLOCK_UNKNOWN = CLOCK.skipped(
    "clock_unknown", "Could not tell how right the clock is: the issuer does not say the time."
)
CLOCK_OFF = CLOCK.warning(
    "clock_off",
    "This machine's clock is {seconds} s {direction} the issuer's.",
    why="Sessions end at other times than they say; a little more, and tokens are refused.",
    remedy="Have it set by NTP, here and where the service runs.",
)
CLOCK_WRONG = CLOCK.error(
    "clock_wrong",
    "This machine's clock is {seconds} s {direction} the issuer's.",
    why="Tokens seem to be from the future, or past already, and are refused: nobody can sign in.",
    remedy="Have it set by NTP, here and where the service runs.",
)


def judge_discovery(answer: Answer | NoAnswer, endpoints: Endpoints) -> Iterator[Finding]:
    if isinstance(answer, NoAnswer):
        yield UNREACHABLE.found(issuer=endpoints.issuer, reason=answer.reason)
    elif answer.status != 200:
        yield DISCOVERY_REFUSED.found(issuer=endpoints.issuer, status=answer.status)
    elif (document := json_object(answer.body)) is None:
        yield DISCOVERY_UNREADABLE.found(issuer=endpoints.issuer)
    else:
        yield from list(_disagreements(document, endpoints)) or [DISCOVERY_AGREES.found()]


def _disagreements(document: dict[str, Any], endpoints: Endpoints) -> Iterator[Finding]:
    """Between the issuer's own document and the settings."""
    if document.get("issuer") != endpoints.issuer:
        yield ISSUER_DIFFERS.found(found=document.get("issuer"), issuer=endpoints.issuer)
    authorize = str(document.get("authorization_endpoint"))
    if authorize.startswith(f"{endpoints.issuer}/"):
        yield NO_DOMAIN.found(found=authorize)
    elif authorize != endpoints.authorize:
        yield DOMAIN_DIFFERS.found(found=authorize.removesuffix("/oauth2/authorize"), domain=endpoints.domain)


def judge_keys(answer: Answer | NoAnswer, uri: str) -> Iterator[Finding]:
    """By the verifier's own strictness."""
    if isinstance(answer, NoAnswer):
        yield KEYS_UNREADABLE.found(uri=uri, reason=answer.reason)
        return
    if answer.status != 200:
        yield KEYS_UNREADABLE.found(uri=uri, reason=f"answered {answer.status}")
        return
    try:
        keys = read_key_set(answer.body, prepare)
    except UnusableKeySet as error:
        yield KEYS_UNREADABLE.found(uri=uri, reason=error)
        return
    yield KEYS_USABLE.found(count=len(keys.by_kid))
    yield from (KEY_REFUSED.found(kid=kid, reason=reason, uri=uri) for kid, reason in keys.refused)


def judge_clock(answer: Answer | NoAnswer) -> Finding:
    """By the `Date` of an answer (RFC 9110 section 6.6.1), which is cut off to whole seconds."""
    told_at = _date(answer) if isinstance(answer, Answer) else None
    if told_at is None or isinstance(answer, NoAnswer):
        return CLOCK_UNKNOWN.found()
    ahead = answer.seen_at - (told_at + 0.5)
    seconds = round(abs(ahead))
    if abs(ahead) <= AGREES_SECONDS:
        return CLOCK_AGREES.found(seconds=seconds)
    is_wrong = ahead < -SKEW_SECONDS or ahead >= SHORTEST_TOKEN_SECONDS
    kind = CLOCK_WRONG if is_wrong else CLOCK_OFF
    return kind.found(seconds=seconds, direction="behind" if ahead < 0 else "ahead of")


def _date(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
