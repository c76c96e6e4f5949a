"""Tokens and keys are had over TLS that holds, from the right host, or not at all."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import certifi
import httpx
import pytest

from cognito_sso.app import create_app
from cognito_sso.cognito import Patience
from cognito_sso.testing import listener
from cognito_sso.upstream import trusting_the_system
from tests.certificates import certificate_for, filed_under_its_hash
from tests.upstream.misbehaving_cognito import MisbehavingCognito
from tests.world import CLIENT_ID, POOL, SERVICE, settings_for

Files = tuple[Path, Path]


def serving(files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def readiness(url: str, http: httpx.AsyncClient | None = None, *, patience: Patience | None = None) -> str:
    """What a service says whose Cognito is there; `http` as it makes it itself, unless given."""
    issuer = {"cognito_domain": url, "cognito_issuer": f"{url}/{POOL}"}
    app = create_app(settings_for(**issuer, cognito_client_id=CLIENT_ID), http=http, patience=patience or Patience())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SERVICE) as script:
        return str((await script.get("/readyz")).json()["status"])


def trusting(certificate: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=ssl.create_default_context(cafile=certificate), trust_env=False)


async def test_a_certificate_of_that_host_by_a_trusted_authority_will_do(tmp_path: Path) -> None:
    files = certificate_for(tmp_path)
    async with MisbehavingCognito(tls=serving(files)) as cognito, trusting(files[0]) as http:
        assert await readiness(cognito.url, http) == "ready"


def the_system(*, file: Path, directory: Path) -> ssl.DefaultVerifyPaths:
    """Where it has its authorities."""
    return ssl.DefaultVerifyPaths(None, None, "", str(file), "", str(directory))


@pytest.mark.parametrize(
    ("filed", "in_file"),
    [(["its"], []), ([], ["its"]), (["its", "another"], ["another"]), (["another"], ["its", "another"])],
    ids=[
        "filed under its hash",
        "in the one file",
        "filed, where the file has fewer",
        "in the file, where fewer are filed",
    ],
)
async def test_whoever_the_systems_authorities_vouch_for_will_do(
    tmp_path: Path, filed: list[str], in_file: list[str]
) -> None:
    files = {}
    for authority in ("its", "another"):
        (tmp_path / authority).mkdir()
        files[authority] = certificate_for(tmp_path / authority, authority=authority)
    directory, file = tmp_path / "authorities", tmp_path / "authorities.pem"
    directory.mkdir()
    for authority in filed:
        filed_under_its_hash(files[authority][0], directory)
    if in_file:
        file.write_text("".join(files[authority][0].read_text() for authority in in_file))
    async with (
        MisbehavingCognito(tls=serving(files["its"])) as cognito,
        httpx.AsyncClient(verify=trusting_the_system(the_system(file=file, directory=directory))) as http,
    ):
        assert await readiness(cognito.url, http) == "ready"


async def test_a_system_without_authorities_has_certifis(tmp_path: Path) -> None:
    (tmp_path / "README").touch()
    (tmp_path / "01234567.0").symlink_to("gone.pem")
    of_certifi = ssl.create_default_context(cafile=certifi.where()).get_ca_certs()
    for directory in (tmp_path, tmp_path / "none"):
        context = trusting_the_system(the_system(file=tmp_path / "none", directory=directory))
        assert context.get_ca_certs() == of_certifi
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


async def test_authorities_that_are_closed_to_us_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = certificate_for(tmp_path)
    filed_under_its_hash(file, tmp_path)

    def closed(path: Path) -> NoReturn:
        raise PermissionError(path)

    for reading in ("iterdir", "read_bytes"):  # root, as whom this may run, may read everything
        monkeypatch.setattr(Path, reading, closed)
    assert len(trusting_the_system(the_system(file=file, directory=tmp_path)).get_ca_certs()) > 1, "certifi's"


@pytest.mark.parametrize(
    ("address", "ends_in"),
    [("127.0.0.2", timedelta(hours=1)), ("127.0.0.1", timedelta(seconds=-1))],
    ids=["another host's", "expired"],
)
async def test_a_wrong_certificate_is_refused_sec_200_sec_511(tmp_path: Path, address: str, ends_in: timedelta) -> None:
    files = certificate_for(tmp_path, address, ends_in=ends_in)
    async with MisbehavingCognito(tls=serving(files)) as cognito, trusting(files[0]) as http:
        assert await readiness(cognito.url, http) == "not ready"
        assert cognito.journal == []


async def test_a_certificate_that_nobody_vouches_for_is_refused_sec_200(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate_for(tmp_path)
    filed_under_its_hash(files[0], tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))  # which is not asked
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with MisbehavingCognito(tls=serving(files)) as cognito:
        assert await readiness(cognito.url) == "not ready"
        assert cognito.journal == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_an_old_version_of_tls_is_refused_sec_200(tmp_path: Path) -> None:
    files = certificate_for(tmp_path)
    old = serving(files)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with MisbehavingCognito(tls=old) as cognito, trusting(files[0]) as http:
        assert await readiness(cognito.url, http) == "not ready"
        assert cognito.journal == []


async def test_a_handshake_that_never_ends_ends_in_time() -> None:
    silent = listener()
    silent.setblocking(False)
    url = f"https://127.0.0.1:{silent.getsockname()[1]}"
    async with asyncio.timeout(60):
        assert await readiness(url, patience=Patience(keys=0.2)) == "not ready"
    silent.close()


async def test_there_is_no_way_round_to_plain_http(tmp_path: Path) -> None:
    async with MisbehavingCognito() as plain:
        tls = plain.url.replace("http:", "https:")
        assert await readiness(tls, patience=Patience(keys=0.2)) == "not ready"
        assert all(not endpoint.startswith("GET") for endpoint, _ in plain.journal)
