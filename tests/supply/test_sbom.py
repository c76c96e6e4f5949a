"""The list of what is inside is whole, has every hash, and is the same each time."""

from __future__ import annotations

import re

from tests.project.repository import text_of
from tests.supply.sbom import sbom


def test_the_list_is_whole_hashed_and_the_same_each_time_sec_555() -> None:
    made = sbom()
    listed = {part["name"]: part for part in made["components"]}
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text_of("requirements/server.txt"), re.MULTILINE))
    assert {name: part["version"] for name, part in listed.items()} == locked
    assert made["metadata"]["component"]["name"] == "cognito-sso"
    assert made == sbom()
    assert "serialNumber" not in made
