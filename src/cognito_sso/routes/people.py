"""Whom the audit log is told about, with the address in its canonical form."""

from __future__ import annotations

from cognito_sso.errors import EmailInvalid
from cognito_sso.login.email_address import EmailAddress
from cognito_sso.login.flow import SignedIn
from cognito_sso.observability import NOBODY, Person
from cognito_sso.services import Services
from cognito_sso.session import Profile, RefreshGrant, Session


def who_typed(services: Services, email: str) -> Person:
    """Somebody of whom only an address is known, which anybody could type."""
    return Person(email=email, tenant=services.tenants.name_for(email.rpartition("@")[2]))


def who_came_back(signed_in: SignedIn) -> Person:
    profile = signed_in.session.profile
    return Person(profile.sub, str(signed_in.actual), profile.tenant)


def who_holds(services: Services, grant: RefreshGrant | None, session: Session | None = None) -> Person:
    """Whose cookies these are; either may be missing."""
    if grant is not None:
        return Person(grant.sub, grant.email, services.tenants.name_for(grant.email.rpartition("@")[2]))
    return _of(session.profile) if session is not None else NOBODY


def _of(profile: Profile) -> Person:
    try:
        email = str(EmailAddress.parse(profile.email or ""))
    except EmailInvalid:
        email = None
    return Person(profile.sub, email, profile.tenant)
