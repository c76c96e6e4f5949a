"""The shipped configurations say what they have to, also for the gateways that are not on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateways.asking import IDENTITY
from tests.gateways.stage import GATEWAYS, SHIPPED, may_be_here
from tests.project.repository import ROOT, text_of

FILES = ("nginx.conf", "Caddyfile", "traefik/dynamic.yaml", "envoy.yaml")
YAML = sorted(SHIPPED.rglob("*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_every_identity_header_is_taken_from_the_answer(name: str) -> None:
    text = (SHIPPED / name).read_text("utf-8").lower()

    assert [header for header in IDENTITY if header not in text] == []


@pytest.mark.parametrize("name", FILES)
def test_verify_and_introspect_are_closed_to_browsers(name: str) -> None:
    text = (SHIPPED / name).read_text("utf-8")

    assert "introspect" in text
    assert "which no script" in text.replace("\n", " ").replace("# ", "").replace("  ", " ")


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_is_yaml(path: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not here; traefik and envoy read their files where they are")
    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


@pytest.mark.parametrize("name", [*FILES, "traefik/traefik.yaml"])
def test_the_page_about_gateways_names_every_example(name: str) -> None:
    assert f"../examples/gateways/{name}" in text_of("docs/gateways.md")
    assert (ROOT / "examples" / "gateways" / name).is_file()


@pytest.mark.parametrize("name", GATEWAYS)
def test_the_gateway_itself_runs_what_we_ship(name: str) -> None:
    """In `test_in_front_of_an_app.py`; here it is only told which of them are left out."""
    if not may_be_here(GATEWAYS[name]):
        pytest.skip(f"no {name} here, so its example is not run: put it on the PATH, or set {name.upper()} to its path")
