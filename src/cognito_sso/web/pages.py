"""The few pages a person sees: sign in, something needs explaining, is this you, signed out. HTML, and no script."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cognito_sso.web.colors import Color, Palette

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Action", "Brand", "Page", "Pages", "Problem"]

TEMPLATES = Path(__file__).parent / "templates"
LOGO_MAX_BYTES = 64 * 1024

# What a logo file may be: its media type, and bytes that every such file contains.
LOGO_TYPES: Mapping[str, tuple[str, bytes]] = {
    ".png": ("image/png", b"\x89PNG\r\n"),
    ".svg": ("image/svg+xml", b"<svg"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".webp": ("image/webp", b"WEBP"),
}


@dataclass(frozen=True)
class Page:
    """One answer for a person: the bytes, and the policy that must be sent with them."""

    html: bytes
    content_security_policy: str


@dataclass(frozen=True)
class Brand:
    """Whose sign-in this is. `color` is #rgb or #rrggbb; `logo` is a png, svg, jpg or webp file of at most 64 KB."""

    name: str
    logo: Path | None = None
    color: str = "#3b5bdb"


@dataclass(frozen=True)
class Problem:
    """Why the last attempt failed, in a sentence for the person, with what support will ask for."""

    text: str
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Action:
    """A way on: a button that follows a link, or posts a form."""

    label: str
    href: str
    method: Literal["get", "post"] = "get"
    fields: Mapping[str, str] = field(default_factory=dict)
    primary: bool = True

    def __post_init__(self) -> None:
        require_web_address(self.href)
        # A browser replaces the query of a GET form's address with the fields, so the two cannot be together.
        if self.method == "get" and self.fields and "?" in self.href:
            raise ValueError("a GET action has its parameters in the address or in its fields, not in both")

    @property
    def is_link(self) -> bool:
        return self.method == "get" and not self.fields


class Pages:
    """Renders every page of the service.

    `form_targets` are the origins that a form's answer may lead to. Chromium applies `form-action` to every redirect
    that follows, through Cognito and Scalekit to a company's own sign-in page, and nobody can list those: hence any
    https address. Stand-ins on an http loopback need their origins added, and so do their frontends.
    Raises `ValueError` for a colour, logo or target that cannot be used.
    """

    def __init__(self, *, brand: Brand, form_targets: Sequence[str] = ("https:",)) -> None:
        self._style = Palette.of(brand.color).css() + (TEMPLATES / "pages.css").read_text("utf-8")
        self._policy = content_security_policy(self._style, form_targets)
        logo = data_uri(brand.logo) if brand.logo else None
        self._brand = {"brand": brand.name, "logo": logo, "icon": letter_icon(brand)}

    @cached_property
    def _templates(self) -> Environment:
        """Made for the first page: a process that answers gateways and scripts alone never loads Jinja."""
        from markupsafe import Markup

        from cognito_sso.web.rendering import environment

        templates = environment()
        # Our own style sheet and validated colours only: nothing a caller sends is ever marked as safe.
        templates.globals.update(self._brand, style=Markup(self._style))  # noqa: S704
        return templates

    def login(
        self,
        *,
        action: str,
        return_to: str | None = None,
        email: str = "",
        error: Problem | None = None,
        delivery: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Page:
        """The one-field form. `fields` are further hidden values to send along, such as `code_challenge`."""
        require_web_address(action)
        optional = {"return_to": return_to, "delivery": delivery}
        hidden = {name: value for name, value in optional.items() if value} | dict(fields or {})
        return self._page("login.html", action=action, email=email, error=error, hidden=hidden)

    def message(
        self, title: str, text: str, code: str = "", request_id: str = "", actions: Sequence[Action] = ()
    ) -> Page:
        """What happened, and the way on; in small print what support needs."""
        return self._page("message.html", title=title, text=text, code=code, request_id=request_id, actions=actions)

    def confirm_identity(
        self, *, requested: str, actual: str, continue_action: Action, switch_action: Action, request_id: str = ""
    ) -> Page:
        """The provider answered with somebody else of the same company: is that all right?"""
        actions = [replace(continue_action, primary=True), replace(switch_action, primary=False)]
        return self._page(
            "confirm_identity.html", requested=requested, actual=actual, actions=actions, code="", request_id=request_id
        )

    def signed_out(self, *, sign_in: Action | None = None) -> Page:
        return self._page(
            "message.html",
            title="You are signed out",
            text="It is safe to close this page.",
            code="",
            request_id="",
            actions=[sign_in] if sign_in else [],
        )

    def _page(self, template: str, **values: object) -> Page:
        html = self._templates.get_template(template).render(values)
        # A lone surrogate, which JSON can carry, has no encoding: it becomes a question mark, not a 500.
        return Page(html.encode(errors="replace"), self._policy)


def content_security_policy(style: str, form_targets: Sequence[str]) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    forms = " ".join(["'self'", *map(require_form_target, form_targets)])
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )


def require_web_address(address: str) -> None:
    """An http(s) URL or a path of this origin; so never `javascript:`, and never `//elsewhere`."""
    if re.search(r"[\x00-\x20\x7f\\]", address) or not re.match(r"https?://[^/?#]|/(?!/)", address):
        raise ValueError(f"an action leads to an http(s) URL or to a path, not to {address!r}")


def require_form_target(target: str) -> str:
    # A space or a semicolon would let a setting write policy of its own.
    if target != "https:" and not re.fullmatch(r"https?://(?:\*\.)?[A-Za-z0-9.\-\[\]:]+(?::\*)?", target):
        raise ValueError(f"a form target is https: or an origin such as https://login.example.com, not {target!r}")
    return target


def data_uri(logo: Path) -> str:
    media_type, mark = logo_type(logo)
    if logo.stat().st_size > LOGO_MAX_BYTES:
        raise ValueError(f"the logo {logo} is larger than {LOGO_MAX_BYTES // 1024} KB")
    content = logo.read_bytes()
    if mark not in content:
        raise ValueError(f"the logo {logo} does not hold {media_type}")
    return inline(media_type, content)


def logo_type(logo: Path) -> tuple[str, bytes]:
    if logo.suffix.lower() not in LOGO_TYPES:
        raise ValueError(f"the logo {logo} is none of {', '.join(LOGO_TYPES)}")
    if not logo.is_file():
        raise ValueError(f"the logo {logo} is not a file")
    return LOGO_TYPES[logo.suffix.lower()]


def letter_icon(brand: Brand) -> str:
    """The tab's icon: the brand's first letter on its colour (a logo is often too wide for a square)."""
    color = Color.parse(brand.color)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="16" fill="{color.hex()}"/>'
        f'<text x="32" y="44" font-family="system-ui,sans-serif" font-size="34" font-weight="600" '
        f'text-anchor="middle" fill="{color.text().hex()}">{escape(brand.name[:1].upper())}</text></svg>'
    )
    return inline("image/svg+xml", svg.encode())


def inline(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"
