"""A running service takes new keys and tenants on SIGHUP, from files as Docker and Kubernetes mount them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognito_sso.settings import new_cookie_key
from tests.log_scan import scan
from tests.ports import free_port

TENANT = '[[tenant]]\nname = "{name}"\ndomains = ["{name}.example"]\nidentity_provider = "ScalekitIdPRouter"\n'


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "sso_cookie_keys").write_text(new_cookie_key())
    (tmp_path / "tenants.toml").write_text(TENANT.format(name="one"))
    return tmp_path


@pytest.fixture
def service(mounted: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SSO_", "COGNITO_"))},
        "COGNITO_USER_POOL_ID": "eu-north-1_6m0O668r5",
        "COGNITO_CLIENT_ID": "k6tana1l8b0bvhk9gfixkurr6",
        "COGNITO_DOMAIN": "http://127.0.0.1:9",
        "COGNITO_ISSUER": "http://127.0.0.1:9/eu-north-1_6m0O668r5",
        "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
        "SSO_PUBLIC_URL": "http://localhost:8000",
        "SSO_FRONTENDS": "http://localhost:8002",
        "SSO_SECRETS_DIR": str(mounted / "secrets"),
        "SSO_TENANTS_FILE": str(mounted / "tenants.toml"),
        "SSO_DRAIN_SECONDS": "0",
        "SSO_LOG_FORMAT": "text",
        "SSO_METRICS_PORT": "0",
    }
    command = [Path(sys.executable).with_name("cognito-sso"), "serve", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, cwd=mounted, stderr=subprocess.PIPE, text=True)
    try:
        line_with(process, "Uvicorn running")
        yield process
    finally:
        process.terminate()
        scan.read(process.communicate(timeout=20)[1].splitlines())


def line_with(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        scan.read([line])
        if text in line:
            return line
    raise AssertionError(f"the service ended without saying {text!r}")


def test_it_takes_new_ones_leaves_bad_ones_and_goes_on(service: subprocess.Popen[str], mounted: Path) -> None:
    (mounted / "secrets" / "sso_cookie_keys").write_text(f"{new_cookie_key()},{new_cookie_key()}")
    (mounted / "tenants.toml").write_text(TENANT.format(name="one") + TENANT.format(name="two"))
    service.send_signal(signal.SIGHUP)
    assert "2 cookie keys, 2 tenants" in line_with(service, "reloaded:")
    (mounted / "tenants.toml").write_text("[[tenant]")
    service.send_signal(signal.SIGHUP)
    assert "the old settings stay in force: SSO_TENANTS_FILE" in line_with(service, "not reloaded")
    assert service.poll() is None
