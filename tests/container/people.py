"""People who sign in to the demo, many at once, and what they had to do twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from tests.browser import NAVIGATION, Browser
from tests.container.engine import Demo, Loopback

JANE = "jane@megasoft.example"


@dataclass
class Person:
    """Somebody with a browser of their own."""

    service: str
    browser: Browser
    tries: int = 1

    @classmethod
    def at(cls, place: Demo | str) -> Person:
        """In front of the demo, or of a service at an origin of its own."""
        browser = Browser(Loopback())
        browser.http.timeout = httpx.Timeout(60)
        return cls(place if isinstance(place, str) else place.service, browser)

    async def starts(self) -> None:
        """To the company's sign-in page."""
        await self.browser.goto(f"{self.service}/login/start", params={"email": JANE})

    async def signs_in(self) -> httpx.Response:
        """All the way to the example backend, with `Try again` pressed where the page offers it."""
        await self.starts()
        await self.goes_on()
        while "grant_rejected" in self.browser.page.text and self.tries < 4:
            self.tries += 1
            await self.browser.press("Try again")
        return self.browser.page

    async def goes_on(self) -> httpx.Response:
        if "/idp/" in str(self.browser.page.url):
            await self.browser.press("Sign in", email=JANE, password="anything")
        return self.browser.page

    async def comes_back_to(self) -> str:
        """The callback's address, which the browser has been sent to and not asked for yet."""
        await self.starts()
        page = await self.browser.press("Sign in", follow=False, email=JANE, password="anything")
        while True:
            url = urljoin(str(page.url), page.headers["location"])
            if "/auth/callback" in url:
                return url
            page = await self.browser.http.get(url, headers=NAVIGATION)

    async def leaves(self) -> None:
        await self.browser.http.aclose()


def is_let_in(page: httpx.Response) -> bool:
    """At the example backend, which nginx lets only signed-in people reach."""
    return page.status_code == 200 and f"You are {JANE}" in page.text


async def all_of(people: list[Person], doing: str, at_once: int) -> list[object]:
    """Everybody does it, so many at a time."""
    door = asyncio.Semaphore(at_once)

    async def one(person: Person) -> object:
        async with door:
            return await getattr(person, doing)()

    return await asyncio.gather(*(one(person) for person in people))
