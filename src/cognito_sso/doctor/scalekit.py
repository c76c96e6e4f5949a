"""Scalekit's environment: does it say who it is, and does it take the service's client?"""

from __future__ import annotations

from collections.abc import Iterator

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.doctor.issuer import json_object
from cognito_sso.verify.keys import UnusableKeySet, read_key_set
from cognito_sso.verify.verifier import prepare

SCALEKIT = Part("Scalekit")
NOT_SET = SCALEKIT.skipped(
    "scalekit_not_set", "Scalekit was not asked: SCALEKIT_ENVIRONMENT_URL is not set. Nor is /login/initiated there."
)
AGREES = SCALEKIT.ok(
    "scalekit_agrees", "Scalekit's discovery document names this environment, and its keys can be used."
)
UNREACHABLE = SCALEKIT.error(
    "scalekit_unreachable",
    "{url} gives no answer: {reason}.",
    why="Sign-ins that start at a company's portal can't be verified.",
    remedy="Let the service out to this host, and compare SCALEKIT_ENVIRONMENT_URL with Scalekit's dashboard.",
)
NO_ENVIRONMENT = SCALEKIT.error(
    "scalekit_unreadable",
    "What {url} answers is no discovery document (status {status}).",
    why="There seems to be no such environment: sign-ins that start at a company's portal can't be verified.",
    remedy="Compare SCALEKIT_ENVIRONMENT_URL with Scalekit's dashboard: Developers, Settings, API credentials.",
)
ISSUER_DIFFERS = SCALEKIT.error(
    "scalekit_issuer_differs",
    "Scalekit's discovery document names the issuer {found}, the settings {url}.",
    why="What Scalekit signs is refused, by the service and by Cognito: issuers are compared to the letter.",
    remedy="Set SCALEKIT_ENVIRONMENT_URL to {found}, and the provider's issuer in the pool too.",
)
KEYS_UNREADABLE = SCALEKIT.error(
    "scalekit_keys_unreadable",
    "Scalekit's keys can't be had from {url}/keys: {reason}.",
    why="Sign-ins that start at a company's portal can't be verified.",
    remedy="Let the service out to this host. If it is out already, something else answers there.",
)


def judge_scalekit(document: Answer | NoAnswer, keys: Answer | NoAnswer, url: str) -> Iterator[Finding]:
    if isinstance(document, NoAnswer):
        yield UNREACHABLE.found(url=url, reason=document.reason)
        return
    yield from list(_faults(document, keys, url)) or [AGREES.found()]


def _faults(document: Answer, keys: Answer | NoAnswer, url: str) -> Iterator[Finding]:
    members = json_object(document.body)
    if document.status != 200 or members is None:
        yield NO_ENVIRONMENT.found(url=url, status=document.status)
    elif members.get("issuer") != url:
        yield ISSUER_DIFFERS.found(found=members.get("issuer"), url=url)
    if reason := _fault_of_keys(keys):
        yield KEYS_UNREADABLE.found(url=url, reason=reason)


def _fault_of_keys(answer: Answer | NoAnswer) -> str | None:
    if isinstance(answer, NoAnswer):
        return answer.reason
    if answer.status != 200:
        return f"answered {answer.status}"
    try:
        read_key_set(answer.body, prepare)
    except UnusableKeySet as error:
        return str(error)
    return None
