"""One authorize request of an app, checked: what Cognito has to remember until the browser is back."""

import re
from dataclasses import dataclass

from cognito_sso.simulator.cognito.answers import (
    OAUTH_DISABLED,
    callback_error,
    callback_of,
    client_of,
    error_page,
)
from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.wire import AnswerInstead, Params

FLOWS = {"code": "code", "token": "implicit"}
PROMPTS = {"none", "login", "select_account", "consent"}
S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
RESOURCE = re.compile(r"https://.+|http://localhost.*|(?!https?:)[a-z][a-z0-9+.-]*://.*", re.IGNORECASE)


@dataclass(frozen=True)
class AuthorizationRequest:
    client: AppClient
    redirect_uri: str
    response_type: str
    scopes: list[str]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    resource: str | None = None
    prompt: tuple[str, ...] = ()
    login_hint: str | None = None

    def refusal(self, error: str, description: str | None = None) -> AnswerInstead:
        return callback_error(self.redirect_uri, error, description, self.state, self.response_type)


def read_authorization_request(pool: SimulatedPool, query: Params) -> AuthorizationRequest:
    """Raises AnswerInstead: without a trustworthy callback Cognito's own error page, after that the callback."""
    client = client_of(pool, query)
    redirect_uri = callback_of(pool, client, query)
    if not client.oauth_enabled:
        raise error_page(pool, OAUTH_DISABLED)
    asked = AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        response_type=query.get("response_type", "code"),
        scopes=query.words("scope") or list(client.scopes),
        state=query.get("state"),
        nonce=query.get("nonce"),
        code_challenge=query.get("code_challenge"),
        resource=query.get("resource"),
        # The classic hosted UI knows no prompt.
        prompt=tuple(query.words("prompt")) if pool.managed_login else (),
        login_hint=query.get("login_hint"),
    )
    _check_form(asked, query)
    _check_rights(asked)
    return asked


def _check_form(asked: AuthorizationRequest, query: Params) -> None:
    if query.repeated:
        raise asked.refusal("invalid_request", f"Duplicate parameter {min(query.repeated)}")
    if "response_type" not in query:
        raise asked.refusal("invalid_request")
    method = query.get("code_challenge_method")
    if asked.code_challenge is None and method is None:
        return
    if method != "S256" or not S256_CHALLENGE.fullmatch(asked.code_challenge or ""):
        raise asked.refusal("invalid_request", "code_challenge_method should be S256")


def _check_rights(asked: AuthorizationRequest) -> None:
    flow = FLOWS.get(asked.response_type)
    if flow is None or flow not in asked.client.oauth_flows:
        raise asked.refusal("invalid_request", "unauthorized_client")
    if not asked.client.allows_scopes(asked.scopes):
        raise asked.refusal("invalid_request", "invalid_scope")
    if asked.resource is not None and not RESOURCE.fullmatch(asked.resource):
        raise asked.refusal("invalid_request", "invalid_resource")
    if not set(asked.prompt) <= PROMPTS or ("none" in asked.prompt and len(asked.prompt) > 1):
        raise asked.refusal("invalid_request", "invalid_prompt")
