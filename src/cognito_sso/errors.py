"""What can go wrong in a sign-in, each error with the code that callers see.

    SignInError
    ├── RequestInvalid          invalid_request
    │   ├── EmailInvalid        invalid_email
    │   ├── ReturnToInvalid     invalid_return_to
    │   └── NavigationRequired  navigation_required
    ├── DomainNotServed         domain_not_served
    ├── LoginExpired            login_expired
    ├── InitiatedLoginRefused   initiated_login_refused
    ├── SignInRefused
    │   ├── AccessDenied        access_denied
    │   ├── AttributesMissing   attributes_missing
    │   ├── UserAlreadyExists   user_already_exists   (Cognito's first-login quirk: the login restarts)
    │   ├── ProviderError       provider_error
    │   ├── GrantRejected       grant_rejected
    │   ├── IdTokenRefused      id_token_refused
    │   ├── TenantMismatch      tenant_mismatch
    │   └── IdentityDiffers     identity_differs
    ├── ProviderUnavailable     provider_unavailable
    │   ├── ProviderUnreachable
    │   ├── ProviderTimeout
    │   └── ProviderNonsense
    ├── TooManyRequests         too_many_requests
    ├── SessionTooLarge         session_too_large
    ├── NotSignedIn             not_signed_in
    │   ├── SessionEnded        session_ended
    │   └── BearerRefused       invalid_token
    ├── HookRefused             hook_refused
    └── OriginNotAllowed        origin_not_allowed

The status and the words a person reads are in `web/problems.py`, in one table.
"""

from __future__ import annotations

from typing import ClassVar


class SignInError(Exception):
    """Base of all. `reason` is for the log: exact, and never a token, a code or an e-mail address."""

    code: ClassVar[str]

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.code)
        self.reason = reason or self.code


class RequestInvalid(SignInError):
    """The request itself is not one we can read. Its `reason` is also shown to the caller."""

    code = "invalid_request"


class EmailInvalid(RequestInvalid):
    code = "invalid_email"


class ReturnToInvalid(RequestInvalid):
    code = "invalid_return_to"


class NavigationRequired(RequestInvalid):
    """The address is for a browser's address bar; a script, a frame or an image asked for it."""

    code = "navigation_required"


class DomainNotServed(SignInError):
    """No tenant claims the e-mail's domain, and unlisted domains are refused."""

    code = "domain_not_served"


class LoginExpired(SignInError):
    """What came back answers no login that this browser has open."""

    code = "login_expired"


class InitiatedLoginRefused(SignInError):
    """Somebody started a login for this browser with something that is not genuine, not fresh or not for us."""

    code = "initiated_login_refused"


class SignInRefused(SignInError):
    """The login was ours and came back, but not with somebody we may let in."""


class AccessDenied(SignInRefused):
    code = "access_denied"


class AttributesMissing(SignInRefused):
    code = "attributes_missing"


class UserAlreadyExists(SignInRefused):
    """Cognito's answer to the first login right after a user was linked; trying once more succeeds."""

    code = "user_already_exists"


class ProviderError(SignInRefused):
    code = "provider_error"


class GrantRejected(SignInRefused):
    """Cognito refused the code or the refresh token (RFC 6749 section 5.2, `invalid_grant`)."""

    code = "grant_rejected"


class IdTokenRefused(SignInRefused):
    code = "id_token_refused"


class TenantMismatch(SignInRefused):
    """Somebody signed in, but not through the company whose address was typed."""

    code = "tenant_mismatch"


class IdentityDiffers(SignInRefused):
    """Somebody else of the same company came back, and nobody can be asked: the caller is a program."""

    code = "identity_differs"


class ProviderUnavailable(SignInError):
    """Cognito did not answer as it should; nothing is lost by trying again."""

    code = "provider_unavailable"
    retry_after_seconds: ClassVar[int] = 5


class ProviderUnreachable(ProviderUnavailable):
    pass


class ProviderTimeout(ProviderUnavailable):
    pass


class ProviderNonsense(ProviderUnavailable):
    pass


class TooManyRequests(SignInError):
    """The client's address has spent what it may; `retry_after_seconds` says when there is room again."""

    code = "too_many_requests"

    def __init__(self, reason: str = "", *, retry_after_seconds: int) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class SessionTooLarge(SignInError):
    """The identity does not fit a browser's cookies."""

    code = "session_too_large"


class NotSignedIn(SignInError):
    code = "not_signed_in"


class SessionEnded(NotSignedIn):
    """There was a session, and it can't be refreshed any more. `cause` is `max_age` or the code of what went wrong."""

    code = "session_ended"

    def __init__(self, reason: str = "", *, cause: str = "max_age") -> None:
        super().__init__(reason)
        self.cause = cause


class BearerRefused(NotSignedIn):
    """The request carried a Bearer token, or something in its place, that proves nothing."""

    code = "invalid_token"


class HookRefused(SignInError):
    """A webhook that Scalekit did not sign, or not just now."""

    code = "hook_refused"


class OriginNotAllowed(SignInError):
    code = "origin_not_allowed"
