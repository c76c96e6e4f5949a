"""The command line: `cognito-sso serve | demo | doctor | tenants | provision | keygen | config`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import cognito_sso
from cognito_sso.cli.lasting import lasting

COMMANDS = ("serve", "demo", "doctor", "tenants", "provision", "keygen", "config")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 it could not be, 2 not understood or badly configured."""
    if os.getpid() == 1:  # a container's first process: the kernel keeps from it what it has no handler for
        signal.signal(signal.SIGTERM, _end)
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("cognito_sso"):
            raise
        print(f"{missing.name} is not installed. The commands need: pip install 'cognito-sso[server]'", file=sys.stderr)
        return 1


def _end(number: int, _frame: object) -> NoReturn:
    """Until `serve` listens and ends in its own way: nothing is under way yet."""
    sys.exit(128 + number)


def _run(arguments: Sequence[str]) -> int:
    with lasting():
        from cognito_sso.settings import ConfigurationError  # needs what only the extra brings

        parser = _parser(arguments)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cognito-sso", description="Enterprise single sign-on through Amazon Cognito and Scalekit."
    )
    parser.add_argument("--version", action="version", version=f"cognito-sso {cognito_sso.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _needed(arguments):
        import_module(f"cognito_sso.cli.{command}").add_to(commands)
    return parser


def _needed(arguments: Sequence[str]) -> Sequence[str]:
    """The command that is named, so that a service does not load the demo; all, where they are to be listed."""
    return arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS
