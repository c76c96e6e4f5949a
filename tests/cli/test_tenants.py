"""`cognito-sso tenants`, over HTTP, against the stand-in Scalekit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognito_sso.cli import main
from cognito_sso.login.tenants import load_tenants
from cognito_sso.settings import Settings
from cognito_sso.simulator import Fault, Simulator
from cognito_sso.testing.loopback import listener, serving
from tests.cli.served import SET

SCALEKITS_SECRET = "canary-scalekit-secret"


@pytest.fixture
def scalekit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Simulator]:
    """The stand-in on a port of its own, and the settings that lead to it."""
    socket = listener()
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    simulator = Simulator(domain_url=url, issuer_url=url, scalekit_url=url)
    (client,) = simulator.scalekit.clients.values()
    for name in [*Settings.model_fields, "sso_secrets_dir", "no_color"]:
        monkeypatch.delenv(name.upper(), raising=False)
    told = {
        **SET,
        "SCALEKIT_ENVIRONMENT_URL": url,
        "SCALEKIT_CLIENT_ID": client.client_id,
        "SCALEKIT_CLIENT_SECRET": client.client_secret,
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with serving(simulator.app, socket):
        yield simulator


@pytest.fixture
def tenants_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "tenants.toml"
    file.write_text("")
    monkeypatch.setenv("SSO_TENANTS_FILE", str(file))
    return file


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["tenants", *arguments]) == code
    return capsys.readouterr().out


def told_json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    return json.loads(told(capsys, *arguments, "--json", code=code))


class TestList:
    def test_says_what_is_routed_where_and_what_is_not_and_why(
        self, scalekit: Simulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scalekit.people.change("shady", pending_domains=("claimed.example",))
        out = told(capsys, "list")
        assert re.search(r"^megasoft\.example +megasoft +ScalekitIdPRouter +conn_\d+ +verified at Scalekit$", out, re.M)
        assert re.search(r"^initech\.example +Initech +org_\d+ +the organisation has no active connection$", out, re.M)
        assert re.search(r"^claimed\.example +Shady Ventures +org_\d+ +not verified at Scalekit$", out, re.M)
        assert out.endswith("Addresses of other domains go to ScalekitIdPRouter.\n")
        assert "\x1b" not in out

    def test_tells_scripts_the_same(self, scalekit: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
        listed = told_json(capsys, "list")
        company = scalekit.people.company("umbrella")
        assert company
        assert [one for one in listed["routed"] if one["tenant"] == "umbrella"] == [
            {
                "domain": domain,
                "tenant": "umbrella",
                "identity_provider": "ScalekitIdPRouter",
                "connection_ids": [company.connection_id],
                "why": "verified at Scalekit",
            }
            for domain in ("umbrella.example", "umbrella.test")
        ]
        assert [(one["domain"], one["verdict"], one["refused"]) for one in listed["not_routed"]] == [
            ("initech.example", "inactive", True)
        ]

    def test_shows_the_file_where_scalekit_is_not_asked(
        self,
        scalekit: Simulator,
        tenants_file: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        for name in ("SCALEKIT_CLIENT_ID", "SCALEKIT_CLIENT_SECRET"):
            monkeypatch.delenv(name)
        tenants_file.write_text('[[tenant]]\nname = "acme"\ndomains = ["acme.example"]\nidentity_provider = "Okta"\n')
        assert re.search(r"^acme\.example +acme +Okta +any +tenants file$", told(capsys, "list"), re.M)
        assert len(scalekit.journal) == 0

    def test_is_coloured_on_a_terminal_only(
        self, scalekit: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("cognito_sso.cli.tenants.wants_colors", lambda: True)
        assert "\x1b[2mDOMAIN" in told(capsys, "list")


class TestExport:
    def test_writes_a_file_that_routes_the_same(
        self, scalekit: Simulator, tenants_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = told_json(capsys, "list")["routed"]
        written = told(capsys, "export")
        assert "# not routed: initech.example of org_" in written
        tenants_file.write_text(written)
        assert len(load_tenants(tenants_file)) == len({one["tenant"] for one in before})
        after = told_json(capsys, "list")["routed"]
        unlike = {"why": None}
        assert [one | unlike for one in after] == [one | unlike for one in before]
        assert {one["why"] for one in after} == {"tenants file"}
        assert told(capsys, "export") == written

    def test_and_then_they_agree(
        self, scalekit: Simulator, tenants_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tenants_file.write_text(told(capsys, "export"))
        assert told(capsys, "check") == "The tenants file and Scalekit agree.\n"
        assert told_json(capsys, "check") == {"differences": []}


class TestCheck:
    def test_tells_each_difference_with_exit_code_3(
        self, scalekit: Simulator, tenants_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tenants_file.write_text(
            '[[tenant]]\nname = "megasoft"\ndomains = ["megasoft.example", "megasoft.test"]\n'
            'identity_provider = "ScalekitIdPRouter"\nconnection_id = "conn_old"\n'
            '[[tenant]]\nname = "gone"\ndomains = ["gone.example"]\nidentity_provider = "ScalekitIdPRouter"\n'
            '[[tenant]]\nname = "okta"\ndomains = ["okta.example"]\nidentity_provider = "Okta"\n'
        )
        megasoft = scalekit.people.change("megasoft", domains=("megasoft.example", "mega.example"))
        found = told_json(capsys, "check", code=3)["differences"]
        assert {(one["code"], one["tenant"], one["subject"]) for one in found} == {
            ("connection_unknown", "megasoft", "conn_old"),
            ("connection_not_pinned", "megasoft", megasoft.connection_id),
            ("domain_not_listed", "megasoft", "mega.example"),
            ("domain_not_verified", "megasoft", "megasoft.test"),
            ("unknown", "gone", "gone"),
        }
        assert "megasoft: mega.example\n  Verified at Scalekit and not in the table" in told(capsys, "check", code=3)

    def test_tells_what_several_organisations_have_verified_and_what_is_switched_off(
        self, scalekit: Simulator, tenants_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        initech = scalekit.people.company("initech")
        assert initech
        tenants_file.write_text(
            '[[tenant]]\nname = "initech"\ndomains = ["initech.example"]\n'
            f'identity_provider = "ScalekitIdPRouter"\nconnection_id = "{initech.connection_id}"\n'
        )
        scalekit.people.change("shady", domains=("shady.example", "globex.example"))
        found = told_json(capsys, "check", code=3)["differences"]
        assert {(one["code"], one["subject"]) for one in found} == {
            ("connection_inactive", initech.connection_id),
            ("domain_contested", "globex.example"),
        }


class TestInvite:
    def test_prints_a_link_for_the_administrator(self, scalekit: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["tenants", "invite", "globex"]) == 0
        printed = capsys.readouterr()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/magicLink/lnk_\d+\?organization=org_\d+\n", printed.out)
        assert "the company's administrator only. It expires at 20" in printed.err
        assert told_json(capsys, "invite", "globex")["location"].startswith("http://127.0.0.1:")

    @pytest.mark.parametrize("name", ["nobody", "org_1", "../organizations", "a b"])
    def test_says_that_there_is_no_such_company(
        self, scalekit: Simulator, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        assert main(["tenants", "invite", name]) == 1
        assert capsys.readouterr().err == f"Scalekit has no organisation {name}.\n"


@pytest.mark.parametrize("command", [["list"], ["check"], ["export"], ["invite", "globex"]])
class TestEach:
    def test_says_in_one_line_that_scalekit_can_not_be_asked(
        self, scalekit: Simulator, capsys: pytest.CaptureFixture[str], command: list[str]
    ) -> None:
        scalekit.faults.set("POST /oauth/token", Fault(status=503))
        assert main(["tenants", *command]) == 1
        printed = capsys.readouterr()
        assert printed.err == "Scalekit could not be asked: POST /oauth/token answered 503.\n"
        assert printed.out == ""

    def test_shows_no_secret_when_it_is_wrong(
        self,
        scalekit: Simulator,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        command: list[str],
    ) -> None:
        monkeypatch.setenv("SCALEKIT_CLIENT_SECRET", SCALEKITS_SECRET)
        assert main(["tenants", *command]) == 1
        printed = capsys.readouterr()
        assert "the client id or secret is wrong" in printed.err
        assert "canary" not in printed.out + printed.err

    def test_tells_the_faults_of_the_settings_with_exit_code_2(
        self,
        scalekit: Simulator,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        command: list[str],
    ) -> None:
        monkeypatch.delenv("SCALEKIT_CLIENT_SECRET")
        assert main(["tenants", *command]) == 2
        assert "SCALEKIT_CLIENT_SECRET: is required beside SCALEKIT_CLIENT_ID" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check"], ["invite", "globex"]])
def test_what_needs_scalekit_says_so(
    scalekit: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    for name in ("SCALEKIT_CLIENT_ID", "SCALEKIT_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    assert main(["tenants", *command]) == 2
    assert "SCALEKIT_CLIENT_ID: is needed for this, with its secret" in capsys.readouterr().err


def test_help_has_examples_and_no_argument_is_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tenants", "--help"])
    out = capsys.readouterr().out
    assert "cognito-sso tenants export > tenants.toml" in out
    for command in ("list", "check", "export", "invite"):
        with pytest.raises(SystemExit):
            main(["tenants", command, "--help"])
        assert not re.search(r"--[a-z-]*(secret|token|password)", capsys.readouterr().out)
