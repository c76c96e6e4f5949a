"""`python -m benchmarks.connections`: what a token request costs, by the pools and the connections that each keeps.

httpx's pool looks at every connection on every request, and one that was not kept is a TLS handshake the next time:
this says where the two meet. Cognito is a process on the other core, behind TLS, that takes its usual time.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from benchmarks.measuring import CORE, OTHER_CORE, Process
from cognito_sso.upstream import CONNECTION_LIMITS, POOLS, upstream_transport
from tests.certificates import certificate_for

KEPT = ((1, 8), (1, 32), (2, 8), (4, 8), (8, 8), (16, 4))
AT_ONCE = (1, 8, 32, 64)
ANSWERED_AFTER_SECONDS = 0.08
ROUNDS, REQUESTS = 3, 256
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def main() -> None:
    with ExitStack() as stack:
        files = certificate_for(Path(stack.enter_context(TemporaryDirectory())))
        cognito = Process(stack, [sys.executable, "-m", "benchmarks.connections", *map(str, files)], core=OTHER_CORE)
        url, trust = f"https://127.0.0.1:{cognito.line()}/", ssl.create_default_context(cafile=files[0])
        os.sched_setaffinity(0, {CORE})
        print("CPU in ms of a request, and requests a second: by pools, connections kept in each, requests at once")
        print(f"{'kept':>8}" + "".join(f"{at_once:>10} at once" for at_once in AT_ONCE))
        for pools, kept in KEPT:
            costs = [await cost(url, trust, pools, kept, at_once) for at_once in AT_ONCE]
            ours = "  as it is" if (pools, kept) == (POOLS, CONNECTION_LIMITS.max_keepalive_connections) else ""
            told = "".join(f"{cpu * 1000:>10.2f}{rate:>8.0f}" for cpu, rate in costs)
            print(f"{pools:>3} * {kept:>2}{told}{ours}", flush=True)


async def cost(url: str, trust: ssl.SSLContext, pools: int, kept: int, at_once: int) -> tuple[float, float]:
    """Medians of the seconds of CPU for one request, and of the requests a second."""
    limits = httpx.Limits(max_connections=CONNECTION_LIMITS.max_connections, max_keepalive_connections=kept)
    transport = upstream_transport(verify=trust, pools=pools, limits=limits)
    async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
        rounds = [await one_round(http, url, at_once) for _ in range(ROUNDS + 1)][1:]
    return median(cpu for cpu, _ in rounds), median(rate for _, rate in rounds)


async def one_round(http: httpx.AsyncClient, url: str, at_once: int) -> tuple[float, float]:
    requests = max(at_once * 4, REQUESTS if at_once > 1 else 16)
    left = iter(range(requests))

    async def ask() -> None:
        for _ in left:
            (await http.post(url, data={"grant_type": "authorization_code", "code": "x" * 36})).raise_for_status()

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(at_once)))
    return (time.process_time() - cpu) / requests, requests / (time.perf_counter() - began)


async def serve(certificate: str, key: str) -> None:
    """Answers each request after a while, until it is killed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with await asyncio.start_server(answer, sock=socket.create_server(("127.0.0.1", 0)), ssl=context) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
            await asyncio.sleep(ANSWERED_AFTER_SECONDS)
            writer.write(_ANSWER)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]) if sys.argv[1:] else main())
