"""`cognito-sso tenants`: which companies sign in, why, and how one more is invited."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, TypeVar

from cognito_sso.cli.tenant_tables import as_text, as_toml, differences_as_text, not_routed, routes
from cognito_sso.cli.terminal import PLAIN, wants_colors
from cognito_sso.configuration import load_configuration
from cognito_sso.login.routing import Ruling, rule
from cognito_sso.login.tenant_differences import differences
from cognito_sso.login.tenants import Routing, Tenant
from cognito_sso.reloading import listed_tenants
from cognito_sso.scalekit import Organization, PortalLink, ScalekitApi, ScalekitError, ScalekitNotFound
from cognito_sso.settings import ConfigurationError, Settings
from cognito_sso.upstream import upstream_client

FAILED = 1
DIFFERS = 3
_FAINT, _BAD = "\x1b[2m", "\x1b[31m"
T = TypeVar("T")
_EXAMPLES = """\
examples:
  cognito-sso tenants list                        what is routed where, what is not, and why
  cognito-sso tenants list --json | jq -r '.not_routed[] | select(.verdict == "contested") | .domain'
  cognito-sso tenants check                       where the tenants file and Scalekit differ; exit code 3 if they do
  cognito-sso tenants export > tenants.toml       a file of all that is routed, for SSO_TENANTS_FILE
  cognito-sso tenants invite megasoft             a link for the company's administrator, by external id or org_…

Settings are read as `cognito-sso serve` reads them. Scalekit is asked where SCALEKIT_CLIENT_ID and
SCALEKIT_CLIENT_SECRET are set; nothing there is changed.

exit codes: 0 done; 1 Scalekit could not be asked; 2 the settings have faults, or lack what is needed; 3 check differs
docs/tenants.md says which domain is routed when.
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "tenants",
        help="list the companies that sign in; compare, export or invite",
        description="The companies: those of the tenants file, and Scalekit's beside them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doing = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = doing.add_parser("list", help="what is routed where, what is not, and why")
    checking = doing.add_parser("check", help="where the tenants file and Scalekit differ")
    exporting = doing.add_parser("export", help="all that is routed, as a tenants file on standard output")
    inviting = doing.add_parser("invite", help="a link to Scalekit's admin portal, for a company's administrator")
    inviting.add_argument("organization", metavar="ORGANIZATION", help="its external id, or its id (org_…)")
    for command in (listing, checking, inviting):
        command.add_argument("--json", action="store_true", help="for scripts")
    for command, run in ((listing, list_), (checking, check), (exporting, export), (inviting, invite)):
        command.set_defaults(run=_told(run))


def _told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def told(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except ScalekitError as error:
            print(f"Scalekit could not be asked: {error}.", file=sys.stderr)
            return FAILED
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return FAILED

    return told


def list_(arguments: argparse.Namespace) -> int:
    settings = load_configuration()
    listed, _, ruling = _read(settings)
    if arguments.json:
        _print_json({"routed": routes(ruling, listed), "not_routed": not_routed(ruling)})
    else:
        print(as_text(ruling, listed, unlisted=_of_others(settings), faint=_painter(_FAINT)))
    return 0


def check(arguments: argparse.Namespace) -> int:
    settings = load_configuration()
    _require_client(settings)
    listed, organizations, ruling = _read(settings)
    found = differences(listed, organizations or (), ruling, provider=settings.cognito_identity_provider)
    if arguments.json:
        _print_json({"differences": [asdict(one) for one in found]})
    else:
        print(differences_as_text(found, _painter(_BAD)))
    return DIFFERS if found else 0


def export(_arguments: argparse.Namespace) -> int:
    _, _, ruling = _read(load_configuration())
    left_out = [f"not routed: {one['domain']} of {one['organization_id']}: {one['why']}" for one in not_routed(ruling)]
    print(as_toml(ruling.routing.tenants, ["Written by `cognito-sso tenants export`.", *left_out]), end="")
    return 0


def invite(arguments: argparse.Namespace) -> int:
    settings = load_configuration()
    _require_client(settings)

    async def link(scalekit: ScalekitApi) -> PortalLink:
        return await scalekit.portal_link(await scalekit.organization_id(arguments.organization))

    try:
        made = _asked(settings, link)
    except ScalekitNotFound:
        print(f"Scalekit has no organisation {arguments.organization}.", file=sys.stderr)
        return FAILED
    if arguments.json:
        _print_json({"location": made.location, "expires": made.expires})
        return 0
    print(made.location)
    print(
        f"Send it to the company's administrator only. It expires at {made.expires or 'a time Scalekit did not tell'}.",
        file=sys.stderr,
    )
    return 0


def _read(settings: Settings) -> tuple[tuple[Tenant, ...], tuple[Organization, ...] | None, Ruling]:
    listed = listed_tenants(settings)
    if settings.scalekit_client_id is None:
        return listed, None, Ruling(Routing(listed))
    organizations = _asked(settings, lambda scalekit: scalekit.organizations())
    return listed, organizations, rule(listed, organizations, provider=settings.cognito_identity_provider)


def _asked(settings: Settings, ask: Callable[[ScalekitApi], Awaitable[T]]) -> T:
    from cognito_sso.assembly import scalekit_api  # the whole service, which `--help` can do without

    async def asking() -> T:
        async with upstream_client() as http:
            scalekit = scalekit_api(settings, http=http)
            assert scalekit is not None  # noqa: S101 (the settings have a whole client or none, and it was looked at)
            return await ask(scalekit)

    if sys.stderr.isatty():
        print(f"Asking {settings.scalekit_environment_url} ...", file=sys.stderr, flush=True)
    return asyncio.run(asking())


def _require_client(settings: Settings) -> None:
    if settings.scalekit_client_id is None:
        raise ConfigurationError(["SCALEKIT_CLIENT_ID: is needed for this, with its secret"])


def _of_others(settings: Settings) -> str:
    if settings.sso_unlisted_domains == "refuse":
        return "Addresses of other domains are refused."
    return f"Addresses of other domains go to {settings.cognito_identity_provider}."


def _print_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, indent=2))


def _painter(color: str) -> Callable[[str], str]:
    return (lambda text: f"{color}{text}{PLAIN}") if wants_colors() else (lambda text: text)
