"""Pages, logs, bodies and caches, as others got them wrong."""

from __future__ import annotations

import asyncio
import logging
import re

import httpx
import pytest

from cognito_sso.observability.logs import JsonFormatter
from cognito_sso.routes.answers import redirect
from tests.browser import NAVIGATION
from tests.project.repository import text_of
from tests.world import FRONTEND, SERVICE, World

ASKED = {"acme.auth.eu-north-1.amazoncognito.com", "cognito-idp.eu-north-1.amazonaws.com", "acme-dev.scalekit.dev"}
FLOORS = {"starlette": (0, 49), "fastapi": (0, 109), "uvicorn": (0, 11, 7), "httpx": (0, 23)}


@pytest.mark.parametrize(
    "path", ["/metrics", "/debug/pprof", "/debug", "/actuator", "/server-status", "/_control/faults", "/-/metrics"]
)
async def test_nothing_of_the_operators_is_on_the_public_port_cve_2022_24797(world: World, path: str) -> None:
    assert (await world.script().get(path)).status_code == 404


async def test_what_cognito_says_is_never_shown_cve_2021_32702(world: World) -> None:
    browser = world.browser()
    await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"}, follow=False)
    state = httpx.URL(browser.page.headers["location"]).params["state"]
    script = "<script>alert(1)</script>"
    query = {
        "error": script,
        "error_description": f'"><img src=x onerror={script}>',
        "error_uri": "javascript:alert(1)",
        "state": state,
    }
    page = await browser.http.get(f"{SERVICE}/auth/callback", params=query, headers=NAVIGATION)
    assert page.status_code == 403
    assert "provider_error" in page.text
    assert not re.search(r"alert\(|onerror|javascript:", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_two_people_who_refresh_at_once_get_their_own_nextjs_auth0_2382(world: World) -> None:
    people = ["ada@example.com", "ben@example.com"]
    browsers = [await world.with_session(email) for email in people]
    await asyncio.gather(
        *[one.http.post(f"{SERVICE}/auth/refresh", headers={"origin": FRONTEND}) for one in browsers * 3]
    )
    told = [(await one.http.get(f"{SERVICE}/me")).json()["email"] for one in browsers]
    assert told == people


def test_forms_ranges_and_files_of_the_framework_are_not_used_cve_2023_30798(world: World) -> None:
    lock = text_of("requirements/server.txt")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", lock, re.MULTILINE))
    assert "python-multipart" not in pinned
    for name, floor in FLOORS.items():
        assert tuple(map(int, pinned[name].split("."))) >= floor, name
    sources = "".join(text_of(f"src/cognito_sso/{name}") for name in ("app.py", "web/requests.py"))
    assert not re.search(r"StaticFiles|FileResponse|\.form\(", sources)


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=y", "a\x1b[2Jb", "a\n{}"], ids=ascii)
async def test_neither_log_nor_header_takes_a_line_break_cve_2020_7694(world: World, text: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None)
    assert not re.search(r"[\x00-\x1f]", JsonFormatter().format(record))
    for path in ("/login/start", "/login"):
        answer = await world.script().get(path, params={"email": "you@example.com", "return_to": f"/{text}"})
        assert answer.status_code == 400
        assert not re.search(r"[\x00-\x1f]", str(answer.headers))
    assert redirect("/x").headers["location"] == "/x"


async def test_no_host_is_asked_that_the_settings_do_not_name_cve_2021_41945(world: World) -> None:
    await world.signed_in("jane@megasoft.example", return_to="/x?u=https://evil.example")
    await world.script().get("/login/initiated", params={"iss": "https://evil.example", "login_hint": "a@evil.example"})
    await world.script().get("/me", headers={"authorization": "Bearer x.y.z"})
    assert {httpx.URL(entry.origin).host for entry in world.simulator.journal} <= ASKED | {"idp.megasoft.example"}


@pytest.mark.parametrize("typed", ["You@EXAMPLE.com", " You@example.com ", "You@Example.Com"])
async def test_one_person_has_one_spelling_cve_2025_24806(world: World, typed: str) -> None:
    started = await world.script().get("/login/start", params={"email": typed})
    assert httpx.URL(started.headers["location"]).params["login_hint"] == "You@example.com"
