"""Every request that we make to Scalekit's management API (Scalekit's API reference)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import httpx

from cognito_sso.scalekit.answers import (
    Connection,
    Domain,
    Organization,
    PortalLink,
    read_connections,
    read_domains,
    read_organization,
    read_organizations,
    read_portal_link,
    read_token,
)
from cognito_sso.scalekit.errors import (
    ScalekitError,
    ScalekitNonsense,
    ScalekitNotFound,
    ScalekitRefused,
    ScalekitUnavailable,
)

DEADLINE_SECONDS: Final = 10.0
WHOLE_DEADLINE_SECONDS: Final = 120.0  # all organisations, with everything about them
ANSWER_LIMIT_BYTES: Final = 2 * 1024 * 1024
MOST_ORGANIZATIONS: Final = 2_000
MOST_DOMAINS: Final = 1_000  # of one organisation
MOST_CONNECTION_PAGES: Final = 200
PAGE_SIZE: Final = 100  # the largest that Scalekit takes
AT_ONCE: Final = 4
EARLY_SECONDS: Final = 60.0  # a token is not used up to its last second
LONGEST_RETRY_AFTER_SECONDS: Final = 600.0
_SILENCE_OF_DEADLINE: Final = 0.97
_REFUSED: Final = (401, 403)


class ScalekitApi:
    """One environment, as the application whose client id and secret it has.

    Each call ends within its deadline, follows no redirect and reads a bounded answer. Raises `ScalekitError`.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        environment_url: str,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = time.time,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._http = http
        self._url = environment_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._token = ""
        self._token_until = 0.0
        self._one_token_request = asyncio.Lock()

    async def organizations(self) -> tuple[Organization, ...]:
        """Every organisation with its connections and domains: all of it, or an error."""
        async with _within(WHOLE_DEADLINE_SECONDS):
            found = await self._all_organizations()
            connections = await self._all_connections()
            return await _each(found, lambda one: self._with_details(one, connections.get(one.id, ())))

    async def organization_id(self, name: str) -> str:
        """The id of the organisation with this id or external id. Raises `ScalekitNotFound`."""
        if re.fullmatch(r"org_[A-Za-z0-9]{1,64}", name):
            return name
        return read_organization(await self._get(f"/api/v1/organizations:external/{quote(name, safe='')}")).id

    async def portal_link(self, organization_id: str) -> PortalLink:
        """A link to the admin portal, where the company's administrator sets up sign-in and domains."""
        path = f"/api/v1/organizations/{organization_id}/portal_links"
        return read_portal_link(await self._ask("PUT", path, {"features": "sso"}))

    async def _all_organizations(self) -> list[Organization]:
        found: list[Organization] = []
        token: str | None = None
        while True:
            query = {"page_size": str(PAGE_SIZE), **({"page_token": token} if token else {})}
            page = read_organizations(await self._get("/api/v1/organizations", query))
            found += page.organizations
            if len(found) > MOST_ORGANIZATIONS:
                raise ScalekitNonsense(f"more than {MOST_ORGANIZATIONS} organisations")
            if page.next_token is None:
                break
            if page.next_token == token or not page.organizations:
                raise ScalekitNonsense("the pages of organisations do not end")
            token = page.next_token
        _hold_together(found, page.total)
        return found

    async def _all_connections(self) -> dict[str, tuple[Connection, ...]]:
        """By organisation. Scalekit documents no pages here; if it has some, they are followed."""
        found: dict[str, tuple[Connection, ...]] = {}
        token: str | None = None
        for _ in range(MOST_CONNECTION_PAGES):
            query = {"include": "all", **({"page_token": token} if token else {})}
            page, token = read_connections(await self._get("/api/v1/connections", query))
            for one in page:
                found[one.organization_id] = (*found.get(one.organization_id, ()), one)
            if token is None:
                _once_each(connection.id for own in found.values() for connection in own)
                return found
        raise ScalekitNonsense("the pages of connections do not end")

    async def _with_details(self, one: Organization, connections: tuple[Connection, ...]) -> Organization:
        # The unfiltered list could be cut short without saying so: an organisation that it lacks is asked for by name.
        connections = connections or await self._connections_of(one.id)
        return replace(one, connections=connections, domains=await self._domains_of(one.id))

    async def _connections_of(self, organization_id: str) -> tuple[Connection, ...]:
        query = {"organization_id": organization_id, "include": "all"}
        page, _ = read_connections(await self._get("/api/v1/connections", query))
        if any(connection.organization_id != organization_id for connection in page):
            raise ScalekitNonsense("a connection of another organisation is among one's own")
        return page

    async def _domains_of(self, organization_id: str) -> tuple[Domain, ...]:
        found: list[Domain] = []
        for number in range(MOST_DOMAINS // PAGE_SIZE):
            query = {"page_size": str(PAGE_SIZE), "page_number": str(number)}
            body = await self._get(f"/api/v1/organizations/{organization_id}/domains", query)
            page, entries = read_domains(body, organization_id)
            # A gateway that does not know the page number would answer the first page for ever.
            if number and page and page[0] in found:
                return tuple(found)
            found += page
            if entries < PAGE_SIZE:
                return tuple(found)
        raise ScalekitNonsense(f"an organisation has {MOST_DOMAINS} domains or more")

    async def _get(self, path: str, query: dict[str, str] | None = None) -> bytes:
        return await self._ask("GET", path, query or {})

    async def _ask(self, method: str, path: str, query: dict[str, str]) -> bytes:
        token = await self._access_token()
        status, body = await self._authorized(method, path, query, token)
        if status == 401:  # taken back before its time
            self._forget(token)
            status, body = await self._authorized(method, path, query, await self._access_token())
        return _good(status, body, f"{method} {path.partition('?')[0]}")

    async def _authorized(self, method: str, path: str, query: dict[str, str], token: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return await self._send(self._http.build_request(method, self._url + path, params=query, headers=headers))

    def _forget(self, token: str) -> None:
        if self._token == token:
            self._token = ""

    async def _access_token(self) -> str:
        """By client credentials (RFC 6749 section 4.4), in the form's body as Scalekit's own libraries do."""
        async with self._one_token_request:
            if not self._token or self._clock() >= self._token_until:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self._client_id,
                    "client_secret": self._client_secret,
                }
                request = self._http.build_request("POST", f"{self._url}/oauth/token", data=form)
                status, body = await self._send(request)
                if status in (400, *_REFUSED):
                    raise ScalekitRefused(f"the token endpoint answered {status}: the client id or secret is wrong")
                granted = read_token(_good(status, body, "POST /oauth/token"))
                self._token = granted.text
                self._token_until = self._clock() + max(granted.seconds - EARLY_SECONDS, granted.seconds / 2)
            return self._token

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        # httpx's own timeouts are per read, so that a drip would last for ever: the deadline is around it all. Where
        # nothing comes at all they are first, since httpcore can leave the socket of a cancelled request open.
        timeouts = httpx.Timeout(_SILENCE_OF_DEADLINE * self._deadline_seconds, connect=self._deadline_seconds / 2)
        request.extensions = {**request.extensions, "timeout": timeouts.as_dict()}
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._exchange(request)
        except (TimeoutError, httpx.TimeoutException):
            raise ScalekitUnavailable(f"no whole answer within {self._deadline_seconds:g} s") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ScalekitUnavailable(f"not reached: {type(error).__name__}") from None

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        # Only plain bytes are read: a small compressed answer can become gigabytes.
        request.headers["Accept-Encoding"] = "identity"
        request.headers.pop("Cookie", None)
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ScalekitNonsense("the answer is compressed, unasked")
            body = await _bounded(response)
        finally:
            await response.aclose()
        if response.status_code == 429:
            raise ScalekitUnavailable("too many requests", retry_after_seconds=_retry_after(response))
        return response.status_code, body


def _good(status: int, body: bytes, what: str) -> bytes:
    if status in _REFUSED:
        raise ScalekitRefused(f"{what} answered {status}: the client may not do this")
    if status == 404:
        raise ScalekitNotFound(f"{what} answered 404")
    if not 200 <= status < 300:
        raise ScalekitUnavailable(f"{what} answered {status}")
    return body


def _hold_together(found: list[Organization], total: int | None) -> None:
    """A page that got lost would take companies away."""
    _once_each(one.id for one in found)
    if total is not None and total != len(found):
        raise ScalekitNonsense(f"{len(found)} organisations where {total} were told")


def _once_each(ids: Iterable[str]) -> None:
    listed = list(ids)
    if len(set(listed)) != len(listed):
        raise ScalekitNonsense("something stands twice in a list")


async def _each(
    found: Iterable[Organization], ask: Callable[[Organization], Awaitable[Organization]]
) -> tuple[Organization, ...]:
    """A few at once, in their order. The first error ends the others."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Organization) -> Organization:
        async with turn:
            return await ask(one)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(one)) for one in found]
    except* ScalekitError as several:
        raise _first(several) from None
    return tuple(task.result() for task in tasks)


def _first(several: BaseExceptionGroup[ScalekitError]) -> ScalekitError:
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, ScalekitError)  # noqa: S101 (the group has nothing else; tells the type checker)
    return found


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise ScalekitUnavailable(f"not everything was told within {seconds:g} s") from None


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            raise ScalekitNonsense("the answer is too large")
    return bytes(body)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds only (RFC 9110 section 10.2.3); a date is not worth a clock."""
    text = response.headers.get("retry-after", "")
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
