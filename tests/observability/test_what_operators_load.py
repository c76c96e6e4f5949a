"""The alert rules and the dashboard ask for what `/metrics` answers, and the rules fire when they must."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cognito_sso.observability import Metrics, MetricsApp
from tests.raw import raw_request
from tests.world import SERVICE, World

FILES = Path(__file__).parents[2] / "deploy" / "observability"
RULES, TRIALS, DASHBOARD = FILES / "alerts.yml", FILES / "alerts.test.yml", FILES / "dashboard.json"
SCRAPING = {"job", "instance"}  # labels that Prometheus itself adds
_METRIC = re.compile(r"\b(?:cognito_sso|process)_[a-z_]+\b")
_SELECTED = re.compile(r"(?P<name>\b(?:cognito_sso|process)_[a-z_]+)(?:\{(?P<labels>[^}]*)\})?")
_GROUPED = re.compile(r"by \((?P<labels>[^)]*)\)")


def panels() -> list[dict[str, Any]]:
    return [one for one in json.loads(DASHBOARD.read_text("utf-8"))["panels"] if one["type"] != "row"]


def queries_of_the_dashboard() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def alerts() -> list[str]:
    """Each rule's text, from its name to the next."""
    return RULES.read_text("utf-8").split("- alert: ")[1:]


def expression_of(alert: str) -> str:
    return alert.partition("expr:")[2].partition("\n        for:")[0].partition("\n        labels:")[0]


@pytest.fixture
async def answered(world: World) -> dict[str, set[str]]:
    """The names of all samples that `/metrics` answers, each with its labels."""
    await world.signed_in()
    await world.script().get(f"{SERVICE}/auth/verify", headers={"authorization": "Bearer x"})
    answer = await raw_request(MetricsApp(world.services.metrics.registry), "GET", b"/metrics")
    samples: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    return samples


def test_the_rules_and_the_dashboard_ask_for_something() -> None:
    assert len(alerts()) > 10
    assert len(queries_of_the_dashboard()) > 20
    assert all(_METRIC.search(query) for query in (*map(expression_of, alerts()), *queries_of_the_dashboard()))


async def test_every_metric_and_label_that_is_asked_for_is_answered(answered: dict[str, set[str]]) -> None:
    for query in (*map(expression_of, alerts()), *queries_of_the_dashboard()):
        for name, label in asked(query):
            assert name in answered, query
            assert label in answered[name] | SCRAPING, query


def asked(query: str) -> Iterator[tuple[str, str]]:
    """Every metric with each label that a query selects it by, or groups by."""
    grouped = {label.strip() for group in _GROUPED.finditer(query) for label in group["labels"].split(",")}
    for found in _SELECTED.finditer(query):
        selected = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", found["labels"] or "")
        yield from ((found["name"], label) for label in (*selected, *grouped, "job"))


def test_a_query_for_what_is_not_there_would_be_found() -> None:
    wrong = 'sum by (nobody) (rate(cognito_sso_none_total{tenant=~"x",other!="y"}[5m]))'
    assert {name for name, _ in asked(wrong)} == {"cognito_sso_none_total"}
    assert {label for _, label in asked(wrong)} == {"nobody", "tenant", "other", "job"}


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = " ".join(queries_of_the_dashboard())
    families = {one.name for one in Metrics().registry.collect() if one.name.startswith("cognito_sso_")}
    assert {name for name in families if name not in shown} == set()


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
    assert len(places) == len(ids)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    known = {variable["name"] for variable in board["templating"]["list"]} | {"__rate_interval"}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(panels()))) <= known


@pytest.mark.parametrize("alert", alerts(), ids=[alert.partition("\n")[0] for alert in alerts()])
def test_each_alert_says_what_to_do_and_is_tried_where_it_must_fire(alert: str) -> None:
    name = alert.partition("\n")[0]
    assert re.search(r"severity: (page|ticket)\b", alert)
    assert "summary:" in alert
    assert "description:" in alert
    trials = TRIALS.read_text("utf-8")
    assert re.search(rf"alertname: {name}\n\s+exp_alerts:\n\s+- exp_labels", trials)


@pytest.fixture(scope="session")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prometheus' own checker; if need be unpacked from Debian's package without installing it."""
    found = shutil.which("promtool") or unpacked_promtool(tmp_path_factory.mktemp("prometheus"))
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no promtool, and Debian's package of prometheus can't be had")
    return found or pytest.skip("no promtool here: it comes with Prometheus")


def unpacked_promtool(folder: Path) -> str | None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return None
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
    subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=folder, capture_output=True, check=False)
    for archive in folder.glob("prometheus_*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder], capture_output=True, check=False)
    program = folder / "usr" / "bin" / "promtool"
    return str(program) if program.exists() else None


def told_by(promtool: str, *arguments: str | Path) -> tuple[int, str]:
    ran = subprocess.run([promtool, *arguments], cwd=FILES, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_rules_fire_when_they_must_and_only_then(promtool: str) -> None:
    assert told_by(promtool, "check", "config", "prometheus.yml")[0] == 0
    code, told = told_by(promtool, "test", "rules", TRIALS.name)
    assert code == 0, told


def test_a_rule_that_does_not_fire_would_be_found(promtool: str, tmp_path: Path) -> None:
    (tmp_path / TRIALS.name).write_text(TRIALS.read_text("utf-8"))
    (tmp_path / RULES.name).write_text(RULES.read_text("utf-8").replace("> 0.25", "> 0.95"))
    code, told = told_by(promtool, "test", "rules", tmp_path / TRIALS.name)
    assert code != 0
    assert "CognitoSsoSignInsFail" in told


def test_prometheus_reads_every_query_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$__rate_interval|\$\w+", "5m", query)}
        for number, query in enumerate(queries_of_the_dashboard())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    code, told = told_by(promtool, "check", "rules", file)
    assert code == 0, told
