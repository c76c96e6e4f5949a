"""A server that speaks Cognito's management API over HTTP on loopback (moto's), and files that want something of it."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from cognito_sso.provision.aws import CognitoApi, connect
from cognito_sso.provision.file import read_wanted
from cognito_sso.provision.wanted import Wanted
from tests.provision.aws import Aws, strict

SECRET = "test_c4n4ry-Secret/of+Scalekit"  # must never be seen
REGION = "eu-north-1"
POOL = 'id = "{}"'
FILE = """\
[service]
public_url = "https://login.acme.com"
frontends = ["https://app.acme.com"]
[pool]
{pool}
[domain]
prefix = "acme"
[scalekit]
environment_url = "https://acme.scalekit.com"
client_id = "skc_12345678901234567"
"""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """An account with nothing in it, reached as the AWS CLI would; and no pauses between attempts."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "SCALEKIT_CLIENT_SECRET", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "an example")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    for account in get_backend("cognito-idp").values():
        for backend in account.values():
            backend.reset()
    return strict(monkeypatch)


@pytest.fixture
def cognito(aws: Aws) -> CognitoApi:
    """boto3 as the command has it, for setting the scene and looking at the outcome."""
    return connect(region=REGION)


@pytest.fixture
def pool_id(cognito: CognitoApi, aws: Aws) -> str:
    made = cognito.create_user_pool(PoolName="acme people")
    aws.asked.clear()
    return str(made["UserPool"]["Id"])


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file: the least there can be, with more lines for its tables."""

    def write(pool_id: str | None = None, *, more: str = "", text: str | None = None) -> Path:
        path = tmp_path / "provision.toml"
        pool = POOL.format(pool_id) if pool_id else f'create_pool = true\nregion = "{REGION}"'
        path.write_text((FILE.format(pool=pool) if text is None else text) + more, "utf-8")
        return path

    return write


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", "utf-8")
    return path


def wanted_of(more: str = "", *, pool: str = POOL.format("eu-north-1_AbCdEf123"), text: str | None = None) -> Wanted:
    return read_wanted(tomllib.loads((FILE.format(pool=pool) if text is None else text) + more))


class Ran:
    """How a run of the command ended, and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """`cognito-sso provision` in this process, with nobody at the keyboard."""

    def run(*arguments: Any) -> Ran:
        from cognito_sso import cli

        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        code = cli.main(["provision", *map(str, arguments)])
        said = capsys.readouterr()
        assert SECRET not in said.out + said.err
        return Ran(code, said.out, said.err)

    return run
