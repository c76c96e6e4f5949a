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
from cognito_sso.settings import new_cookie_key, settings_of
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
class DemoPlaces:
    """Where a browser finds each part, and the service its pool: the same URLs for both, or no issuer would match."""

    service: str
    frontends: tuple[str, ...]
    cognito: str
    issuer: str
    scalekit: str

    @classmethod
    def in_one_process(cls, ports: DemoPorts) -> DemoPlaces:
        return cls(
            service=f"http://localhost:{ports.service}",
            frontends=_frontends(ports),
            cognito=f"http://localhost:{ports.stand_ins}",
            issuer=f"http://127.0.0.1:{ports.stand_ins}",
            scalekit=f"http://127.0.0.1:{ports.stand_ins}",
        )

    @classmethod
    def in_containers(cls, ports: DemoPorts) -> DemoPlaces:
        """A browser takes each `*.localhost` for its own machine; to the containers they are names on their network."""
        return cls(
            service=f"http://localhost:{ports.service}",
            frontends=(f"http://localhost:{ports.service}", *_frontends(ports)),
            cognito=f"http://cognito.localhost:{ports.stand_ins}",
            issuer=f"http://cognito.localhost:{ports.stand_ins}",
            scalekit=f"http://scalekit.localhost:{ports.stand_ins}",
        )


@dataclass(frozen=True)
class DemoWorld:
    """ASGI apps, and where a browser finds them."""

    service: ASGIApp
    stand_ins: ASGIApp
    frontend: ASGIApp
    ports: DemoPorts
    simulator: Simulator

    @classmethod
    @contextmanager
    def made(cls, ports: DemoPorts) -> Iterator[DemoWorld]:
        places = DemoPlaces.in_one_process(ports)
        simulator = stand_ins_at(places)
        with TemporaryDirectory(prefix="cognito-sso-demo-") as folder:
            tenants = Path(folder) / "tenants.toml"
            tenants.write_text(tenants_file(simulator.people), "utf-8")
            settings = settings_of(**demo_settings(places, simulator, tenants), sso_log_format="text")
            service = create_app(settings)
        yield cls(service, simulator.app, frontend_app(places.service), ports, simulator)


def stand_ins_at(places: DemoPlaces) -> Simulator:
    client = AppClient(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        callback_urls=(f"{places.service}/auth/callback",),
        logout_urls=(f"{places.service}/auth/signed-out",),
        providers=(PROVIDER,),
        name="Example app",
    )
    return Simulator(
        domain_url=places.cognito,
        issuer_url=places.issuer,
        scalekit_url=places.scalekit,
        provider_name=PROVIDER,
        clients=(client,),
        initiate_login_url=f"{places.service}/login/initiated",
    )


def demo_settings(places: DemoPlaces, simulator: Simulator, tenants: Path) -> dict[str, str]:
    """The service's settings by their names in lower case, with a fresh cookie key."""
    return {
        "cognito_user_pool_id": simulator.pool.pool_id,
        "cognito_client_id": CLIENT_ID,
        "cognito_client_secret": CLIENT_SECRET,
        "cognito_domain": places.cognito,
        "cognito_issuer": simulator.issuer,
        "cognito_identity_provider": PROVIDER,
        "scalekit_environment_url": places.scalekit,
        "sso_public_url": places.service,
        "sso_frontends": ",".join(places.frontends),
        "sso_cookie_keys": new_cookie_key(),
        "sso_tenants_file": str(tenants),
        "sso_brand_name": "Example app",
        "sso_rate_limit": "1000/minute",  # everybody comes from one address here
    }


def write_settings(folder: Path, places: DemoPlaces, simulator: Simulator) -> None:
    """One file a setting, for SSO_SECRETS_DIR. A cookie key that is there stays, with the sessions it sealed."""
    tenants = folder / "tenants.toml"
    tenants.write_text(tenants_file(simulator.people), "utf-8")
    for name, value in demo_settings(places, simulator, tenants).items():
        file = folder / name
        if name != "sso_cookie_keys" or not file.exists():
            file.write_text(value, "utf-8")


def tenants_file(people: People) -> str:
    """The companies of the stand-in Scalekit as a tenants file."""
    tables = [
        f'[[tenant]]\nname = "{company.slug}"\ndomains = {list(company.domains)!r}\n'
        f'identity_provider = "{PROVIDER}"\nconnection_id = "{company.connection_id}"\n'
        for company in people
    ]
    return "\n".join(tables)


def _frontends(ports: DemoPorts) -> tuple[str, str]:
    """The second is the same app on what a browser takes for another site, to try delivery `code` from."""
    return f"http://localhost:{ports.frontend}", f"http://127.0.0.1:{ports.frontend}"
