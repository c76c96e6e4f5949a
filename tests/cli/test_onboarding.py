"""A company is set up in Scalekit while the service runs, each in a process or thread of its own, over HTTP."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import httpx

from cognito_sso.simulator import Simulator
from cognito_sso.testing.loopback import listener, serving
from tests.cli.served import Served

LONGEST_WAIT_SECONDS = 40.0
PAUSE_SECONDS = 1.0  # nobody reads the log while it runs: a pipe holds some forty answers' lines


def test_a_company_signs_in_after_its_webhook_without_a_restart(tmp_path: Path) -> None:
    socket = listener()
    scalekit = f"http://127.0.0.1:{socket.getsockname()[1]}"
    simulator = Simulator(domain_url=scalekit, issuer_url=scalekit, scalekit_url=scalekit)
    (client,) = simulator.scalekit.clients.values()
    settings = {
        "SCALEKIT_ENVIRONMENT_URL": scalekit,
        "SCALEKIT_CLIENT_ID": client.client_id,
        "SCALEKIT_CLIENT_SECRET": client.client_secret,
        "SCALEKIT_WEBHOOK_SECRET": simulator.scalekit.webhook_secret,
        "SSO_UNLISTED_DOMAINS": "refuse",
        "SSO_RATE_LIMIT": "10000/minute",
    }
    with serving(simulator.app, socket), Served(tmp_path, **settings) as served, httpx.Client(timeout=30) as http:
        assert started(served, "jane@megasoft.example") == "on its way"  # known before the first request is taken
        assert started(served, "ann@newcorp.example") == "domain_not_served"
        made = http.post(f"{scalekit}/_control/companies", json={"name": "Newcorp", "domains": ["newcorp.example"]})
        assert made.status_code == 200
        event = {"type": "organization.sso_enabled", "company": "newcorp"}
        sent = http.post(
            f"{scalekit}/_control/hooks", json={**event, "url": f"http://127.0.0.1:{served.port}/hooks/scalekit"}
        )
        assert sent.json()["status"] == 202
        give_up = time.monotonic() + LONGEST_WAIT_SECONDS
        while started(served, "ann@newcorp.example") != "on its way":
            assert time.monotonic() < give_up
            time.sleep(PAUSE_SECONDS)
        code, log = served.ended_by(signal.SIGTERM)
    assert code == 0
    assert '"event":"tenants_changed"' in log
    assert not [secret for secret in (client.client_secret, simulator.scalekit.webhook_secret) if secret in log]


def started(served: Served, email: str) -> str:
    answer = httpx.post(f"http://127.0.0.1:{served.port}/login/start", json={"email": email}, timeout=30)
    return "on its way" if "authorization_url" in answer.json() else str(answer.json()["code"])
