"""`cognito-sso provision`: brings a user pool to what one file wants. Shows the plan first; changes it on `--apply`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cognito_sso.cli.aws import user_pools
from cognito_sso.cli.terminal import PLAIN, wants_colors
from cognito_sso.provision import (
    Change,
    Found,
    Plan,
    ProvisionError,
    ProvisionFileInvalid,
    Stopped,
    Wanted,
    as_code,
    at_scalekit,
    load_wanted,
    plan,
    service_settings,
)
from cognito_sso.provision.code import KINDS
from cognito_sso.provision.handover import in_dns
from cognito_sso.settings import new_cookie_key, settings_of

if TYPE_CHECKING:
    from cognito_sso.provision.user_pool import UserPool

FAILED = 1
BAD_FILE = 2
HAS_CHANGES = 3
SECRET_VARIABLE = "SCALEKIT_CLIENT_SECRET"  # noqa: S105 (its name)
_COLORS = {"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", "!": "\x1b[31m"}
_EXAMPLES = """\
examples:
  cognito-sso provision provision.toml                        what would change
  cognito-sso provision provision.toml --apply                change it
  cognito-sso provision provision.toml --apply --secret-file /run/secrets/scalekit --env-file .env
  cognito-sso provision provision.toml --check                for scripts: exit code 3 if anything differs
  cognito-sso provision provision.toml --output terraform > sso.tf

Start from examples/provision.toml. Scalekit's client secret is read from --secret-file, from SCALEKIT_CLIENT_SECRET,
or asked for when it is needed: to make the provider, or to change its client. AWS credentials are the AWS CLI's.

exit codes: 0 as wanted, or the plan is shown; 1 it could not be done; 2 the file has faults; 3 --check found changes
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "provision",
        help="set up the user pool from one file: plan, then --apply",
        description="Brings a user pool to what the file wants: Scalekit's provider, the app client, the domain.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --secret would be --secret-file, and its value in the history of the shell
    )
    parser.add_argument("file", type=Path, help="what is wanted, as TOML; examples/provision.toml explains it")
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--apply", action="store_true", help="carry the plan out")
    doing.add_argument("--check", action="store_true", help="exit code 3 if anything would change")
    doing.add_argument("--output", choices=KINDS, help="write the wanted state as code instead; asks AWS nothing")
    parser.add_argument("--secret-file", type=Path, metavar="FILE", help="has Scalekit's client secret in it")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="with --apply: write the service's settings there"
    )
    parser.add_argument("--profile", help="AWS profile (default: AWS_PROFILE)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        wanted = _wanted(arguments)
        if arguments.output:
            _tell_left_out(wanted)
            print(as_code(wanted, arguments.output), end="")
            return 0
        return _provision(wanted, arguments)
    except ProvisionFileInvalid as error:
        print(f"{arguments.file} has faults:\n{error}", file=sys.stderr)
        return BAD_FILE
    except Stopped as error:
        print(_stopped(error), file=sys.stderr)
        return FAILED
    except ProvisionError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nStopped. Run it again: what is done is not done twice.", file=sys.stderr)
        return FAILED


def _wanted(arguments: argparse.Namespace) -> Wanted:
    wanted = load_wanted(arguments.file)
    # What the service would refuse to start with should not be written into a pool first.
    _service_takes(service_settings(wanted, Found(client={"ClientId": "unknown"}, pool={"Id": "eu-north-1_unknown"})))
    if arguments.env_file and (not arguments.apply or arguments.env_file.exists()):
        why = "is there already, and is left alone" if arguments.apply else "needs --apply: some values are known then"
        raise ProvisionError(f"--env-file {arguments.env_file} {why}.")
    return replace(wanted, provider=replace(wanted.provider, client_secret=_given_secret(arguments.secret_file)))


def _service_takes(values: dict[str, str]) -> None:
    """Raises `ConfigurationError`, which the command line tells as it does everywhere."""
    settings_of(**{name.lower(): value for name, value in values.items()}, sso_cookie_keys=new_cookie_key())


def _given_secret(path: Path | None) -> str | None:
    if path is None:
        return _usable(os.environ.get(SECRET_VARIABLE, ""), SECRET_VARIABLE) or None
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProvisionError(f"--secret-file {path} can't be read as text.") from None
    if not text.strip():
        raise ProvisionError(f"--secret-file {path} is empty.")
    return _usable(text, f"--secret-file {path}")


def _usable(text: str, source: str) -> str:
    secret = text.strip()
    if any(character.isspace() or not character.isprintable() for character in secret):
        raise ProvisionError(f"{source} has more in it than the secret: blanks, lines or unprintable characters.")
    return secret


def _provision(wanted: Wanted, arguments: argparse.Namespace) -> int:
    pool = user_pools(region=wanted.pool.region, profile=arguments.profile)
    print(f"Reading {wanted.pool.id or wanted.pool.region} ...", file=sys.stderr, flush=True)
    found = pool.find(wanted)
    planned = plan(wanted, found)
    _show(planned, wanted, found)
    if planned.obstacles:
        return FAILED
    if arguments.check:
        return HAS_CHANGES if planned.has_changes else 0
    if arguments.apply:
        if planned.has_changes:
            wanted = _with_secret(wanted, planned)
            found = _apply(pool, wanted, found)
        _write_settings(arguments.env_file, wanted, found)
    elif planned.has_changes:
        print("\nNothing is changed yet. Add --apply to carry it out.")
    _hand_over(wanted, found, arguments.env_file)
    return 0


def _with_secret(wanted: Wanted, planned: Plan) -> Wanted:
    """Asks for it only when it is needed and there is somebody to ask."""
    if not planned.needs_secret:
        return wanted
    if not sys.stdin.isatty():
        raise ProvisionError(f"Scalekit's client secret is needed: give --secret-file, or set {SECRET_VARIABLE}.")
    secret = _usable(getpass("Scalekit client secret (not shown): "), "What was typed")
    if not secret:
        raise ProvisionError("Without Scalekit's client secret there is nothing to apply.")
    return replace(wanted, provider=replace(wanted.provider, client_secret=secret))


def _apply(pool: UserPool, wanted: Wanted, found: Found) -> Found:
    print(flush=True)
    pool.apply(plan(wanted, found), pool_id=found.pool_id, tell=lambda line: print(line, flush=True))
    found = pool.find(wanted)
    left = plan(wanted, found)
    if left.has_changes or left.obstacles:
        _show(left, wanted, found)
        raise ProvisionError("AWS took every change, and still differs as shown. Please look at it in the console.")
    print("Done. It takes AWS up to a minute to sign people in by it, and several for a new domain.")
    return found


def _stopped(error: Stopped) -> str:
    return "\n".join(
        [
            f"Stopped at: {error}",
            *(f"  done      {title}" for title in error.done),
            *(f"  not done  {title}" for title in error.left),
            "Run it again when that is mended: what is done is not done twice.",
        ]
    )


def _show(planned: Plan, wanted: Wanted, found: Found) -> None:
    paint = _painter()
    print(_headline(wanted, found))
    for step in planned.steps:
        sign = "+" if step.is_new else "~"
        print(f"\n{paint(sign, f'{sign} {step.title}')}")
        for change in step.changes:
            print(f"    {paint(change.sign, _line(change))}")
    if not planned.has_changes and not planned.obstacles:
        print("Everything is as wanted.")
    for note in planned.notes:
        print(f"\nNote: {note}")
    for obstacle in planned.obstacles:
        print(f"\n{paint('!', f'In the way: {obstacle}')}")


def _headline(wanted: Wanted, found: Found) -> str:
    if found.pool is None:
        return f"Pool {wanted.pool.id or wanted.pool.name} in {wanted.pool.region}"
    account = str(found.pool.get("Arn", "")).split(":")[4:5]
    return f"Pool {found.pool_id} ({found.pool.get('Name')}){f' of account {account[0]}' if account else ''}"


def _line(change: Change) -> str:
    value = f"{change.before} -> {change.after}" if change.sign == "~" else change.before or change.after
    return f"{change.sign} {change.field}: {value}"


def _painter() -> Callable[[str, str], str]:
    return (lambda sign, text: f"{_COLORS[sign]}{text}{PLAIN}") if wants_colors() else (lambda _sign, text: text)


def _tell_left_out(wanted: Wanted) -> None:
    for one in wanted.provider.identifiers_left_out:
        print(f"Identifier left out: {one}. This service needs none.", file=sys.stderr)


def _hand_over(wanted: Wanted, found: Found, env_file: Path | None) -> None:
    print("\nBy hand, in Scalekit's dashboard (it has no API for these):")
    for entry in at_scalekit(wanted):
        print(f"  {entry.where}\n      {entry.value}\n      ({entry.why})")
    for record in in_dns(wanted, found):
        print(f"\nIn your DNS:\n  {record}")
    if env_file:
        print(f"\nThe service's settings are in {env_file}, secrets and all; only you can read it.")
        return
    print("\nSettings of the service:")
    for name, value in service_settings(wanted, found).items():
        print(f"  {name}={value}")
    if wanted.client.confidential:
        print("  # COGNITO_CLIENT_SECRET: in the console with the app client, or let --apply --env-file FILE write it")
    print("  # SSO_COOKIE_KEYS: `cognito-sso keygen` makes one")


def _write_settings(path: Path | None, wanted: Wanted, found: Found) -> None:
    """A file of its own, made for the owner's eyes only. Without quotes, which Docker and Kubernetes would keep."""
    if path is None:
        return
    values = service_settings(wanted, found)
    if secret := (found.client or {}).get("ClientSecret"):
        values["COGNITO_CLIENT_SECRET"] = secret
    values["SSO_COOKIE_KEYS"] = new_cookie_key()
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
    except OSError as error:
        raise ProvisionError(f"--env-file {path} can't be written: {error.strerror}.") from None
