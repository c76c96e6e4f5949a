"""A provider's name is good or bad wherever an operator writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cognito_sso.login.tenants import TenantsFileInvalid, load_tenants
from cognito_sso.provision import rules
from cognito_sso.settings import ConfigurationError
from tests.world import settings_for

GOOD = ("Abc", "ScalekitIdPRouter", "Acme-Okta.1", "a_c", "a" * 32, "Überfirma")
BAD = ("ab", "a" * 33, "_abc", "abc_", "ab_c", "a b c", " abc", "abc\n", "\u00a0abc", "")


def in_the_settings(name: str) -> bool:
    try:
        settings_for(cognito_identity_provider=name)
    except ConfigurationError:
        return False
    return True


def in_the_tenants_file(name: str, folder: Path) -> bool:
    file = folder / "tenants.toml"
    file.write_text(f'[[tenant]]\nname = "a"\ndomains = ["x.example"]\nidentity_provider = {json.dumps(name)}', "utf-8")
    try:
        load_tenants(file)
    except TenantsFileInvalid:
        return False
    return True


@pytest.mark.parametrize("name", [*GOOD, *BAD], ids=ascii)
def test_everybody_judges_it_alike(name: str, tmp_path: Path) -> None:
    verdicts = {in_the_settings(name), in_the_tenants_file(name, tmp_path), rules.provider_name(name) is None}
    assert verdicts == {name in GOOD}
