"""The one way in which our templates are read: everything escaped, nothing undefined."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cognito_sso.web.pages import TEMPLATES


def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
