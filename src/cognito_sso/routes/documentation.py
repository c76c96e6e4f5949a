"""What the OpenAPI document says of parameters, bodies and errors; held against the routes by a test."""

from __future__ import annotations

from typing import Any

from cognito_sso.web.problems import PROBLEMS
from cognito_sso.web.requests import FORM, JSON

PROFILE_EXAMPLE = {
    "sub": "807c593c-d0c1-709c-598f-633ec61bcc8b",
    "email": "john@example.com",
    "email_verified": False,
    "name": "John Doe",
    "given_name": "John",
    "family_name": "Doe",
    "username": "ScalekitIdPRouter_conn_60040666217971987;a2c49d97-d36f-460f-97c2-87eb295095af",
    "groups": [],
    "provider": "ScalekitIdPRouter",
    "connection_id": "conn_60040666217971987",
    "tenant": "megasoft",
    "auth_time": 1757330938,
    "expires_at": 1757334538,
    "refresh_at": 1757334450,
}
EMAIL = ("email", "The company e-mail address.", "jane@megasoft.example")
RETURN_TO = ("return_to", "An absolute URL on a frontend's origin, or a path on the default frontend.", "/dashboard")
DELIVERY = ("delivery", "How the result arrives: `session` (default), `code` or `tokens`.", "session")
CODE_CHALLENGE = ("code_challenge", "Delivery `code`: S256 of your code_verifier (RFC 7636).", "E9Melhoa2Ow…")
STATE = ("state", "Delivery `code`: comes back beside the code.", "af0ifjsldkj")

Parameter = tuple[str, str, str]


def documented(
    *,
    query: tuple[Parameter, ...] = (),
    body: tuple[Parameter, ...] = (),
    required: tuple[str, ...] = (),
    media_types: tuple[str, ...] = (FORM, JSON),
) -> dict[str, Any]:
    """`openapi_extra` of a route. A body is a form or JSON with the same members, unless only one is taken."""
    extra: dict[str, Any] = {}
    if query:
        extra["parameters"] = [_parameter(parameter, required) for parameter in query]
    if body:
        schema = {"type": "object", "properties": {one[0]: _member(one, required) for one in body}}
        schema |= {"required": list(required)} if required else {}
        content = {media_type: {"schema": schema} for media_type in media_types}
        extra["requestBody"] = {"required": bool(required), "content": content}
    return extra


def with_headers(*headers: Parameter) -> dict[str, Any]:
    """`openapi_extra` of a route that is told what it needs in headers."""
    return {"parameters": [{**_parameter(one, (one[0],)), "in": "header"} for one in headers]}


def answers(
    success: int, description: str, *codes: str, example: dict[str, Any] | None = None, html: bool = False
) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: its good answer, and each status with the codes it can carry."""
    content: dict[str, Any] = {"application/json": {"example": example}} if example else {}
    content |= {"text/html": {}} if html else {}
    responses: dict[int | str, dict[str, Any]] = {success: {"description": description, "content": content}}
    for code in codes:
        for status in (502, 503, 504) if code == "provider_unavailable" else (PROBLEMS[code].status,):
            responses.setdefault(status, _problem())
            responses[status]["description"] += f" `{code}`"
    return responses


def _parameter(parameter: Parameter, required: tuple[str, ...]) -> dict[str, Any]:
    name, text, example = parameter
    return {
        "name": name,
        "in": "query",
        "description": text,
        "required": name in required,
        "schema": {"type": "string"},
        "example": example,
    }


def _member(parameter: Parameter, required: tuple[str, ...]) -> dict[str, Any]:
    """Of a body. What may be left out may be null as well."""
    name, text, example = parameter
    kind = "string" if name in required else ["string", "null"]
    return {"type": kind, "description": text, "example": example}


def _problem() -> dict[str, Any]:
    return {
        "description": "RFC 9457 problem:",
        "content": {"application/problem+json": {"schema": {"type": "object"}}, "text/html": {}},
    }
