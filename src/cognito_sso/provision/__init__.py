"""Brings a user pool to the state that one file wants: `file -> wanted -> plan (against what is found) -> user_pool`.

Everything here is pure but `user_pool` and `aws`, which talk to AWS. Those two need boto3, the extra
`[provision]`, and are imported only by who means to talk to it.
"""

from __future__ import annotations

from cognito_sso.provision.code import as_code
from cognito_sso.provision.errors import AwsRefused, ProvisionError, ProvisionFileInvalid, Stopped
from cognito_sso.provision.file import load_wanted
from cognito_sso.provision.found import Found
from cognito_sso.provision.handover import at_scalekit, service_settings
from cognito_sso.provision.plan import Change, Plan, Step, plan
from cognito_sso.provision.wanted import Wanted

__all__ = [
    "AwsRefused",
    "Change",
    "Found",
    "Plan",
    "ProvisionError",
    "ProvisionFileInvalid",
    "Step",
    "Stopped",
    "Wanted",
    "as_code",
    "at_scalekit",
    "load_wanted",
    "plan",
    "service_settings",
]
