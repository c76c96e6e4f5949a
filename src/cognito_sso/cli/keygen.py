"""`cognito-sso keygen`: a fresh key for SSO_COOKIE_KEYS."""

from __future__ import annotations

import argparse
from typing import Any

from cognito_sso.settings import new_cookie_key

_EXAMPLES = """\
examples:
  cognito-sso keygen
  cognito-sso keygen > /run/secrets/sso_cookie_keys

To rotate: put the new key behind the old on every replica, then in front, and take the old one away when
SSO_SESSION_MAX_AGE has passed.
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "keygen",
        help="make a key for SSO_COOKIE_KEYS",
        description="Prints a fresh key for SSO_COOKIE_KEYS: 32 random bytes in base64url.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    print(new_cookie_key())
    return 0
