"""Good and bad tokens, mutated at random and the same each time, held against a second, strict reading of the rules.

What nobody signed anew is refused, all of it. What the pool's own key signed is believed only where the second reading,
which shares no code with the first, believes it too, and the other way round. `make figures` tries 100,000.
"""

from __future__ import annotations

import json
import os
import random
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import pytest

from cognito_sso.verify import TokenError, TokenVerifier
from tests.figures import tried
from tests.verify import minting as m
from tests.verify.attacks import ATTACKS, HEADER, ID_HEADER

MUTATIONS, ROUNDS = int(os.environ.get("FUZZED_TOKENS", "20000")), 4
SEED = 20261123
AT = m.NOW + 5
OURS = TokenVerifier(issuer=m.ISSUER, client_id=m.CLIENT_ID, jwks=m.jwks(), clock=lambda: AT, remember=0)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VECTORS = [one.token for one in ATTACKS if isinstance(one.token, str) and one.token.count(".") == 2]
VECTORS = [token for token in VECTORS if token.isascii() and len(token) < 10_000]


# The second reading


def believable(token: str, use: str) -> bool:
    """Everything a token must be, but for its signature."""
    parts = token.split(".")
    if len(token) > 8192 or len(parts) != 3 or not all(re.fullmatch(r"[A-Za-z0-9_-]+", part) for part in parts):
        return False
    try:
        header, claims = (strict_json(canonical(part)) for part in parts[:2])
        canonical(parts[2])
    except (ValueError, RecursionError):
        return False
    kid = m.ACCESS_KID if use == "access" else m.ID_KID
    return is_plain(header, kid) and isinstance(claims, dict) and are_claims(claims) and is_ours(claims, use)


def canonical(part: str) -> bytes:
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if m.b64(raw) != part:
        raise ValueError(part)
    return raw


def strict_json(raw: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a member appears twice")
        return dict(pairs)

    def never(constant: str) -> Any:
        raise ValueError(constant)

    value = json.loads(raw.decode("utf-8"), object_pairs_hook=unique, parse_constant=never)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    if not is_bounded(value, 1):
        raise ValueError("too large or too deep")
    return value


def is_bounded(value: Any, depth: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | dict | list):
        return True
    if isinstance(value, int):
        return abs(value) < 2**53
    items = value.values() if isinstance(value, dict) else value
    return depth <= 32 and all(is_bounded(item, depth + 1) for item in items)


def is_plain(header: Any, kid: str) -> bool:
    return (
        isinstance(header, dict)
        and set(header) <= {"alg", "kid", "typ", "x5t", "x5t#S256"}
        and header.get("alg") == "RS256"
        and header.get("kid") == kid
        and header.get("typ", "JWT") in ("JWT", "at+jwt")
        and all(isinstance(header.get(name, ""), str) for name in ("x5t", "x5t#S256"))
    )


_TEXTS = """sub iss client_id token_use scope username jti email azp nonce origin_jti event_id at_hash name given_name
family_name cognito:username"""
TEXTS = _TEXTS.split()


def are_claims(claims: dict[str, Any]) -> bool:
    """Each has the type that it promises."""
    texts = all(isinstance(claims[name], str) for name in TEXTS if name in claims)
    times = [claims[name] for name in ("exp", "iat", "nbf", "auth_time") if name in claims]
    numbers = all(isinstance(at, int | float) and not isinstance(at, bool) and 0 <= at < 2**53 for at in times)
    groups = claims.get("cognito:groups", [])
    lists = isinstance(groups, list) and all(isinstance(group, str) for group in groups)
    flag = isinstance(claims.get("email_verified", True), bool | str)
    return texts and numbers and lists and flag and are_identities(claims.get("identities", []))


def are_identities(told: Any) -> bool:
    return isinstance(told, list) and all(
        isinstance(one, dict) and isinstance(one.get("userId"), str) and isinstance(one.get("providerName"), str)
        for one in told
    )


def is_ours(claims: dict[str, Any], use: str) -> bool:
    sub, issued, ends = claims.get("sub", ""), claims.get("iat"), claims.get("exp")
    if issued is None or ends is None or "events" in claims:
        return False
    return (
        claims.get("iss") == m.ISSUER
        and claims.get("token_use") == use
        and 1 <= len(sub) <= 255
        and sub.isprintable()
        and issued < ends <= issued + 86_400
        and ends > AT
        and max(issued, claims.get("nbf", 0)) <= AT + 60
        and (is_for_a_person(claims) if use == "access" else is_for_this_login(claims))
    )


def is_for_a_person(claims: dict[str, Any]) -> bool:
    person = bool(claims.get("username")) and claims["sub"] != claims.get("client_id")
    return claims.get("client_id") == m.CLIENT_ID and "aud" not in claims and person


def is_for_this_login(claims: dict[str, Any]) -> bool:
    return (
        claims.get("aud") in (m.CLIENT_ID, [m.CLIENT_ID])
        and claims.get("azp", m.CLIENT_ID) == m.CLIENT_ID
        and claims.get("nonce") == m.NONCE
    )


# The mutations


class Mutations:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.good = {"access": m.access_token(), "id": m.id_token()}
        self.untouched = {*self.good.values(), *VECTORS}  # some are genuine, and only lack what a call wants

    def token(self, use: str) -> str:
        """One to start from: half the time a good one, else a vector of the table of attacks."""
        return self.good[use] if self.chance.random() < 0.5 else self.chance.choice(VECTORS)

    def unsigned(self, use: str) -> str:
        """With an old signature, another's or none."""
        changed = self.chance.choice(UNSIGNED)(self, self.token(use))
        return changed if changed not in self.untouched else changed + "."

    def signed(self, use: str) -> str:
        """Header and claims are changed, and both are signed by the key that the header should name."""
        header, claims = (ID_HEADER, m.id_claims()) if use == "id" else (HEADER, m.access_claims())
        parts = [m.encode(header), m.encode(claims)]
        at = self.chance.random() < 0.8
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3))):
            parts[at] = self.chance.choice(SIGNED)(self, parts[at])
        spelled = [m.b64(part) for part in parts]
        if self.chance.random() < 0.1:
            spelled[at] = self.characters(spelled[at])
        return m.signed_segments(*spelled, use)

    # of texts

    def bit(self, token: str) -> str:
        at = self.chance.randrange(len(token))
        return token[:at] + chr(ord(token[at]) ^ 1 << self.chance.randrange(7)) + token[at + 1 :]

    def characters(self, token: str) -> str:
        at, length = self.chance.randrange(len(token)), self.chance.randrange(4)
        junk = "".join(self.chance.choices(ALPHABET + "=+/. \n\0", k=self.chance.randrange(4)))
        return token[:at] + junk + token[at + length :]

    def splice(self, token: str) -> str:
        other = self.chance.choice([*self.good.values(), *VECTORS[:: self.chance.randrange(1, 50)]])
        pairs = zip(token.split("."), other.split("."), strict=False)
        return ".".join(self.chance.choice(pair) for pair in pairs)

    def cut(self, token: str) -> str:
        other = self.chance.choice(list(self.good.values()))
        return token[: self.chance.randrange(len(token))] + other[self.chance.randrange(len(other)) :]

    def claims_changed(self, token: str) -> str:
        """Under the old signature."""
        head, _, signature = token.split(".")
        return f"{head}.{m.b64(self.members(m.encode(m.access_claims())))}.{signature}"

    # of bytes

    def flip(self, raw: bytes) -> bytes:
        at = self.chance.randrange(len(raw) or 1)
        return raw[:at] + bytes(byte ^ 1 << self.chance.randrange(8) for byte in raw[at : at + 1]) + raw[at + 1 :]

    def insert(self, raw: bytes) -> bytes:
        at, junk = self.chance.randrange(len(raw) + 1), self.chance.choice(JUNK)
        return raw[:at] + junk + raw[at + self.chance.choice((0, 0, 1, 5)) :]

    def members(self, raw: bytes) -> bytes:
        """Another value, another name, a member twice or none."""
        try:
            members = list(json.loads(raw).items())
        except (ValueError, AttributeError, RecursionError):
            return raw
        at, kind = self.chance.randrange(len(members) or 1), self.chance.randrange(6)
        if kind == 0:
            del members[at : at + 1]
        elif kind == 1 and members:
            members.append((members[at][0], self.value()))
        elif kind == 2 or not members:
            members.append((self.chance.choice(NAMES), self.value()))
        elif kind == 3:
            members[at] = (members[at][0] + self.chance.choice(("", " ", "\0", "2")), members[at][1])
        else:
            members[at] = (members[at][0], self.near(members[at][1]))
        written = (f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members)
        return ("{" + ",".join(written) + "}").encode()

    def value(self) -> Any:
        return self.chance.choice(VALUES)

    def near(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            step = self.chance.choice((1, 5, 60, 65, 3_600, 82_800, 86_400, 10**9))
            return self.chance.choice((value + step, value - step, float(value), str(value), -value, self.value()))
        if isinstance(value, str):
            return self.chance.choice((value + " ", value.upper(), value[:-1], [value], self.value()))
        return self.chance.choice(([value], self.value()))


UNSIGNED: tuple[Callable[[Mutations, str], str], ...] = (
    Mutations.bit,
    Mutations.bit,
    Mutations.characters,
    Mutations.splice,
    Mutations.cut,
    Mutations.claims_changed,
)
SIGNED: tuple[Callable[[Mutations, bytes], bytes], ...] = (
    Mutations.members,
    Mutations.members,
    Mutations.members,
    Mutations.flip,
    Mutations.insert,
)
JUNK = (b"\0", b" ", b"\n", b'"', b",", b"{", b"}", b"\\ud800", b"\xff", b"\xef\xbb\xbf", b"1e999", b"NaN", b"0", b"-")
OTHERS = """exp iat nbf auth_time aud cognito:groups identities events version custom:x email_verified alg kid typ crit
b64 jwk jku x5c x5t zip cty"""
NAMES = (*TEXTS, *OTHERS.split())
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53, 2**53 - 1, 10**18, 253_402_300_800, 1e18, 1.5, m.NOW, m.NOW + 60, m.NOW + 66.5,
    "", " ", "none", "HS256", "RS256", "JWT", "at+jwt", "access", "id", "é\u202e", "\ud800", "x" * 300, m.CLIENT_ID,
    m.ISSUER, m.SUB, m.NONCE, m.ACCESS_KID, m.ID_KID, [], {}, [m.CLIENT_ID], [m.CLIENT_ID, "other"], [[["x"]]],
    {"a": {"b": 2**60}}, ["staff", 5], "true", "false",
)  # fmt: skip


def believed(token: str, use: str) -> bool:
    """By us. Anything but a verdict is an error of the test."""
    try:
        OURS.access_token_sync(token) if use == "access" else OURS.id_token_sync(token, nonce=m.NONCE)
    except TokenError:
        return False
    return True


@pytest.mark.timeout(900)
@pytest.mark.parametrize("use", ["access", "id"])
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_no_token_that_was_changed_is_believed_without_a_new_signature_sec_529(round_: int, use: str) -> None:
    mutations = Mutations(SEED + round_)
    for _ in range(MUTATIONS // ROUNDS // 4):
        token = mutations.unsigned(use)
        assert not believed(token, use), token
        tried["tokens"] += 1


@pytest.mark.timeout(900)
@pytest.mark.parametrize("use", ["access", "id"])
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_token_signed_anew_is_believed_exactly_where_a_second_reading_believes_it_sec_529(
    round_: int, use: str
) -> None:
    mutations, verdicts = Mutations(SEED + round_), {True: 0, False: 0}
    for _ in range(MUTATIONS // ROUNDS // 4):
        token = mutations.signed(use)
        verdict = believed(token, use)
        assert verdict == believable(token, use), token
        verdicts[verdict] += 1
        tried["tokens"] += not verdict
    assert min(verdicts.values()) > MUTATIONS // ROUNDS // 4 // 10, "one of the two verdicts was hardly tried"


@pytest.mark.parametrize("use", ["access", "id"])
def test_the_second_reading_believes_good_tokens_and_no_vector_that_it_should_not(use: str) -> None:
    assert believable(m.access_token() if use == "access" else m.id_token(), use)
    assert believed(m.access_token() if use == "access" else m.id_token(), use)
