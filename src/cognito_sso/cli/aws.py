"""The way to AWS for a command that may need it: boto3 is imported only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_sso.provision import ProvisionError

if TYPE_CHECKING:
    from cognito_sso.provision.user_pool import UserPool


def user_pools(*, region: str, profile: str | None) -> UserPool:
    """Asks nobody yet. Raises `ProvisionError`, where boto3 is not there too."""
    try:
        from cognito_sso.provision.aws import connect
        from cognito_sso.provision.user_pool import UserPool
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        raise ProvisionError(
            "boto3 is missing. Install it with the extra: pip install 'cognito-sso[provision]'"
        ) from None
    return UserPool(connect(region=region, profile=profile))
