"""Serves the example frontend, a handful of plain files, as any static web server would."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FILES = Path(__file__).parent / "frontend"
_MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def frontend_app(service_url: str) -> Starlette:
    """The example app, told where the service is."""
    pages = {path.name: path.read_text("utf-8").replace("{{ service_url }}", service_url) for path in FILES.iterdir()}
    # Without JavaScript the e-mail field is a plain form, and its answer leads on through the stand-ins.
    policy = (
        f"default-src 'self'; connect-src {service_url}; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://localhost:* http://*.localhost:* http://127.0.0.1:*"
    )

    async def file(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in pages:
            return Response(status_code=404)
        headers = {"content-security-policy": policy, "x-content-type-options": "nosniff", "cache-control": "no-store"}
        return Response(pages[name], media_type=_MEDIA_TYPES[Path(name).suffix], headers=headers)

    return Starlette(routes=[Route("/", file), Route("/{name}", file)])
