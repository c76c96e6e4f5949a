"""One person at one browser: what they do, in the words they would use."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError, expect

from .demo_process import DemoProcess


class Person:
    """Notes what the console complains of, and every value that must not be in a log."""

    def __init__(self, context: BrowserContext, page: Page, demo: DemoProcess) -> None:
        self.context = context
        self.page = page
        self.demo = demo
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self.callbacks: list[str] = []
        self.may_be_refused(401)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        context.on("request", self._watch)

    # ---- At the app ----

    async def opens_the_app(self) -> None:
        await self.page.goto(self.demo.frontend)

    async def types_the_address(self, email: str) -> None:
        await self.page.get_by_label("Work e-mail").fill(email)
        await self.page.get_by_role("button", name="Continue").click()

    async def signs_in(self, email: str) -> None:
        """The whole way, from the app and back to it."""
        await self.opens_the_app()
        await self.signs_in_again(email)

    async def signs_in_again(self, email: str) -> None:
        await self.types_the_address(email)
        await self.answers_the_company(email)
        await self.is_signed_in_as(email)

    async def signs_out(self) -> None:
        await self.page.get_by_role("button", name="Sign out").click()
        await self.is_signed_out()

    async def forgets_the_session(self) -> None:
        """As if the service's cookies had gone, while Cognito still knows the browser."""
        await self.context.clear_cookies(name=re.compile("^sso_"))

    # ---- At the company ----

    async def answers_the_company(self, email: str) -> None:
        """At the company's own sign-in page, or at the IdP simulator."""
        await self.page.wait_for_url(re.compile(r"/(idp|idp-simulator)/"))
        if "/idp-simulator/" in self.page.url:
            await self.simulates()
        else:
            await self.gives_the_password(email)

    async def gives_the_password(self, email: str) -> None:
        await expect(self.page.get_by_label("Work e-mail")).to_have_value(email)
        await self.page.get_by_label("Password").fill("anything at all")
        await self.page.get_by_role("button", name="Sign in").click()

    async def simulates(self, **typed: str) -> None:
        """`typed` by label: `first_name="Ada"`."""
        for label, value in typed.items():
            await self.page.get_by_label(label.replace("_", " ").capitalize(), exact=True).fill(value)
        await self.page.get_by_role("button", name="Simulate Login").click()

    async def simulates_the_error(self, error: str) -> None:
        await self.page.get_by_label("Select a scenario").select_option("Error")
        await self.page.get_by_label(error).check()
        await self.page.get_by_role("button", name="Continue").click()

    # ---- What they see ----

    async def is_signed_in_as(self, email: str) -> None:
        await expect(self.page).to_have_url(f"{self.demo.frontend}/")
        await expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        await expect(self.page.get_by_role("main")).to_contain_text(email)

    async def is_signed_out(self) -> None:
        await expect(self.page).to_have_url(f"{self.demo.frontend}/")
        await expect(self.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()

    async def is_told(self, title: str, code: str) -> None:
        """The explanation page."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        await expect(self.page.get_by_text(code, exact=True)).to_be_visible()

    async def is_asked_to_sign_in_at(self, company: str) -> None:
        await expect(self.page).to_have_title(f"Sign in - {company}")

    def fact(self, name: str) -> str:
        """Where the app shows, for example, the company."""
        return f"div:has(> dt:text-is('{name}')) > dd"

    async def sees(self, **facts: str) -> None:
        for name, value in facts.items():
            await expect(self.page.locator(self.fact(name.capitalize()))).to_have_text(value)

    def may_be_refused(self, *statuses: int) -> None:
        """The console reports each such answer as an error. (401 is how the app learns that nobody is signed in.)"""
        self.expects_complaints(*(f"the server responded with a status of {status}" for status in statuses))

    def expects_complaints(self, *texts: str) -> None:
        self._expected += texts

    # ---- What is noted meanwhile ----

    async def keeps(self) -> set[str]:
        """The values of the cookies that the browser has now."""
        return {cookie.get("value", "") for cookie in await self.context.cookies()}

    def _hear(self, message: ConsoleMessage) -> None:
        is_complaint = message.type in ("error", "warning") or "Content Security Policy" in message.text
        if is_complaint and not any(expected in message.text for expected in self._expected):
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def _hear_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _watch(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.path == "/auth/callback":
            self.callbacks.append(request.url)
        self.demo.secrets.update(value for name, value in parse_qsl(parts.query) if name in ("code", "state", "nonce"))
