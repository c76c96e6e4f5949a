"""The pages people see: Jinja templates with everything escaped, one style sheet, one small script, a strict CSP."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

STATIC_FILES = Path(__file__).parent / "static"

# No form-action: a sign-in form's answer is a chain of redirects that ends at the app, wherever that lives.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("cognito_sso.simulator"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, **context: Any) -> Response:
    html = _templates().get_template(f"{template}.html").render(**context)
    return HTMLResponse(html, status, PAGE_HEADERS)


def static_route() -> BaseRoute:
    return Mount("/_static", StaticFiles(directory=STATIC_FILES))
