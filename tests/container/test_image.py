"""What is in the image, and how it behaves where it is given little."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognito_sso.settings import new_cookie_key
from tests.certificates import certificate_for
from tests.container.engine import LOCKED_DOWN, LONGEST_TEST_SECONDS, REPOSITORY, build, in_docker, inspected

pytestmark = [pytest.mark.container, pytest.mark.timeout(LONGEST_TEST_SECONDS)]

HEAVIEST_BYTES = 90_000_000
BASE = "python:3.13-slim"
SETTINGS = {
    "COGNITO_USER_POOL_ID": "eu-north-1_AbCdEf123",
    "COGNITO_CLIENT_ID": "4example5client6id",
    "COGNITO_DOMAIN": "acme",
    "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
    "SSO_PUBLIC_URL": "https://login.acme.com",
    "SSO_FRONTENDS": "https://app.acme.com",
}
LOOKING_INSIDE = """
import importlib.util, json, os, pathlib, uvicorn.config, sys
there = lambda name: importlib.util.find_spec(name) is not None
installed = pathlib.Path(sys.prefix)
print(json.dumps({
    "user": os.getuid(),
    "group": os.getgid(),
    "there": [name for name in ("pip", "pytest", "boto3", "setuptools", "tests", "uvloop", "httptools") if there(name)],
    "compiled": (installed / "lib/python3.13/site-packages/cognito_sso/__pycache__/app.cpython-313.pyc").exists(),
    "writable": os.access(installed, os.W_OK),
}))
"""

ASKING_BEHIND_AN_INSPECTING_PROXY = """
import asyncio, os, ssl, httpx
from cognito_sso.upstream import upstream_client

async def answer(reader, writer):
    await reader.readuntil(bytes([13, 10, 13, 10]))
    writer.write(b"HTTP/1.1 204 No Content" + bytes([13, 10, 13, 10]))
    await writer.drain()

async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("/files/certificate.pem", "/files/key.pem")
    os.setuid(65532)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with upstream_client() as http:
        try:
            port = server.sockets[0].getsockname()[1]
            print((await http.get(f"https://127.0.0.1:{port}/")).status_code)
        except httpx.ConnectError as error:
            print(error)

asyncio.run(main())
"""


def serve(image: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """`cognito-sso serve` that is expected to end: its exit code, and what it said."""
    given = [argument for name, value in settings.items() for argument in ("--env", f"{name}={value}")]
    ended = in_docker("run", "--rm", "--network", "none", *LOCKED_DOWN, *given, *arguments, image, check=False)
    return ended.returncode, ended.stdout


def test_the_image_weighs_less_than_90_mb_above_its_base(image: str) -> None:
    assert inspected(image)["Size"] - inspected(BASE)["Size"] < HEAVIEST_BYTES


def test_the_image_has_what_runs_and_nothing_to_build_or_test_with(image: str) -> None:
    command = ("run", "--rm", *LOCKED_DOWN, "--entrypoint", "python", image, "-c", LOOKING_INSIDE)

    assert json.loads(in_docker(*command).stdout) == {
        "user": 65532,
        "group": 65532,
        "there": ["uvloop", "httptools"],
        "compiled": True,
        "writable": False,
    }


def test_the_image_says_what_it_is_and_how_it_is_run(image: str) -> None:
    build(REPOSITORY, "--build-arg", "VERSION=1.2.3", "--build-arg", "REVISION=abc123", tag="cognito-sso-labelled")
    config = inspected("cognito-sso-labelled")["Config"]
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}

    assert (labels["version"], labels["revision"], labels["licenses"]) == ("1.2.3", "abc123", "MIT")
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["cognito-sso"]
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "cognito_sso.healthy"]


@pytest.mark.parametrize(
    ("preparing", "said"),
    [
        ("true", "CERTIFICATE_VERIFY_FAILED"),
        ("cp /files/certificate.pem /usr/local/share/ca-certificates/ours.crt && update-ca-certificates", "204"),
    ],
    ids=["not added", "added"],
)
def test_an_authority_that_is_added_as_debian_does_is_trusted(
    image: str, tmp_path: Path, preparing: str, said: str
) -> None:
    certificate_for(tmp_path)
    asking = ("python", "-c", ASKING_BEHIND_AN_INSPECTING_PROXY)
    command = ("--entrypoint", "sh", image, "-c", f'{preparing} && exec "$@"', "sh", *asking)
    ended = in_docker("run", "--rm", "--user", "0", "--volume", f"{tmp_path}:/files:ro", *command)
    assert said in ended.stdout.splitlines()[-1]


@pytest.fixture
def changed_source(tmp_path: Path) -> Iterator[Path]:
    """What the image is built from, with a line of code that nobody has built before."""
    for name in ("Dockerfile", ".dockerignore", "LICENSE", "README.md", "pyproject.toml"):
        shutil.copy2(REPOSITORY / name, tmp_path / name)
    for name in ("requirements", "src"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / "src" / "cognito_sso" / "errors.py"
    changed.write_text(changed.read_text() + f"\n# {new_cookie_key()}\n")
    yield tmp_path
    in_docker("image", "rm", "cognito-sso-changed")


def test_a_change_of_code_installs_no_dependency_anew(image: str, changed_source: Path) -> None:
    said = build(changed_source, tag="cognito-sso-changed")

    assert "Building wheel for cognito-sso" in said
    assert "Collecting fastapi" not in said


def test_a_start_without_settings_says_all_that_is_missing_and_ends(image: str) -> None:
    code, said = serve(image)

    assert code == 2
    assert {line.partition(":")[0].strip(" -") for line in said.splitlines()[1:]} == {*SETTINGS, "SSO_COOKIE_KEYS"}


def test_a_wrong_setting_is_named_and_never_shown(image: str) -> None:
    code, said = serve(image, **SETTINGS, SSO_COOKIE_KEYS="my-secret-password")

    assert code == 2
    assert "SSO_COOKIE_KEYS" in said
    assert "my-secret-password" not in said


def test_a_folder_of_secrets_that_is_not_mounted_is_named(image: str) -> None:
    code, said = serve(image, **SETTINGS, SSO_SECRETS_DIR="/run/secrets")

    assert (code, "SSO_SECRETS_DIR: must be a directory that can be read" in said) == (2, True)


def test_a_secret_that_only_root_may_read_is_told_without_a_traceback(image: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    secret = tmp_path / "sso_cookie_keys"
    secret.write_text(new_cookie_key())
    secret.chmod(0o600)
    if os.getuid() == 65532:
        pytest.skip("this user is the image's own")

    code, said = serve(image, "--volume", f"{tmp_path}:/run/secrets:ro", **SETTINGS, SSO_SECRETS_DIR="/run/secrets")

    assert code == 2
    assert "the file sso_cookie_keys can't be read by user 65532" in said
    assert "Traceback" not in said


def test_an_image_without_spans_says_how_to_have_them(image: str) -> None:
    code, said = serve(image, **SETTINGS, SSO_COOKIE_KEYS=new_cookie_key(), SSO_TRACING="on")

    assert (code, "REQUIREMENTS=tracing" in said) == (2, True)


@pytest.fixture
def image_with_spans() -> Iterator[str]:
    build(REPOSITORY, "--build-arg", "REQUIREMENTS=tracing", tag="cognito-sso-tracing")
    yield "cognito-sso-tracing"
    in_docker("image", "rm", "cognito-sso-tracing")


def test_nothing_is_written_while_it_serves(image: str) -> None:
    serves_and_writes_nothing(image)


def test_an_image_with_spans_serves_like_the_other(image_with_spans: str) -> None:
    serves_and_writes_nothing(image_with_spans, SSO_TRACING="on")


def serves_and_writes_nothing(image: str, **more: str) -> None:
    """A read-only root and no /tmp: it starts, lives, and ends well when it is told to."""
    settings = [item for name, value in (SETTINGS | more).items() for item in ("--env", f"{name}={value}")]
    key = ("--env", f"SSO_COOKIE_KEYS={new_cookie_key()}")
    name = in_docker("run", "--detach", "--network", "none", *LOCKED_DOWN, *settings, *key, image).stdout.strip()
    try:
        asking = "for second in 1 2 3 4 5 6 7 8 9; do python -m cognito_sso.healthy && exit 0; sleep 1; done; exit 1"
        assert in_docker("exec", name, "sh", "-c", asking, check=False).returncode == 0, in_docker("logs", name).stdout
        assert in_docker("diff", name).stdout == ""
        in_docker("stop", "--time", "20", name)
        assert inspected(name)["State"]["ExitCode"] == 0, in_docker("logs", name).stdout
    finally:
        in_docker("rm", "--force", name)
