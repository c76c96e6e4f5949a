"""What a start makes lasts as long as the process: the garbage collector is spared all of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """No collection in the block, and what is there at its end is not looked through by any later one."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
