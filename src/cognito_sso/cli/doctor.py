"""`cognito-sso doctor`: is this set up rightly, and if not, what is wrong, why it matters and what to do."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

import httpx

from cognito_sso.cli.aws import user_pools
from cognito_sso.cli.terminal import PLAIN, wants_colors
from cognito_sso.configuration import load_configuration
from cognito_sso.doctor import (
    OFFLINE,
    Asker,
    Finding,
    Setup,
    Severity,
    as_json,
    as_text,
    examine_hosts,
    examine_settings,
    in_order,
    judge_faults,
)
from cognito_sso.doctor.examination import ReadPool
from cognito_sso.doctor.pool import domain_name
from cognito_sso.doctor.report import has_errors
from cognito_sso.provision import Found
from cognito_sso.reloading import listed_tenants
from cognito_sso.settings import ConfigurationError
from cognito_sso.upstream import upstream_client

HAS_ERRORS = 1
NOT_RUN = 2
DEFAULT_SECONDS = 30
LONGEST_SECONDS = 600
_COLORS = {
    Severity.ERROR: "\x1b[31m",
    Severity.WARNING: "\x1b[33m",
    Severity.OK: "\x1b[32m",
    Severity.SKIPPED: "\x1b[2m",
}
_CLEAR_LINE = "\r\x1b[K"
_EXAMPLES = """\
examples:
  cognito-sso doctor                    examine the settings, and ask Cognito and Scalekit about them
  cognito-sso doctor --offline          the settings alone
  cognito-sso doctor --aws              read the pool's own description too, with AWS credentials (boto3)
  cognito-sso doctor --json | jq -r '.findings[] | select(.severity == "error") | .code'

Settings are read as `cognito-sso serve` reads them. Nobody is signed in or out, and nothing is changed. Run it where
the service runs: what can be reached from there is part of what it examines.

exit codes: 0 no errors (there may be warnings); 1 errors; 2 it could not be run, or was ended
docs/doctor.md has every finding.
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "doctor",
        help="examine the set-up: settings, Cognito, Scalekit; what is wrong, and the remedy",
        description="Examines the set-up, and says of each finding what is wrong, why it matters and what to do.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--offline", action="store_true", help="ask no host")
    parser.add_argument("--aws", action="store_true", help="read the pool's description too, as the AWS CLI would")
    parser.add_argument("--profile", help="with --aws: AWS profile (default: AWS_PROFILE)")
    parser.add_argument("--json", action="store_true", help="for scripts; docs/doctor.md has the schema")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=DEFAULT_SECONDS,
        metavar="SECONDS",
        help="for everything together (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        findings = _findings(arguments)
    except KeyboardInterrupt:
        print("\nEnded.", file=sys.stderr)
        return NOT_RUN
    print(as_json(findings) if arguments.json else _text(findings))
    return HAS_ERRORS if has_errors(findings) else 0


def _findings(arguments: argparse.Namespace) -> list[Finding]:
    try:
        settings = load_configuration()
        setup = Setup(settings, listed_tenants(settings))
    except ConfigurationError as error:
        return list(judge_faults(error.faults))
    findings = list(examine_settings(setup))
    if arguments.offline:
        return in_order([*findings, OFFLINE.found()])
    return in_order([*findings, *asyncio.run(_ask(setup, arguments))])


async def _ask(setup: Setup, arguments: argparse.Namespace) -> Sequence[Finding]:
    async with http_client() as http:
        asker = Asker(http, clock=time.time, ends_at=asyncio.get_running_loop().time() + arguments.timeout)
        read_pool = _pool_reader(arguments.profile) if arguments.aws else None
        return await examine_hosts(setup, asker, read_pool=read_pool, tell=_tell_progress)


def http_client() -> httpx.AsyncClient:
    """As the service has it: no redirects, no proxy from the environment, and the same authorities."""
    return upstream_client()


def _pool_reader(profile: str | None) -> ReadPool:
    def read(setup: Setup, provider: str) -> Found:
        chosen = setup.settings
        return user_pools(region=chosen.region, profile=profile).look_up(
            pool_id=chosen.cognito_user_pool_id,
            provider=provider,
            client_id=chosen.cognito_client_id,
            domain=domain_name(setup),
        )

    return read


def _tell_progress(done: int, of: int) -> None:
    """For whoever waits at a terminal; gone when it is done."""
    if sys.stderr.isatty():
        text = "" if done == of else f"Asking ... {done} of {of}"
        print(f"{_CLEAR_LINE}{text}", end="", file=sys.stderr, flush=True)


def _text(findings: Sequence[Finding]) -> str:
    is_colored = wants_colors()
    return as_text(
        findings,
        paint=lambda severity, text: f"{_COLORS[severity]}{text}{PLAIN}" if is_colored else text,
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else 0,
    )


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be a whole number of seconds from 1 to {LONGEST_SECONDS}")
    return int(text)
