"""Signatures made with the bare private operation: right key, wrong encoding (as in Wycheproof's vectors)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tests.verify import minting as m

SIZE = 256
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
SHA1 = bytes.fromhex("3021300906052b0e03021a05000414")
SHA512 = bytes.fromhex("3051300d060960864801650304020305000440")

Block = Callable[[bytes], bytes]


def private_operation(block: bytes) -> bytes:
    numbers = m.rsa_key("access").private_numbers()
    number = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return number.to_bytes(SIZE, "big")


def info(prefix: bytes = SHA256, algorithm: str = "sha256") -> Block:
    return lambda message: prefix + hashlib.new(algorithm, message).digest()


def block(
    content: Block, *, start: bytes = b"\0\1", fill: bytes = b"\xff", end: bytes = b"\0", short: int | None = None
) -> Block:
    """start || fill... || end || content, as long as the modulus unless `short` says how much padding to use."""

    def make(message: bytes) -> bytes:
        inner = end + content(message)
        room = SIZE - len(start) - len(inner) if short is None else short
        return (start + fill * room + inner).ljust(SIZE, b"\0")

    return make


def signed(make: Block) -> Block:
    return lambda message: private_operation(make(message))


def changed(position: int, value: int) -> Block:
    """One byte of a correct block replaced."""

    def make(message: bytes) -> bytes:
        whole = bytearray(block(info())(message))
        whole[position] = value
        return bytes(whole)

    return make


def followed(tail: bytes) -> Block:
    return block(lambda message: info()(message) + tail)


def plus_modulus(message: bytes) -> bytes:
    """s + n where it still fits, else n itself: not below the modulus (RFC 8017 §8.2.2, step 1)."""
    n = m.rsa_key("access").public_key().public_numbers().n
    number = int.from_bytes(private_operation(block(info())(message)), "big") + n
    return (number if number < 1 << SIZE * 8 else n).to_bytes(SIZE, "big")


FORGERIES: dict[str, Block] = {
    "block type 0": signed(block(info(), start=b"\0\0")),
    "block type 2": signed(block(info(), start=b"\0\2")),
    "first byte 1": signed(changed(0, 1)),
    "first padding byte not ff": signed(changed(2, 0xFE)),
    "middle padding byte not ff": signed(changed(100, 0)),
    "last padding byte not ff": signed(changed(SIZE - 53, 0x7F)),
    "padding of zeros": signed(block(info(), fill=b"\0")),
    "separator not zero": signed(block(info(), end=b"\1")),
    "no separator": signed(block(info(), end=b"")),
    "no padding": signed(block(info(), short=0)),
    "eight bytes of padding and garbage after": signed(block(info(), short=8)),
    "seven bytes of padding and garbage after": signed(block(info(), short=7)),
    "padding one byte short and a zero after": signed(block(info(), short=SIZE - 55)),
    "trailing zero": signed(followed(b"\0")),
    "trailing NULL of ASN.1": signed(followed(b"\5\0")),
    "trailing garbage": signed(followed(b"garbage")),
    "much trailing garbage (Bleichenbacher 2006)": signed(followed(b"\xaa" * 150)),
    "algorithm without its NULL": signed(block(info(bytes.fromhex("302f300b0609608648016503040201") + b"\4\x20"))),
    "algorithm with an empty sequence": signed(block(info(bytes.fromhex("3031300d060960864801650304020130000420")))),
    "algorithm with other parameters": signed(block(info(bytes.fromhex("3032300e06096086480165030402010501000420")))),
    "long form of a length": signed(block(info(bytes.fromhex("308131300d060960864801650304020105000420")))),
    "long form of the inner length": signed(block(info(bytes.fromhex("303230810d060960864801650304020105000420")))),
    "long form of the digest's length": signed(block(info(bytes.fromhex("3032300d06096086480165030402010500048120")))),
    "indefinite length": signed(block(info(bytes.fromhex("3080300d060960864801650304020105000420")))),
    "length one too long": signed(block(info(bytes.fromhex("3032300d060960864801650304020105000420")))),
    "length one too short": signed(block(info(bytes.fromhex("3030300d060960864801650304020105000420")))),
    "wrong tag of the sequence": signed(block(info(b"\x31" + SHA256[1:]))),
    "wrong tag of the digest": signed(block(info(SHA256[:-2] + b"\3\x20"))),
    "identifier of SHA-512 with a SHA-256 digest": signed(block(info(SHA512))),
    "identifier of SHA-256 with a SHA-1 digest": signed(block(info(SHA256, "sha1"))),
    "SHA-1 throughout": signed(block(info(SHA1, "sha1"))),
    "SHA-512 throughout": signed(block(info(SHA512, "sha512"))),
    "MD5 digest": signed(block(info(SHA256, "md5"))),
    "digest without an identifier": signed(block(info(b""))),
    "digest cut short": signed(block(lambda message: info()(message)[:-1])),
    "digest of nothing": signed(block(lambda message: info()(b""))),
    "digest twice": signed(block(lambda message: info()(message) + hashlib.sha256(message).digest())),
    "digest reversed": signed(block(lambda message: SHA256 + hashlib.sha256(message).digest()[::-1])),
    "an empty block": signed(lambda message: bytes(SIZE)),
    "a block of one": signed(lambda message: b"\1".rjust(SIZE, b"\0")),
    "not below the modulus": plus_modulus,
    "the modulus itself": lambda message: m.rsa_key("access").public_key().public_numbers().n.to_bytes(SIZE, "big"),
    "the modulus less one": lambda message: (m.rsa_key("access").public_key().public_numbers().n - 1).to_bytes(
        SIZE, "big"
    ),
    "zero": lambda message: bytes(SIZE),
    "one": lambda message: b"\1".rjust(SIZE, b"\0"),
    "a leading zero byte too many": lambda message: b"\0" + private_operation(block(info())(message)),
    "leading byte dropped": lambda message: private_operation(block(info())(message))[1:],
    "trailing byte added": lambda message: private_operation(block(info())(message)) + b"\0",
    "bytes reversed": lambda message: private_operation(block(info())(message))[::-1],
    "negated": lambda message: (
        m.rsa_key("access").public_key().public_numbers().n
        - int.from_bytes(private_operation(block(info())(message)), "big")
    ).to_bytes(SIZE, "big"),
    "the plain block, not signed": block(info()),
}
"""Forged signatures of 2048 bits, each from the message."""

GOOD: Block = signed(block(info()))
"""The same machinery without a mistake, to show that it is the mistakes that are refused."""
