"""`python -m cognito_sso.healthy`: asks the service in the same container how it is, for HEALTHCHECK.

Stands alone on the standard library. It runs every few seconds, and what the command line imports would cost more
than the service does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException

LONGEST_ANSWER_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if the answer is 200, else 1 with the reason on one line."""
    parser = argparse.ArgumentParser(prog="python -m cognito_sso.healthy", description="Asks the service how it is.")
    parser.add_argument("--ready", action="store_true", help="ask /readyz instead of /healthz")
    parser.add_argument("--port", type=int, default=8000, help="where it listens (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        status, told = _asked("/readyz" if chosen.ready else "/healthz", chosen.port)
    except (OSError, HTTPException) as error:
        status, told = 0, f"no answer: {type(error).__name__}: {error}"
    sys.stdout.write(f"{told.strip()}\n")
    return 0 if status == 200 else 1


def _asked(path: str, port: int) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
