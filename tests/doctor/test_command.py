"""The command's manners: what it prints where, its exit codes, and that it ends in time."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cognito_sso import cli
from cognito_sso.cli import doctor
from cognito_sso.demo import DemoPorts, DemoWorld
from cognito_sso.settings import Settings, new_cookie_key
from cognito_sso.simulator import Fault, Simulator
from cognito_sso.testing.loopback import listener, serving
from tests.fresh_python import said_by
from tests.ports import free_ports
from tests.project.repository import text_of

COMMAND = str(Path(sys.executable).with_name("cognito-sso"))
OFFLINE = {
    "COGNITO_USER_POOL_ID": "eu-north-1_AbCdEf123",
    "COGNITO_CLIENT_ID": "4example5client6id",
    "COGNITO_DOMAIN": "acme",
    "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
    "SSO_PUBLIC_URL": "https://login.acme.com",
    "SSO_FRONTENDS": "https://app.acme.com",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in [*Settings.model_fields, "sso_secrets_dir", "no_color"]:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def acme(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {**OFFLINE, "SSO_COOKIE_KEYS": new_cookie_key()}.items():
        environment.setenv(name, value)
    return environment


@pytest.fixture
def demo(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Simulator]:
    """The demo's stand-ins on a real port, and the demo's settings in the environment."""
    at = listener()
    service, frontend = free_ports(2)
    with DemoWorld.made(DemoPorts(service, at.getsockname()[1], frontend)) as world, serving(world.stand_ins, at):
        for name, value in settings_of_the_demo(world, tmp_path).items():
            environment.setenv(name, value)
        yield world.simulator


def settings_of_the_demo(world: DemoWorld, folder: Path) -> dict[str, str]:
    from cognito_sso.demo.world import CLIENT_ID, CLIENT_SECRET, PROVIDER, tenants_file

    (folder / "tenants.toml").write_text(tenants_file(world.simulator.people))
    origin = "http://localhost:{}".format
    return {
        "COGNITO_USER_POOL_ID": world.simulator.pool.pool_id,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET,
        "COGNITO_DOMAIN": world.simulator.pool.domain_url,
        "COGNITO_ISSUER": world.simulator.issuer,
        "COGNITO_IDENTITY_PROVIDER": PROVIDER,
        "SCALEKIT_ENVIRONMENT_URL": world.simulator.scalekit.url,
        "SSO_PUBLIC_URL": origin(world.ports.service),
        "SSO_FRONTENDS": origin(world.ports.frontend),
        "SSO_COOKIE_KEYS": new_cookie_key(),
        "SSO_TENANTS_FILE": "tenants.toml",
        "SSO_UNLISTED_DOMAINS": "refuse",
    }


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = cli.main(["doctor", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_the_demo_has_a_clean_bill_of_health(demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    told = capsys.readouterr()
    (warning,) = [line for line in told.out.splitlines() if line.startswith("  warning")]
    assert "people of initech.example on to initech" in warning  # whose connection is off on purpose
    assert " 1 warning, 0 errors" in told.out
    assert told.err == ""


def test_a_mistake_is_exit_code_1_with_reason_and_remedy(demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    demo.misconfigure("redirect_uri_not_registered")

    assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "(redirect_uri_not_registered)" in line]
    assert lines[at].startswith("  ERROR")
    assert [line.split(":")[0].strip() for line in lines[at + 1 : at + 3]] == ["Why", "Remedy"]


def test_warnings_are_no_errors(acme: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = report(capsys, "--offline")

    assert code == 0
    assert told["healthy"] is True
    assert told["count"]["warning"] == 2


def test_every_fault_of_the_settings_is_a_finding(acme: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    acme.setenv("SSO_FRONTENDS", "*")
    acme.setenv("SSO_COOKIE_KEYS", "canary")
    acme.delenv("COGNITO_CLIENT_ID")

    code, told = report(capsys)
    faults = [finding["sentence"] for finding in told["findings"] if finding["code"] == "setting_invalid"]
    assert code == 1
    assert {fault.partition(":")[0] for fault in faults} == {"SSO_FRONTENDS", "SSO_COOKIE_KEYS", "COGNITO_CLIENT_ID"}
    assert told["findings"][-1]["code"] == "nothing_else_examined"
    assert "canary" not in str(told)


def test_faults_of_the_tenants_file_are_findings(acme: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tenants.toml").write_text(
        '[[tenant]]\nname = "a"\ndomains = ["a.example", "a.example"]\nidentity_provider = "x"'
    )
    acme.setenv("SSO_TENANTS_FILE", "tenants.toml")

    _, told = report(capsys)
    faults = [finding["sentence"] for finding in told["findings"] if finding["code"] == "setting_invalid"]
    assert faults == [
        "SSO_TENANTS_FILE: tenant 1: identity_provider is missing or malformed",
        "SSO_TENANTS_FILE: the domain a.example stands twice",
    ]


def test_offline_asks_nobody(demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = report(capsys, "--offline")

    assert code == 0
    assert "offline" in [finding["code"] for finding in told["findings"]]
    assert not list(demo.journal)


@pytest.mark.parametrize("switch", [None, "client_unknown", "issuer_down"])
def test_the_json_is_as_documented(switch: str | None, demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    if switch:
        demo.misconfigure(switch)
    schema = json.loads(text_of("docs/doctor.schema.json"))

    _, told = report(capsys)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)


def test_it_ends_in_time_whatever_does_not_answer(demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    for path in ("/oauth2/authorize", "/logout"):
        demo.faults.set(f"GET {path}", Fault(hang=True))

    code, told = report(capsys, "--timeout", "1")
    unreachable = [finding["sentence"] for finding in told["findings"] if finding["code"] == "domain_unreachable"]
    assert code == 1
    assert [sentence.endswith("it took too long.") for sentence in unreachable] == [True]


def test_a_host_that_is_not_there_is_told_in_words(
    demo: Simulator, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (port,) = free_ports(1)
    environment.setenv("COGNITO_DOMAIN", f"http://localhost:{port}")
    environment.setenv("COGNITO_ISSUER", "https://no-such-host.invalid/eu-north-1_6m0O668r5")

    _, told = report(capsys)
    sentences = {finding["code"]: finding["sentence"] for finding in told["findings"]}
    assert sentences["domain_unreachable"].endswith("gives no answer: the connection is refused.")
    assert sentences["issuer_unreachable"].endswith("gives no answer: its name can't be resolved.")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "colored"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_that_wants_them_gets_colours_and_lines_that_fit(
    variables: dict[str, str], colored: bool, acme: pytest.MonkeyPatch
) -> None:
    for name, value in {**variables, "COLUMNS": "80"}.items():
        acme.setenv(name, value)
    screen = Terminal()
    acme.setattr(sys, "stdout", screen)

    assert cli.main(["doctor", "--offline"]) == 0
    assert ("\x1b[33m" in screen.getvalue()) is colored
    assert all(len(line) <= 80 + 9 * colored for line in screen.getvalue().splitlines())


def test_progress_is_for_terminals_and_gone_in_the_end(demo: Simulator, environment: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    environment.setattr(sys, "stderr", screen)

    assert cli.main(["doctor"]) == 0
    assert "Asking ... 1 of 8" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_ctrl_c_is_exit_code_2(acme: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    acme.setattr(doctor, "examine_hosts", interrupt)
    assert cli.main(["doctor"]) == 2
    assert "Ended" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "601", "1.5"])
def test_a_timeout_that_is_none_is_not_understood(seconds: str, acme: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--timeout", seconds])
    assert ended.value.code == 2


def test_help_has_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["doctor", "--help"])
    told = capsys.readouterr().out
    assert "examples:" in told
    assert "exit codes:" in told


def test_it_examines_without_the_web_framework() -> None:
    told = (
        "import sys, cognito_sso.doctor\n"
        "print({'fastapi', 'starlette', 'uvicorn', 'jinja2', 'boto3'} & set(sys.modules))\n"
    )
    assert said_by(told) == "set()\n"
