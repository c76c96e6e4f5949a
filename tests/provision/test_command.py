"""The command's manners: exit codes, colours, where the secret may come from, and that nobody else sees it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cognito_sso.cli import provision
from tests.fresh_python import said_by
from tests.provision.aws import Aws
from tests.provision.conftest import FILE, SECRET, Ran, Write

Run = Callable[..., Ran]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bad_file_is_exit_code_2_with_every_fault(run: Run, write: Write) -> None:
    ran = run(write(text="[service]\n[pool]\n"))
    assert ran.code == 2
    assert ran.err.count("\n  - ") > 4


def test_what_the_service_would_refuse_is_told_before_the_pool_has_it(run: Run, write: Write, aws: Aws) -> None:
    text = FILE.format(pool='id = "eu-north-1_A"').replace("https://app.acme.com", "https://app.acme.com:443")
    ran = run(write(text=text), "--apply")
    assert ran.code == 2
    assert "SSO_FRONTENDS" in ran.err
    assert not aws.asked


def test_the_secret_is_no_argument(run: Run, write: Write) -> None:
    with pytest.raises(SystemExit) as ended:
        run(write("eu-north-1_A"), "--secret", "x")
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "is empty"), ("a secret\n", "more in it"), ("one\ntwo\n", "more in it"), (None, "can't be read")],
)
def test_a_secret_file_that_has_no_secret_is_refused(
    content: str | None, told: str, run: Run, write: Write, tmp_path: Path
) -> None:
    path = tmp_path / "a-secret"
    if content is not None:
        path.write_text(content, "utf-8")
    ran = run(write("eu-north-1_A"), "--secret-file", path)
    assert ran.code == 1
    assert told in ran.err


def test_without_a_secret_and_anybody_to_ask_nothing_is_made(run: Run, write: Write, pool_id: str, aws: Aws) -> None:
    ran = run(write(pool_id), "--apply")
    assert ran.code == 1
    assert "--secret-file" in ran.err
    assert not aws.changes


@pytest.mark.parametrize(("typed", "code"), [(SECRET, 0), ("", 1)])
def test_it_asks_when_somebody_is_there(
    typed: str,
    code: int,
    write: Write,
    pool_id: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    aws: Aws,
) -> None:
    from cognito_sso import cli

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(provision, "getpass", lambda _prompt: typed)
    assert cli.main(["provision", str(write(pool_id)), "--apply"]) == code
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert bool(aws.changes) is (code == 0)


@pytest.mark.parametrize(
    ("variables", "colored"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    variables: dict[str, str], colored: bool, write: Write, pool_id: str, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cognito_sso import cli

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.main(["provision", str(write(pool_id))]) == 0
    assert ("\x1b[32m" in screen.getvalue()) is colored


def test_a_pipe_gets_no_colours(run: Run, write: Write, pool_id: str) -> None:
    assert "\x1b" not in run(write(pool_id)).out


def test_check_is_3_while_there_is_something_to_do(run: Run, write: Write, pool_id: str, aws: Aws) -> None:
    assert run(write(pool_id), "--check").code == 3
    assert not aws.changes


def test_an_env_file_needs_apply(run: Run, write: Write, tmp_path: Path) -> None:
    ran = run(write("eu-north-1_A"), "--env-file", tmp_path / "x")
    assert ran.code == 1
    assert "needs --apply" in ran.err


def test_ctrl_c_says_that_it_can_be_run_again(
    run: Run, write: Write, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cognito_sso.provision.user_pool.UserPool.find", interrupt)
    ran = run(write("eu-north-1_A"))
    assert ran.code == 1
    assert "Run it again" in ran.err


def test_without_credentials_it_says_how_to_get_them(
    run: Run, write: Write, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = run(write("eu-north-1_A"))
    assert ran.code == 1
    assert "There are no AWS credentials" in ran.err
    assert "(NoCredentialsError)" in ran.err


def test_an_unknown_profile_is_told(run: Run, write: Write, aws: Aws) -> None:
    ran = run(write("eu-north-1_A"), "--profile", "nobody")
    assert ran.code == 1
    assert "(ProfileNotFound)" in ran.err


def test_aws_that_is_not_reached_is_told(run: Run, write: Write, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    ran = run(write("eu-north-1_A"))
    assert ran.code == 1
    assert "(EndpointConnectionError)" in ran.err


def test_boto3_is_imported_only_to_talk_to_aws(write: Write) -> None:
    told = (
        "import sys\n"
        "from cognito_sso import cli\n"
        f"cli.main(['provision', {str(write('eu-north-1_A'))!r}, '--output', 'terraform'])\n"
        "print({'boto3', 'botocore'} & set(sys.modules))\n"
    )
    assert said_by(told).endswith("set()\n")


def test_without_boto3_it_says_what_to_install(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "cognito_sso.provision.aws", raising=False)
    monkeypatch.delitem(sys.modules, "cognito_sso.provision.user_pool", raising=False)
    ran = run(write("eu-north-1_A"))
    assert ran.code == 1
    assert "cognito-sso[provision]" in ran.err


def test_help_has_examples(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--help")
    assert ended.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_the_environment_is_not_changed(run: Run, write: Write, pool_id: str) -> None:
    before = dict(os.environ)
    run(write(pool_id))
    assert dict(os.environ) == before
