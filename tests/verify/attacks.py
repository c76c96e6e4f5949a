"""Every bad token in one table. An id is the catalogue's SEC number and what the attacker did, in plain words."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tests.verify import minting as m
from tests.verify import rsa_edges


@dataclass(frozen=True)
class Attack:
    id: str
    make: Callable[[], object]
    code: str | None = None
    """The reason we expect; None where several are right."""
    use: str = "access"
    wanted: dict[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def token(self) -> object:
        return self.make()


HEADER = {"kid": m.ACCESS_KID, "alg": "RS256"}
ID_HEADER = {"kid": m.ID_KID, "alg": "RS256"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def with_header(header: dict[str, Any] | m.Raw) -> Callable[[], str]:
    return lambda: m.compact(header, m.access_claims(), "access")


def with_headers(**members: Any) -> Callable[[], str]:
    return with_header({name: value for name, value in (HEADER | members).items() if value is not ...})


def with_claims(**changes: Any) -> Callable[[], str]:
    return lambda: m.access_token(**changes)


def with_id_claims(**changes: Any) -> Callable[[], str]:
    return lambda: m.id_token(**changes)


def with_payload(body: bytes) -> Callable[[], str]:
    return lambda: m.compact(HEADER, m.Raw(body), "access")


def with_text(change: Callable[[str], object]) -> Callable[[], object]:
    return lambda: change(m.access_token())


def with_segments(change: Callable[[str, str, str], str]) -> Callable[[], str]:
    return lambda: change(*m.access_token().split("."))


def claims_json(**changes: Any) -> str:
    return json.dumps(m.access_claims(**changes), separators=(",", ":"))


def raw_member(name: str, literal: str) -> Callable[[], str]:
    """A claims set in which one member is spelled exactly so."""
    rest = claims_json(**{name: ...})
    return with_payload(f'{{"{name}":{literal},{rest[1:]}'.encode())


def raw_header_member(name: str, literal: str) -> Callable[[], str]:
    rest = json.dumps({key: value for key, value in HEADER.items() if key != name}, separators=(",", ":"))
    comma = "," if len(rest) > 2 else ""
    return with_header(m.Raw(f'{{"{name}":{literal}{comma}{rest[1:]}'.encode()))


# SEC-100 to 104: algorithms


def unsigned(alg: str, *, keep_signature: bool = False) -> Callable[[], str]:
    def make() -> str:
        good = m.access_token()
        header = m.b64(m.encode(HEADER | {"alg": alg}))
        return f"{header}.{good.split('.')[1]}.{good.split('.')[2] if keep_signature else ''}"

    return make


def keyed_hash(secret: Callable[[], bytes], alg: str = "HS256") -> Callable[[], str]:
    def make() -> str:
        message = f"{m.b64(m.encode(HEADER | {'alg': alg}))}.{m.b64(m.encode(m.access_claims()))}"
        return f"{message}.{m.b64(hmac.digest(secret(), message.encode(), hashlib.sha256))}"

    return make


def public_bytes(encoding: serialization.Encoding, form: serialization.PublicFormat) -> Callable[[], bytes]:
    return lambda: m.rsa_key("access").public_key().public_bytes(encoding, form)


def signed_with(alg: str, sign: Callable[[bytes], bytes], header: dict[str, Any] | None = None) -> Callable[[], str]:
    def make() -> str:
        message = f"{m.b64(m.encode((header or HEADER) | {'alg': alg}))}.{m.b64(m.encode(m.access_claims()))}"
        return f"{message}.{m.b64(sign(message.encode()))}"

    return make


def pkcs1(digest: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    return lambda message: m.sign("access", message, digest)


def pss(message: bytes) -> bytes:
    form = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return m.rsa_key("access").sign(message, form, hashes.SHA256())


def elliptic(message: bytes) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(message, ec.ECDSA(hashes.SHA256()))


def algorithms() -> Iterator[Attack]:
    for alg in ("none", "None", "NONE", "nOnE", "none ", ""):
        yield Attack(f"SEC-100 alg {alg!r} without a signature", unsigned(alg))
        yield Attack(f"SEC-100 alg {alg!r} with the old signature", unsigned(alg, keep_signature=True), "algorithm")
    odd = (None, 256, ["RS256"], {"RS256": 1}, True, "rs256", "RS256 ", "RS256\0", "RS", "256", "RS256,none")
    for alg in (..., *odd, "\uff32\uff33256"):
        words = "missing" if alg is ... else repr(alg)
        yield Attack(f"SEC-101 alg {words}, correctly signed", with_headers(alg=alg), "algorithm")
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    spki, pkcs1_form = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1
    secrets: dict[str, Callable[[], bytes]] = {
        "the public key as PEM": public_bytes(pem, spki),
        "the public key as PKCS#1 PEM": public_bytes(pem, pkcs1_form),
        "the public key as DER": public_bytes(der, spki),
        "the public key as PKCS#1 DER": public_bytes(der, pkcs1_form),
        "the public key's JWK": lambda: json.dumps(m.jwk("access", m.ACCESS_KID)).encode(),
        "the modulus's text": lambda: m.jwk("access", m.ACCESS_KID)["n"].encode(),
        "the exponent's text": lambda: b"AQAB",
        "the whole key set": lambda: json.dumps(m.jwks()).encode(),
        "the client id": m.CLIENT_ID.encode,
        "nothing": lambda: b"",
    }
    for words, secret in secrets.items():
        yield Attack(f"SEC-102 HS256 keyed with {words}", keyed_hash(secret), "algorithm")
        yield Attack(f"SEC-102 RS256 in the header, HMAC keyed with {words}", keyed_hash(secret, "RS256"), "signature")
    for alg, sign in (
        ("RS384", pkcs1(hashes.SHA384())),
        ("RS512", pkcs1(hashes.SHA512())),
        ("PS256", pss),
        ("ES256", elliptic),
    ):
        yield Attack(f"SEC-103 {alg}, correctly signed by a published key", signed_with(alg, sign), "algorithm")
        yield Attack(f"SEC-103 {alg} signature under an RS256 header", signed_with("RS256", sign), "signature")
    yield Attack("SEC-104 SHA-1 under an RS256 header", signed_with("RS256", pkcs1(hashes.SHA1())), "signature")


# SEC-105: forgeries


def flipped(segment: int, position: float) -> Callable[[], str]:
    """One bit of what a segment decodes to, and the segment spelled canonically again."""

    def make() -> str:
        parts = m.access_token().split(".")
        raw = bytearray(base64.urlsafe_b64decode(parts[segment] + "=="))
        raw[int(position * (len(raw) - 1))] ^= 1
        parts[segment] = m.b64(bytes(raw))
        return ".".join(parts)

    return make


def forgeries() -> Iterator[Attack]:
    yield Attack(
        "SEC-105 signed by a key of our own under a published kid",
        lambda: m.compact(HEADER, m.access_claims(), "attacker"),
        "signature",
    )
    yield Attack(
        "SEC-105 signed by the pool's other key",
        lambda: m.compact(ID_HEADER, m.access_claims(), "access"),
        "signature",
    )
    yield Attack(
        "SEC-105 the signature of another token",
        lambda: f"{m.access_token(sub='someone-else').rpartition('.')[0]}.{m.access_token().rpartition('.')[2]}",
        "signature",
    )
    for name, segment in (("header", 0), ("claims", 1), ("signature", 2)):
        for position in (0.0, 0.3, 0.5, 0.8, 1.0):
            yield Attack(f"SEC-105 one bit of the {name} flipped at {position:.0%}", flipped(segment, position))


# SEC-106 to 111: spellings


def sprinkled(junk: str, segment: int, where: str) -> Callable[[], str]:
    def make() -> str:
        parts = m.access_token().split(".")
        text = parts[segment]
        middle = len(text) // 2
        parts[segment] = {"before": junk + text, "inside": text[:middle] + junk + text[middle:], "after": text + junk}[
            where
        ]
        return ".".join(parts)

    return make


JUNK = {
    "a newline": "\n",
    "a space": " ",
    "CRLF": "\r\n",
    "a tab": "\t",
    "NUL": "\0",
    "a hash sign": "#",
    "padding": "=",
    "a plus": "+",
    "a slash": "/",
    "a zero-width space": "\u200b",
    "a latin-1 letter": "é",
    "a lone surrogate": "\ud800",
    "markup": "<b>",
    "a percent escape": "%2E",
    "an exclamation mark": "!",
}


def last_character_changed() -> str:
    """The unused bits of the signature's last character, which most decoders ignore."""
    good = m.access_token()
    return good[:-1] + ALPHABET[ALPHABET.index(good[-1]) ^ 1]


def signed_with_laxly_spelled_claims(spell: Callable[[str], str]) -> Callable[[], str]:
    def make() -> str:
        return m.signed_segments(m.b64(m.encode(HEADER)), spell(m.b64(m.encode(m.access_claims()))), "access")

    return make


def signed_with_laxly_spelled_header(spell: Callable[[str], str]) -> Callable[[], str]:
    def make() -> str:
        return m.signed_segments(spell(m.b64(m.encode(HEADER))), m.b64(m.encode(m.access_claims())), "access")

    return make


LAX = {
    "padding": lambda text: text + "==",
    "a space": lambda text: text[:8] + " " + text[8:],
    "a newline": lambda text: text[:8] + "\n" + text[8:],
    "a hash sign": lambda text: text[:8] + "#" + text[8:],
    "four spaces": lambda text: text[:8] + "    " + text[8:],
    "four newlines": lambda text: text[:8] + "\n\n\n\n" + text[8:],
    "data after padding": lambda text: text + "==" + m.b64(b'{"sub":"other"}'),
    "one character too many": lambda text: text + "A" * (5 - len(text) % 4 if len(text) % 4 != 1 else 0),
    "a leading equals sign": lambda text: "=" + text,
}


def spellings() -> Iterator[Attack]:
    for words, junk in JUNK.items():
        for copies in (1, 2, 3, 4):
            yield Attack(f"SEC-106 {copies} x {words} after the signature", sprinkled(junk * copies, 2, "after"))
        for copies in (3, 4):
            yield Attack(f"SEC-106 {copies} x {words} inside the signature", sprinkled(junk * copies, 2, "inside"))
        yield Attack(f"SEC-106 {words} before the token", sprinkled(junk, 0, "before"))
        yield Attack(f"SEC-106 4 x {words} inside the claims", sprinkled(junk * 4, 1, "inside"))
    yield Attack("SEC-106 unused bits of the last character set", last_character_changed, "malformed")
    yield Attack("SEC-106 data after padding", with_text(lambda t: f"{t}==AAAA"), "malformed")
    yield Attack(
        "SEC-106 the standard alphabet instead of base64url's",
        with_segments(lambda h, c, s: f"{h}.{c}.{('-_' + s)[2:].replace('-', '+').replace('_', '/')}="),
    )
    for words, spell in LAX.items():
        yield Attack(f"SEC-106 {words} in the claims segment, signed so", signed_with_laxly_spelled_claims(spell))
        yield Attack(f"SEC-106 {words} in the header segment, signed so", signed_with_laxly_spelled_header(spell))


def lengths_and_segments() -> Iterator[Attack]:
    for words, signature in {
        "empty": b"",
        "one byte": b"\0",
        "255 bytes": b"\1" * 255,
        "257 bytes": b"\1" * 257,
        "all zeros": bytes(256),
        "all ones": b"\xff" * 256,
        "512 bytes": b"\1" * 512,
    }.items():
        yield Attack(
            f"SEC-108 signature of {words}", with_segments(lambda h, c, _, sig=signature: f"{h}.{c}.{m.b64(sig)}")
        )
    yield Attack("SEC-108 signature of 4n+1 characters", with_text(lambda t: f"{t}AAA"), "malformed")
    for words, change in {
        "nothing at all": lambda h, c, s: "",
        "one segment": lambda h, c, s: h,
        "two segments": lambda h, c, s: f"{h}.{c}",
        "four segments": lambda h, c, s: f"{h}.{c}.{s}.",
        "four full segments": lambda h, c, s: f"{h}.{c}.{s}.{s}",
        "five segments": lambda h, c, s: f"{h}.{c}.{s}.{s}.{s}",
        "a leading dot": lambda h, c, s: f".{h}.{c}.{s}",
        "only two dots": lambda h, c, s: "..",
        "only four dots": lambda h, c, s: "....",
        "no header": lambda h, c, s: f".{c}.{s}",
        "no claims": lambda h, c, s: f"{h}..{s}",
        "segments in another order": lambda h, c, s: f"{c}.{h}.{s}",
        "a dot inside the claims": lambda h, c, s: f"{h}.{c[:9]}.{c[9:]}.{s}",
    }.items():
        yield Attack(f"SEC-109 {words}", with_segments(change))
    for value in (None, 0, 12345, 1.5, True, [], ["a"], {}, {"token": "x"}, b"a.b.c", object()):
        yield Attack(f"SEC-110 not text: {type(value).__name__} {str(value)[:12]}", lambda v=value: v, "malformed")
    yield Attack("SEC-110 the right bytes instead of text", with_text(lambda t: t.encode()), "malformed")
    yield Attack("SEC-111 an encrypted token", lambda: f"{m.b64(b'{}')}.a.b.c.d", "malformed")
    yield Attack(
        "SEC-111 the flattened JSON serialization",
        with_segments(lambda h, c, s: json.dumps({"protected": h, "payload": c, "signature": s})),
        "malformed",
    )
    yield Attack(
        "SEC-111 the general JSON serialization",
        with_segments(lambda h, c, s: json.dumps({"payload": c, "signatures": [{"protected": h, "signature": s}]})),
        "malformed",
    )
    for size in (8193, 16_384, 65_536, 1_000_000, 10_000_000):
        yield Attack(f"SEC-138 {size} characters of nothing", lambda n=size: "a" * n, "too_long")
    for size in (6_000, 60_000):
        yield Attack(
            f"SEC-138 a good token with a claim of {size} characters", with_claims(filler="x" * size), "too_long"
        )


# SEC-112 to 115: headers


def headers() -> Iterator[Attack]:
    kids: dict[str, Any] = {
        "missing": ...,
        "null": None,
        "a number": 7,
        "a list": [m.ACCESS_KID],
        "an empty list": [],
        "an object": {"kid": m.ACCESS_KID},
        "true": True,
        "empty": "",
        "SQL": "' OR 1=1 --",
        "with CRLF": "a\r\nb",
        "with NUL": m.ACCESS_KID + "\0",
        "with a space": m.ACCESS_KID + " ",
        "129 characters long": "a" * 129,
        "5 kB long": "a" * 5000,
    }
    for words, kid in kids.items():
        yield Attack(f"SEC-112 kid {words}", with_headers(kid=kid), "key_id")
    yield Attack("SEC-112 kid is a lone surrogate", raw_header_member("kid", '"\\ud800"'))
    for words, kid in {
        "unknown": "unknown-key",
        "a URL": "https://attacker.example/key",
        "a path": "../../../dev/null",
        "in another case": m.ACCESS_KID.swapcase(),
        "__proto__": "__proto__",
    }.items():
        yield Attack(f"SEC-112 kid {words}", with_headers(kid=kid), "unknown_key")
    yield Attack("SEC-112 kid of the pool's other key", with_headers(kid=m.ID_KID), "signature")
    for words, members in {
        "an unknown extension": {"crit": ["x"], "x": 1},
        "b64": {"crit": ["b64"], "b64": False},
        "nothing": {"crit": []},
        "a registered header": {"crit": ["alg"]},
        "text": {"crit": "exp"},
        "null": {"crit": None},
        "something missing": {"crit": ["http://example.com/missing"]},
    }.items():
        yield Attack(f"SEC-113 crit names {words}", with_headers(**members), "header")
    for name, value in {
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
        "enc": "A128GCM",
        "jku": "http://127.0.0.1:9/jwks",
        "x5u": "http://127.0.0.1:9/x5u",
        "x5c": ["AAAA"],
        "epk": {},
        "nonce": "n",
        "anything": 1,
    }.items():
        yield Attack(f"SEC-113/114 header {name}, correctly signed", with_headers(**{name: value}), "header")
    yield Attack("SEC-113 x5t is not text", with_headers(x5t=5), "header")
    own = {"jwk": m.jwk("attacker", m.ACCESS_KID)}
    yield Attack("SEC-114 brings its own key", lambda: m.compact(HEADER | own, m.access_claims(), "attacker"), "header")
    yield Attack("SEC-114 brings its own key but is correctly signed", with_headers(**own), "header")
    for typ in ("logout+jwt", "dpop+jwt", "secevent+jwt", "jwt", "JWS", "", None, 5, ["JWT"], "application/at+jwt"):
        yield Attack(f"SEC-131 typ {typ!r}", with_headers(typ=typ), "type")
    plain = json.dumps(HEADER).encode()
    for words, body in {
        "not JSON": b"header",
        "an array": b'["RS256"]',
        "text": b'"RS256"',
        "null": b"null",
        "a number": b"1",
        "empty": b"",
        "not UTF-8": b'{"alg":"RS256","kid":"\xff"}',
        "with a byte order mark": b"\xef\xbb\xbf" + plain,
        "UTF-16": plain.decode().encode("utf-16"),
        "UTF-32": plain.decode().encode("utf-32"),
        "followed by garbage": plain + b"x",
        "followed by NUL": plain + b"\0",
        "twice": plain + plain,
        "nested 1000 deep": b'{"x":' + b"[" * 1000 + b"]" * 1000 + b"}",
        "2500 open brackets": b"[" * 2500,
        "with an integer of 5000 digits": b'{"x":' + b"1" * 5000 + b"}",
        "with NaN": b'{"alg":"RS256","kid":"a","x":NaN}',
        "with Infinity": b'{"alg":"RS256","kid":"a","typ":Infinity}',
        "with a number that overflows": b'{"alg":"RS256","kid":"a","typ":1e999}',
        "with alg twice": b'{"alg":"none",' + plain[1:],
        "with kid twice": b'{"kid":"a",' + plain[1:],
        "with a trailing comma": plain[:-1] + b",}",
        "with a comment": plain + b"//",
        "with single quotes": plain.replace(b'"', b"'"),
    }.items():
        yield Attack(f"SEC-115 header {words}", with_header(m.Raw(body)))
    yield Attack("SEC-115 header of 6 kB", with_headers(x5t="a" * 6000), "too_long")


# SEC-117 to 119: claims that are not JSON


def payloads() -> Iterator[Attack]:
    good = claims_json().encode()
    for words, body in {
        "an array": b"[" + good + b"]",
        "text": json.dumps(good.decode()).encode(),
        "null": b"null",
        "a number": b"5",
        "true": b"true",
        "not JSON": b"claims",
        "not UTF-8": good.replace(b"staff", b"st\xff\xfe"),
        "an overlong UTF-8 form": good.replace(b"staff", b"st\xc0\xaf"),
        "a surrogate in UTF-8": good.replace(b"staff", b"st\xed\xa0\x80"),
        "with a byte order mark": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "followed by garbage": good + b"garbage",
        "followed by NUL": good + b"\0",
        "followed by other claims": good + b'{"sub":"other"}',
        "cut short": good[:-1],
        "with a form feed": b"\x0c" + good,
        "with a no-break space": "\u00a0".encode() + good,
        "with a control character in text": good.replace(b"staff", b"st\x01aff"),
        "nested 1000 deep": good[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + b"}",
        "nested 33 deep": good[:-1] + b',"x":' + b"[" * 33 + b"]" * 33 + b"}",
        "nested 40 deep in objects": good[:-1] + b',"x":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}",
    }.items():
        yield Attack(f"SEC-117/119 claims {words}", with_payload(body), "payload")
    yield Attack("SEC-117 claims of no bytes at all", with_payload(b""), "malformed")
    for name, literal in {
        "NaN": "NaN",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
        "a number that overflows": "1e999",
        "minus a number that overflows": "-1e999",
        "an integer of 4000 digits": "1" * 4000,
        "an integer of 2 to the 53rd": str(2**53),
        "a lone surrogate": '"\\ud800"',
        "a lone low surrogate": '"x\\udc00y"',
        "reversed surrogates": '"\\udc00\\ud800"',
        "a lone surrogate in an array": '["\\ud83d"]',
        "a lone surrogate as a member's name": '{"\\ud83d":1}',
        "a member twice inside": '{"a":1,"a":2}',
        "a number with a leading zero": "01",
        "a number with a plus": "+1",
        "hexadecimal": "0x10",
        "a dot without digits": "1.",
        "undefined": "undefined",
        "an invalid escape": '"\\x41"',
    }.items():
        yield Attack(f"SEC-117 a claim is {name}", raw_member("custom:note", literal), "payload")
    for name, literal in {
        "sub": '"someone-else"',
        "exp": str(m.NOW + 9000),
        "client_id": '"other"',
        "iss": '"https://attacker.example"',
        "token_use": '"id"',
        "scope": '"admin"',
        "cognito:groups": '["admins"]',
        "username": '"root"',
    }.items():
        body = claims_json().encode()
        yield Attack(f"SEC-117 {name} twice", with_payload(f'{{"{name}":{literal},'.encode() + body[1:]), "payload")
        yield Attack(
            f"SEC-117 {name} twice, once escaped",
            with_payload(f'{{"\\u{ord(name[0]):04x}{name[1:]}":{literal},'.encode() + body[1:]),
            "payload",
        )


# SEC-120 and 121: times


def times() -> Iterator[Attack]:
    wrong_types = (
        "1999999999",
        " 1999999999",
        "1_999_999_999",
        "+1999999999",
        "١٩٩٩٩٩٩٩٩٩",
        "",
        None,
        True,
        False,
        [],
        {},
    )
    for name in ("exp", "iat"):
        for value in (..., *wrong_types, [m.NOW + 60], {"$date": m.NOW}, -1, -1e300, 1e300, 9e15):
            words = "missing" if value is ... else repr(value)
            yield Attack(f"SEC-120/121 {name} {words}", with_claims(**{name: value}))
    for name in ("nbf", "auth_time"):
        for value in (*wrong_types, [m.NOW], -1, 1e300):
            yield Attack(f"SEC-121 {name} {value!r}", with_claims(**{name: value}), "time_claim")
    for literal in ("NaN", "Infinity", "-Infinity", "1e400", "1" * 300, "253402300800000"):
        for name in ("exp", "iat", "nbf"):
            yield Attack(f"SEC-120/121 {name} is {literal[:16]}", raw_member(name, literal))
    for words, seconds in {"now": 0, "a second ago": -1, "a day ago": -86_400}.items():
        yield Attack(f"SEC-120 expires {words}", with_claims(exp=m.NOW + 5 + seconds, iat=m.NOW - 90_000 + 9000))
    yield Attack("SEC-120 expires this very second", with_claims(exp=m.NOW + 5), "expired")
    yield Attack("SEC-120 expired a fraction of a second ago", with_claims(exp=m.NOW + 4.99), "expired")
    yield Attack("SEC-120 expires a century from now", with_claims(exp=m.NOW + 3_155_760_000), "time_claim")
    yield Attack("SEC-120 expires in the year 9999", with_claims(exp=253_402_300_799), "time_claim")
    yield Attack("SEC-120 expires in milliseconds", with_claims(exp=(m.NOW + 3600) * 1000), "time_claim")
    yield Attack("SEC-120 lives a day and a second", with_claims(exp=m.NOW + 86_401), "time_claim")
    yield Attack("SEC-121 issued when it expires", with_claims(iat=m.NOW + 3600), "time_claim")
    yield Attack("SEC-121 issued after it expires", with_claims(iat=m.NOW + 3601), "time_claim")
    yield Attack("SEC-121 issued 61 seconds from now", with_claims(iat=m.NOW + 66), "not_yet_valid")
    yield Attack("SEC-121 issued an hour from now", with_claims(iat=m.NOW + 3605, exp=m.NOW + 7200), "not_yet_valid")
    yield Attack("SEC-121 issued in 1970", with_claims(iat=0), "time_claim")
    yield Attack("SEC-121 valid from 61 seconds from now", with_claims(nbf=m.NOW + 66), "not_yet_valid")
    yield Attack("SEC-121 valid from 60.5 seconds from now", with_claims(nbf=m.NOW + 65.5), "not_yet_valid")


# SEC-122 to 135: who, for whom, for what


def audiences() -> Iterator[Attack]:
    client = m.CLIENT_ID
    for words, value in {
        "missing": ...,
        "null": None,
        "another client": "other",
        "a list with another": [client, "other"],
        "a list of another": ["other"],
        "an empty list": [],
        "empty": "",
        "a list twice": [client, client],
        "a list in a list": [[client]],
        "a list with null": [None],
        "a number": 5,
        "true": True,
        "an object": {client: True},
        "upper case": client.upper(),
        "with a space": client + " ",
        "a prefix": client[:-1],
        "longer": client + "x",
        "two in one text": f"{client} other",
    }.items():
        yield Attack(f"SEC-122 aud {words}", with_id_claims(aud=value), "audience", "id")
    for words, value in {
        "missing": ...,
        "null": None,
        "a sibling client of the pool": "siblingclientofthesamepool",
        "a list": [client],
        "empty": "",
        "upper case": client.upper(),
        "a number": 5,
        "with a space": client + " ",
    }.items():
        yield Attack(f"SEC-123 client_id {words}", with_claims(client_id=value))
    for words, value in {
        "another resource": "https://api.example.com",
        "a list": [client],
        "null": None,
        "empty": "",
        "our own client": client,
    }.items():
        yield Attack(f"SEC-123 an access token for {words}", with_claims(aud=value), "audience")
    for words, value in {"another client": "other", "empty": "", "another case": client.upper()}.items():
        yield Attack(f"SEC-122 azp {words}", with_id_claims(azp=value), "authorized_party", "id")
    for value in (None, 5, [client]):
        yield Attack(f"SEC-122 azp {value!r}", with_id_claims(azp=value), "claim_type", "id")


def issuers() -> Iterator[Attack]:
    for words, value in {
        "missing": ...,
        "null": None,
        "empty": "",
        "another pool of the region": m.ISSUER[:-1] + "6",
        "another region": m.ISSUER.replace("north", "west"),
        "with a slash": m.ISSUER + "/",
        "with a fragment": m.ISSUER + "#",
        "with a query": m.ISSUER + "?",
        "http": m.ISSUER.replace("https", "http"),
        "upper case": m.ISSUER.upper(),
        "with a homoglyph": m.ISSUER.replace("o", "\u043e", 1),
        "with a space": " " + m.ISSUER,
        "with a port": m.ISSUER.replace(".com", ".com:443"),
        "a list": [m.ISSUER],
        "an object": {m.ISSUER: 1},
        "a number": 1,
        "true": True,
        "the attacker's": "https://attacker.example",
    }.items():
        yield Attack(f"SEC-124 iss {words}", with_claims(iss=value), "issuer")


def subjects() -> Iterator[Attack]:
    for words, value in {
        "missing": ...,
        "empty": "",
        "null": None,
        "a number": 5,
        "a list": [m.SUB],
        "an object": {},
        "true": True,
        "256 characters": "a" * 256,
        "with CRLF": "a\r\nX-Admin: 1",
        "with NUL": "a\0b",
        "with a right-to-left override": "a\u202eb",
    }.items():
        yield Attack(f"SEC-126 sub {words}", with_claims(sub=value), "subject")
        yield Attack(f"SEC-126 sub {words} in an ID token", with_id_claims(sub=value), "subject", "id")
    yield Attack("SEC-126 sub a lone surrogate", raw_member("sub", '"\\ud800"'), "payload")


def bindings() -> Iterator[Attack]:
    access = {"access_token": "the-access-token"}
    right = m.at_hash("the-access-token")
    for words, value in {
        "of another token": m.at_hash("another"),
        "empty": "",
        "in another case": right.swapcase(),
        "padded": right + "==",
        "cut short": right[:-1],
        "not ASCII": "é" * 22,
        "of the whole digest": m.b64(hashlib.sha256(b"the-access-token").digest()),
    }.items():
        yield Attack(f"SEC-128 at_hash {words}", with_id_claims(at_hash=value), "at_hash", "id", access)
    for value in (5, None, [right], {}, True):
        yield Attack(f"SEC-128 at_hash {value!r}", with_id_claims(at_hash=value), "claim_type", "id", access)
    for value in (12345, [], {}, b"bytes", True):
        yield Attack(
            f"SEC-128 the access token is {value!r}",
            with_id_claims(at_hash=right),
            "at_hash",
            "id",
            {"access_token": value},
        )
    yield Attack(
        "SEC-128 the access token is a lone surrogate",
        with_id_claims(at_hash=right),
        "at_hash",
        "id",
        {"access_token": "\ud800"},
    )
    nonce = {"nonce": m.NONCE}
    for words, value in {
        "missing": ...,
        "empty": "",
        "one character longer": m.NONCE + "1",
        "one character shorter": m.NONCE[:-1],
        "another": "another",
        "in another case": m.NONCE.swapcase(),
        "not ASCII": m.NONCE[:-1] + "é",
        "four kB long": "a" * 4000,
    }.items():
        yield Attack(f"SEC-129 nonce {words}", with_id_claims(nonce=value), "nonce", "id", nonce)
    for value in (None, [m.NONCE], 5, {}, True):
        yield Attack(f"SEC-129 nonce {value!r}", with_id_claims(nonce=value), "claim_type", "id", nonce)
    yield Attack("SEC-129 an empty nonce is not a nonce", with_id_claims(nonce=""), "nonce", "id", {"nonce": ""})
    yield Attack("SEC-129 the login's nonce is not text", with_id_claims(), "nonce", "id", {"nonce": 5})
    yield Attack("SEC-129 the login's nonce is not ASCII", with_id_claims(), "nonce", "id", {"nonce": "é"})


def uses() -> Iterator[Attack]:
    yield Attack("SEC-130 an ID token as access token", with_id_claims(), "token_use")
    yield Attack(
        "SEC-130 an ID token with a client_id as access token", with_id_claims(client_id=m.CLIENT_ID), "token_use"
    )
    yield Attack("SEC-131 an access token as ID token", with_claims(), "token_use", "id")
    yield Attack("SEC-131 an access token with aud as ID token", with_claims(aud=m.CLIENT_ID), "token_use", "id")
    events = {"http://schemas.openid.net/event/backchannel-logout": {}}
    yield Attack("SEC-131 a logout token as ID token", with_id_claims(events=events), "token_use", "id")
    yield Attack("SEC-131 a logout token as access token", with_claims(events=events), "token_use")
    yield Attack(
        "SEC-131 an ID token with the type of access tokens",
        lambda: m.compact(ID_HEADER | {"typ": "at+jwt"}, m.id_claims(), "id"),
        "type",
        "id",
    )
    for value in (..., None, "", "ACCESS", "Access", "access ", "id", "refresh", ["access"], {"access": 1}, True, 1):
        words = "missing" if value is ... else repr(value)
        yield Attack(f"SEC-133 token_use {words}", with_claims(token_use=value), "token_use")
    for value in (..., None, "", "ID", "id ", "access", ["id"], 0):
        words = "missing" if value is ... else repr(value)
        yield Attack(f"SEC-133 token_use {words} in an ID token", with_id_claims(token_use=value), "token_use", "id")
    for words, text in {
        "a refresh token": "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.a.b.c.d",
        "an authorization code": "5c2b9a30-0d5c-4f8c-9d38-0c6f3c8b8d0f",
        "opaque text": "x" * 40,
        "a sealed cookie": "k1.AAAAAAAAAAAAAAAA.BBBBBBBB",
    }.items():
        yield Attack(f"SEC-132 {words}", lambda t=text: t)


def machines_and_requirements() -> Iterator[Attack]:
    yield Attack("SEC-134 a client-credentials token", m.machine_token, "machine_token")
    yield Attack("SEC-134 a token without a username", with_claims(username=...), "machine_token")
    yield Attack("SEC-134 a token with an empty username", with_claims(username=""), "machine_token")
    yield Attack("SEC-134 a subject that is the client", with_claims(sub=m.CLIENT_ID), "machine_token")
    admin = {"scopes": ("admin",)}
    for words, scope in {
        "missing": ...,
        "empty": "",
        "a longer name": "admin2",
        "a name that ends with it": "xadmin",
        "a name with a suffix": "openid admin/read",
        "another case": "Admin",
        "separated by a comma": "openid,admin",
        "separated by a tab": "openid\tadmin",
        "separated by a newline": "openid\nadmin",
        "separated by a no-break space": "openid\u00a0admin",
        "quoted": '"admin"',
    }.items():
        yield Attack(f"SEC-135 scope {words}", with_claims(scope=scope), "scope", wanted=admin)
    for value in (["admin"], None, {"admin": 1}, 5):
        yield Attack(f"SEC-135 scope {value!r}", with_claims(scope=value), "claim_type", wanted=admin)
    both = {"scopes": ("orders/read", "orders/write")}
    yield Attack("SEC-135 one of two required scopes", with_claims(scope="orders/read"), "scope", wanted=both)
    admins = {"groups": ("admins",)}
    for words, groups in {
        "missing": ...,
        "empty": [],
        "another": ["staff"],
        "another case": ["Admins"],
        "a longer name": ["admins2"],
        "two in one": ["admins,staff"],
    }.items():
        yield Attack(f"SEC-135 groups {words}", with_claims(**{"cognito:groups": groups}), "group", wanted=admins)
    for value in ("admins", None, 5, {"admins": 1}, [5, "admins"], [["admins"]], [None]):
        yield Attack(f"SEC-135 groups {value!r}", with_claims(**{"cognito:groups": value}), "claim_type", wanted=admins)
    yield from connections()


def connections() -> Iterator[Attack]:
    ours = {"connection_id": m.CONNECTION_ID}
    for words, changes in {
        "another connection": {"username": "scalekitidprouter_conn_1;x"},
        "a longer connection": {"username": f"scalekitidprouter_{m.CONNECTION_ID}9;x"},
        "no semicolon": {"username": f"scalekitidprouter_{m.CONNECTION_ID}"},
        "a person of the pool with a lookalike username": {"cognito:groups": ["staff"]},
        "a person of the pool in no group": {"cognito:groups": ...},
        "another provider's group": {"cognito:groups": [f"{m.POOL_ID}_Google"]},
        "another pool's group": {"cognito:groups": ["eu-north-1_other_ScalekitIdPRouter"]},
        "a group that is only the pool": {"cognito:groups": [f"{m.POOL_ID}_"]},
        "a group that somebody called as the provider": {"cognito:groups": ["ScalekitIdPRouter"]},
        "the group of a provider whose name is as long": {"cognito:groups": [f"{m.POOL_ID}_{'G' * 17}"]},
        "a username that only starts like it": {"username": f"scalekit_{m.USER_ID}"},
    }.items():
        yield Attack(f"SEC-135 tenant: {words}", with_claims(**changes), "connection", wanted=ours)
    identity = m.id_claims()["identities"][0]
    for words, identities in {
        "another connection": [identity | {"userId": "conn_1;x"}],
        "only a linked identity": [identity | {"primary": "false"}],
        "a primary of another provider": [identity | {"primary": "false"}, identity | {"userId": "google-1"}],
        "a connection that is not in front": [identity | {"userId": f"x;{m.CONNECTION_ID};y"}],
    }.items():
        yield Attack(
            f"SEC-135 tenant in an ID token: {words}", with_id_claims(identities=identities), "connection", "id", ours
        )


def wrong_types() -> Iterator[Attack]:
    texts = ("username", "jti", "origin_jti", "event_id", "scope")
    for name in texts:
        for value in (None, 5, [], {}, True):
            yield Attack(f"SEC-577 {name} {value!r}", with_claims(**{name: value}), "claim_type")
    for name in ("email", "name", "given_name", "family_name", "cognito:username"):
        for value in (None, 5, ["a"]):
            yield Attack(f"SEC-577 {name} {value!r}", with_id_claims(**{name: value}), "claim_type", "id")
    for value in (1, 0, None, [True], {}, 1.0):
        yield Attack(f"SEC-577 email_verified {value!r}", with_id_claims(email_verified=value), "claim_type", "id")
    for value in (
        "[]",
        {},
        [5],
        [{}],
        [{"userId": 5, "providerName": "x"}],
        [{"userId": "x", "providerName": None}],
        [{"userId": "x", "providerName": "x", "primary": 1}],
        [{"userId": "x", "providerName": "x", "primary": ["true"]}],
        None,
    ):
        yield Attack(f"SEC-577 identities {value!r}", with_id_claims(identities=value), "claim_type", "id")


def padded(words: str, forge: Callable[[bytes], bytes]) -> Attack:
    def make() -> str:
        message = f"{m.b64(m.encode(HEADER))}.{m.b64(m.encode(m.access_claims()))}"
        return f"{message}.{m.b64(forge(message.encode()))}"

    return Attack(f"RSA edge: {words}", make, "signature")


def rsa_edge_cases() -> Iterator[Attack]:
    for words, forge in rsa_edges.FORGERIES.items():
        yield padded(words, forge)


ATTACKS: list[Attack] = [
    *algorithms(),
    *forgeries(),
    *spellings(),
    *lengths_and_segments(),
    *headers(),
    *payloads(),
    *times(),
    *audiences(),
    *issuers(),
    *subjects(),
    *bindings(),
    *uses(),
    *machines_and_requirements(),
    *wrong_types(),
    *rsa_edge_cases(),
]
