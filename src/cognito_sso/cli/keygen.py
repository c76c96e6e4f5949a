"""`cognito-sso keygen`: a fresh key for SSO_COOKIE_KEYS."""

from __future__ import annotations

import argparse
from typing import Any

from cognito_sso.settings import new_cookie_key


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "keygen",
        help="make a key for SSO_COOKIE_KEYS",
        epilog="To rotate: add the new key behind the old on every replica, then put it in front, and take the old one "
        "away when SSO_SESSION_MAX_AGE has passed.",
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    print(new_cookie_key())
    return 0
