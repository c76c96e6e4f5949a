"""Every bad token of the verifier's table, minted for the running pool and sent to every address that takes one."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest

from tests.blackbox.running import RunningService
from tests.blackbox.wire import request, say
from tests.figures import tried
from tests.invariants import is_well_formed
from tests.verify import attacks as table
from tests.verify import minting

TAKES_BEARER = ("/me", "/auth/verify")
AGES_SOON = ("61 seconds from now", "60.5 seconds from now")  # true for one second only
OF_A_MACHINE = "SEC-134"  # good, and told to be a machine's; it opens neither /me nor the gateway
SENDABLE = frozenset(map(chr, (*range(0x20, 0x7F), *range(0x80, 0x100))))


@pytest.fixture
def attacks(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The table made anew, as the pool that the service trusts would have been attacked a moment ago."""
    monkeypatch.setattr(minting, "ISSUER", service.simulator.issuer)
    monkeypatch.setattr(minting, "NOW", int(time.time()) - 5)
    service.simulator.tamper.jwks = lambda published: {"keys": [*published["keys"], *minting.jwks()["keys"]]}
    spec = importlib.util.spec_from_file_location("attacks_of_now", Path(str(table.__file__)))
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(importlib.import_module("sys").modules, "attacks_of_now", made)
    spec.loader.exec_module(made)
    yield made
    service.simulator.tamper.jwks = None


def texts_of(attacks: ModuleType) -> Iterator[tuple[str, str]]:
    """The bad access tokens that are texts; what lacks only a right is none, and what no header can carry is left."""
    for attack in attacks.ATTACKS:
        if attack.use == "access" and not attack.wanted and not attack.id.endswith(AGES_SOON):
            token = attack.make()
            # Some change of the table changes nothing in a loopback issuer's URL.
            if isinstance(token, str) and token != minting.access_token():
                yield attack.id, token


def test_no_bad_token_is_believed_over_the_wire(service: RunningService, attacks: ModuleType) -> None:
    good = minting.access_token()
    assert asked(service, "/auth/verify", good) == {204}, "the running service trusts the table's own keys"
    counted = 0
    for name, token in texts_of(attacks):
        if not name.startswith(OF_A_MACHINE):
            assert introspected(service, token) is False, name
        if set(token) <= SENDABLE and token == token.strip() != "":  # HTTP itself takes spaces away
            counted += 1
            tried["tokens"] += len(TAKES_BEARER) + 1
            for path in TAKES_BEARER:
                assert asked(service, path, token) <= {401, 431}, (name, path)
    assert counted > 400


def asked(service: RunningService, path: str, token: str) -> set[int]:
    heard = say(service.port, request("GET", path, b"Authorization: Bearer " + token.encode("latin-1")))
    for answer in heard.answers:
        gateway = path == "/auth/verify" and answer.status_code != 431
        is_well_formed(answer, secrets=service.canaries, for_gateway=gateway)
        assert not [name for name in answer.headers if name.startswith("x-auth-request-")] or answer.status_code == 204
    return {answer.status_code for answer in heard.answers}


def introspected(service: RunningService, token: str) -> bool:
    body = b"token=" + quote(token, safe="", errors="surrogatepass").encode()
    heard = say(
        service.port,
        request("POST", "/auth/introspect", b"Content-Type: application/x-www-form-urlencoded", body=body[:16_000]),
    )
    (answer,) = heard.answers
    is_well_formed(answer, secrets=service.canaries)
    return answer.status_code == 200 and json.loads(answer.content)["active"] is True
