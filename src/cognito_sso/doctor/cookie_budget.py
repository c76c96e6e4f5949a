"""How much of a session fits into its cookie, by estimate: the scopes stand in every access token, the groups too."""

from __future__ import annotations

import json
import uuid

from cognito_sso.cookies import Seal, SealedCookie, base64url
from cognito_sso.cookies.sealed_cookie import CookieTooLarge
from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.doctor.setup import Setup
from cognito_sso.session import Session
from cognito_sso.session.cookie_payload import session_payload
from cognito_sso.session.profile import Profile
from cognito_sso.session.session_cookies import SESSION_COOKIE_BUDGET

GROUP_NAME = "a-group-of-some-24-chars"
SIGNATURE_BYTES = 256  # RS256 with 2048 bits
MOST_GROUPS = 100  # of a person (AWS, quotas)
FEW_GROUPS = 10
_NOW = 1_800_000_000
_HOUR = 3_600
_CONNECTION = "conn_12345678901234567"

COOKIE = Part("Session cookie")
ROOMY = COOKIE.ok(
    "session_cookie_roomy",
    "By estimate a session of up to {groups} groups fits whole into its cookie of {budget} bytes.",
)
TIGHT = COOKIE.warning(
    "session_cookie_tight",
    "By estimate a session of more than {groups} groups does not fit whole into its cookie of {budget} bytes.",
    why="Beyond that the parts of the name are left out of /me, then the access token out of the session.",
    remedy="Ask for fewer or shorter scopes in COGNITO_SCOPES: they stand in every access token.",
)


def judge_cookie_budget(setup: Setup) -> Finding:
    groups = most_groups_that_fit(setup)
    kind = TIGHT if groups < FEW_GROUPS else ROOMY
    return kind.found(groups=max(groups, 0), budget=SESSION_COOKIE_BUDGET)


def most_groups_that_fit(setup: Setup) -> int:
    """-1 where not even a session without groups fits whole."""
    fitting = (groups for groups in range(MOST_GROUPS, -1, -1) if _fits(setup, groups))
    return next(fitting, -1)


def _fits(setup: Setup, groups: int) -> bool:
    cookie = SealedCookie(purpose="session", seal=Seal([bytes(32)], context=""), secure=True)
    try:
        cookie.write(session_payload(_session(setup, groups)), max_age=_HOUR, budget=SESSION_COOKIE_BUDGET)
    except CookieTooLarge:
        return False
    return True


def _session(setup: Setup, groups: int) -> Session:
    """Of a person with a long name at the company with the longest one."""
    provider = max(setup.providers, key=len)
    username = f"{provider}_{_CONNECTION};{_uuid(0)}"
    names = tuple(f"{GROUP_NAME[:-2]}{number:02}" for number in range(groups))
    profile = Profile(
        sub=_uuid(1),
        email="firstname.lastname@department.company.example",
        email_verified=True,
        name="Firstname Middlename Lastname",
        given_name="Firstname Middlename",
        family_name="Lastname-Othername",
        username=username,
        groups=names,
        provider=provider,
        connection_id=_CONNECTION,
        tenant=max((tenant.name for tenant in setup.tenants), key=len, default=None),
        auth_time=_NOW,
        expires_at=_NOW + _HOUR,
        refresh_at=_NOW + _HOUR,
    )
    return Session(
        "a" * 16, profile, _access_token(setup, username, [f"{setup.settings.cognito_user_pool_id}_{provider}", *names])
    )


def _access_token(setup: Setup, username: str, groups: list[str]) -> str:
    """As long as Cognito's, and as readable; its signature is none."""
    claims = {
        "sub": _uuid(1),
        "cognito:groups": groups,
        "iss": setup.endpoints.issuer,
        "version": 2,
        "client_id": setup.settings.cognito_client_id,
        "origin_jti": _uuid(2),
        "event_id": _uuid(3),
        "token_use": "access",
        "scope": setup.settings.cognito_scopes,
        "auth_time": _NOW,
        "exp": _NOW + _HOUR,
        "iat": _NOW,
        "jti": _uuid(4),
        "username": username,
    }
    header = {"kid": "A" * 43 + "=", "alg": "RS256"}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return base64url.encode(*parts, bytes(SIGNATURE_BYTES))


def _uuid(number: int) -> str:
    return str(uuid.UUID(int=number))
