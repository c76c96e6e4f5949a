"""`cognito-sso demo`: the whole sign-in on this machine, with no account and no configuration."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from cognito_sso.cli.serve import LAST_PORT, port_number, server_config
from cognito_sso.demo import DemoPlaces, DemoPorts, DemoWorld, frontend_app, stand_ins_at, write_settings
from cognito_sso.observability import configure_logging

_HOST = "127.0.0.1"
_WELCOME = """\
  Open      {frontend}

  Sign in as
    jane@megasoft.example    her company has its own sign-in page; any password will do
    you@example.com          Scalekit's IdP simulator: choose what comes back, errors too

  Service   {service}/login
  Stand-ins {stand_ins}  (Cognito, Scalekit, the companies' identity providers)

  Ctrl-C ends it.
"""
_EXAMPLES = """\
examples:
  cognito-sso demo
  cognito-sso demo --service-port 8100 --verbose
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="service, stand-ins and an example app on this machine; no account needed",
        description="The whole sign-in on this machine, with no account and no configuration. Ctrl-C ends it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for part, port in vars(DemoPorts()).items():
        flag = f"--{part.replace('_', '-')}-port"
        parser.add_argument(flag, type=port_number, default=port, metavar="PORT", help="default: %(default)s")
    parser.add_argument(
        "--only", choices=("stand-ins", "frontend"), help="one part alone, for containers: see docker-compose.yml"
    )
    parser.add_argument("--host", default=_HOST, help="with --only: address to listen on (default: %(default)s)")
    parser.add_argument(
        "--settings-dir",
        type=Path,
        metavar="FOLDER",
        help="with --only stand-ins: write the service's settings there, as SSO_SECRETS_DIR takes them",
    )
    parser.add_argument("--verbose", action="store_true", help="log requests and audit events")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    ports = DemoPorts(arguments.service_port, arguments.stand_ins_port, arguments.frontend_port)
    configure_logging(style="text", level="info" if arguments.verbose else "warning")
    if arguments.only:
        return _run_one(arguments, ports)
    sockets = _listen(vars(ports), _HOST)
    if sockets is None:
        return 1
    with DemoWorld.made(ports) as world:
        asyncio.run(_serve_world(world, sockets))
    return 0


def _run_one(arguments: argparse.Namespace, ports: DemoPorts) -> int:
    """A part of the demo that runs in containers."""
    places, part = DemoPlaces.in_containers(ports), arguments.only.replace("-", "_")
    if part == "frontend":
        config = server_config(frontend_app(places.service))
    else:
        stand_ins = stand_ins_at(places)
        config = _stand_ins_config(stand_ins.app)
        if arguments.settings_dir and not _written(lambda: write_settings(arguments.settings_dir, places, stand_ins)):
            return 1
    sockets = _listen({part: vars(ports)[part]}, arguments.host)
    if sockets is None:
        return 1
    asyncio.run(_serve([config], sockets, lambda: print(f"Up: {arguments.only}.", flush=True)))
    return 0


def _written(write: Callable[[], None]) -> bool:
    try:
        write()
    except OSError as error:
        print(f"The settings can't be written to {error.filename}: {error.strerror}.", file=sys.stderr)
        return False
    return True


def _listen(ports: dict[str, int], host: str) -> list[socket.socket] | None:
    """A listening socket for each part, or None and a plain word about the port that is taken."""
    sockets: list[socket.socket] = []
    for part, port in ports.items():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # only now is the port ours: two parts may bind one that nobody listens on
        except OSError as error:
            flag, why = f"--{part.replace('_', '-')}-port", "is in use" if error.errno == EADDRINUSE else "can't be had"
            other = port + 100 if port + 100 <= LAST_PORT else port - 100
            print(f"Port {port} {why}. Choose another:  cognito-sso demo {flag} {other}", file=sys.stderr)
            for taken in (*sockets, listener):
                taken.close()
            return None
        sockets.append(listener)
    return sockets


class _Server(uvicorn.Server):
    """One of several in a process: signals are for all of them, and handled by us."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_world(world: DemoWorld, sockets: list[socket.socket]) -> None:
    service, stand_ins, frontend = sockets
    # The stand-ins first: the service fetches their keys when it starts.
    configs = [_stand_ins_config(world.stand_ins), server_config(world.service), server_config(world.frontend)]
    await _serve(configs, [stand_ins, service, frontend], lambda: _welcome(world))


def _stand_ins_config(app: ASGIApp) -> uvicorn.Config:
    return server_config(app, date_header=False)  # they have a clock of their own


async def _serve(configs: list[uvicorn.Config], sockets: list[socket.socket], when_up: Callable[[], None]) -> None:
    """One after the other, until a signal ends them all."""
    servers = [_Server(config) for config in configs]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    running = []
    for server, listener in zip(servers, sockets, strict=True):
        running.append(asyncio.create_task(server.serve(sockets=[listener])))
        await server.up.wait()
    when_up()
    await asyncio.gather(*running)


def _welcome(world: DemoWorld) -> None:
    origin = "http://localhost:{}".format
    print(
        _WELCOME.format(
            frontend=origin(world.ports.frontend),
            service=origin(world.ports.service),
            stand_ins=origin(world.ports.stand_ins),
        ),
        flush=True,
    )
