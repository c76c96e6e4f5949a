"""A small browser over httpx: it keeps cookies, follows redirects, and fills in forms as a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx

NAVIGATION = {
    "accept": "text/html,application/xhtml+xml",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-site": "none",
}


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self._select = self._text = ""
        self._button: tuple[str, str] | None = None
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "a":
            self._href, self._text = given.get("href", ""), ""
        elif self.forms:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, given.get("name", "")
        if tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in fields or "selected" in given):
            fields[self._select] = given.get("value", "\0")
        elif tag == "button":
            self._button, self._text = (name, given.get("value", "")), ""

    def handle_data(self, data: str) -> None:
        self._text += data
        for form in self.forms[-1:]:
            if self._select and form.fields.get(self._select) == "\0":
                form.fields[self._select] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            self.forms[-1].buttons[self._text.strip()] = self._button
            self._button = None
        elif tag == "select":
            self._select = ""
        elif tag == "a" and self._href:
            self.links[" ".join(self._text.split())] = self._href
            self._href = ""


class Browser:
    """One person's browser. `page` is the last answer; a redirect off the known world stops there."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.http = httpx.AsyncClient(transport=transport, follow_redirects=False)
        self.page: httpx.Response
        self.visited: list[httpx.Response] = []

    async def goto(self, url: str, *, follow: bool = True, **request: object) -> httpx.Response:
        """Opens a URL as the address bar does, and follows wherever it leads."""
        headers = {**NAVIGATION, **request.pop("headers", {})}  # type: ignore[dict-item]
        await self._take(await self.http.get(url, headers=headers, **request), follow=follow)  # type: ignore[arg-type]
        return self.page

    async def press(self, button: str, *, follow: bool = True, **typed: str) -> httpx.Response:
        """Presses a button, or follows a link, of the page; `typed` goes into the form's fields first."""
        parsed = _Forms()
        parsed.feed(self.page.text)
        if button in parsed.links:
            return await self.goto(urljoin(str(self.page.url), parsed.links[button]), follow=follow)
        form = next(form for form in parsed.forms if button in form.buttons)
        name, value = form.buttons[button]
        data = {**form.fields, **typed, **({name: value} if name else {})}
        url = urljoin(str(self.page.url), form.action)
        if form.method == "get":
            return await self.goto(f"{url}?{urlencode(data)}", follow=follow)
        headers = {**NAVIGATION, "sec-fetch-site": "same-origin", "origin": _origin(url)}
        await self._take(await self.http.post(url, data=data, headers=headers), follow=follow)
        return self.page

    async def follow(self) -> httpx.Response:
        await self._take(self.page, follow=True)
        return self.page

    def cookie_names(self) -> set[str]:
        return {cookie.name for cookie in self.http.cookies.jar}

    async def _take(self, answer: httpx.Response, *, follow: bool) -> None:
        self.page = answer
        self.visited.append(answer)
        hops = 0
        while follow and self.page.has_redirect_location:
            hops += 1
            assert hops < 25, "the redirects go round in circles"
            url = urljoin(str(self.page.url), self.page.headers["location"])
            self.page = await self.http.get(url, headers={**NAVIGATION, "sec-fetch-site": "cross-site"})
            self.visited.append(self.page)


def _origin(url: str) -> str:
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}"
