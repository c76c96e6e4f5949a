"""The three apps of the demo, made to know each other; nothing of it is read from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.types import ASGIApp

from cognito_sso.app import create_app
from cognito_sso.demo.frontend_server import frontend_app
from cognito_sso.settings import Settings, new_cookie_key, settings_of
from cognito_sso.simulator import AppClient, People, Simulator

CLIENT_ID = "k6tana1l8b0bvhk9gfixkurr6"
CLIENT_SECRET = "the-demo-needs-no-secret-but-has-one"  # noqa: S105 (known to the stand-in alone)
PROVIDER = "ScalekitIdPRouter"


@dataclass(frozen=True)
class DemoPorts:
    service: int = 8000
    stand_ins: int = 8001
    frontend: int = 8002


@dataclass(frozen=True)
class DemoWorld:
    """ASGI apps, and where a browser finds them."""

    service: ASGIApp
    stand_ins: ASGIApp
    frontend: ASGIApp
    ports: DemoPorts
    simulator: Simulator

    @property
    def frontend_url(self) -> str:
        return f"http://localhost:{self.ports.frontend}"

    @classmethod
    @contextmanager
    def made(cls, ports: DemoPorts) -> Iterator[DemoWorld]:
        service_url = f"http://localhost:{ports.service}"
        simulator = _simulator(ports, service_url)
        with TemporaryDirectory(prefix="cognito-sso-demo-") as folder:
            tenants = Path(folder) / "tenants.toml"
            tenants.write_text(tenants_file(simulator.people), "utf-8")
            settings = _settings(ports, service_url, simulator.issuer, tenants)
            service = create_app(settings)
        yield cls(service, simulator.app, frontend_app(service_url), ports, simulator)


def _simulator(ports: DemoPorts, service_url: str) -> Simulator:
    client = AppClient(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        callback_urls=(f"{service_url}/auth/callback",),
        logout_urls=(f"{service_url}/auth/signed-out",),
        providers=(PROVIDER,),
        name="Example app",
    )
    return Simulator(
        domain_url=f"http://localhost:{ports.stand_ins}",
        issuer_url=f"http://127.0.0.1:{ports.stand_ins}",
        scalekit_url=f"http://127.0.0.1:{ports.stand_ins}",
        provider_name=PROVIDER,
        clients=(client,),
        initiate_login_url=f"{service_url}/login/initiated",
    )


def _settings(ports: DemoPorts, service_url: str, issuer: str, tenants: Path) -> Settings:
    return settings_of(
        cognito_user_pool_id=issuer.rpartition("/")[2],
        cognito_client_id=CLIENT_ID,
        cognito_client_secret=CLIENT_SECRET,
        cognito_domain=f"http://localhost:{ports.stand_ins}",
        cognito_issuer=issuer,
        cognito_identity_provider=PROVIDER,
        scalekit_environment_url=f"http://127.0.0.1:{ports.stand_ins}",
        sso_public_url=service_url,
        # The second is the same app on what a browser takes for another site, to try delivery `code` from.
        sso_frontends=f"http://localhost:{ports.frontend},http://127.0.0.1:{ports.frontend}",
        sso_cookie_keys=new_cookie_key(),
        sso_tenants_file=tenants,
        sso_brand_name="Example app",
        sso_rate_limit="1000/minute",  # everybody comes from one address here
        sso_log_format="text",
    )


def tenants_file(people: People) -> str:
    """The companies of the stand-in Scalekit as a tenants file."""
    tables = [
        f'[[tenant]]\nname = "{company.slug}"\ndomains = {list(company.domains)!r}\n'
        f'identity_provider = "{PROVIDER}"\nconnection_id = "{company.connection_id}"\n'
        for company in people
    ]
    return "\n".join(tables)
