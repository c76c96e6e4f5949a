"""Ports on loopback for a process that is about to start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

LOWEST, HIGHEST = 20_000, 32_000
"""Below those that Linux gives to outgoing connections (32768 to 60999): nobody takes one before its process does."""


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Held all at once, so that no two are the same."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            port = random.randint(LOWEST, HIGHEST)
            with suppress(OSError):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                found.append(port)
        return found
