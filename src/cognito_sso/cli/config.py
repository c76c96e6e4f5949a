"""`cognito-sso config`: what is set, what may be set, and every fault at once."""

from __future__ import annotations

import argparse
from typing import Any

from pydantic import SecretStr

from cognito_sso.configuration import load_configuration
from cognito_sso.settings import Settings

_EXAMPLES = """\
examples:
  cognito-sso config
  SSO_SECRETS_DIR=/run/secrets cognito-sso config
  cognito-sso config | grep COGNITO_

exit codes: 0 the service would start with them; 2 it would not, and why
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "config",
        help="show the settings in force, secrets masked, or every fault of them (exit code 2)",
        description="Shows the settings in force, secrets masked, or every fault of them. It asks nobody.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    settings = load_configuration()
    for name in Settings.model_fields:
        print(f"{name.upper()}={_shown(getattr(settings, name))}")
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(_shown(item) for item in value)
    if isinstance(value, SecretStr):
        return "********"
    return "" if value is None else str(value)
