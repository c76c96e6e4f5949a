"""The CloudFormation template for ECS, and what a stack of it would give to a container."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

TEMPLATE = Path(__file__).parents[2] / "deploy" / "ecs" / "service.yaml"
GIVEN: dict[str, Any] = {
    "UserPoolId": "eu-north-1_AbCdEf123",
    "ClientId": "4example5client6id",
    "CognitoDomain": "acme",
    "IdentityProvider": "ScalekitIdPRouter",
    "PublicUrl": "https://login.acme.com",
    "Frontends": ["https://app.acme.com", "https://admin.acme.com"],
    "PublicNetworks": ["10.0.0.0/24", "10.0.1.0/24"],
    "Secrets": "arn:aws:secretsmanager:eu-north-1:111122223333:secret:sso",
}


def template() -> dict[str, Any]:
    read: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))
    return read


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][name]["Properties"]
    return found


def container() -> dict[str, Any]:
    (only,) = properties("TaskDefinition")["ContainerDefinitions"]
    return dict(only)


def environment(given: dict[str, Any] = GIVEN) -> dict[str, str]:
    return {one["Name"]: resolved(one["Value"], given) for one in container()["Environment"]}


def secrets(given: dict[str, Any] = GIVEN) -> dict[str, str]:
    return {one["Name"]: resolved(one["ValueFrom"], given) for one in container()["Secrets"]}


def resolved(value: Any, given: dict[str, Any]) -> Any:
    """What CloudFormation makes of a value; no more of its functions than the template needs."""
    match value:
        case {"Ref": name}:
            return given[name]
        case {"Fn::Join": [between, parts]}:
            return between.join(resolved(parts, given))
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\}", lambda found: str(given[found[1]]), text)
        case str():
            return value
    raise NotImplementedError(value)
