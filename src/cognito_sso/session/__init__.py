"""(5) Who is signed in, and for how long."""

from cognito_sso.session.bearer import BearerProfiles
from cognito_sso.session.forward_auth import ForwardAuth, Verdict
from cognito_sso.session.profile import Profile
from cognito_sso.session.refresh import Refresher
from cognito_sso.session.revocations import Revocations
from cognito_sso.session.session import RefreshGrant, Session
from cognito_sso.session.session_cookies import SessionCookies

__all__ = [
    "BearerProfiles",
    "ForwardAuth",
    "Profile",
    "RefreshGrant",
    "Refresher",
    "Revocations",
    "Session",
    "SessionCookies",
    "Verdict",
]
