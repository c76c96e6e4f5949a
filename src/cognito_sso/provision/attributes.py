"""The attributes every pool has (OpenID Connect Core, section 5.1), and what an app client may do with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

VERIFIED = frozenset({"email_verified", "phone_number_verified"})
# An app client that names no attributes may write these, and read them and VERIFIED (AWS, API_UserPoolClientType).
WRITABLE = frozenset(
    {"address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name"}
    | {"nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo"}
)
READABLE = WRITABLE | VERIFIED


def granted(found: Sequence[str] | None, needed: Iterable[str], *, default: frozenset[str]) -> list[str] | None:
    """The attributes that a client has to name so that it has `needed` too; None where the default is enough.

    A client that names any has only those, so nothing that it has by default or by name is taken away.
    """
    needed = set(needed)
    if found:
        return [*found, *sorted(needed - set(found))]
    return None if needed <= default else sorted(default | needed)
