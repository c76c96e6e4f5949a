"""An app that knows nothing of signing in: it believes the headers of the gateway in front of it. Standard library."""

from __future__ import annotations

from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

IDENTITY = ("User", "Email", "Groups", "Tenant")
PAGE = """<!doctype html><html lang="en"><title>Example backend</title>
<h1>You are {email}</h1><p>The gateway says so; this app has no code for signing in.</p>
<dl>{rows}</dl><p>Answered by the replica of the example backend that never saw your password.</p></html>"""


class Backend(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {name: escape(self.headers.get(f"X-Auth-Request-{name}", "")) for name in IDENTITY}
        rows = "".join(f"<dt>{name}</dt><dd>{value or 'none'}</dd>" for name, value in told.items())
        page = PAGE.format(email=told["Email"], rows=rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 9000), Backend).serve_forever()
