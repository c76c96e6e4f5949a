"""The page "From zero to the first sign-in on AWS", command by command, until somebody is signed in.

AWS is moto over HTTP, with real boto3. Cognito's domain and Scalekit are the stand-ins under their real names, set up
as moto's pool is. What the page enters in Scalekit's dashboard, they have.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognito_sso import cli
from cognito_sso.app import create_app
from cognito_sso.cli import doctor
from cognito_sso.provision.aws import CognitoApi
from cognito_sso.settings import Settings, load_settings
from cognito_sso.simulator import AppClient, IdentityProvider, ScalekitClient, Simulator
from tests.browser import Browser
from tests.project.repository import ROOT, blocks, text_of
from tests.provision.aws import Aws
from tests.provision.conftest import REGION, SECRET, aws, cognito, server
from tests.world import Roads

__all__ = ["aws", "cognito", "server"]

PAGE = "docs/first-sign-in-on-aws.md"
SERVICE, APP = "https://login.acme.com", "https://app.acme.com"
DOMAIN, ISSUER = "https://acme.auth.eu-north-1.amazoncognito.com", "https://cognito-idp.eu-north-1.amazonaws.com"
SCALEKIT = "https://acme.scalekit.com"
INSTALLING = ("python3", "pip")  # whoever runs this has done so


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Aws) -> Path:
    """An account with nothing in it, and a folder with nothing but Scalekit's secret and our examples."""
    for name in (*Settings.model_fields, "sso_secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "scalekit-secret").write_text(f"{SECRET}\n")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / ".env.example", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_the_commands_of_the_page_lead_to_a_signed_in_person(
    empty_folder: Path, cognito: CognitoApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    getting_ready, provisioning, checking, in_a_container, serving, _by_hand = blocks(PAGE, "sh")
    carry_out(getting_ready)
    fill_in(empty_folder / "provision.toml")
    carry_out(provisioning)
    assert_the_page_tells_what_to_enter_at_scalekit(capsys.readouterr().out)

    world = stand_ins(cognito)
    monkeypatch.setattr(doctor, "http_client", lambda: httpx.AsyncClient(transport=world.transport()))
    await examined(checking, capsys)

    assert_containers_would_start(in_a_container)
    assert shlex.split(serving)[1] == "serve"
    person = await signed_in(world)
    assert person["email"] == "you@example.com"
    assert person.keys() >= json.loads(blocks(PAGE, "json")[0]).keys()


def test_the_commands_of_the_way_by_hand_work(empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copying, making_a_key, checking = blocks(PAGE, "sh")[-1].splitlines()
    carry_out(copying)
    carry_out(making_a_key)
    settings = empty_folder / ".env"
    key = capsys.readouterr().out.strip()
    settings.write_text(settings.read_text().replace("SSO_COOKIE_KEYS=\n", f"SSO_COOKIE_KEYS={key}\n"))
    carry_out(checking)

    assert "COGNITO_DOMAIN=acme" in capsys.readouterr().out


def carry_out(block: str) -> None:
    for line in block.splitlines():
        program, *arguments = shlex.split(line)
        match Path(program).name:
            case "cp":
                shutil.copy(*arguments)
            case "cognito-sso":
                assert cli.main(arguments) == 0, line
            case name:
                assert name in INSTALLING, line


def assert_containers_would_start(block: str) -> None:
    """From the settings that were just written. That the image runs has tests of its own."""
    composed = text_of("docker-compose.pool.yml")
    assert "env_file: .env" in composed
    for line in block.splitlines():
        _docker, _compose, _f, file, does, *arguments = shlex.split(line)
        assert (ROOT / file).read_text("utf-8") == composed
        match does:
            case "run":
                assert f"\n  {arguments[1]}:\n" in composed
                assert arguments[2] in cli.COMMANDS
            case _:
                assert (does, arguments) == ("up", [])


def fill_in(file: Path) -> None:
    """As step 2 says: for a first try, a new pool. The rest of the example is what the page is about."""
    text = file.read_text("utf-8")
    (pool,) = [line for line in text.splitlines() if line.startswith("id = ")]
    file.write_text(text.replace(pool, f'create_pool = true\nregion = "{REGION}"'), "utf-8")
    for value in (SERVICE, APP, SCALEKIT, "acme"):
        assert f'"{value}"' in text
        assert value in text_of(PAGE)


def assert_the_page_tells_what_to_enter_at_scalekit(said: str) -> None:
    for value in (f"{DOMAIN}/oauth2/idpresponse", f"{SERVICE}/login/initiated", "Modular Auth", "Enforce PKCE"):
        assert value in said
        assert value in text_of(PAGE)


def stand_ins(cognito: CognitoApi) -> Simulator:
    """Cognito's domain and Scalekit, as the pool in AWS says that they are."""
    settings = load_settings()
    client = cognito.describe_user_pool_client(
        UserPoolId=settings.cognito_user_pool_id, ClientId=settings.cognito_client_id
    )["UserPoolClient"]
    provider = cognito.describe_identity_provider(
        UserPoolId=settings.cognito_user_pool_id, ProviderName=settings.cognito_identity_provider
    )["IdentityProvider"]["ProviderDetails"]
    world = Simulator(
        domain_url=DOMAIN,
        issuer_url=ISSUER,
        scalekit_url=SCALEKIT,
        user_pool_id=settings.cognito_user_pool_id,
        clients=[
            AppClient(
                client_id=client["ClientId"],
                client_secret=client["ClientSecret"],
                callback_urls=tuple(client["CallbackURLs"]),
                logout_urls=tuple(client["LogoutURLs"]),
                scopes=tuple(client["AllowedOAuthScopes"]),
                providers=tuple(client["SupportedIdentityProviders"]),
                oauth_flows=tuple(client["AllowedOAuthFlows"]),
                refresh_rotation=client["RefreshTokenRotation"]["Feature"] == "ENABLED",
            )
        ],
    )
    name, known = settings.cognito_identity_provider, (provider["client_id"], provider["client_secret"])
    world.pool.providers = {name: IdentityProvider(name, provider["oidc_issuer"], *known)}
    world.scalekit.clients = {known[0]: ScalekitClient(*known, (world.pool.idp_response_url,))}
    return world


async def examined(checking: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command has an event loop of its own, so it runs in a thread."""
    await asyncio.to_thread(carry_out, checking)
    told = capsys.readouterr().out
    warnings = [line for line in told.splitlines() if line.startswith("  warning")]
    assert [line.rpartition("(")[2] for line in warnings] == ["proxy_not_trusted)", "unlisted_domains_allowed)"]


async def signed_in(world: Simulator) -> dict[str, Any]:
    """Through the service that these settings make."""
    settings = load_settings()
    app = create_app(settings, http=httpx.AsyncClient(transport=world.transport()))
    frontend = httpx.MockTransport(lambda _request: httpx.Response(200, text="the app"))
    roads = Roads({"login.acme.com": httpx.ASGITransport(app), "app.acme.com": frontend}, world.transport())
    browser = Browser(roads)
    await browser.goto(f"{SERVICE}/login/start", params={"email": "you@example.com"})
    await browser.press("Simulate Login", local_part="you")
    return dict((await browser.http.get(f"{SERVICE}/me")).json())
