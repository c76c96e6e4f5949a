"""What the terminal wants to be shown."""

from __future__ import annotations

import os
import sys

PLAIN = "\x1b[0m"


def wants_colors() -> bool:
    """A terminal that can, and a person who did not say no (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
