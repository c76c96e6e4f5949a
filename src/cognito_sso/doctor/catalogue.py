"""Every finding there can be, in the order in which they are told."""

from __future__ import annotations

from cognito_sso.doctor.authorization import DOMAIN, SIGN_IN
from cognito_sso.doctor.companies import COMPANIES
from cognito_sso.doctor.configured import KEYS, SETTINGS
from cognito_sso.doctor.cookie_budget import COOKIE
from cognito_sso.doctor.credentials import CREDENTIALS
from cognito_sso.doctor.finding import Kind, Part
from cognito_sso.doctor.issuer import CLOCK, ISSUER
from cognito_sso.doctor.organizations import ORGANIZATIONS
from cognito_sso.doctor.origins import ORIGINS
from cognito_sso.doctor.pool import POOL
from cognito_sso.doctor.routing import ROUTING
from cognito_sso.doctor.scalekit import SCALEKIT
from cognito_sso.doctor.sign_out import SIGN_OUT

PARTS: tuple[Part, ...] = (
    SETTINGS, KEYS, ORIGINS, COOKIE, COMPANIES, ISSUER, CLOCK, DOMAIN, SIGN_IN, CREDENTIALS, SIGN_OUT,
    SCALEKIT, ORGANIZATIONS, ROUTING, POOL,
)  # fmt: skip
KINDS: tuple[Kind, ...] = tuple(kind for part in PARTS for kind in part.kinds)
