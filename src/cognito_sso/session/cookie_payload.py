"""A session and its refresh grant as the bytes that are sealed into cookies, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from cognito_sso.session.packed_token import pack, segments_of, unpack
from cognito_sso.session.profile import Profile
from cognito_sso.session.session import RefreshGrant, Session
from cognito_sso.verify import Claims

_LENGTH_BYTES = 2
_PAYLOAD_SEGMENT = 1
# What the access token says too is not kept twice: with 40 groups that is a third of the cookie.
_ALSO_IN_ACCESS_TOKEN = ("sub", "username", "auth_time", "groups")


def session_payload(session: Session) -> bytes:
    token = pack(session.access_token)
    told = _told_by(token)
    profile = {name: value for name, value in asdict(session.profile).items() if told.get(name, ...) != value}
    return _with_length({"id": session.id, **profile}) + token


def session_from(payload: bytes) -> Session:
    members, token = _split(payload)
    session_id = members.pop("id")
    profile = {**_told_by(token), **members}
    return Session(session_id, Profile(**{**profile, "groups": tuple(profile["groups"])}), unpack(token))


def smaller_and_smaller(session: Session) -> Iterator[Session]:
    """The session, then with less and less that `/me` can do without: first the parts of the name, then the token."""
    yield session
    session = replace(session, profile=replace(session.profile, given_name=None, family_name=None))
    yield session
    yield replace(session, access_token="")


def grant_payload(grant: RefreshGrant) -> bytes:
    members = {name: value for name, value in asdict(grant).items() if name != "refresh_token"}
    return _with_length(members) + pack(grant.refresh_token)


def grant_from(payload: bytes) -> RefreshGrant:
    members, token = _split(payload)
    return RefreshGrant(refresh_token=unpack(token), **members)


def _with_length(members: Mapping[str, Any]) -> bytes:
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


def _split(payload: bytes) -> tuple[dict[str, Any], bytes]:
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "big")
    return json.loads(payload[_LENGTH_BYTES:end]), payload[end:]


def claims_of_access_token(access_token: str) -> Claims | None:
    """What the access token of an opened session says; it was sealed together with what was verified."""
    segments = segments_of(pack(access_token))
    return Claims(json.loads(segments[_PAYLOAD_SEGMENT])) if len(segments) > _PAYLOAD_SEGMENT else None


def _told_by(packed_token: bytes) -> dict[str, Any]:
    """Members of the profile as the access token has them. They are left out only where they are the same."""
    segments = segments_of(packed_token)
    try:
        claims = Claims(json.loads(segments[_PAYLOAD_SEGMENT]))
        return {name: getattr(claims, name) for name in _ALSO_IN_ACCESS_TOKEN}
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}  # not one of Cognito's access tokens: the profile is kept whole
