"""Pages of three origins, the app's, one of the same site and one of another, and what a real browser lets each do.

`localhost` is one site whatever the port; `127.0.0.1` is another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Response as BrowserResponse
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from cognito_sso.testing import listener, serving

from .person import Person

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

YOU = "you@example.com"
ANY_COMPLAINT = ""  # the console has much to say of what is tried here
READ = """async ([url, options]) => {
  try {
    const answer = await fetch(url, { credentials: 'include', ...options });
    return answer.type === 'opaque' ? 'unreadable' : [answer.status, await answer.text()];
  } catch (error) { return error.name; }
}"""
SENT = """async ([action, enctype, fields]) => {
  const form = document.createElement('form');
  Object.assign(form, { action, enctype, method: 'post' });
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    Object.assign(input, { name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""
PUT_THERE = """async ([tag, name, url]) => {
  const element = document.createElement(tag);
  if (tag === 'link') element.rel = 'prefetch';
  const done = new Promise((resolve) => { element.onload = element.onerror = resolve; setTimeout(resolve, 3000); });
  element[name] = url;
  document.body.append(element);
  await done;
}"""
JSON = {"Content-Type": "application/json"}
POSTS: list[dict[str, Any]] = [
    {"method": "POST"},
    {"method": "POST", "headers": JSON, "body": "{}"},
    {"method": "POST", "headers": {"Content-Type": "text/plain"}, "body": "{}"},
    {"method": "POST", "mode": "no-cors", "body": "return_to=/"},
    {"method": "POST", "mode": "no-cors", "headers": {"Content-Type": "text/plain"}, "body": '{"return_to": "/"}'},
]
EMBEDS = (("img", "src"), ("script", "src"), ("iframe", "src"), ("object", "data"), ("link", "href"))
EMBEDDED = ("/auth/logout", "/auth/callback?code=x&state=y", f"/login/start?email={YOU}", "/auth/signed-out", "/me")
ENCTYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[dict[str, str]]:
    """Somebody's pages, under a name of the same site and of another."""
    at = listener()
    port = at.getsockname()[1]
    page = Starlette(routes=[Route("/", lambda _: HTMLResponse("<!doctype html><title>Elsewhere</title><body>"))])
    with serving(page, at):
        yield {"same site": f"http://localhost:{port}", "another site": f"http://127.0.0.1:{port}"}


@pytest.fixture(params=["same site", "another site"])
def other(request: pytest.FixtureRequest, elsewhere: dict[str, str]) -> str:
    return elsewhere[request.param]


async def signed_in_and_elsewhere(person: Person, other: str) -> str:
    """Somebody with a session who opens the other page. Gives the service's URL."""
    person.expects_complaints(ANY_COMPLAINT)
    await person.signs_in(YOU)
    person.demo.control.clear()
    await person.page.goto(f"{other}/")
    return person.demo.service


async def is_still_signed_in(person: Person) -> None:
    assert person.demo.control.requests("POST", "/oauth2/token") == []
    assert person.demo.control.requests("POST", "/oauth2/revoke") == []
    await person.opens_the_app()
    await person.is_signed_in_as(YOU)


async def test_the_app_reads_who_is_signed_in_and_no_other_page_does_sec_326(person: Person, other: str) -> None:
    service = await signed_in_and_elsewhere(person, other)
    for options in ({}, {"headers": {"Authorization": "Bearer x"}}, {"headers": {"X-Evil": "x"}}):
        assert await person.page.evaluate(READ, [f"{service}/me", options]) == "TypeError"
    assert await person.page.evaluate(READ, [f"{service}/me", {"mode": "no-cors"}]) in ("unreadable", "TypeError")
    await person.opens_the_app()
    status, told = await person.page.evaluate(READ, [f"{service}/me", {}])
    assert (status, YOU in told) == (200, True)


async def test_no_other_page_refreshes_or_signs_out_by_script_sec_321_sec_322(person: Person, other: str) -> None:
    service = await signed_in_and_elsewhere(person, other)
    for path in ("/auth/refresh", "/auth/logout", "/auth/token", "/login/start"):
        for options in POSTS:
            assert await person.page.evaluate(READ, [service + path, options]) in ("TypeError", "unreadable")
    await is_still_signed_in(person)


async def test_no_other_page_signs_out_or_in_by_form_sec_321(person: Person, other: str) -> None:
    service = await signed_in_and_elsewhere(person, other)
    fields = {"email": "attacker@example.com", "return_to": "/"}
    for path in ("/auth/logout", "/auth/refresh", "/login/start"):
        for enctype in ENCTYPES:
            await person.page.goto(f"{other}/")
            async with person.page.expect_response(f"{service}{path}") as answered:
                await person.page.evaluate(SENT, [service + path, enctype, fields])
            answer = await answered.value
            assert answer.status == 403
            assert "set-cookie" not in await answer.all_headers()
            await expect(person.page.get_by_text("origin_not_allowed", exact=True)).to_be_visible()
    await is_still_signed_in(person)


async def test_what_a_page_embeds_does_nothing_and_is_told_nothing_sec_320_sec_330_sec_331_sec_339(
    person: Person, other: str
) -> None:
    service = await signed_in_and_elsewhere(person, other)
    asked: set[str] = set()
    heard: list[BrowserResponse] = []
    person.page.on("request", lambda request: asked.add(request.url.removeprefix(service)))
    person.page.on("response", lambda answer: heard.append(answer) if answer.url.startswith(service) else None)
    kept = await person.keeps()
    for tag, name in EMBEDS:
        for path in EMBEDDED:
            await person.page.evaluate(PUT_THERE, [tag, name, service + path])
    assert asked >= set(EMBEDDED)
    for answer in heard:  # those of which Cross-Origin-Resource-Policy let the browser see anything
        assert answer.status in (204, 400, 403, 405), answer.url
        assert "set-cookie" not in await answer.all_headers()
    assert await person.keeps() == kept
    await is_still_signed_in(person)


async def test_no_page_frames_ours_sec_335(person: Person, other: str) -> None:
    service = await signed_in_and_elsewhere(person, other)
    for frames in (f"{other}/", f"{person.demo.frontend}/"):
        for path in ("/login", "/nope", "/docs", "/auth/callback?code=x&state=y"):
            await person.page.goto(frames)
            await person.page.evaluate(PUT_THERE, ["iframe", "src", service + path])
            async with asyncio.timeout(20):  # the frame is there before what it shows
                while not all(frame.url for frame in person.page.frames[1:]):
                    await asyncio.sleep(0.01)
            shown = [frame.url for frame in person.page.frames[1:]]
            assert shown == ["chrome-error://chromewebdata/"], path


async def test_a_window_that_opened_ours_loses_sight_of_it(person: Person, other: str) -> None:
    service = await signed_in_and_elsewhere(person, other)
    async with person.context.expect_page() as opening:
        await person.page.evaluate("url => { window.opened = window.open(url) }", f"{service}/login")
    opened = await opening.value
    await expect(opened.get_by_label("Work e-mail")).to_be_visible()
    assert await person.page.evaluate("window.opened.closed") is True
    assert await opened.evaluate("window.opener") is None


async def test_another_persons_answer_signs_nobody_in_by_a_link_sec_213_sec_215(person: Person, other: str) -> None:
    """Login CSRF: the attacker's own code and state, in a link that the victim follows."""
    service = await signed_in_and_elsewhere(person, other)
    await person.page.evaluate(
        "url => { location.href = url }", f"{service}/auth/callback?code=attackers-code&state={'a' * 43}"
    )
    await person.page.wait_for_url(f"{person.demo.frontend}/")
    await is_still_signed_in(person)


async def test_asked_at_once_from_everywhere_each_origin_gets_its_own_answer(
    person: Person, elsewhere: dict[str, str]
) -> None:
    """No answer for one origin is kept for another (`Vary`)."""
    service = await signed_in_and_elsewhere(person, elsewhere["same site"])
    pages = {person.demo.frontend: "200"} | dict.fromkeys(elsewhere.values(), "TypeError")
    opened = {origin: await person.context.new_page() for origin in pages}
    await asyncio.gather(*[page.goto(f"{origin}/") for origin, page in opened.items()])
    for _ in range(3):
        told = await asyncio.gather(*[page.evaluate(READ, [f"{service}/me", {}]) for page in opened.values()])
        assert [str(one[0]) if isinstance(one, list) else one for one in told] == list(pages.values())
