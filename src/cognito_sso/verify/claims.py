"""What a genuine token says, and the checks that decide if it may be believed (OIDC Core §3.1.3.7, RFC 9068). Pure."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeGuard

from cognito_sso.verify.compact import MAX_SAFE_INTEGER, NotStrict, bound
from cognito_sso.verify.errors import InsufficientError, TokenError

TokenUse = Literal["id", "access"]

ID: Final = "id"
ACCESS: Final = "access"
MAX_LIFETIME_SECONDS: Final = 24 * 3600  # Cognito's longest ID or access token
MAX_SUBJECT_CHARACTERS: Final = 255  # OIDC Core §2

_CONNECTION_PREFIX: Final = "conn_"


class Wanted(NamedTuple):
    """Everything one call requires of a token. Two equal ones always lead to the same verdict on one token."""

    token_use: TokenUse | None
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    connection_id: str | None = None
    machine: bool = False
    nonce: str | None = None
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What one pool's tokens must say. None switches a check off; times in seconds."""

    issuer: str | None
    client_ids: frozenset[str] | None
    resources: frozenset[str]
    leeway: float
    skew: float


class Claims(Mapping[str, Any]):
    """What a verified token says. Read-only all the way down: objects are mapping proxies, arrays tuples.

    The properties are typed and in Cognito's sense; `claims["name"]` is the raw claim. Only `TokenVerifier` makes one
    that means anything.
    """

    __slots__ = ("_raw",)
    _raw: dict[str, Any]

    def __init__(self, raw: Mapping[str, Any]) -> None:
        _set_raw(self, raw)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("claims cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("claims cannot be changed")

    def __getitem__(self, name: str) -> Any:
        return _frozen(self._raw[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return f"<Claims token_use={self._raw.get('token_use')!r} sub={self._raw.get('sub')!r}>"

    def __reduce__(self) -> tuple[type[Claims], tuple[dict[str, Any]]]:
        return type(self), (self._raw,)

    @property
    def sub(self) -> str:
        """The pool's own id of the person; not the identity provider's."""
        return str(self._raw["sub"])

    @property
    def issuer(self) -> str:
        return str(self._raw["iss"])

    @property
    def token_use(self) -> TokenUse:
        return ID if self._raw["token_use"] == ID else ACCESS

    @property
    def client_id(self) -> str:
        """The app client the token was issued to: `aud` of an ID token, `client_id` of an access token."""
        if self.token_use == ACCESS:
            return str(self._raw["client_id"])
        audience = self._raw["aud"]
        return str(audience[0] if type(audience) is list else audience)

    @property
    def username(self) -> str | None:
        return self._raw.get("cognito:username" if self._raw["token_use"] == ID else "username")

    @property
    def groups(self) -> tuple[str, ...]:
        """The person's groups, without the one Cognito makes for each provider (`<pool>_<provider>`)."""
        own = self._pool_prefix()
        return tuple([group for group in self._raw.get("cognito:groups", ()) if not group.startswith(own)])

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(scopes_of(self._raw))

    @property
    def email(self) -> str | None:
        return self._raw.get("email")

    @property
    def email_verified(self) -> bool:
        return self._raw.get("email_verified") in (True, "true")

    @property
    def name(self) -> str | None:
        return self._raw.get("name")

    @property
    def given_name(self) -> str | None:
        return self._raw.get("given_name")

    @property
    def family_name(self) -> str | None:
        return self._raw.get("family_name")

    @property
    def expires_at(self) -> int:
        """Seconds since the epoch."""
        return int(self._raw["exp"])

    @property
    def issued_at(self) -> int:
        """Seconds since the epoch."""
        return int(self._raw["iat"])

    @property
    def auth_time(self) -> int | None:
        """When the person signed in, in seconds since the epoch; refreshing does not change it."""
        seconds = self._raw.get("auth_time")
        return None if seconds is None else int(seconds)

    @property
    def jti(self) -> str | None:
        return self._raw.get("jti")

    @property
    def origin_jti(self) -> str | None:
        """Shared by all tokens of one sign-in, however often refreshed."""
        return self._raw.get("origin_jti")

    @property
    def provider(self) -> str | None:
        """The identity provider's name in its own case; only ID tokens of federated people say it."""
        identity = self._identity()
        return None if identity is None else identity["providerName"]

    @property
    def connection_id(self) -> str | None:
        """The Scalekit connection (`conn_…`) the person came through; None when the token does not prove one."""
        user_id = (self._identity() or {}).get("userId") if "identities" in self._raw else self._federated_user_id()
        connection, semicolon, _ = (user_id or "").partition(";")
        return connection if semicolon and connection.startswith(_CONNECTION_PREFIX) else None

    @property
    def is_machine(self) -> bool:
        """True for a client-credentials access token: nobody signed in (RFC 9700 §4.15)."""
        return self.token_use == ACCESS and is_machine(self._raw)

    def _pool_prefix(self) -> str:
        return str(self._raw["iss"]).rpartition("/")[2] + "_"

    def _identity(self) -> dict[str, Any] | None:
        for identity in self._raw.get("identities", ()):
            if identity.get("primary") in ("true", True):  # Cognito writes the string
                return dict(identity)
        return None

    def _federated_user_id(self) -> str | None:
        """The provider's own id of the person, out of the username `<provider>_<id>`.

        Believed only beside Cognito's group of that provider: people of the pool itself may choose a username that
        looks like a federated one, but cannot choose their groups. The prefix's case depends on the pool.
        """
        username, own = self.username or "", self._pool_prefix()
        for group in self._raw.get("cognito:groups", ()):
            provider = group.removeprefix(own)
            if provider != group and username.lower().startswith(f"{provider.lower()}_"):
                return username[len(provider) + 1 :]
        return None


_set_raw = Claims._raw.__set__  # type: ignore[attr-defined]  # past __setattr__, which refuses everybody


def _frozen(value: Any) -> Any:
    if type(value) is list:
        return tuple(map(_frozen, value))
    if type(value) is dict:
        return MappingProxyType({name: _frozen(item) for name, item in value.items()})
    return value


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The scope claim, cut at spaces and nothing else (RFC 6749 §3.3)."""
    return [scope for scope in claims.get("scope", "").split(" ") if scope]


def is_machine(claims: Mapping[str, Any]) -> bool:
    """Either sign is enough, so that a token is never taken for a person's by mistake."""
    return not claims.get("username") or claims["sub"] == claims["client_id"]


def check(claims: dict[str, Any], wanted: Wanted, rules: Rules, now: float) -> None:
    """Decide whether these claims of a genuine token may be believed; raise `TokenError` or `InsufficientError`."""
    check_types(claims)
    _check_origin(claims, wanted, rules)
    _check_times(claims, rules, now)
    if claims["token_use"] == ACCESS:
        _check_access_token(claims, wanted, rules)
    else:
        _check_id_token(claims, wanted, rules)
    if wanted.scopes or wanted.groups or wanted.connection_id is not None:
        _check_requirements(claims, wanted)


def _never(value: object) -> bool:
    return False


def is_time(value: object) -> TypeGuard[float]:
    kind = type(value)  # a bool is an int to isinstance
    return (kind is int or kind is float) and 0 <= value < MAX_SAFE_INTEGER  # type: ignore[operator]


def _is_flag(value: object) -> bool:
    return type(value) is bool  # text is fine too: triggers can only write "true"


def _are_groups(value: object) -> bool:
    return type(value) is list and _ONLY_TEXT.issuperset(map(type, value))


def _are_identities(value: object) -> bool:
    return type(value) is list and all(type(identity) is dict and _is_identity(identity) for identity in value)


def _is_identity(identity: dict[str, Any]) -> bool:
    names = type(identity.get("userId")) is str and type(identity.get("providerName")) is str
    return names and type(identity.get("primary", "")) in (str, bool)


_TEXT: Final = (
    *("iss", "sub", "token_use", "client_id", "username", "cognito:username", "scope", "jti", "origin_jti", "event_id"),
    *("email", "name", "given_name", "family_name", "azp", "nonce", "at_hash"),
)
_ONLY_TEXT: Final = frozenset({str})
_USES: Final = frozenset({ID, ACCESS})
_TIMES: Final = frozenset({"exp", "iat", "nbf", "auth_time"})
_SHAPES: Final[Mapping[str, Callable[[object], bool]]] = {
    **dict.fromkeys(_TEXT, _never),
    **dict.fromkeys(_TIMES, is_time),
    "email_verified": _is_flag,
    "cognito:groups": _are_groups,
    "identities": _are_identities,
}
_WHOLE_NUMBERS: Final = frozenset({*_TIMES, "version"})
_NEVER_TEXT: Final = frozenset({*_TIMES, "cognito:groups", "identities"})
_CODES: Final = {"iss": "issuer", "sub": "subject", "token_use": "token_use", **dict.fromkeys(_TIMES, "time_claim")}


def check_types(claims: dict[str, Any]) -> None:
    """Every claim read below, or by a property of `Claims`, has the type it promises, and none is out of bounds."""
    for name, value in claims.items():
        kind = type(value)
        if kind is str:
            if name in _NEVER_TEXT:
                raise TokenError(_CODES.get(name, "claim_type"))
        elif kind is not int or name not in _WHOLE_NUMBERS or not 0 <= value < MAX_SAFE_INTEGER:
            _check_type(name, value)


def _check_type(name: str, value: object) -> None:
    has_its_shape = _SHAPES.get(name)
    if has_its_shape is not None and not has_its_shape(value):
        raise TokenError(_CODES.get(name, "claim_type"))
    if has_its_shape is None or has_its_shape is _are_identities:
        try:
            bound(value, depth=2)
        except NotStrict as e:
            raise TokenError("payload") from e


def _check_origin(claims: dict[str, Any], wanted: Wanted, rules: Rules) -> None:
    """By whom, for what use, about whom."""
    issuer, use, sub = claims.get("iss"), claims.get("token_use"), claims.get("sub")
    if not issuer or (issuer != rules.issuer and rules.issuer is not None):
        raise TokenError("issuer")
    if use not in _USES or (use != wanted.token_use and wanted.token_use is not None):
        raise TokenError("token_use")
    if "events" in claims:  # a logout or security event token in disguise (OIDC Back-Channel Logout §2.4)
        raise TokenError("token_use")
    if not sub or len(sub) > MAX_SUBJECT_CHARACTERS or not sub.isprintable():
        raise TokenError("subject")


def _check_times(claims: dict[str, Any], rules: Rules, now: float) -> None:
    """`exp` and `iat` are required; a token is dead on its very second of expiry (RFC 7519 §4.1.4)."""
    expires, issued = claims.get("exp"), claims.get("iat")
    if expires is None or issued is None or not issued < expires <= issued + MAX_LIFETIME_SECONDS:
        raise TokenError("time_claim")
    if now >= expires + rules.leeway:
        raise TokenError("expired")
    latest = now + rules.skew
    if issued > latest or ("nbf" in claims and claims["nbf"] > latest):
        raise TokenError("not_yet_valid")


def valid_between(claims: Mapping[str, Any], rules: Rules) -> tuple[float, float]:
    """The half-open span of time in which `check` says yes to these claims, in seconds since the epoch."""
    return max(claims["iat"], claims.get("nbf", 0)) - rules.skew, claims["exp"] + rules.leeway


def _check_access_token(claims: dict[str, Any], wanted: Wanted, rules: Rules) -> None:
    client_id = claims.get("client_id")
    if not client_id or (rules.client_ids is not None and client_id not in rules.client_ids):
        raise TokenError("client_id")
    if "aud" in claims:
        _check_resource(claims["aud"], rules)
    if not wanted.machine and is_machine(claims):
        raise TokenError("machine_token")


def _check_resource(audience: object, rules: Rules) -> None:
    """Cognito writes `aud` only when a resource was asked for; then the token is for that resource alone (RFC 8707)."""
    if type(audience) is not str or audience not in rules.resources:
        raise TokenError("audience")


def _check_id_token(claims: dict[str, Any], wanted: Wanted, rules: Rules) -> None:
    client_id = _check_audience(claims, rules)
    if claims.get("azp", client_id) != client_id:
        raise TokenError("authorized_party")
    if wanted.nonce is not None:
        _check_nonce(claims, wanted.nonce)
    if wanted.access_token is not None and "at_hash" in claims:
        _check_at_hash(claims["at_hash"], wanted.access_token)


def _check_audience(claims: dict[str, Any], rules: Rules) -> str:
    """The audience is us and nobody else: `"client"` or `["client"]` (OIDC Core §3.1.3.7, 3)."""
    audience = claims.get("aud")
    if type(audience) is list and len(audience) == 1:
        audience = audience[0]
    if type(audience) is not str or not audience:
        raise TokenError("audience")
    if rules.client_ids is not None and audience not in rules.client_ids:
        raise TokenError("audience")
    return audience


def _check_nonce(claims: dict[str, Any], nonce: str) -> None:
    if not nonce or not _same(claims.get("nonce", ""), nonce):
        raise TokenError("nonce")


def _check_at_hash(at_hash: str, access_token: str) -> None:
    """The left half of the access token's SHA-256 (OIDC Core §3.1.3.6)."""
    half = sha256(access_token.encode(errors="surrogatepass")).digest()[:16]
    if not _same(at_hash, urlsafe_b64encode(half).decode().rstrip("=")):
        raise TokenError("at_hash")


def _same(one: str, other: str) -> bool:
    """Compare as bytes and in constant time: compare_digest raises on non-ASCII text."""
    return compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))


def _check_requirements(claims: dict[str, Any], wanted: Wanted) -> None:
    if not set(wanted.scopes).issubset(scopes_of(claims)):
        raise InsufficientError("scope")
    if wanted.groups and set(wanted.groups).isdisjoint(claims.get("cognito:groups", ())):
        raise InsufficientError("group")
    if wanted.connection_id is not None:
        _check_connection(Claims(claims).connection_id, wanted.connection_id)


def _check_connection(connection_id: str | None, wanted: str) -> None:
    """Without regard to case: a case-insensitive pool lower-cases the usernames it makes."""
    if connection_id is None or connection_id.lower() != wanted.lower():
        raise InsufficientError("connection")
