"""The demo's parts for containers: what the stand-ins hand to the service, and what can be in their way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.cli import main
from cognito_sso.demo import DemoPlaces, DemoPorts, stand_ins_at, write_settings
from cognito_sso.settings import Settings, load_settings
from cognito_sso.testing import listener
from tests.ports import free_ports

PLACES = DemoPlaces.in_containers(DemoPorts())


def handed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SSO_SECRETS_DIR", str(folder))
    return load_settings()


def test_what_the_stand_ins_write_is_what_the_service_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, PLACES, stand_ins_at(PLACES))
    settings = handed_over(tmp_path, monkeypatch)

    create_app(settings)
    assert settings.cognito_issuer == "http://cognito.localhost:8001/eu-north-1_6m0O668r5"
    assert settings.sso_frontends[0] == settings.sso_public_url, "nginx has a backend at the service's own origin"


def test_a_restart_of_the_stand_ins_signs_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, PLACES, stand_ins_at(PLACES))
    keys = handed_over(tmp_path, monkeypatch).cookie_keys
    write_settings(tmp_path, PLACES, stand_ins_at(PLACES))

    assert handed_over(tmp_path, monkeypatch).cookie_keys == keys


def test_no_two_demos_have_the_same_key(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_settings(tmp_path / name, PLACES, stand_ins_at(PLACES))
        keys.add((tmp_path / name / "sso_cookie_keys").read_text())

    assert len(keys) == 2


def test_a_folder_that_cant_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (port,) = free_ports(1)
    nowhere = tmp_path / "not-mounted"

    assert main(["demo", "--only", "stand-ins", f"--stand-ins-port={port}", f"--settings-dir={nowhere}"]) == 1
    assert f"can't be written to {nowhere}" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with listener() as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--only", "frontend", f"--frontend-port={port}"]) == 1

    assert f"Port {port} is in use" in capsys.readouterr().err


@pytest.mark.parametrize(("part", "flag"), [("stand-ins", "--stand-ins-port"), ("frontend", "--frontend-port")])
def test_a_part_runs_alone_and_ends_at_sigterm(part: str, flag: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = [str(Path(sys.executable).with_name("cognito-sso")), "demo", "--only", part, flag, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ})
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"Up: {part}.\n"
        host = {"stand-ins": f"cognito.localhost:{port}", "frontend": f"localhost:{port}"}[part]
        path = {"stand-ins": "/eu-north-1_6m0O668r5/.well-known/jwks.json", "frontend": "/"}[part]
        assert httpx.get(f"http://127.0.0.1:{port}{path}", headers={"host": host}, trust_env=False).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
