"""Where the hosted domain turns a browser away to: its error page, its login page, the app's callback."""

from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.wire import AnswerInstead, Params, redirect, with_params

NO_CLIENT = "Client does not exist."
OAUTH_DISABLED = "Client is not enabled for OAuth2.0 flows."
LOGIN_OPTION_UNAVAILABLE = "Login option is not available. Please try another one"
INVALID_STATE = "Invalid State/RelayState provided"
SOMETHING_WENT_WRONG = "Something went wrong"


def not_present(name: str) -> str:
    """The words of the Spring framework, which Cognito lets through."""
    return f"Required String parameter '{name}' is not present"


def error_page(pool: SimulatedPool, error: str, *more: tuple[str, str]) -> AnswerInstead:
    return AnswerInstead(redirect(f"{pool.domain_url}/error", [("error", error), *more]))


def login_page(pool: SimulatedPool, query: Params, error_message: str | None = None) -> AnswerInstead:
    """The hosted page with the original query, which is where a stranded user ends."""
    added = [("errorMessage", error_message)] if error_message else []
    kept = [pair for pair in query.pairs if pair[0] != "errorMessage"]
    return AnswerInstead(redirect(f"{pool.domain_url}/login", [*kept, *added]))


def callback_error(
    redirect_uri: str,
    error: str,
    description: str | None = None,
    state: str | None = None,
    response_type: str = "code",
) -> AnswerInstead:
    """Description, state, error: the order seen on the wire. For `token` they are in the fragment."""
    members = (("error_description", description), ("state", state), ("error", error))
    params = [(name, value) for name, value in members if value is not None]
    return AnswerInstead(redirect(redirect_uri, params, "#" if response_type == "token" else "?"))


def client_of(pool: SimulatedPool, query: Params) -> AppClient:
    if "client_id" not in query:
        raise error_page(pool, not_present("client_id"))
    client = pool.clients.get(query["client_id"])
    if client is None:
        raise error_page(pool, NO_CLIENT)
    return client


def callback_of(pool: SimulatedPool, client: AppClient, query: Params) -> str:
    """The redirect URI, equal to a registered one to the last character."""
    if "redirect_uri" not in query:
        raise error_page(pool, not_present("redirect_uri"))
    if query["redirect_uri"] not in client.callback_urls:
        raise error_page(pool, "redirect_mismatch", ("client_id", client.client_id))
    return query["redirect_uri"]


def code_callback(redirect_uri: str, code: str, state: str | None) -> str:
    return with_params(redirect_uri, [("code", code), *([("state", state)] if state else [])])
