"""`cognito-sso serve`: the service, one process; scale it by replicas."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import uvicorn
from fastapi import FastAPI

from cognito_sso.app import create_app
from cognito_sso.cli.direct_http import DirectHttp
from cognito_sso.cli.draining import DrainingServer
from cognito_sso.cli.lasting import lasting
from cognito_sso.cli.metrics_listener import MetricsListener
from cognito_sso.cli.tracing import tracing
from cognito_sso.configuration import load_configuration
from cognito_sso.observability import MetricsApp, configure_logging, count_lost_lines
from cognito_sso.settings import Settings
from cognito_sso.web.layers import HandledFastAPI

LAST_PORT = 65_535
# Longer than nginx and AWS's load balancers keep a connection idle (60), or they send a request into one that closes.
KEEP_ALIVE_SECONDS = 65
GRACE_SECONDS = 15  # a callback's deadline is ten
_METRICS_PORT_TAKEN = (
    "Port {port} of {host} can't be listened on for metrics. SSO_METRICS_PORT chooses another; 0 turns them off."
)
_EXAMPLES = """\
examples:
  cognito-sso serve                               on this machine, port 8000
  cognito-sso serve --host 0.0.0.0 --port 8000    in a container, behind a proxy that ends TLS

exit codes: 0 ended by a signal; 1 the port can't be had, or it was ended at once; 2 the settings have faults
"""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="run the service, configured by the environment",
        description="Runs the service: one process, configured by the environment. Scale it by replicas.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=port_number, default=8000, help="port to listen on (default: %(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = load_configuration()
    configure_logging(style=settings.sso_log_format, level=settings.sso_log_level)
    with tracing(settings.sso_tracing) as spans:
        with lasting():
            app = create_app(settings, reread=load_configuration, tracing=spans)
        count_lost_lines(app.state.services.metrics.log_lines_lost.inc)
        return serve(app, settings, arguments)


def serve(app: FastAPI, settings: Settings, arguments: argparse.Namespace) -> int:
    """Until it is told to end. Returns the exit code."""
    try:
        metrics = metrics_listener(app, host=arguments.host, port=settings.sso_metrics_port)
    except OSError:
        print(_METRICS_PORT_TAKEN.format(port=settings.sso_metrics_port, host=arguments.host), file=sys.stderr)
        return 1
    config = server_config(app, host=arguments.host, port=arguments.port)
    try:
        DrainingServer(config, app=app, drain_seconds=settings.sso_drain_seconds, beside=metrics).run()
    except SystemExit as ended:
        if ended.code:  # uvicorn's way to say that it could not listen; it has logged why
            print(f"Port {arguments.port} of {arguments.host} can't be listened on.", file=sys.stderr)
            return 1
    return 0


def metrics_listener(app: FastAPI, *, host: str, port: int) -> AbstractAsyncContextManager[None]:
    """Nothing for port 0. Raises `OSError`."""
    metrics = MetricsApp(app.state.services.metrics.registry)
    return MetricsListener(metrics, host=host, port=port) if port else nullcontext()


def port_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {LAST_PORT}")
    return int(text)


def _protocol(app: Any) -> type[DirectHttp]:
    """The server's, which answers at once what the app says it may, and asks it for the rest directly."""

    class Protocol(DirectHttp):
        at_once = getattr(getattr(app, "state", None), "at_once", None)
        answer = app.answer if isinstance(app, HandledFastAPI) else None

    return Protocol


def server_config(
    app: FastAPI | Any, *, host: str = "127.0.0.1", port: int = 0, date_header: bool = True
) -> uvicorn.Config:
    """uvicorn as we want it. Its access log has the callback's code in it, so ours is used."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_protocol(app),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=date_header,
        proxy_headers=False,  # SSO_TRUSTED_PROXIES decides, inside the app
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
