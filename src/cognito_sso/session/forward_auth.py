"""What a gateway asks before each request: who is this, and may they? 204, 401 or 403; nothing else, ever."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from cognito_sso.cookies import read_cookies
from cognito_sso.observability import AuditLog, Tally
from cognito_sso.session.bearer import LONGEST_CREDENTIALS
from cognito_sso.session.cookie_payload import claims_of_access_token
from cognito_sso.session.identity import LONGEST_QUERY_BYTES, Identity, Requirements
from cognito_sso.session.session import Session
from cognito_sso.session.session_cookies import SessionCookies
from cognito_sso.verify import Claims, KeysUnavailable, TokenError, TokenVerifier

Headers = list[tuple[bytes, bytes]]
MOST_PREPARED = 4_096


@dataclass(slots=True)
class Verdict:
    """The answer: its status, and the headers that tell the gateway who it is."""

    status: int
    headers: Headers
    lines: bytes = field(default=b"", repr=False, compare=False)
    """The headers on the wire, by whoever wrote them first: a verdict is often given again."""


_CHALLENGE = (b"www-authenticate", b"Bearer")
_INVALID_TOKEN = (b"www-authenticate", b'Bearer error="invalid_token"')
_INSUFFICIENT = (b"www-authenticate", b'Bearer error="insufficient_scope"')
NOT_SIGNED_IN = Verdict(401, [_CHALLENGE])
TOKEN_REFUSED = Verdict(401, [_INVALID_TOKEN])
NOT_ALLOWED = Verdict(403, [_INSUFFICIENT])


class ForwardAuth:
    """Judges by the request's headers and the URL's filters alone, and asks nobody while keys are held.

    The answer for a remembered token and the same filters is kept ready; whether the token is still good is asked of
    the verifier each time.
    """

    def __init__(
        self,
        *,
        verifier: TokenVerifier,
        session_cookies: SessionCookies,
        tenant_of: Callable[[Claims], str | None],
        audit: AuditLog,
        verdicts: Tally,
    ) -> None:
        self._verifier = verifier
        self._session_cookies = session_cookies
        self._tenant_of = tenant_of
        self._audit = audit
        self._verdicts = verdicts.counts
        self._prepared: OrderedDict[tuple[int, bytes], tuple[Claims, Verdict]] = OrderedDict()

    async def verdict(self, headers: Iterable[tuple[bytes, bytes]], query: bytes) -> Verdict:
        credentials, cookies = _told(headers)
        if not credentials:
            return self._counted("session", self._of_session(cookies, query))
        return self._counted("bearer", await self._of_bearer(credentials, query))

    def verdict_at_once(self, headers: Iterable[tuple[bytes, bytes]], query: bytes) -> Verdict | None:
        """The same; None, and nothing is counted, where keys have to be fetched or a token is refused."""
        credentials, cookies = _told(headers)
        if not credentials:
            return self._counted("session", self._of_session(cookies, query))
        token = _token_of(credentials)
        seen = None if token is None else self._verifier.access_token_at_once(token)
        if seen is None:
            return None
        claims, is_remembered = seen
        verdict = self._prepared_for(claims, query) if is_remembered else self._of_claims(claims, query)
        return self._counted("bearer", verdict)

    def of_two_readings(self) -> Verdict:
        """The answer to a path that a gateway may have taken for another one: no, whoever asks."""
        return self._counted("path", NOT_ALLOWED)

    def _counted(self, door: str, verdict: Verdict) -> Verdict:
        self._verdicts[door, verdict.status] += 1
        return verdict

    async def _of_bearer(self, credentials: list[bytes], query: bytes) -> Verdict:
        token = _token_of(credentials)
        if token is None:
            return TOKEN_REFUSED
        remembered = self._verifier.recall(token)
        if remembered is not None:
            return self._prepared_for(remembered, query)
        try:
            claims = await self._verifier.access_token(token)
        except (TokenError, KeysUnavailable) as error:
            self._audit.bearer_refused(reason=getattr(error, "code", "keys_unavailable"))
            return TOKEN_REFUSED
        return self._of_claims(claims, query)

    def _prepared_for(self, claims: Claims, query: bytes) -> Verdict:
        key = (id(claims), query)
        known = self._prepared.get(key)
        if known is not None and known[0] is claims:
            return known[1]
        verdict = self._of_claims(claims, query)
        if len(query) <= LONGEST_QUERY_BYTES:  # or one good token could fill the memory
            self._prepared[key] = (claims, verdict)
        if len(self._prepared) > MOST_PREPARED:
            self._prepared.popitem(last=False)
        return verdict

    def _of_claims(self, claims: Claims, query: bytes) -> Verdict:
        tenant = self._tenant_of(claims)
        return _judged(Identity(claims.sub, None, claims.groups, lambda: claims.scopes, tenant), query)

    def forget(self) -> None:
        """Answers that were kept ready may have been made with other tenants."""
        self._prepared.clear()

    def _of_session(self, cookies: list[bytes], query: bytes) -> Verdict:
        session = self._session_cookies.read_session(read_cookies(value.decode("latin-1") for value in cookies))
        return NOT_SIGNED_IN if session is None else _judged(_identity_of_session(session), query)


def _told(headers: Iterable[tuple[bytes, bytes]]) -> tuple[list[bytes], list[bytes]]:
    """The `Authorization` and the `Cookie` headers."""
    credentials, cookies = [], []
    for name, value in headers:
        if name == b"authorization":
            credentials.append(value)
        elif name == b"cookie":
            cookies.append(value)
    return credentials, cookies


def _token_of(credentials: list[bytes]) -> str | None:
    # Refused as a whole, never cut: what is left of it might be good.
    if len(credentials) != 1 or len(credentials[0]) > LONGEST_CREDENTIALS:
        return None
    scheme, _, token = credentials[0].strip(b" ").partition(b" ")
    return token.lstrip(b" ").decode("latin-1") if scheme.lower() == b"bearer" else None


def _judged(identity: Identity, query: bytes) -> Verdict:
    if not Requirements.parse(query).met_by(identity):
        return NOT_ALLOWED
    return Verdict(204, identity.headers())


def _identity_of_session(session: Session) -> Identity:
    profile = session.profile
    scopes = partial(_scopes_of, session)
    return Identity(profile.sub, profile.email, profile.groups, scopes, profile.tenant, session.access_token)


def _scopes_of(session: Session) -> frozenset[str]:
    """What its access token may do. One that is not Cognito's usual kind, or fell off the cookie, may do nothing."""
    try:
        claims = claims_of_access_token(session.access_token)
        scopes = None if claims is None else claims.scopes
    except (ValueError, TypeError, AttributeError, RecursionError):
        scopes = None
    return scopes or frozenset()
