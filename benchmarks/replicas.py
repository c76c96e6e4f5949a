"""`python -m benchmarks.replicas`: what nginx gets out of one replica and of two, each with a small share of a core.

Two replicas, nginx and wrk would fight for the cores of a small machine. So a replica may use a fifth of a core (the
kernel holds it to that), the cores never end, and what is seen is whether replicas are in each other's way. Needs root,
wrk and nginx. The cost of a request is measured beside it, in CPU time.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.heats import Ground
from benchmarks.material import EMAIL, made
from benchmarks.measuring import OTHER_CORE, Asked, BenchmarkError, Server, cpu_seconds, resident_bytes

SHARE = 0.2  # of a core, for each replica
ROUNDS = 5
CONNECTIONS = 8  # for each replica: what is left of them at the end of a round must not fill the next
SECONDS = 2
PERIOD_MICROSECONDS = 100_000
_NGINX = """\
daemon off; master_process off; pid {folder}/pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffer_size 32k; proxy_buffers 4 32k;
    {upstreams}
    server {{
        listen 127.0.0.1:{port};
        location /1/ {{ proxy_pass http://replicas1/; }}
        location /2/ {{ proxy_pass http://replicas2/; }}
    }}
}}
"""


def main() -> int:
    material = asyncio.run(made())
    verify = Asked("/auth/verify", material.bearer(), status=204)
    asked = {
        "`/auth/verify`, Bearer": ("service", verify),
        "`/auth/verify`, session cookie": (
            "service",
            Asked("/auth/verify", {"Cookie": material.session_cookie}, status=204),
        ),
        "`/login/start`": ("service", Asked(f"/login/start?email={EMAIL}", status=302)),
        "`/auth/callback`": (
            "service-with-httpx",
            Asked(material.callback, {"Cookie": material.login_cookie}, status=303),
        ),
    }
    print(f"{'':34}{'one/s':>9}{'two/s':>9}{'ratio':>7}{'CPU of one':>12}{'memory':>9}")
    with ExitStack() as stack, TemporaryDirectory() as folder:
        ground = Ground(stack, material, *material.write(Path(folder)))
        upstream = ground.upstream()
        for what, (server, request) in asked.items():
            one, two, cost, memory = _measured(ground, Path(folder), server, upstream, request)
            rates = f"{one:>9.0f}{two:>9.0f}{two / one:>7.2f}"
            print(f"{what:34}{rates}{cost * 1e6:>9.0f} µs{memory / 1e6:>6.0f} MB", flush=True)
    print(f"session cookie {len(material.session_cookie)} bytes, login cookie {len(material.login_cookie)} bytes")
    return 0


def _measured(ground: Ground, folder: Path, name: str, upstream: str, asked: Asked) -> tuple[float, float, float, int]:
    """Requests a second of one replica and of two, the CPU seconds of one request, and the bytes of a replica then."""
    with ExitStack() as stack:
        ground = replace(ground, stack=stack)
        replicas = [ground.server(name, upstream if name != "service" else "") for _ in range(2)]
        for number, replica in enumerate(replicas):
            stack.enter_context(_limited(replica.pid, f"cognito-sso-bench-{number}"))
        port = stack.enter_context(_nginx(folder, [replica.port for replica in replicas]))
        for way in (1, 2):
            _throughput(port, way, asked)  # warms up, and finds out whether it is answered
        rounds = [_round(port, replicas, asked) for _ in range(ROUNDS)]
        memory = max(resident_bytes(replica.pid) for replica in replicas)
    one, two, cost = (median(column) for column in zip(*rounds, strict=True))
    return one, two, cost, memory


def _round(port: int, replicas: list[Server], asked: Asked) -> tuple[float, float, float]:
    one, before = _throughput(port, 1, asked), sum(cpu_seconds(replica.pid) for replica in replicas)
    two = _throughput(port, 2, asked)
    cost = (sum(cpu_seconds(replica.pid) for replica in replicas) - before) / (two * SECONDS)
    return one, two, cost


def _throughput(port: int, way: int, asked: Asked) -> float:
    command = [
        "taskset",
        "--cpu-list",
        str(OTHER_CORE),
        "wrk",
        "-t1",
        f"-c{way * CONNECTIONS}",
        f"-d{SECONDS}s",
        "--timeout=30s",
    ]
    command += [item for name, value in asked.headers.items() for item in ("-H", f"{name}: {value}")]
    url = f"http://127.0.0.1:{port}/{way}{asked.path}"
    told = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+) requests in", told)
    if found is None or found[1] == "0" or "Non-2xx" in told:
        raise BenchmarkError(told)
    return int(found[1]) / SECONDS


@contextmanager
def _nginx(folder: Path, ports: list[int]) -> Iterator[int]:
    port = _free_port()
    lists = {1: ports[:1], 2: ports}
    upstreams = "\n    ".join(
        f"upstream replicas{count} {{ {' '.join(f'server 127.0.0.1:{each};' for each in chosen)} keepalive 64; }}"
        for count, chosen in lists.items()
    )
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, upstreams=upstreams))
    command = ["taskset", "--cpu-list", str(OTHER_CORE), "nginx", "-c", str(file)]
    with subprocess.Popen(command, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


@contextmanager
def _limited(pid: int, name: str) -> Iterator[None]:
    """Holds a process to its share of a core: cgroups, version 1 or 2."""
    root = Path("/sys/fs/cgroup")
    is_old = (root / "cpu").is_dir()
    group = (root / "cpu" if is_old else root) / name
    group.mkdir(exist_ok=True)
    try:
        quota = int(SHARE * PERIOD_MICROSECONDS)
        if is_old:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        home = (root / "cpu" if is_old else root) / "cgroup.procs"
        home.write_text(str(pid))
        group.rmdir()


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    import socket
    import time

    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchmarkError("nginx does not listen")


if __name__ == "__main__":
    sys.exit(main())
