"""The CloudFormation template: what AWS's own linter takes, and nothing the service would refuse or be hurt by."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from cognito_sso.cli.serve import GRACE_SECONDS, KEEP_ALIVE_SECONDS
from cognito_sso.routes import ROUTERS
from cognito_sso.settings import Settings, load_settings, new_cookie_key
from tests.deploy.ecs import TEMPLATE, container, environment, properties, secrets, template

ROOT = Path(__file__).parents[2]
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}


def linted(file: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [str(linter), "--regions", "eu-north-1", "us-east-1", "--", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_cfn_lint_likes_the_template() -> None:
    ran = linted(TEMPLATE)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_cfn_lint_would_refuse_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "service.yaml"
    wrong.write_text(TEMPLATE.read_text().replace("ReadonlyRootFilesystem", "ReadOnlyRootFilesystem"))

    assert linted(wrong).returncode != 0


def test_the_service_takes_what_the_task_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    for name in secrets():
        monkeypatch.setenv(name, {"SSO_COOKIE_KEYS": new_cookie_key()}.get(name, "a-secret-of-the-app-client"))
    monkeypatch.chdir(tmp_path)

    loaded = load_settings()

    assert len(loaded.sso_frontends) == len(loaded.sso_trusted_proxies) == 2


def test_secrets_come_from_where_secrets_are_and_nothing_is_unknown() -> None:
    assert set(secrets()) <= SECRETS
    assert not set(environment()) & SECRETS
    assert set(environment()) <= {name.upper() for name in Settings.model_fields}
    assert secrets()["SSO_COOKIE_KEYS"].endswith(":secret:sso:SSO_COOKIE_KEYS::")


def test_the_container_may_do_little() -> None:
    definition = container()

    assert definition["User"] == "65532"
    assert definition["ReadonlyRootFilesystem"] is True
    assert definition["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert "TaskRoleArn" not in properties("TaskDefinition")


def test_its_health_check_is_that_of_the_image() -> None:
    (in_the_image,) = re.findall(r"^HEALTHCHECK .*CMD (\[.+\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    command = container()["HealthCheck"]["Command"]

    assert command[0] == "CMD"
    assert str(command[1:]).replace("'", '"') == in_the_image


def test_a_task_that_is_stopped_by_hand_is_out_before_it_closes_and_then_finishes_what_it_began() -> None:
    targets = properties("TargetGroup")
    noticed = targets["HealthCheckIntervalSeconds"] * targets["UnhealthyThresholdCount"]
    draining = int(environment()["SSO_DRAIN_SECONDS"])

    assert noticed < draining
    assert container()["StopTimeout"] > draining + GRACE_SECONDS
    assert targets["HealthCheckPath"] == "/readyz"


def test_a_deployment_leaves_as_many_tasks_as_were_scaled_out() -> None:
    """CloudFormation would set the count again with each update of the service (AWS::ECS::Service, DesiredCount)."""
    assert "DesiredCount" not in properties("Service")
    assert properties("ScalableTarget")["ScalableDimension"] == "ecs:service:DesiredCount"


def test_the_load_balancer_never_sends_into_a_connection_that_the_service_closes() -> None:
    attributes = {one["Key"]: one["Value"] for one in properties("LoadBalancer")["LoadBalancerAttributes"]}

    assert int(attributes["idle_timeout.timeout_seconds"]) < KEEP_ALIVE_SECONDS
    assert attributes["routing.http.xff_header_processing.mode"] == "append"


def test_the_internet_reaches_what_people_need_and_nothing_else() -> None:
    paths = {route.path for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    inside = {"/auth/verify", "/auth/introspect", "/healthz", "/readyz"}

    assert {path for path in paths if is_forwarded(path)} == paths - inside
    assert not is_forwarded("/auth/%76erify")
    assert properties("HttpsListener")["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


def is_forwarded(path: str) -> bool:
    return any(fnmatch(path, pattern) for patterns in patterns_of_rules() for pattern in patterns)


def patterns_of_rules() -> list[list[str]]:
    rules = [one["Properties"] for one in template()["Resources"].values() if one["Type"].endswith("::ListenerRule")]
    return [condition["PathPatternConfig"]["Values"] for rule in rules for condition in rule["Conditions"]]


def test_no_rule_has_more_values_than_a_load_balancer_takes() -> None:
    """Five, by AWS's quotas for Application Load Balancers; cfn-lint does not count them."""
    assert max(map(len, patterns_of_rules())) <= 5


def test_the_template_has_no_alias_which_cloudformation_does_not_read() -> None:
    assert not [token for token in yaml.scan(TEMPLATE.read_text()) if isinstance(token, yaml.AliasToken)]


def test_the_command_of_the_page_gives_what_the_template_asks_for() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text()
    (command,) = re.findall(r"^aws cloudformation deploy (?:.*\\\n)*.*", page, re.MULTILINE)
    words = shlex.split(command.replace("\\\n", ""))
    given = {word.partition("=")[0] for word in words[words.index("--parameter-overrides") + 1 :]}
    asked = template()["Parameters"]

    assert given <= set(asked)
    assert {name for name, one in asked.items() if "Default" not in one} <= given
    assert words[words.index("--template-file") + 1] == str(TEMPLATE.relative_to(ROOT))
