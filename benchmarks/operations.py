"""`python -m benchmarks.operations MATERIAL`: reads an operation's name, does it for a while, says what one took."""

from __future__ import annotations

import itertools
import json
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jose import jwt as python_jose

from benchmarks.material import CLIENT_ID, ISSUER, Material
from cognito_sso.app import create_app
from cognito_sso.verify import TokenError, TokenVerifier

CPU_SECONDS = 0.5
BATCH = 64
REMEMBERED = 1_024
MEGABYTE = 1_000_000

Operation = Callable[[], Any]


def cold(material: Material) -> Operation:
    """Every check, and no memory, as the others have none."""
    verifier, tokens = _verifier(material, remember=0), itertools.cycle(material.tokens)
    return lambda: verifier.access_token_sync(next(tokens))


def cold_and_full(material: Material) -> Operation:
    """The same with a memory that is full of others, so that nothing is kept."""
    verifier, tokens = _verifier(material), itertools.cycle(material.tokens)
    for token in material.others:
        verifier.access_token_sync(token)
    return lambda: verifier.access_token_sync(next(tokens))


def remembered(material: Material) -> Operation:
    verifier, tokens = _verifier(material), itertools.cycle(material.tokens[:REMEMBERED])
    for token in material.tokens[:REMEMBERED]:
        verifier.access_token_sync(token)
    return lambda: verifier.access_token_sync(next(tokens))


def bare_verify(material: Material) -> Operation:
    """cryptography's RSA operation, everything around it done before."""
    key, padding, algorithm = pyjwt.PyJWK(material.access_jwk()).key, PKCS1v15(), SHA256()
    signed = [token.rpartition(".") for token in material.tokens]
    pairs = itertools.cycle([(urlsafe_b64decode(last + "=="), first.encode()) for first, _, last in signed])
    return lambda: key.verify(*next(pairs), padding, algorithm)


def with_pyjwt(material: Material) -> Operation:
    key, tokens = pyjwt.PyJWK(material.access_jwk()), itertools.cycle(material.tokens)
    return lambda: pyjwt.decode(next(tokens), key, algorithms=["RS256"], issuer=ISSUER)


def with_python_jose(material: Material) -> Operation:
    key, tokens = material.access_jwk(), itertools.cycle(material.tokens)
    return lambda: python_jose.decode(next(tokens), key, algorithms=["RS256"], issuer=ISSUER)


def refuse_in_library(material: Material) -> Operation:
    verifier, token = _verifier(material), "e" * MEGABYTE

    def refuse() -> None:
        try:
            verifier.access_token_sync(token)
        except TokenError:
            return
        raise AssertionError("it was taken")

    return refuse


def refuse_verify(material: Material) -> Operation:
    return _refused(material, "/auth/verify")


def refuse_me(material: Material) -> Operation:
    return _refused(material, "/me")


def _refused(material: Material, path: str) -> Operation:
    """From the request that the server has read to the whole answer."""
    app = create_app(material.service_settings(), http=httpx.AsyncClient(transport=httpx.MockTransport(_nothing)))
    headers = [(b"host", b"login.app.example"), (b"authorization", b"Bearer " + b"e" * MEGABYTE)]

    async def answered() -> None:
        status = 0

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        await app(_scope(path, headers), _receive, send)
        if status != 401:
            raise AssertionError(f"answered {status}")

    def refuse() -> None:
        """Without a loop, whose turns cost as much as half of this: nothing is waited for."""
        with suppress(StopIteration):
            answered().send(None)
            raise AssertionError("it waited")

    return refuse


def _nothing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _scope(path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
    }


def _verifier(material: Material, **options: int) -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, client_id=CLIENT_ID, jwks=material.jwks, **options)


def cost(operation: Operation) -> float:
    """CPU seconds of one operation."""
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < CPU_SECONDS:
        for _ in range(BATCH):
            operation()
        done += BATCH
    return spent / done


OPERATIONS: dict[str, Callable[[Material], Operation]] = {
    "cold": cold,
    "cold, full": cold_and_full,
    "remembered": remembered,
    "cryptography": bare_verify,
    "pyjwt": with_pyjwt,
    "python-jose": with_python_jose,
    "refuse-in-library": refuse_in_library,
    "refuse-verify": refuse_verify,
    "refuse-me": refuse_me,
}


def main(file: str) -> None:
    material, prepared = Material.read(file), {}
    for line in sys.stdin:
        name = line.strip()
        if name not in prepared:
            prepared[name] = OPERATIONS[name](material)
        print(json.dumps(cost(prepared[name])), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
