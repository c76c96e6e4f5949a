"""What Cognito's answers mean: tokens, a refusal, or nonsense. Pure: nothing here talks to anybody."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cognito_sso.errors import BearerRefused, GrantRejected, ProviderNonsense, ProviderUnreachable

DEFAULT_EXPIRES_IN_SECONDS = 300  # Cognito's shortest, where the answer does not say
LONGEST_EXPIRES_IN_SECONDS = 86400  # Cognito's longest
TOKEN_LIMIT_CHARACTERS = 16_384
_VISIBLE = bytes(range(0x21, 0x7F))  # RFC 6749 appendix A.12 and A.17, without the space


@dataclass(frozen=True)
class TokenSet:
    """A good answer of the token endpoint (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).

    To a refresh, `refresh_token` is there only where the app client rotates it.
    """

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int


def read_token_response(status: int, body: bytes) -> TokenSet:
    """The token set, or the error that the answer stands for: a rejected grant, an outage, nonsense."""
    if status != 200:
        raise _token_error(status, body)
    members = _json_object(body)
    return TokenSet(
        access_token=_token(members, "access_token"),
        id_token=_token(members, "id_token"),
        refresh_token=_token(members, "refresh_token") if "refresh_token" in members else None,
        expires_in=_expires_in(members.get("expires_in", DEFAULT_EXPIRES_IN_SECONDS)),
    )


def read_user_info(status: int, body: bytes) -> dict[str, Any]:
    """The userInfo claims, or `BearerRefused` where Cognito says that the token is no longer good."""
    if status in (400, 401):
        raise BearerRefused("Cognito's userInfo refused the access token")
    if status != 200:
        raise _outage("userInfo", status)
    return _json_object(body)


def _token_error(status: int, body: bytes) -> Exception:
    if status not in (400, 401):
        return _outage("token endpoint", status)
    error = _json_object(body).get("error")
    if error == "invalid_grant":
        return GrantRejected("invalid_grant from the token endpoint")
    # invalid_client, unauthorized_client and the rest mean that this service is set up wrongly: nobody's fault
    # in the browser. `error` is told only where it is one of the standard's words.
    known = error if error in _OUR_FAULTS else "an unknown error"
    return ProviderNonsense(f"the token endpoint answered {known}: check client id, secret, redirect URI and scopes")


_OUR_FAULTS = ("invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "unsupported_grant_type")


def _outage(endpoint: str, status: int) -> Exception:
    if status == 429 or status >= 500:
        return ProviderUnreachable(f"the {endpoint} answered {status}")
    return ProviderNonsense(f"the {endpoint} answered {status}")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        members = _decoder.decode(body.decode())
    except (ValueError, RecursionError):
        raise ProviderNonsense("the answer is not JSON") from None
    if not isinstance(members, dict):
        raise ProviderNonsense("the answer is not a JSON object")
    return members


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


_decoder = json.JSONDecoder(object_pairs_hook=_unique_members)


def _token(members: dict[str, Any], name: str) -> str:
    token = members.get(name)
    if not isinstance(token, str) or not 0 < len(token) <= TOKEN_LIMIT_CHARACTERS:
        raise ProviderNonsense(f"the token answer has no usable {name}")
    if not token.isascii() or token.encode().translate(None, _VISIBLE):
        raise ProviderNonsense(f"the token answer has no usable {name}")
    return token


def _expires_in(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ProviderNonsense("the token answer has no usable expires_in")
    return min(value, LONGEST_EXPIRES_IN_SECONDS)
