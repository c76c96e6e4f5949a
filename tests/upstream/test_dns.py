"""Cognito's name is not found, or nobody answers for it: who needs Cognito is told, everybody else is served."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.cognito import Patience
from tests.browser import NAVIGATION
from tests.upstream.stage import NO_TLS_HERE, YOU
from tests.world import SERVICE, settings_for

IMPATIENT = Patience(sign_in=0.5, keys=0.5, connect=0.2)


class Names:
    """The system's resolver. It answers nobody until it is `back`, and then says that it does not know."""

    def __init__(self) -> None:
        self.asked, self.back = threading.Event(), threading.Event()

    def getaddrinfo(self, *_: Any, **__: Any) -> Any:
        self.asked.set()
        self.back.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    return names


@pytest.fixture
async def script(names: Names) -> AsyncIterator[httpx.AsyncClient]:
    """A way to a service that reaches Cognito over real sockets, if it finds it."""
    async with httpx.AsyncClient(verify=NO_TLS_HERE, trust_env=False) as http:
        app = create_app(settings_for(), http=http, patience=IMPATIENT)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=SERVICE) as script:
            yield script
            names.back.set()


async def called_back(script: httpx.AsyncClient) -> httpx.Response:
    login = await script.get("/login/start", params={"email": YOU}, headers=NAVIGATION)
    back = {"code": "x", "state": httpx.URL(login.headers["location"]).params["state"]}
    return await script.get("/auth/callback", params=back, headers=NAVIGATION)


def is_to_be_tried_again(answer: httpx.Response) -> bool:
    kept = "set-cookie" not in answer.headers
    return answer.status_code in (503, 504) and "provider_unavailable" in answer.text and kept


async def test_a_name_that_is_not_found_is_an_outage_sec_512(script: httpx.AsyncClient, names: Names) -> None:
    names.back.set()
    assert is_to_be_tried_again(await called_back(script))


async def test_a_resolver_that_says_nothing_holds_up_nobody_else_sec_512(
    script: httpx.AsyncClient, names: Names
) -> None:
    waiting = asyncio.create_task(called_back(script))
    async with asyncio.timeout(20):
        while not names.asked.is_set():  # the loop goes on, or this would never come about
            await asyncio.sleep(0.01)
    assert (await script.get("/healthz")).status_code == 200
    assert (await script.get("/auth/verify")).status_code == 401
    assert is_to_be_tried_again(await waiting)
    assert not names.back.is_set(), "it was waited for"
