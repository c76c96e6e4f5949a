"""The Helm chart: valid for Kubernetes, allowed where pods are restricted, and nothing the service would refuse."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cognito_sso.login.tenants import load_tenants
from cognito_sso.settings import Settings, load_settings, new_cookie_key

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "cognito-sso"
OLDEST, NEWEST = "1.27", "1.37"  # of Kubernetes
CUSTOM = {"ServiceMonitor"}  # of the Prometheus Operator: no schema of Kubernetes' own
SETTINGS = {
    "COGNITO_USER_POOL_ID": "eu-north-1_AbCdEf123",
    "COGNITO_CLIENT_ID": "4example5client6id",
    "COGNITO_DOMAIN": "acme",
    "COGNITO_IDENTITY_PROVIDER": "ScalekitIdPRouter",
    "SSO_PUBLIC_URL": "https://login.acme.com",
    "SSO_FRONTENDS": "https://app.acme.com",
}
LEAST: dict[str, Any] = {
    "image": {"repository": "images.acme.com/cognito-sso"},
    "secretName": "sso",
    "settings": SETTINGS,
}
MOST: dict[str, Any] = {
    **LEAST,
    "settings": {**SETTINGS, "SSO_SESSION_MAX_AGE": 3600, "SSO_TRUSTED_PROXIES": "10.0.0.0/8"},
    "image": {"repository": "images.acme.com/cognito-sso", "digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "images"}],
    "tenants": (ROOT / "examples" / "tenants.toml").read_text(),
    "ingress": {"enabled": True, "className": "nginx", "host": "login.acme.com", "tlsSecretName": "tls"},
    "networkPolicy": {"metricsFrom": [{"podSelector": {}}], "egress": [{"ports": [{"port": 6379}]}]},
    "metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "podLabels": {"team": "identity"},
    "podAnnotations": {"note": "x"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
}
PLAIN: dict[str, Any] = {
    **LEAST,
    "autoscaling": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "metrics": {"port": 0},
}
WAYS = {"least": LEAST, "most": MOST, "plain": PLAIN}


class Refused(Exception):
    """Helm's own words."""


def rendered(values: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    text = by_program(values, folder) if shutil.which("helm") else by_library(values)
    return [document for document in yaml.safe_load_all(text) if document]


def by_program(values: dict[str, Any], folder: Path) -> str:
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    command = ["helm", "template", "demo", str(CHART), "--namespace", "sso", "--values", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Refused(ended.stderr)
    return ended.stdout


def by_library(values: dict[str, Any]) -> str:
    if importlib.util.find_spec("helm_python") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("neither helm nor its library is here")
        pytest.skip("neither helm nor its library is here")
    import helm_python

    try:
        with helm_python.Chart.load(str(CHART)) as chart:
            return "\n---\n".join(chart.render(values, name="demo", namespace="sso").values())
    except helm_python.HelmError as error:
        raise Refused(str(error)) from error


def of_kind(kind: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] == kind]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("way", WAYS)
def test_kubernetes_takes_all_of_it(way: str, version: str, tmp_path: Path) -> None:
    documents = rendered(WAYS[way], tmp_path)

    assert {"Deployment", "Service", "ConfigMap", "PodDisruptionBudget"} <= {one["kind"] for one in documents}
    for document in documents:
        if document["kind"] not in CUSTOM:
            kubernetes_validate.validate(document, version, strict=True)


def test_a_schema_of_kubernetes_would_refuse_what_is_wrong(tmp_path: Path) -> None:
    (deployment,) = of_kind("Deployment", rendered(LEAST, tmp_path))
    deployment["spec"]["template"]["spec"]["containers"][0]["livenessprobe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, NEWEST, strict=True)


def test_the_pod_may_run_where_pods_are_restricted(tmp_path: Path) -> None:
    """Pod Security Standards, profile `restricted`; and a read-only root, which that does not ask for."""
    (deployment,) = of_kind("Deployment", rendered(MOST, tmp_path))
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {key for volume in pod["volumes"] for key in volume} - {"name"} <= {"secret", "configMap"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert pod["automountServiceAccountToken"] is False


def test_a_pod_has_time_to_drain_and_to_finish_what_it_began(tmp_path: Path) -> None:
    from cognito_sso.cli.serve import GRACE_SECONDS

    documents = rendered(LEAST, tmp_path)
    (deployment,), (settings,) = of_kind("Deployment", documents), of_kind("ConfigMap", documents)
    needed = int(settings["data"]["SSO_DRAIN_SECONDS"]) + GRACE_SECONDS

    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > needed


def test_the_service_takes_what_the_chart_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tenants = sorted(
        of_kind("ConfigMap", rendered(MOST, tmp_path)), key=lambda one: "tenants" in str(one["data"])
    )
    mounted = mounted_as_kubernetes_does(tmp_path, {"sso_cookie_keys": new_cookie_key()})
    (tmp_path / "tenants.toml").write_text(tenants["data"]["tenants.toml"])
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in settings["data"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SSO_SECRETS_DIR", str(mounted))
    monkeypatch.setenv("SSO_TENANTS_FILE", str(tmp_path / "tenants.toml"))
    monkeypatch.chdir(tmp_path)

    loaded = load_settings()

    assert loaded.sso_session_max_age == 3600
    assert len(load_tenants(loaded.sso_tenants_file or Path())) == 2


def mounted_as_kubernetes_does(folder: Path, secrets: dict[str, str]) -> Path:
    """The files are links into a folder that is swapped as a whole (Kubernetes, AtomicWriter)."""
    mounted, version = folder / "secrets", folder / "secrets" / "..2026_11_22"
    version.mkdir(parents=True)
    (mounted / "..data").symlink_to(version.name)
    for name, value in secrets.items():
        (version / name).write_text(value)
        (mounted / name).symlink_to(f"..data/{name}")
    return mounted


SECRETS = [name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_among_the_settings_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        rendered({**LEAST, "settings": {**SETTINGS, name: "x"}}, tmp_path)


@pytest.mark.parametrize("missing", ["image", "secretName", "settings"])
def test_what_has_no_default_is_asked_for(missing: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=missing):
        rendered({name: value for name, value in LEAST.items() if name != missing}, tmp_path)


def test_the_internet_reaches_neither_verify_nor_the_metrics(tmp_path: Path) -> None:
    documents = rendered(MOST, tmp_path)
    (ingress,) = of_kind("Ingress", documents)
    (rule,) = ingress["spec"]["rules"]
    paths = [path["path"] for path in rule["http"]["paths"]]

    assert not any(path.startswith(("/auth/verify", "/auth/introspect", "/metrics")) for path in paths)
    assert "/auth" not in paths
    assert all(path["backend"]["service"]["name"] == "demo-cognito-sso" for path in rule["http"]["paths"])


def test_every_path_that_a_browser_or_frontend_needs_is_let_in(tmp_path: Path) -> None:
    from cognito_sso.routes import ROUTERS

    inside = {"/auth/verify", "/auth/introspect", "/healthz", "/readyz"}
    needed = {route.path for router in ROUTERS for route in router.routes} - inside  # type: ignore[attr-defined]
    (ingress,) = of_kind("Ingress", rendered(MOST, tmp_path))
    paths = {path["path"]: path["pathType"] for path in ingress["spec"]["rules"][0]["http"]["paths"]}

    let_in = {path for path in needed if path in paths or (path.startswith("/login/") and paths["/login"] == "Prefix")}
    assert needed - let_in == set()


def test_the_chart_has_the_version_of_the_service() -> None:
    import cognito_sso

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["version"] == chart["appVersion"] == cognito_sso.__version__
    assert f"ARG VERSION={cognito_sso.__version__}\n" in (ROOT / "Dockerfile").read_text()


def test_secret_settings_are_told_apart_by_their_type() -> None:
    assert {"SSO_COOKIE_KEYS", "COGNITO_CLIENT_SECRET", "SSO_RATE_LIMIT_STORAGE"} <= set(SECRETS)
