"""The scan of every test's log finds what it must: here the canaries are planted."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from cognito_sso.observability.logs import FIELDS, LONGEST_FIELD
from tests.log_scan import scan
from tests.world import CLIENT_SECRET, COOKIE_KEY, World

JANE = "jane@megasoft.example"
REPOSITORY = Path(__file__).parents[2]
FIXTURES = "_no_line_of_the_log_has_a_secret_in_it, _secrets_are_known"


def told(text: str, logger: str = "cognito_sso.reload") -> list[str]:
    """What the scan has against a line."""
    logging.getLogger(logger).info("%s", text)
    return scan.taken()


def test_an_everyday_line_is_fine() -> None:
    before = scan.lines
    assert told("login_completed of megasoft.example, request 5246ad507673d857940792df2fa105cb") == []
    assert scan.lines == before + 1


@pytest.mark.parametrize("logger", ["cognito_sso", "cognito_sso.access", "uvicorn.error", "somebody.else"])
def test_whoever_writes_it(logger: str) -> None:
    logging.getLogger(logger).warning("for %s", JANE)
    assert len(scan.taken()) == 1


@pytest.mark.parametrize(
    "text", [JANE, quote(JANE), f"<{JANE}>", COOKIE_KEY, f"key={COOKIE_KEY[:20]}"], ids=lambda text: text[:9]
)
def test_an_address_and_a_setting_that_is_secret(text: str) -> None:
    assert told(f"x {text} y")


def test_a_client_secret_is_known_by_its_beginning() -> None:
    assert len(CLIENT_SECRET) >= 16


async def test_everything_that_was_secret_in_a_sign_in(world: World) -> None:
    browser = await world.signed_in(JANE, return_to="/x")
    (asked,) = world.simulator.journal.of("POST", "/oauth2/token")
    callback = next(one.request.url for one in browser.visited if one.request.url.path == "/auth/callback")
    tokens = world.simulator.mint(JANE)
    await world.script().post(
        "/auth/token", json={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    )
    secrets = {
        "code": asked.form["code"][0],
        "verifier": asked.form["code_verifier"][0],
        "client": asked.headers["authorization"].partition(" ")[2],
        "state": callback.params["state"],
        "refresh token": tokens["refresh_token"],
        **{cookie.name: str(cookie.value) for cookie in browser.http.cookies.jar if "sso" in cookie.name},
    }
    assert len(secrets) >= 7
    assert scan.taken() == []
    for name, secret in secrets.items():
        assert told(f"path=/x?y={secret}"), name
        assert told(secret * 4), f"{name}, cut short at {LONGEST_FIELD}"


def test_an_event_that_is_not_as_published() -> None:
    fields = {"event": "login_completed", "sub": "x"}
    logging.getLogger("cognito_sso.audit").info("login_completed", extra={FIELDS: fields})
    assert any("'tenant' is a required property" in fault for fault in scan.taken())


def test_the_log_of_a_process_of_its_own() -> None:
    scan.read(["harmless", f"for {JANE}", '{"logger":"cognito_sso.audit","event":"none"}'])
    assert len(scan.taken()) == 2


TEST_OF_SOMEBODY = """
import logging

def test_that_leaks():
    logging.getLogger("cognito_sso").warning("for jane@megasoft.example")

def test_that_does_not():
    logging.getLogger("cognito_sso").warning("for nobody")
"""


def test_a_test_that_leaks_fails_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "test_somebody.py").write_text(TEST_OF_SOMEBODY)
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\nfrom tests.conftest import " + FIXTURES)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "2 passed, 1 error" in ran.stdout
    assert "ERROR test_somebody.py::test_that_leaks" in ran.stdout
    assert "this test made the service log what it must not" in ran.stdout
