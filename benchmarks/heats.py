"""Who runs against whom, and what must come of it: the rows of the table, and the contenders they name."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import DOMAIN, EMAIL, Material
from benchmarks.measuring import OTHER_CORE, ROOT, Asked, Cost, Server, Worker, start_costs

PEERS = ROOT / "benchmarks" / "peers"
LONGEST_REFUSAL_SECONDS = 0.000_1
_VERIFY = "/auth/verify"


@dataclass(frozen=True)
class Row:
    """Speed: how often ours fits into the peer's cost, at least. `at_most`: how often the peer's fits into ours."""

    what: str
    ours: str
    peer: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Ground:
    """What a heat is run with; `stack` ends its processes."""

    stack: ExitStack
    material: Material
    file: Path
    different: Path

    def server(self, name: str, upstream: str = "", *, core: int | None = None) -> Server:
        command = [sys.executable, "-m", "benchmarks.servers", name, str(self.file), upstream]
        return Server(self.stack, command) if core is None else Server(self.stack, command, core=core)

    def node_server(self, name: str) -> Server:
        return Server(self.stack, ["node", str(PEERS / "server.mjs"), name, str(self.file)])

    def upstream(self) -> str:
        return f"http://127.0.0.1:{self.server('cognito', core=OTHER_CORE).port}"


def library(ground: Ground) -> dict[str, Cost]:
    python = Worker(ground.stack, [sys.executable, "-m", "benchmarks.operations", str(ground.file)])
    node = Worker(ground.stack, ["node", str(PEERS / "operations.mjs"), "operations", str(ground.file)])
    names = ("cold", "cold, full", "remembered", "cryptography", "pyjwt", "python-jose")
    return {**{name: python.cost_of(name) for name in names}, "aws-jwt-verify": node.cost_of("aws-jwt-verify")}


def gateway(ground: Ground) -> dict[str, Cost]:
    service = ground.server("service")
    others = ({"Authorization": f"Bearer {token}"} for token in ground.material.others)
    service.answer(Asked(_VERIFY, headers, status=204) for headers in others)
    same = Asked(_VERIFY, ground.material.bearer(), status=204)
    different = Asked(_VERIFY, ground.material.bearer(), status=204, script=ground.different)
    session = Asked(_VERIFY, {"Cookie": ground.material.session_cookie}, status=204)
    return {
        "remembered": service.cost_of(same),
        "different": service.cost_of(different),
        "session": service.cost_of(session),
        "hello": ground.server("hello").cost_of(Asked(_VERIFY, ground.material.bearer())),
        "hello, headers": ground.server("hello-with-headers").cost_of(same),
        "fastify-jwt": ground.node_server("fastify-jwt").cost_of(same),
        "fastify-aws": ground.node_server("fastify-aws").cost_of(different),
        "express-aws": ground.node_server("express-aws").cost_of(different),
    }


def me(ground: Ground) -> dict[str, Cost]:
    service, bearer = ground.server("service"), Asked("/me", ground.material.bearer())
    return {
        "cookie": service.cost_of(Asked("/me", {"Cookie": ground.material.session_cookie})),
        "bearer": service.cost_of(bearer),
        "bearer, logged": ground.server("logging-service").cost_of(bearer),
        "bare": ground.server("bare").cost_of(bearer),
        "fastapi-cognito": ground.server("fastapi-cognito", str(_keys_file(ground))).cost_of(bearer),
        "textbook": ground.server("textbook").cost_of(bearer),
    }


def sign_in(ground: Ground) -> dict[str, Cost]:
    service, upstream = ground.server("service"), ground.upstream()
    callback = Asked(ground.material.callback, {"Cookie": ground.material.login_cookie}, status=303)
    return {
        "start": service.cost_of(Asked(f"/login/start?email={EMAIL}", status=302)),
        "callback": service.cost_of(callback),
        "bare": ground.server("bare").cost_of(Asked("/me")),
        "callback with httpx": ground.server("service-with-httpx", upstream).cost_of(callback),
        "post": ground.server("post-alone", upstream).cost_of(Asked("/", status=204)),
    }


def start(ground: Ground) -> dict[str, Cost]:
    """Our own command with its environment, and uvicorn's with the bare app."""
    issuer = f"{ground.upstream()}/pool"
    environment = {name.upper(): str(value) for name, value in ground.material.settings.items()}
    environment |= {
        "COGNITO_ISSUER": issuer,
        "COGNITO_DOMAIN": DOMAIN,
        "SSO_LOG_LEVEL": "warning",
        "SSO_METRICS_PORT": "0",
    }
    command = str(Path(sys.executable).with_name("cognito-sso"))
    ours = start_costs(lambda port: [command, "serve", "--port", str(port)], environment, "/readyz")
    bare = [sys.executable, "-m", "uvicorn", "--app-dir", str(PEERS.parent), "--no-access-log", "bare:app"]
    theirs = start_costs(lambda port: [*bare, "--port", str(port)], {}, "/me")
    return {"ours": ours[0], "our memory": ours[1], "bare": theirs[0], "bare memory": theirs[1]}


def refusal(ground: Ground) -> dict[str, Cost]:
    python = Worker(ground.stack, [sys.executable, "-m", "benchmarks.operations", str(ground.file)])
    names = ("refuse-in-library", "refuse-verify", "refuse-me")
    return {**{name: python.cost_of(name) for name in names}, "0.1 ms": lambda: LONGEST_REFUSAL_SECONDS}


def _keys_file(ground: Ground) -> Path:
    file = ground.file.with_name("jwks.json")
    file.write_text(json.dumps(ground.material.jwks))
    return file


HEATS: dict[str, tuple[Callable[[Ground], dict[str, Cost]], tuple[Row, ...]]] = {
    "library": (
        library,
        (
            Row("cold verification : cryptography's bare RSA verify", "cold", "cryptography", at_least=0.60),
            Row("cold verification : aws-jwt-verify verifySync", "cold", "aws-jwt-verify", at_least=1.1),
            Row("a remembered verdict : a cold one", "remembered", "cold", at_least=12),
            Row("cold verification, the memory full of others : cryptography", "cold, full", "cryptography"),
            Row("cold verification : PyJWT", "cold", "pyjwt"),
            Row("cold verification : python-jose as everyone uses it", "cold", "python-jose"),
        ),
    ),
    "gateway": (
        gateway,
        (
            Row("/auth/verify, remembered Bearer : raw ASGI hello", "remembered", "hello", at_least=0.85),
            Row("/auth/verify, remembered : raw ASGI, as many headers", "remembered", "hello, headers"),
            Row("/auth/verify, remembered : Fastify + @fastify/jwt, cached", "remembered", "fastify-jwt", at_least=1.4),
            Row("/auth/verify, all different : Fastify + aws-jwt-verify", "different", "fastify-aws", at_least=1.0),
            Row("/auth/verify, all different : Express + aws-jwt-verify", "different", "express-aws"),
            Row("/auth/verify, session cookie : raw ASGI hello", "session", "hello"),
        ),
    ),
    "me": (
        me,
        (
            Row("/me, session cookie : bare FastAPI endpoint", "cookie", "bare", at_least=1.2),
            Row("/me, remembered Bearer : bare FastAPI endpoint", "bearer", "bare", at_least=1.2),
            Row("/me, remembered Bearer : fastapi-cognito", "bearer", "fastapi-cognito", at_least=4),
            Row("/me, remembered Bearer : FastAPI + python-jose dependency", "bearer", "textbook"),
            Row("/me, remembered, with its log line : bare FastAPI endpoint", "bearer, logged", "bare"),
        ),
    ),
    "sign-in": (
        sign_in,
        (
            Row("/login/start : bare FastAPI endpoint", "start", "bare", at_least=1.0),
            Row("callback, stubbed upstream : bare FastAPI endpoint", "callback", "bare", at_least=0.45),
            Row("callback with httpx : the same POST alone", "callback with httpx", "post", at_least=0.70),
        ),
    ),
    "start": (
        start,
        (
            Row("start to ready : bare FastAPI + settings app", "ours", "bare", at_most=1.25),
            Row("resident memory : bare FastAPI + settings app", "our memory", "bare memory", at_most=1.35),
        ),
    ),
    "refusal": (
        refusal,
        (
            Row("refusing a 1 MB Bearer, /auth/verify : 0.1 ms of CPU", "refuse-verify", "0.1 ms", at_most=1.0),
            Row("refusing a 1 MB Bearer, /me : 0.1 ms of CPU", "refuse-me", "0.1 ms", at_most=1.0),
            Row("refusing a 1 MB Bearer, library : 0.1 ms of CPU", "refuse-in-library", "0.1 ms", at_most=1.0),
        ),
    ),
}
