"""FastAPI, asked last: what our own layers answer never passes its own."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp


class LayeredFastAPI(FastAPI):
    """Puts the layers that were added outside of FastAPI's own (for its errors, telemetry and body limit)."""

    def build_middleware_stack(self) -> ASGIApp:
        ours, self.user_middleware = self.user_middleware, []
        app = super().build_middleware_stack()
        for layer, positional, named in reversed(ours):
            app = layer(app, *positional, **named)
        self.user_middleware = ours
        return app
