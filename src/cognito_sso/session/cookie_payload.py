"""A session and its refresh grant as the bytes that are sealed into cookies, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from cognito_sso.session.packed_token import pack, segments_of, unpack
from cognito_sso.session.profile import Profile
from cognito_sso.session.session import RefreshGrant, Session
from cognito_sso.verify import Claims

_LENGTH_BYTES = 2
_PAYLOAD_SEGMENT = 1
MOST_REMEMBERED = 1_024
# What the access token says too is not kept twice: with 40 groups that is a third of the cookie.
_ALSO_IN_ACCESS_TOKEN = ("sub", "username", "auth_time", "groups")


def session_payload(session: Session) -> bytes:
    token = pack(session.access_token)
    told = _told_by(_claims_segment(token))
    profile = {name: value for name, value in vars(session.profile).items() if told.get(name, ...) != value}
    return _with_length({"id": session.id, **profile}) + token


def session_from(payload: bytes) -> Session:
    session_id, profile = profile_from(payload)
    return Session(session_id, profile, unpack(_split(payload)[1]))


def profile_from(payload: bytes) -> tuple[str, Profile]:
    """The session's id, and who it is of; the access token is left as it is."""
    members, token = _split(payload)
    return _read(members, _claims_segment(token))


@lru_cache(maxsize=MOST_REMEMBERED)
def _read(text: bytes, claims_segment: bytes) -> tuple[str, Profile]:
    """A page asks often, so what was read stays in memory; of its token there are the claims, not the signature."""
    members = {**_told_by(claims_segment), **json.loads(text)}
    session_id, groups = members.pop("id"), tuple(members.pop("groups"))
    return session_id, Profile(**members, groups=groups)


def smaller_and_smaller(session: Session) -> Iterator[Session]:
    """The session, then with less and less that `/me` can do without: first the parts of the name, then the token."""
    yield session
    session = replace(session, profile=replace(session.profile, given_name=None, family_name=None))
    yield session
    yield replace(session, access_token="")


def grant_payload(grant: RefreshGrant) -> bytes:
    members = {name: value for name, value in vars(grant).items() if name != "refresh_token"}
    return _with_length(members) + pack(grant.refresh_token)


def grant_from(payload: bytes) -> RefreshGrant:
    members, token = _split(payload)
    return RefreshGrant(refresh_token=unpack(token), **json.loads(members))


def _with_length(members: Mapping[str, Any]) -> bytes:
    text = to_json(members)
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


def _split(payload: bytes) -> tuple[bytes, bytes]:
    """The members' JSON, and the packed token."""
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "big")
    return payload[_LENGTH_BYTES:end], payload[end:]


def claims_of_access_token(access_token: str) -> Claims | None:
    """What the access token of an opened session says; it was sealed together with what was verified."""
    segment = _claims_segment(pack(access_token))
    return Claims(json.loads(segment)) if segment else None


def _claims_segment(packed_token: bytes) -> bytes:
    """The decoded second segment of a compact token; empty where it is none."""
    segments = segments_of(packed_token)
    return segments[_PAYLOAD_SEGMENT] if len(segments) > _PAYLOAD_SEGMENT else b""


def _told_by(claims_segment: bytes) -> dict[str, Any]:
    """Members of the profile as the access token has them. They are left out only where they are the same."""
    try:
        claims = Claims(json.loads(claims_segment))
        return {name: getattr(claims, name) for name in _ALSO_IN_ACCESS_TOKEN}
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}  # not one of Cognito's access tokens: the profile is kept whole
