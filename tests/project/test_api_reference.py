"""The page at /docs: the whole contract, readable, without a script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cognito_sso.app import create_app
from cognito_sso.settings import new_cookie_key, settings_of
from cognito_sso.web.api_reference import render_api_reference
from cognito_sso.web.pages import Page
from cognito_sso.web.problems import PROBLEMS

VOID = ("meta", "link", "br", "img", "input", "hr")
HOSTILE: dict[str, Any] = {
    "info": {"title": "<script>alert(1)</script>", "version": "1", "summary": "`<b>` & more"},
    "paths": {
        "/a/<b>": {
            "get": {
                "tags": ["<i>"],
                "summary": "`<img src=x>`",
                "parameters": [{"name": "<q>", "description": "`<u>`", "example": '"><script>', "in": "query"}],
                "responses": {"200": {"description": "<hr>", "content": {"application/json": {"example": "</pre>"}}}},
            }
        }
    },
}


class Reader(HTMLParser):
    """What stands in the page: elements, ids, links and whether it is well nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.style = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(named)
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named["href"] or ""] if tag == "a" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def app() -> FastAPI:
    settings = settings_of(
        cognito_user_pool_id="eu-north-1_AbCdEf123",
        cognito_client_id="4example5client6id",
        cognito_domain="acme",
        cognito_identity_provider="ScalekitIdPRouter",
        sso_public_url="https://login.acme.com",
        sso_frontends="https://app.acme.com",
        sso_cookie_keys=new_cookie_key(),
    )
    return create_app(settings)


@pytest.fixture(scope="module")
def openapi(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest.fixture(scope="module")
def page(openapi: dict[str, Any]) -> Page:
    return render_api_reference(openapi)


@pytest.fixture(scope="module")
def reader(page: Page) -> Reader:
    return Reader(page.html.decode())


async def test_a_running_service_shows_its_reference_under_the_policy_that_it_needs(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://login.acme.com") as browser:
        answer = await browser.get("/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    style = Reader(answer.text).style
    assert b64encode(sha256(style.encode()).digest()).decode() in answer.headers["content-security-policy"]


def test_every_operation_has_a_place_of_its_own_and_a_link_to_it(openapi: dict[str, Any], reader: Reader) -> None:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            anchor = f"{method}-{path.strip('/').replace('/', '-')}"
            assert reader.ids.count(anchor) == 1
            assert f"#{anchor}" in reader.links
            assert operation["summary"].replace("`", "") in reader.text


def test_every_parameter_and_body_member_is_told(openapi: dict[str, Any], reader: Reader) -> None:
    for item in openapi["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                assert parameter["name"] in reader.text
                assert parameter["description"].replace("`", "") in reader.text
            for media in operation.get("requestBody", {}).get("content", {}).values():
                assert all(name in reader.text for name in media["schema"]["properties"])


def test_every_error_code_is_told_with_title_status_and_text(reader: Reader) -> None:
    for code, told in PROBLEMS.items():
        assert reader.ids.count(f"error-{code}") == 1
        assert all(words in reader.text for words in (code, told.title, told.text, str(told.status)))


def test_every_link_within_the_page_leads_somewhere(reader: Reader) -> None:
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert {link for link in reader.links if not link.startswith("#")} == {"/openapi.json"}


def test_ids_are_there_once_and_elements_are_well_nested(reader: Reader) -> None:
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.open == []


def test_the_page_has_no_script_and_loads_nothing(page: Page, reader: Reader) -> None:
    assert not {"script", "iframe", "img", "form", "object"} & set(reader.tags)
    assert not {name for name in reader.attributes if name.startswith("on")} | {"style"} & reader.attributes
    assert b"@import" not in page.html
    assert b"url(" not in page.html


def test_its_style_is_the_one_that_its_policy_allows(page: Page, reader: Reader) -> None:
    digest = b64encode(sha256(reader.style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in page.content_security_policy
    assert page.content_security_policy.startswith("default-src 'none'")


def test_an_example_request_is_as_it_would_be_sent(reader: Reader) -> None:
    assert "GET /login/start?email=jane@megasoft.example&return_to=/dashboard" in reader.text
    assert "POST /login/start\nContent-Type: application/json\n" in reader.text
    assert "&error=" not in reader.text


def test_answers_that_mean_the_same_are_told_once(reader: Reader) -> None:
    assert "502 503 504" in reader.text


def test_nothing_of_the_document_becomes_markup() -> None:
    html = render_api_reference(HOSTILE).html.decode()
    reader = Reader(html)

    assert reader.open == []
    assert not {"script", "img", "b", "u", "hr"} & set(reader.tags)
    assert "<b> & more" in reader.text


def test_a_document_without_anything_is_a_page_too() -> None:
    reader = Reader(render_api_reference({"info": {"title": "x", "version": "1"}, "paths": {}}).html.decode())

    assert "Error codes" in reader.text


def test_a_body_that_has_to_be_a_form_is_shown_as_one() -> None:
    schema = {"properties": {"token": {"type": "string", "example": "eyJ…"}}, "required": ["token"]}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": "Good."}}}
    reader = Reader(
        render_api_reference(
            {"info": {"title": "x", "version": "1"}, "paths": {"/t": {"post": operation}}}
        ).html.decode()
    )

    assert "POST /t\nContent-Type: application/x-www-form-urlencoded\n\ntoken=eyJ…" in reader.text
