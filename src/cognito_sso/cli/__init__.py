"""The command line: `cognito-sso serve | demo | doctor | provision | keygen | config`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import cognito_sso
from cognito_sso.cli import config, demo, doctor, keygen, provision, serve
from cognito_sso.settings import ConfigurationError

COMMANDS = (serve, demo, doctor, provision, keygen, config)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 it could not be, 2 not understood or badly configured."""
    parser = argparse.ArgumentParser(
        prog="cognito-sso", description="Enterprise single sign-on through Amazon Cognito and Scalekit."
    )
    parser.add_argument("--version", action="version", version=f"cognito-sso {cognito_sso.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
