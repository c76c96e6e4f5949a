"""One pool in AWS: reads what is there, and carries out a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cognito_sso.provision.aws import CognitoApi, in_plain_words
from cognito_sso.provision.errors import AwsRefused, Stopped
from cognito_sso.provision.found import Found
from cognito_sso.provision.plan import Plan, Step
from cognito_sso.provision.wanted import Wanted

_PAGE = 60  # the most that AWS gives at once
_NOT_THERE = "ResourceNotFoundException"


class UserPool:
    """Knows no state of its own: AWS does."""

    def __init__(self, cognito: CognitoApi) -> None:
        self._cognito = cognito

    def find(self, wanted: Wanted) -> Found:
        """Everything of the pool that the plan is made from. Raises `AwsRefused`."""
        namesakes = self._pools_called(wanted.pool.name) if wanted.pool.create else []
        pool_id = wanted.pool.id or (namesakes[0] if len(namesakes) == 1 else None)
        pool = self._described("UserPool", self._cognito.describe_user_pool, UserPoolId=pool_id) if pool_id else None
        domain = self._domain(wanted.domain.name)
        if pool is None:
            return Found(domain=domain, namesake_pools=tuple(namesakes))
        provider = self._provider(pool_id, wanted.provider.name)
        clients = [wanted.client.id] if wanted.client.id else self._clients_called(pool_id, wanted.client.name)
        client = self._client(pool_id, clients[0]) if len(clients) == 1 else None
        return Found(pool, provider, client, domain, tuple(namesakes), tuple(clients) if len(clients) > 1 else ())

    def look_up(self, *, pool_id: str, provider: str, client_id: str, domain: str) -> Found:
        """What is there by exactly these names. Raises `AwsRefused`."""
        return Found(
            pool=self._described("UserPool", self._cognito.describe_user_pool, UserPoolId=pool_id),
            provider=self._provider(pool_id, provider),
            client=self._client(pool_id, client_id),
            domain=self._domain(domain),
        )

    def apply(self, plan: Plan, *, pool_id: str | None, tell: Callable[[str], None]) -> None:
        """Carries out every step in turn. Raises `Stopped`; what was done is found as done by the next run."""
        titles = [step.title for step in plan.steps]
        for number, step in enumerate(plan.steps):
            tell(f"{number + 1}/{len(titles)} {step.title} ...")
            try:
                answer = self._carry_out(step, pool_id)
            except AwsRefused as error:
                raise Stopped(error, at=step.title, done=titles[:number], left=titles[number:]) from error
            pool_id = pool_id or answer["UserPool"]["Id"]

    def _carry_out(self, step: Step, pool_id: str | None) -> dict[str, Any]:
        cognito = self._cognito
        calls = {
            ("pool", True): cognito.create_user_pool,
            ("provider", True): cognito.create_identity_provider,
            ("provider", False): cognito.update_identity_provider,
            ("client", True): cognito.create_user_pool_client,
            ("client", False): cognito.update_user_pool_client,
            ("domain", True): cognito.create_user_pool_domain,
            ("domain", False): cognito.update_user_pool_domain,
        }
        request = dict(step.request) if step.part == "pool" else {**step.request, "UserPoolId": pool_id}
        with in_plain_words(secrets=tuple(_secrets_in(step.request))):
            return calls[step.part, step.is_new](**request)

    def _described(self, member: str, call: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any] | None:
        try:
            with in_plain_words():
                answer = call(**request)
        except AwsRefused as error:
            if error.code == _NOT_THERE:
                return None
            raise
        found: dict[str, Any] = answer.get(member) or {}
        return found or None

    def _provider(self, pool_id: str | None, name: str) -> dict[str, Any] | None:
        call = self._cognito.describe_identity_provider
        return self._described("IdentityProvider", call, UserPoolId=pool_id, ProviderName=name)

    def _client(self, pool_id: str | None, client_id: str) -> dict[str, Any] | None:
        call = self._cognito.describe_user_pool_client
        return self._described("UserPoolClient", call, UserPoolId=pool_id, ClientId=client_id)

    def _domain(self, name: str) -> dict[str, Any] | None:
        """An unknown domain is described by nothing, rather than refused."""
        return self._described("DomainDescription", self._cognito.describe_user_pool_domain, Domain=name)

    def _pools_called(self, name: str | None) -> list[str]:
        pools = _pages(self._cognito.list_user_pools, "UserPools")
        return [pool["Id"] for pool in pools if pool["Name"] == name]

    def _clients_called(self, pool_id: str | None, name: str) -> list[str]:
        clients = _pages(self._cognito.list_user_pool_clients, "UserPoolClients", UserPoolId=pool_id)
        return [client["ClientId"] for client in clients if client["ClientName"] == name]


def _pages(call: Callable[..., dict[str, Any]], member: str, **request: Any) -> Iterator[dict[str, Any]]:
    """Every item of a list that AWS gives out by pages."""
    while True:
        with in_plain_words():
            page = call(MaxResults=_PAGE, **request)
        yield from page.get(member, ())
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]


def _secrets_in(request: Mapping[str, Any]) -> Iterator[str]:
    secret = (request.get("ProviderDetails") or {}).get("client_secret")
    if secret:
        yield secret
