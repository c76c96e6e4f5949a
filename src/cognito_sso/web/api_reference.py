"""The page at `/docs`: every endpoint of the OpenAPI document and every error code, on one page without a script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment
from markupsafe import Markup, escape

from cognito_sso.web.colors import Palette
from cognito_sso.web.pages import TEMPLATES, Brand, Page, content_security_policy, letter_icon
from cognito_sso.web.problems import PROBLEMS, TYPE_PREFIX, Told
from cognito_sso.web.rendering import environment

__all__ = ["render_api_reference"]

PROBLEM_JSON, JSON, HTML = "application/problem+json", "application/json", "text/html"
FORM = "application/x-www-form-urlencoded"
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_ELLIPSIS = "…"
_CODE_WORD = re.compile(r"`([^`]+)`")
_HEADINGS = {
    "login": "Signing in",
    "tokens": "Tokens",
    "session": "The session",
    "gateways": "Gateways",
    "operations": "Running the service",
}
_MEANINGS = {
    "login": "A browser goes away to the company's own sign-in and comes back.",
    "tokens": "For frontends on another site, native apps and command lines, which keep their own.",
    "session": "Who is signed in, for how long, and how it ends.",
    "gateways": "For what stands in front of an app, and for backends that can't verify a token themselves.",
    "operations": "For probes, load balancers and generated clients.",
}
_KINDS = {HTML: "page", JSON: "JSON", FORM: "form"}


@dataclass(frozen=True)
class Member:
    """A parameter of the query, or a member of a body."""

    name: str
    text: str
    example: str
    required: bool


@dataclass(frozen=True)
class Answer:
    """What an endpoint answers with, under one status or several; `codes` are the problems that it can mean."""

    statuses: tuple[int, ...]
    text: str
    kinds: tuple[str, ...]
    codes: tuple[str, ...]
    example: str

    @property
    def phrase(self) -> str:
        return ", ".join(HTTPStatus(status).phrase for status in self.statuses)

    @property
    def tone(self) -> str:
        return "good" if self.statuses[0] < 400 else "bad"


@dataclass(frozen=True)
class Operation:
    """A method of a path, as a reader needs it."""

    method: str
    path: str
    summary: str
    text: str
    query: tuple[Member, ...]
    body: tuple[Member, ...]
    body_kinds: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        return f"{self.method.lower()}-" + re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for answer in self.answers for code in answer.codes)

    @property
    def request_example(self) -> str:
        """The request as it goes over the wire, made of the members' own examples."""
        # A good request has no error in it, whatever else may be in its query.
        told = {one.name: one.example for one in self.query if one.example and not one.name.startswith("error")}
        query = _query(told)
        lines = [f"{self.method} {self.path}" + (f"?{query}" if query else "")]
        if self.body:
            members = {member.name: member.example for member in self.body if member.example}
            is_json = _KINDS[JSON] in self.body_kinds
            lines += [f"Content-Type: {JSON if is_json else FORM}", "", _json(members) if is_json else _query(members)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Group:
    """The operations of one tag."""

    anchor: str
    heading: str
    text: str
    operations: tuple[Operation, ...]


def render_api_reference(openapi: Mapping[str, Any]) -> Page:
    """The whole reference, made of an OpenAPI document and of the table of problems."""
    style, groups = _style(), tuple(_groups(openapi))
    html = (
        _templates()
        .get_template("api.html")
        .render(
            style=Markup(style),  # noqa: S704 (our own style sheet)
            icon=letter_icon(Brand("API")),
            info=openapi.get("info", {}),
            groups=groups,
            problems=PROBLEMS,
            used_by=_used_by(groups),
            problem_example=_problem_example("not_signed_in", PROBLEMS["not_signed_in"]),
        )
    )
    return Page(html.encode(errors="replace"), content_security_policy(style, ()))


@cache
def _style() -> str:
    return Palette.of(Brand.color).css() + (TEMPLATES / "api.css").read_text("utf-8")


@cache
def _templates() -> Environment:
    templates = environment()
    templates.filters["prose"] = _prose
    return templates


def _prose(text: str) -> Markup:
    """A description's text, escaped, with what stands between backticks set as code."""
    return Markup(_CODE_WORD.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped just before)


def _groups(openapi: Mapping[str, Any]) -> Iterator[Group]:
    by_tag: dict[str, list[Operation]] = {}
    for path, item in openapi.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                tag = (item[method].get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_operation(method, path, item[method]))
    told = {tag["name"]: tag.get("description", "") for tag in openapi.get("tags", ())}
    for tag, operations in by_tag.items():
        heading = _HEADINGS.get(tag, tag.capitalize())
        yield Group(tag, heading, told.get(tag) or _MEANINGS.get(tag, ""), tuple(operations))


def _operation(method: str, path: str, item: Mapping[str, Any]) -> Operation:
    content = item.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((media.get("schema", {}) for media in content.values()), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=item.get("summary", ""),
        text=item.get("description", ""),
        query=tuple(_parameter(parameter) for parameter in item.get("parameters", ())),
        body=tuple(_body_members(schema)),
        body_kinds=_kinds(content),
        answers=tuple(_answers(item["responses"])),
    )


def _parameter(parameter: Mapping[str, Any]) -> Member:
    return Member(
        parameter["name"],
        parameter.get("description", ""),
        str(parameter.get("example", "")),
        bool(parameter.get("required")),
    )


def _body_members(schema: Mapping[str, Any]) -> Iterator[Member]:
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        yield Member(name, member.get("description", ""), str(member.get("example", "")), name in required)


def _answers(responses: Mapping[str, Any]) -> Iterator[Answer]:
    """In order of status; those that mean the same problems as one."""
    by_codes: dict[tuple[str, ...], Answer] = {}
    for status, response in sorted(responses.items()):
        answer = _answer(int(status), response)
        if not answer.codes:
            yield answer
        elif answer.codes in by_codes:
            known = by_codes[answer.codes]
            by_codes[answer.codes] = replace(known, statuses=known.statuses + answer.statuses)
        else:
            by_codes[answer.codes] = answer
    yield from by_codes.values()


def _answer(status: int, answer: Mapping[str, Any]) -> Answer:
    content, text = answer.get("content", {}), answer.get("description", "")
    codes = tuple(_CODE_WORD.findall(text)) if PROBLEM_JSON in content else ()
    example = content.get(JSON, {}).get("example")
    return Answer(
        statuses=(status,),
        text="" if codes else text,
        kinds=() if codes else _kinds(content),
        codes=codes,
        example="" if example is None else _json(example),
    )


def _kinds(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What the bytes are, in a word each. Content of which nothing is told, not even an example, is none."""
    told = [kind for kind, media in content.items() if kind != JSON or media.get("example") or media.get("schema")]
    return tuple(_KINDS.get(kind, kind) for kind in told)


def _used_by(groups: Sequence[Group]) -> dict[str, list[Operation]]:
    operations = [operation for group in groups for operation in group.operations]
    return {code: [operation for operation in operations if code in operation.codes] for code in PROBLEMS}


def _problem_example(code: str, told: Told) -> str:
    return _json(
        {
            "type": TYPE_PREFIX + code,
            "title": told.title,
            "status": told.status,
            "code": code,
            "detail": told.text,
            "request_id": "6d0c1f5f0bd94e5f9d6d7d0e2b8f4a10",
            "login_url": "https://login.example.com/login",
        }
    )


def _query(members: Mapping[str, str]) -> str:
    return urlencode(members, safe="/@-").replace(quote(_ELLIPSIS), _ELLIPSIS)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
