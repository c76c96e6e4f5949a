"""The command line: what it prints, what it never prints, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognito_sso.cli import COMMANDS, main
from cognito_sso.cli.serve import port_number
from cognito_sso.settings import Settings, settings_of
from tests.fresh_python import said_by
from tests.ports import free_port

from .served import COMMAND, KEY, SECRET, SET, Served, process_environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in [*Settings.model_fields, "sso_secrets_dir"]:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in SET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_a_service_loads_neither_the_stand_ins_nor_what_its_pages_need() -> None:
    told = (
        "import sys\n"
        "from cognito_sso.cli import main\n"
        "try:\n"
        "    main(['serve', '--help'])\n"
        "except SystemExit:\n"
        "    unwanted = ('cognito_sso.simulator', 'cognito_sso.provision', 'jinja2', 'valkey', 'tomllib')\n"
        "    print([name for name in unwanted if name in sys.modules])\n"
    )
    assert said_by(told).endswith("[]\n")


def test_what_a_command_is_made_of_is_not_looked_through_by_the_garbage_collector_which_is_on() -> None:
    told = (
        "import gc\n"
        "from cognito_sso.cli import main\n"
        "main(['keygen'])\n"
        "print(gc.isenabled(), gc.get_freeze_count() > len(gc.get_objects()))\n"
    )
    assert said_by(told).endswith("True True\n")


def test_without_the_extra_a_command_names_it() -> None:
    """As after `pip install .`: whoever verifies tokens alone has no pydantic."""
    told = "import sys; sys.modules['pydantic'] = None\nfrom cognito_sso.cli import main; sys.exit(main(['serve']))"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "pip install 'cognito-sso[server]'" in ran.stderr
    assert "Traceback" not in ran.stderr


class TestConfig:
    def test_shows_every_setting_and_masks_the_secrets(
        self, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["config"]) == 0
        told = capsys.readouterr()
        lines = dict(line.split("=", 1) for line in told.out.splitlines())
        assert set(lines) == {name.upper() for name in Settings.model_fields}
        assert (lines["COGNITO_CLIENT_SECRET"], lines["SSO_COOKIE_KEYS"]) == ("********", "********")
        assert lines["SSO_FRONTENDS"] == SET["SSO_FRONTENDS"]
        assert lines["SSO_TENANTS_FILE"] == ""
        assert SECRET not in told.out + told.err
        assert KEY not in told.out + told.err

    def test_tells_every_fault_and_no_value_with_exit_code_2(
        self, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environment.setenv("SSO_FRONTENDS", "*")
        environment.setenv("SSO_COOKIE_KEYS", "canary")
        environment.delenv("COGNITO_CLIENT_ID")
        assert main(["config"]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        for name in ("SSO_FRONTENDS", "SSO_COOKIE_KEYS", "COGNITO_CLIENT_ID"):
            assert f"  - {name}: " in told.err
        assert "canary" not in told.err
        assert "Traceback" not in told.err

    @pytest.mark.parametrize(
        ("name", "file", "text"),
        [
            ("SSO_TENANTS_FILE", "tenants.toml", "[[tenant]]\nname = 1"),
            ("SSO_BRAND_LOGO", "logo.png", "no picture"),
            ("SSO_BRAND_LOGO", "logo.exe", "x"),
        ],
    )
    def test_tells_the_faults_of_a_file_too(
        self,
        environment: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
        name: str,
        file: str,
        text: str,
    ) -> None:
        (tmp_path / file).write_text(text)
        environment.setenv(name, str(tmp_path / file))
        assert main(["config"]) == 2
        assert f"{name}: " in capsys.readouterr().err

    def test_tells_the_faults_of_the_files_together_with_those_of_the_settings(
        self, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "tenants.toml").write_text("[[tenant]]\nname = 1")
        (tmp_path / "logo.png").write_text("no picture")
        environment.setenv("SSO_TENANTS_FILE", str(tmp_path / "tenants.toml"))
        environment.setenv("SSO_BRAND_LOGO", str(tmp_path / "logo.png"))
        environment.setenv("SSO_COOKIE_KEYS", "canary")
        environment.delenv("COGNITO_CLIENT_ID")
        assert main(["config"]) == 2
        told = capsys.readouterr().err
        for name in ("SSO_TENANTS_FILE", "SSO_BRAND_LOGO", "SSO_COOKIE_KEYS", "COGNITO_CLIENT_ID"):
            assert f"  - {name}: " in told

    def test_tells_of_a_file_that_is_not_there_once(
        self, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        environment.setenv("SSO_TENANTS_FILE", str(tmp_path / "nowhere.toml"))
        assert main(["config"]) == 2
        assert capsys.readouterr().err.count("SSO_TENANTS_FILE") == 1


def test_keygen_makes_a_key_that_the_settings_take(capsys: pytest.CaptureFixture[str]) -> None:
    keys = set()
    for _ in range(20):
        assert main(["keygen"]) == 0
        keys.add(capsys.readouterr().out.strip())
    assert len(keys) == 20
    for key in keys:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", key)
        settings_of(**{name.lower(): value for name, value in SET.items()} | {"sso_cookie_keys": key})


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["serve", "--port", "x"], ["demo", "--service-port", "0"], ["serve", "--port", "65536"]],
)
def test_what_is_not_understood_ends_with_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: cognito-sso" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_it_does_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    _, examples = capsys.readouterr().out.split("examples:\n")
    assert f"cognito-sso {command}" in examples


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("cognito-sso ")


def test_no_secret_is_ever_an_argument_sec_556(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("serve", "demo", "config", "keygen"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert not re.search(r"--[a-z-]*(secret|cookie|password)", capsys.readouterr().out)


@pytest.mark.parametrize("port", ["1", "8000", "65535"])
def test_a_port_is_a_number(port: str) -> None:
    assert port_number(port) == int(port)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "", "x", "8000 ", "٨٠٠٠", "0x50", "1e3", "99999999999"])
def test_and_nothing_else_is(port: str) -> None:
    with pytest.raises(Exception, match="from 1 to 65535"):
        port_number(port)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("part", ["service", "stand-ins", "frontend"])
def test_the_demo_says_which_port_is_busy_and_how_to_choose_another(
    part: str, taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = {name: free_port() for name in ("service", "stand-ins", "frontend")} | {part: taken_port}
    arguments = [f"--{name}-port={port}" for name, port in ports.items()]
    assert main(["demo", *arguments]) == 1
    told = capsys.readouterr().err
    assert f"Port {taken_port} is in use" in told
    assert f"cognito-sso demo --{part}-port " in told


def test_the_demo_does_not_give_one_port_to_two_parts(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    assert main(["demo", f"--service-port={port}", f"--stand-ins-port={port}", f"--frontend-port={free_port()}"]) == 1
    assert f"Port {port} is in use" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_service_answers_and_ends_with_exit_code_0(number: signal.Signals, tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        assert served.status("/healthz") == 200
        assert served.status("/readyz") == 503  # nobody is there to give it keys
        assert served.status("/healthz", method="HEAD") == 200
        assert served.status("/readyz", method="HEAD") == 503
        code, log = served.ended_by(number)
    assert code == 0
    assert not [text for text in (SECRET, KEY, "Traceback") if text in log]


def test_the_service_logs_no_query_at_any_level_sec_363(tmp_path: Path) -> None:
    with Served(tmp_path, SSO_LOG_LEVEL="debug") as served:
        assert served.status("/auth/callback?code=canary-code&state=canary-state") == 400
        _, log = served.ended_by(signal.SIGTERM)
    assert "/auth/callback" in log
    assert "canary" not in log


def test_the_service_says_that_its_port_is_taken(taken_port: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "serve", "--port", str(taken_port)],
        env=process_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert f"Port {taken_port} of 127.0.0.1 can't be listened on." in done.stderr


def test_the_service_has_metrics_on_a_port_of_their_own_until_it_ends(tmp_path: Path) -> None:
    port = free_port()
    with Served(tmp_path, SSO_METRICS_PORT=str(port)) as served:
        assert served.status("/readyz") == 503
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            told = answer.read().decode()
        assert 'cognito_sso_requests_total{route="/readyz",status="503"} 1.0' in told
        assert 'cognito_sso_jwks_fetches_total{issuer="cognito",outcome="failed"} 2.0' in told
        assert served.status("/metrics") == 404
        code, log = served.ended_by(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in log


def test_the_service_says_that_its_metrics_port_is_taken(taken_port: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "serve", "--port", str(free_port())],
        env=process_environment(SSO_METRICS_PORT=str(taken_port)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {taken_port} of 127.0.0.1 can't be listened on for metrics. "
        "SSO_METRICS_PORT chooses another; 0 turns them off.\n"
    )


def test_the_service_refuses_to_start_badly_configured(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "serve"],
        env=process_environment(SSO_PUBLIC_URL="http://login.app.example", SSO_COOKIE_KEYS="canary"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "SSO_PUBLIC_URL" in done.stderr
    assert "SSO_COOKIE_KEYS" in done.stderr
    assert "canary" not in done.stderr
    assert "Traceback" not in done.stderr
