"""Who is calling /oauth2/token or /oauth2/revoke: Basic, a secret in the body, or a public client's bare id."""

import hmac

from starlette.requests import Request

from cognito_sso.simulator.cognito.clients import AppClient
from cognito_sso.simulator.cognito.pool import SimulatedPool
from cognito_sso.simulator.wire import Params, basic_credentials


class ClientRefused(Exception):
    """Carries the `error_description`, where Cognito gives one."""

    def __init__(self, description: str | None = None) -> None:
        super().__init__(description)
        self.description = description


def authenticated_client(pool: SimulatedPool, request: Request, form: Params) -> AppClient:
    client_id, secret = _credentials(request, form)
    client = pool.clients.get(client_id or "")
    if client is None or form.get("client_id", client_id) != client_id:
        raise ClientRefused
    if not _secret_fits(client, secret):
        raise ClientRefused("invalid_client_secret")
    return client


def _credentials(request: Request, form: Params) -> tuple[str | None, str | None]:
    return basic_credentials(request) or (form.get("client_id"), form.get("client_secret"))


def _secret_fits(client: AppClient, given: str | None) -> bool:
    if not client.secrets:
        return not given
    return any(hmac.compare_digest(secret.encode(), (given or "").encode()) for secret in client.secrets)
