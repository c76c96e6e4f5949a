"""Every way to tell the service where to send a browser, and every text that has led one astray elsewhere.

What comes back is judged on the bytes of `Location`, and of every link and form of a page, by node's `new URL`: as a
browser would go there.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote_from_bytes

import httpx
import pytest

from tests.blackbox.running import RunningService
from tests.blackbox.wire import form, request, say
from tests.browser import NAVIGATION, Browser
from tests.figures import tried
from tests.invariants import LEADS_TO, is_well_formed
from tests.login.hostile_targets import HOSTILE_TARGETS, ODD_BUT_OURS
from tests.login.whatwg import origin_of, origins_by_node
from tests.world import FRONTEND, SERVICE

ORIGIN = f"Origin: {FRONTEND}".encode()
JSON = b"Content-Type: application/json"
PERSON = tuple(f"{name}: {value}".encode() for name, value in NAVIGATION.items())
YOU, JANE = "you@example.com", "jane@megasoft.example"
CODE = b"delivery=code&code_challenge=" + b"A" * 43 + b"&state=x&"
LEADS = re.compile(r"""<(?!link)\w+[^>]*?\s(?:href|action|src|formaction)=["']([^"']*)["']""")  # but the icon's
Sink = Callable[[str, bytes], bytes]


def by_link(path: bytes, *fields: bytes) -> Sink:
    return lambda _, encoded: request("GET", path + encoded, *fields)


def by_form(path: str, more: bytes, *fields: bytes) -> Sink:
    return lambda _, encoded: form(path, (ORIGIN, *fields), more + encoded)


def by_json(path: str, name: str, **more: str) -> Sink:
    return lambda target, _: request("POST", path, ORIGIN, JSON, body=json.dumps({**more, name: target}).encode())


SINKS: dict[str, Sink] = {
    "the login page": by_link(b"/login?return_to="),
    "the login page, a person": by_link(b"/login?return_to=", *PERSON),
    "a start by link": by_link(b"/login/start?email=you@example.com&return_to="),
    "a start by link, a person": by_link(b"/login/start?email=you@example.com&return_to=", *PERSON),
    "a start with a bad address, a person": by_link(b"/login/start?email=nobody&return_to=", *PERSON),
    "a start by form": by_form("/login/start", b"email=you@example.com&return_to="),
    "a start by form with a bad address": by_form("/login/start", b"email=nobody&return_to=", *PERSON),
    "a start by JSON": by_json("/login/start", "return_to", email=YOU),
    "a start for a code": by_link(b"/login/start?email=you@example.com&" + CODE + b"return_to="),
    "a start for a code by form": by_form("/login/start", b"email=you@example.com&" + CODE + b"return_to="),
    "a start for tokens": by_link(b"/login/start?email=you@example.com&delivery=tokens&return_to="),
    "a sign-out by form": by_form("/auth/logout", b"return_to="),
    "a sign-out by JSON": by_json("/auth/logout", "return_to"),
    "another account": by_form("/auth/logout", b"email=you@example.com&return_to=", *PERSON),
    "the way back from a sign-out": by_link(b"/auth/signed-out?return_to=", *PERSON),
    "the callback": by_link(b"/auth/callback?code=x&state=y&return_to=", *PERSON),
    "the callback with an error": by_link(b"/auth/callback?error=access_denied&state=y&redirect_uri=", *PERSON),
    "a login that starts elsewhere": by_link(b"/login/initiated?iss=https://evil.example&target_link_uri=", *PERSON),
    "the gateway's question": by_link(b"/auth/verify?rd="),
    "no page at all": by_link(b"/nope?return_to=", *PERSON),
}


def at_its_issuer(service: RunningService) -> Sink:
    """OpenID Connect's own form, from the issuer that the settings name."""
    issuer = quote_from_bytes(service.scalekit.encode(), safe="").encode()
    return by_link(b"/login/initiated?login_hint=you@example.com&iss=" + issuer + b"&target_link_uri=", *PERSON)


def encodings(target: str) -> Iterator[bytes]:
    """Once, twice, and as it stands where a request line can have it."""
    plain = target.encode("utf-8", "surrogatepass")
    once = quote_from_bytes(plain, safe="").encode()
    yield once
    yield quote_from_bytes(once, safe="").encode()
    if re.fullmatch(rb"[!-~]+", plain) and not set(plain) & set(b"&+#%;="):
        yield plain


@pytest.mark.parametrize("sink", [*SINKS, "a login that Scalekit starts"])
def test_no_hostile_target_leads_anywhere_sec_300_sec_301(service: RunningService, sink: str) -> None:
    make = SINKS.get(sink) or at_its_issuer(service)
    ways: set[str] = set()
    for target in HOSTILE_TARGETS:
        for encoded in encodings(target):
            (answer,) = say(service.port, make(target, encoded)).answers
            tried["redirects"] += 1
            ways |= ways_on(service, answer, for_gateway=sink == "the gateway's question")
    assert_all_ours(service, ways)


def ways_on(service: RunningService, answer: httpx.Response, *, for_gateway: bool = False) -> set[str]:
    is_well_formed(answer, secrets=service.canaries, hosts=(*LEADS_TO, service.authorize_host), for_gateway=for_gateway)
    found = set(answer.headers.get_list("location"))
    if answer.headers.get("content-type", "").startswith("text/html"):
        found |= {html.unescape(leads) for leads in LEADS.findall(answer.text)}
    if "authorization_url" in answer.text:
        found.add(answer.json()["authorization_url"])
    return found


def assert_all_ours(service: RunningService, ways: set[str]) -> None:
    """Where a browser at the service would go: it, the frontend, or Cognito."""
    listed = sorted(ways)
    assert all(way.isascii() and way.isprintable() for way in listed)
    by_node = origins_by_node(listed, SERVICE) or [origin_of(way, SERVICE) for way in listed]
    ours = {SERVICE, FRONTEND, f"http://{service.authorize_host}:{httpx.URL(service.simulator.issuer).port}"}
    assert [way for way, origin in zip(listed, by_node, strict=True) if origin not in ours] == []


async def test_a_hostile_relay_state_is_left_aside_sec_301(service: RunningService) -> None:
    browser = service.browser()
    await sign_in(browser)
    ends = {await end_of(service, browser, target) for target in HOSTILE_TARGETS if fits_a_link(target)}
    assert_all_ours(service, ends)
    # "" and the like are no wish: then, too, it ends at the frontend's front door.
    assert ends == {f"{FRONTEND}/"}


async def test_a_target_that_is_taken_is_where_it_ends_to_the_byte_sec_300(service: RunningService) -> None:
    browser = service.browser()
    await sign_in(browser)
    ends = {target: await end_of(service, browser, target) for target in ODD_BUT_OURS}
    taken = {end for target, end in ends.items() if end.startswith(FRONTEND)}
    assert_all_ours(service, set(ends.values()))
    assert len(taken) > 20


def fits_a_link(target: str) -> bool:
    """Scalekit's JWT stands in a query, and is UTF-8."""
    return len(target) < 4_000 and not re.search("[\ud800-\udfff]", target)


async def sign_in(browser: Browser) -> None:
    await browser.goto(f"{SERVICE}/login/start", params={"email": JANE})
    await browser.press("Sign in", email=JANE, password="anything")
    assert "__Host-sso_session" in browser.cookie_names()


async def end_of(service: RunningService, browser: Browser, relay_state: str) -> str:
    """The last `Location` of a login that Scalekit started with this wish."""
    token = service.simulator.mint_idp_initiated_login(JANE, relay_state=relay_state)
    await browser.goto(f"{SERVICE}/login/initiated", params={"idp_initiated_login": token}, follow=False)
    for _ in range(10):
        location = str(browser.page.headers["location"])
        if browser.page.request.url.path == "/auth/callback":
            return location
        await browser.goto(location, follow=False)
    raise AssertionError("it goes round in circles")
