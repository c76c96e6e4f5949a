"""The settings, and what stands in the files they name: every fault of both told at once."""

from __future__ import annotations

from pathlib import Path

from cognito_sso.login.tenants import TenantsFileInvalid, load_tenants
from cognito_sso.settings import Settings, load_settings
from cognito_sso.web.pages import data_uri


def load_configuration() -> Settings:
    """What `serve` and `config` start from. Raises `ConfigurationError` with every fault."""
    return load_settings({"sso_tenants_file": faults_of_tenants, "sso_brand_logo": faults_of_logo})


def faults_of_tenants(file: Path) -> list[str]:
    try:
        load_tenants(file)
    except TenantsFileInvalid as error:
        return error.faults
    return []


def faults_of_logo(file: Path) -> list[str]:
    try:
        data_uri(file)
    except ValueError as error:
        return [str(error)]
    return []
