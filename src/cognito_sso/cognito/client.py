"""Every request that we make to Cognito's hosted domain, and every URL there that we send a browser to."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from cognito_sso.cognito.endpoints import Endpoints
from cognito_sso.cognito.observer import Observer, Unobserved
from cognito_sso.cognito.patience import USUAL_PATIENCE, Bulkhead, Patience, within
from cognito_sso.cognito.tokens import TokenSet, read_token_response, read_user_info
from cognito_sso.errors import ProviderNonsense, ProviderTimeout, ProviderUnreachable

# Cognito takes 120 token requests a second of a whole pool: as many as it would then have if each took a second.
TOKEN_PLACES, USER_INFO_PLACES, REVOKE_PLACES = 128, 32, 16
ANSWER_LIMIT_BYTES = 65_536
NAMES_REMEMBERED = 128
DATES_REMEMBERED = 16
_SILENCE_OF_DEADLINE = 0.97
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
_url = lru_cache(maxsize=8)(httpx.URL)  # there are three, and each takes long to read


class CognitoClient:
    """One app client of one pool.

    Each call ends within its deadline, follows no redirect, reads a bounded answer, and sends a code or a refresh
    token a second time only where the first request provably never left. Raises `ProviderUnavailable` and its kinds.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        client_id: str,
        client_secret: str | None,
        redirect_uri: str,
        logout_uri: str,
        scopes: str,
        patience: Patience = USUAL_PATIENCE,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        # Those of httpx's client, but for its cookies: one that came with one person's answer must not go along for the
        # next. Only plain bytes are read: a small compressed answer can become gigabytes.
        self._headers = {**http.headers, "accept-encoding": "identity"}
        self._endpoints = endpoints
        self._client_id = client_id
        self._client_secret = client_secret
        self._logout_uri = logout_uri
        self._patience = patience
        self._places = {
            name: Bulkhead(name, places=places, wait_seconds=patience.place)
            for name, places in (("token", TOKEN_PLACES), ("userinfo", USER_INFO_PLACES), ("revoke", REVOKE_PLACES))
        }
        self._observer = observer or Unobserved()
        self._clock = clock
        ours = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": scopes,
        }
        redeemed = {"grant_type": "authorization_code", "redirect_uri": redirect_uri, **self._public_id()}
        self._redeem_as_us = urlencode(redeemed)
        self._authorize_as_us = f"{endpoints.authorize}?{urlencode(ours, quote_via=quote)}"

    def authorization_url(
        self, *, state: str, nonce: str, code_challenge: str, identity_provider: str, login_hint: str
    ) -> str:
        """Where the browser goes to sign in (AWS, authorization-endpoint). Nothing the caller added is in it.

        `state`, `nonce` and `code_challenge` are base64url, which is written as it is.
        """
        return (
            f"{self._authorize_as_us}&state={state}&nonce={nonce}&code_challenge={code_challenge}"
            f"&code_challenge_method=S256&identity_provider={_quoted(identity_provider)}"
            f"&login_hint={quote(login_hint, safe='')}"
        )

    def logout_url(self) -> str:
        """Where the browser goes to end Cognito's own session (AWS, logout-endpoint)."""
        query = urlencode({"client_id": self._client_id, "logout_uri": self._logout_uri})
        return f"{self._endpoints.logout}?{query}"

    async def exchange_code(self, code: str, code_verifier: str) -> TokenSet:
        """Redeems a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). Raises `GrantRejected` for a used one."""
        return await self._tokens(self.code_request(code, code_verifier))

    def code_request(self, code: str, code_verifier: str) -> httpx.Request:
        """What `exchange_code` sends. `code_verifier` is base64url, which is written as it is."""
        grant = f"code={quote(code, safe='')}&code_verifier={code_verifier}"
        return self._post(self._endpoints.token, f"{self._redeem_as_us}&{grant}")

    async def refresh(self, refresh_token: str) -> TokenSet:
        """New tokens (RFC 6749 section 6). Raises `GrantRejected` where the session is over."""
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens(self._form(self._endpoints.token, grant))

    async def user_info(self, access_token: str) -> dict[str, Any]:
        """The claims that an access token opens (OpenID Connect Core section 5.3). Raises `BearerRefused`."""
        headers = {**self._headers, "authorization": f"Bearer {access_token}"}
        request = httpx.Request("GET", _url(self._endpoints.user_info), headers=headers)
        with self._observer.request("userinfo"):
            return read_user_info(*await self._send("userinfo", request, self._patience.user_info))

    async def revoke(self, refresh_token: str) -> None:
        """Ends a refresh token and what came of it (RFC 7009). An unknown one is no error."""
        with self._observer.request("revoke"):
            form = self._form(self._endpoints.revoke, {"token": refresh_token})
            status, _ = await self._send("revoke", form, self._patience.revoke)
            if status != 200:
                raise ProviderNonsense(f"the revocation endpoint answered {status}")

    async def _tokens(self, request: httpx.Request) -> TokenSet:
        with self._observer.request("token"):
            return read_token_response(*await self._send("token", request, self._patience.sign_in))

    def _form(self, url: str, form: Mapping[str, str]) -> httpx.Request:
        return self._post(url, urlencode({**form, **self._public_id()}))

    def _post(self, url: str, form: str) -> httpx.Request:
        body = form.encode()
        request = httpx.Request("POST", _url(url), headers=self._form_headers, stream=httpx.ByteStream(body))
        request.headers["content-length"] = str(len(body))
        request.read()  # so that whoever sees it on its way can read it too
        return request

    @cached_property
    def _form_headers(self) -> httpx.Headers:
        host = _url(self._endpoints.domain).netloc.decode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        return httpx.Headers({"host": host, **self._headers, **self._basic(), **form})

    def _public_id(self) -> dict[str, str]:
        return {} if self._client_secret else {"client_id": self._client_id}

    def _basic(self) -> dict[str, str]:
        """`client_secret_basic`, both parts form-encoded first (RFC 6749 section 2.3.1)."""
        if not self._client_secret:
            return {}
        pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
        return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    async def _send(self, endpoint: str, request: httpx.Request, deadline_seconds: float) -> tuple[int, bytes]:
        # httpcore can leave the socket of a request that is cancelled open: its own timeouts have to come first.
        silence = _SILENCE_OF_DEADLINE * deadline_seconds
        timeouts = httpx.Timeout(silence, connect=min(self._patience.connect, deadline_seconds / 2))
        request.extensions = {**request.extensions, "timeout": timeouts.as_dict()}
        try:
            async with within(deadline_seconds), self._places[endpoint]:
                return await self._send_once_or_again(request)
        except httpx.TimeoutException as error:
            raise ProviderTimeout(type(error).__name__) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ProviderUnreachable(type(error).__name__) from None

    async def _send_once_or_again(self, request: httpx.Request) -> tuple[int, bytes]:
        try:
            return await self._exchange(request)
        except _NEVER_SENT:
            return await self._exchange(request)

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            self._compare_clocks(response.headers.get("date", ""))
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ProviderNonsense("the answer is compressed, unasked")
            return response.status_code, await _bounded(response)
        finally:
            await response.aclose()

    def _compare_clocks(self, date: str) -> None:
        theirs = _seconds_of(date)
        if theirs is not None:
            self._observer.clock_seen(self._clock() - theirs)


@lru_cache(maxsize=NAMES_REMEMBERED)
def _quoted(identity_provider: str) -> str:
    return quote(identity_provider, safe="")


@lru_cache(maxsize=DATES_REMEMBERED)
def _seconds_of(date: str) -> float | None:
    """A `Date` in seconds since 1970; every answer of one second has the same, and its reading is slow."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


async def _bounded(response: httpx.Response) -> bytes:
    if response.is_stream_consumed:  # an in-process transport answered with bytes that are in memory already
        return response.content
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            raise ProviderNonsense("the answer is too large")
    return bytes(body)
