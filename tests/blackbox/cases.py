"""Requests that no client would send, by family. An id is the catalogue's number and what is odd, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.addresses import ADDRESSES, TAKES
from tests.blackbox.wire import form, request

CLOSED = frozenset({400, 431})
REFUSED = frozenset({400, 401, 403, 404, 405, 413, 431})
NOBODY = frozenset({401})


@dataclass(frozen=True)
class Case:
    """`answers` is how many answers the bytes deserve; None: the server may hang up before it could be heard."""

    id: str
    data: bytes
    statuses: frozenset[int] = REFUSED
    answers: int | None = 1
    hangs_up: bool | None = None

    @property
    def for_gateway(self) -> bool:
        line = self.data.partition(b"\r\n")[0].replace(b"%76", b"v").replace(b"%2f", b"/")
        return b" /auth/verify" in line or b"example/auth/verify" in self.data


HOST = b"Host: login.app.example"
ORIGIN = b"Origin: https://app.example"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def raw(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def refused_framing(words: str, data: bytes) -> Case:
    return Case(f"SEC-406 {words}", data, CLOSED, hangs_up=True)


def post(*fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return raw(b"POST /auth/refresh HTTP/" + version, HOST, *fields, body=body)


def get(*fields: bytes, target: bytes = b"/me", version: bytes = b"HTTP/1.1") -> bytes:
    return raw(b"GET " + target + b" " + version, *fields)


LENGTHS = {
    "two lengths": (b"Content-Length: 0", b"Content-Length: 5"),
    "the same length twice": (b"Content-Length: 0", b"Content-Length: 0"),
    "a list of lengths": (b"Content-Length: 0, 0",),
    "a negative length": (b"Content-Length: -1",),
    "a length with a plus": (b"Content-Length: +0",),
    "a hexadecimal length": (b"Content-Length: 0x0",),
    "an empty length": (b"Content-Length: ",),
    "a length beyond 64 bits": (b"Content-Length: 99999999999999999999999",),
    "a length in other digits": ("Content-Length: \u0661".encode(),),
    "a space before the colon": (b"Content-Length : 0",),
    "an underscore in the length": (b"Content-Length: 1_0",),
}
CODINGS = {
    "an unknown coding": (b"Transfer-Encoding: xchunked",),
    "identity": (b"Transfer-Encoding: identity",),
    "gzip, then chunked": (b"Transfer-Encoding: gzip, chunked",),
    "chunked, then gzip": (b"Transfer-Encoding: chunked, gzip",),
    "chunked twice": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "chunked and something": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"),
    "a vertical tab before chunked": (b"Transfer-Encoding: \x0bchunked",),
    "a quoted coding": (b'Transfer-Encoding: "chunked"',),
    "an empty coding": (b"Transfer-Encoding: ",),
}
CHUNKS = {
    "a negative chunk": b"-1\r\n\r\n",
    "a chunk with 0x": b"0x0\r\n\r\n",
    "a chunk beyond 64 bits": b"fffffffffffffffff\r\n\r\n",
    "chunks that end in a bare LF": b"0\n\n",
    "a chunk longer than it says": b"1\r\naXX0\r\n\r\n",
    "a line break in a chunk's extension": b"0;a\nb\r\n\r\n",
    "no chunk at all": b"hello\r\n\r\n",
    "a chunk size with a space before it": b" 0\r\n\r\n",
    "a chunk size with an underscore": b"0_0\r\n\r\n",
}


def smuggling() -> Iterator[Case]:
    """Bytes that two servers could take apart differently: none is taken apart here."""
    yield refused_framing("CL.TE", post(b"Content-Length: 6", b"Transfer-Encoding: chunked", body=b"0\r\n\r\nG"))
    smuggled = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    yield refused_framing("TE.CL", post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=smuggled))
    yield refused_framing(
        "TE.TE", post(b"Transfer-Encoding: chunked", b"Transfer-encoding: x", body=b"0\r\n\r\n" + SMUGGLED)
    )
    for words, fields in {**LENGTHS, **CODINGS}.items():
        yield refused_framing(words, post(*fields, body=b"0\r\n\r\n" + SMUGGLED))
    for words, body in CHUNKS.items():
        yield refused_framing(words, post(b"Transfer-Encoding: chunked", body=body + SMUGGLED))
    yield refused_framing("chunked in HTTP/1.0", post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", version=b"1.0"))
    yield refused_framing("a folded header", get(HOST, b"X-A: b", b" c"))
    yield refused_framing("a folded first header", get(b" Host: x"))
    yield refused_framing("lines that end in LF", get(HOST).replace(b"\r\n", b"\n"))
    yield refused_framing("one line that ends in LF", get(b"Host: x\nX-Y: z"))
    yield refused_framing("one line that ends in CR", get(b"Host: x\rX-Y: z"))
    yield refused_framing("NUL in a value", get(HOST, b"X-A: a\0b"))
    yield refused_framing("NUL in a name", get(HOST, b"X\0A: a"))
    yield refused_framing("a name with a space", get(HOST, b"X A: a"))
    yield refused_framing("a name in other letters", get(HOST, b"X-\xe9: a"))
    yield refused_framing("a line without a colon", get(HOST, b"Foo"))
    yield refused_framing("an empty name", get(HOST, b": x"))
    yield refused_framing("a length with a request in it", get(HOST, b"Content-Length: 0\r\r\nX: y"))
    yield Case("SEC-406 a chunk's extension", post(b"Transfer-Encoding: chunked", body=b"0;a=b\r\n\r\n"), NOBODY)
    # Had the cookie counted, it would be 403: a request with a cookie, and from nowhere.
    trailers = b"0\r\nCookie: __Host-sso_session=x\r\nHost: evil.example\r\n\r\n"
    yield Case("SEC-406 trailers are no headers", post(b"Transfer-Encoding: chunked", body=trailers), NOBODY)
    yield Case("SEC-406 a request as the body", post(b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED), REFUSED)


def versions() -> Iterator[Case]:
    yield Case("SEC-406 HTTP/1.0", get(version=b"HTTP/1.0"), NOBODY, hangs_up=True)
    yield Case(
        "SEC-406 HTTP/1.0 kept alive", get(b"Connection: keep-alive", version=b"HTTP/1.0"), NOBODY, hangs_up=True
    )
    for version in (
        b"HTTP/0.9",
        b"HTTP/1.2",
        b"HTTP/2.0",
        b"HTTP/9.9",
        b"http/1.1",
        b"HTTP/1",
        b"HTTP/1.10",
        b"ICY/1.1",
    ):
        yield refused_framing(version.decode(), get(HOST, version=version))
    yield refused_framing("HTTP/0.9 without a version", b"GET /me\r\n\r\n")
    yield refused_framing("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield refused_framing("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64)
    yield refused_framing("nothing but bytes", bytes(range(256)))
    h2c = (b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    for upgrade in (b"h2c", b"websocket", b"TLS/1.0", b"connect-udp"):
        fields = (
            HOST,
            b"Upgrade: " + upgrade,
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        for target in (b"/me", b"/auth/verify", b"/auth/callback?code=x&state=y"):
            data = get(*fields, *h2c, target=target)
            words = f"an upgrade to {upgrade.decode()} of {target.decode()}"
            yield Case(f"SEC-417 {words}", data, frozenset({400, 401}), hangs_up=True)


def hosts() -> Iterator[Case]:
    evil = (
        "evil.example",
        "login.app.example@evil.example",
        "evil.example:443",
        "login.app.example.",
        "LOGIN.APP.EXAMPLE",
        "login_app.example",
        "[::1]",
        "127.0.0.1",
    )
    for host in (*evil, "evil.example/../", "evil.example#", "a b", "\xe9vil.example", "", " ", "x" * 9000):
        for target in (
            "/login",
            "/login/start?email=you@example.com",
            "/auth/callback?code=x&state=y",
            "/auth/signed-out",
            "/auth/verify",
            "/nope",
        ):
            data = request("GET", target, host=host)
            yield Case(
                f"SEC-400 Host {ascii(host)[:40]} of {target.partition('?')[0]}",
                data,
                frozenset({200, 302, 303, *REFUSED}),
            )
    yield Case("SEC-403 no Host", get(), CLOSED, hangs_up=True)
    yield Case("SEC-403 two Hosts", get(HOST, b"Host: evil.example"), CLOSED, hangs_up=True)
    yield Case("SEC-403 the same Host twice", get(HOST, HOST), CLOSED, hangs_up=True)
    for name in (
        b"X-Forwarded-Host",
        b"X-Forwarded-Server",
        b"X-Forwarded-For",
        b"X-Real-IP",
        b"True-Client-IP",
        b"X-Host",
        b"X-Original-Host",
        b"Forwarded",
    ):
        data = request(
            "GET",
            "/login/start?email=you@example.com",
            name + b": evil.example",
            name + b": host=evil.example;for=6.6.6.6;proto=http",
        )
        yield Case(f"SEC-401 {name.decode()}", data, frozenset({302}))
    for name in (b"X-Original-URL", b"X-Rewrite-URL", b"X-Forwarded-Uri", b"X-Forwarded-Prefix", b"X-Forwarded-Path"):
        yield Case(f"SEC-401 {name.decode()}", request("GET", "/me", name + b": /healthz"), NOBODY)
    for name in (b"X-HTTP-Method-Override", b"X-HTTP-Method", b"X-Method-Override", b"X-Forwarded-Method"):
        yield Case(f"SEC-324 {name.decode()}", request("GET", "/auth/logout", name + b": POST"), frozenset({405}))
        yield Case(f"SEC-414 {name.decode()}", request("POST", "/auth/verify", name + b": GET"), NOBODY)


def targets() -> Iterator[Case]:
    """Ways to write a path: one is an address, all others are nowhere. The gateway's is behind all its spellings."""
    nowhere = (
        *(
            b"/",
            b"//me",
            b"///me",
            b"/./me",
            b"/me/",
            b"/me/.",
            b"/me/..",
            b"/x/../me",
            b"/%2e/me",
            b"/%2e%2e/me",
            b"/ME",
            b"/me;x",
            b"/me;jsessionid=1",
        ),
        *(
            b"/me%00",
            b"/me%0d%0aX:y",
            b"/me%20",
            b"/me%2f",
            b"/%2fme",
            b"/me%5c",
            b"/\\me",
            b"/me\\",
            b"/me,",
            b"/%zz",
            b"/%",
            b"/%ff%fe",
            b"/%c0%ae%c0%ae/me",
        ),
        *(
            b"/%252e%252e/me",
            b"/auth//callback",
            b"/auth/./callback",
            b"/auth/x/../callback",
            b"/auth/callback/",
            b"/auth/callback;x",
            b"/auth%2fcallback%3fcode=x",
        ),
        *(
            b"//evil.example",
            b"//evil.example/me",
            b"//evil.example/%2f..",
            b"/login/start/",
            b"/login//start",
            b"/metrics",
            b"/.env",
            b"/.git/config",
            b"/debug",
            b"/redoc",
        ),
        *(
            b"/static/../../etc/passwd",
            b"/%2e%2e/%2e%2e/etc/passwd",
            b"/docs/oauth2-redirect",
            b"/server-status",
            b"/actuator/env",
            b"/" + b"a" * 8000,
            b"*",
        ),
    )
    for target in nowhere:
        yield Case(f"SEC-336 {ascii(target.decode())[1:40]}", request("GET", target), frozenset({404}))
    for target in (b"/%6de", b"/m%65", b"/me?", b"/me?x=%zz", b"/me#x"):
        yield Case(f"SEC-412 {target.decode()} is /me", request("GET", target), NOBODY)
    for target in (
        b"/auth/verify/admin",
        b"/auth/verify//",
        b"/auth/verify/x?groups=",
        b"/auth/verify/%00",
        b"/auth/verify;x/../verify/me",
    ):
        yield Case(f"SEC-412 {target.decode()}", request("GET", target), frozenset({401, 404}))
    for target in (b"/auth/verify/public/../admin", b"/auth/verify/%2e%2e/me", b"/auth/%76erify", b"/auth%2fverify/x"):
        yield Case(f"SEC-412 {target.decode()}", request("GET", target), frozenset({403}))
    for target in (
        b"http://evil.example/me",
        b"https://evil.example/me",
        b"http://a:b@evil.example/me",
        b"http://evil.example:666/me",
        b"HTTP://login.app.example/me",
    ):
        yield Case(f"SEC-403 the whole URL {target.decode()}", request("GET", target), frozenset({400, 401}))
    yield Case("SEC-403 the whole URL of verify", request("GET", b"http://evil.example/auth/verify"), NOBODY)
    for target in (
        b"evil.example:443",
        b"evil.example",
        b"@evil.example/",
        b"me",
        b"?x",
        b"http:",
        b"http://",
        b"javascript:alert(1)",
        b"file:///etc/passwd",
    ):
        yield Case(f"SEC-403 no path at all: {target.decode()}", request("GET", target), CLOSED, hangs_up=True)
    for target in ("/m\xe9".encode(), b"/me?\xe9", b"/me\x01", b"/me x", b"/me\tx", b"/me\x7f", b""):
        yield Case(f"SEC-403 bytes {target!a}", request("GET", target), frozenset({400}), hangs_up=True)
    yield Case("SEC-403 OPTIONS *", request("OPTIONS", "*"), frozenset({404}))
    yield Case("SEC-403 empty lines first", b"\r\n\r\n" + request("GET", "/me"), NOBODY)


def methods() -> Iterator[Case]:
    for address in ADDRESSES:
        for method in (
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "TRACE",
            "PROPFIND",
            "OPTIONS",
            "HEAD",
            "PURGE",
            "LOCK",
        ):
            takes = TAKES.get(address, ("GET",))
            if method not in (*takes, *(("HEAD",) if "GET" in takes else ())):
                yield Case(f"SEC-404 {method} {address}", request(method, address), frozenset({405}))
    for method in ("get", "GETT", "G\xc9T", "", "GET,POST", "X" * 8000, "GE\tT", "\0"):
        yield Case(
            f"SEC-404 the method {ascii(method)[:20]}",
            raw(method.encode() + b" /me HTTP/1.1", HOST),
            CLOSED,
            hangs_up=True,
        )
    yield Case(
        "SEC-404 CONNECT elsewhere",
        raw(b"CONNECT evil.example:443 HTTP/1.1", b"Host: evil.example:443"),
        CLOSED,
        hangs_up=True,
    )
    yield Case("SEC-404 CONNECT a path", raw(b"CONNECT /me HTTP/1.1", HOST), frozenset({400, 405}), hangs_up=True)
    for target in ("/auth/callback?code=x&state=y", "/login/start?email=you@example.com"):
        yield Case(f"SEC-234 HEAD {target}", request("HEAD", target), frozenset({204}))
    yield Case("SEC-234 a form to the callback", form("/auth/callback", (), b"code=x&state=y"), frozenset({405}))
    yield Case(
        "SEC-415 OPTIONS of verify",
        request("OPTIONS", "/auth/verify", ORIGIN, b"Access-Control-Request-Method: GET"),
        NOBODY,
    )


BIG = 1_000_000


def oversized() -> Iterator[Case]:
    """What is too long is refused before it is kept. Where more was sent than is read, the refusal may not be heard."""
    too_long = frozenset({431})
    yield Case(
        "SEC-463 a header of 64 KB", request("GET", "/me", b"X-A: " + b"a" * 65_536), too_long, None, hangs_up=True
    )
    yield Case(
        "SEC-463 a header of 10 MB", request("GET", "/me", b"X-A: " + b"a" * 10 * BIG), too_long, None, hangs_up=True
    )
    yield Case(
        "SEC-463 a header name of 1 MB", request("GET", "/me", b"a" * BIG + b": x"), too_long, None, hangs_up=True
    )
    yield Case(
        "SEC-463 a cookie of 1 MB",
        request("GET", "/me", b"Cookie: __Host-sso_session=" + b"a" * BIG),
        too_long,
        None,
        hangs_up=True,
    )
    yield Case(
        "SEC-463 a Bearer token of 10 MB",
        request("GET", "/auth/verify", b"Authorization: Bearer " + b"a" * 10 * BIG),
        too_long,
        None,
        hangs_up=True,
    )
    yield Case("SEC-463 100,000 headers", request("GET", "/me", *[b"a: b"] * 100_000), too_long, None, hangs_up=True)
    yield Case("SEC-463 a URL of 1 MB", request("GET", b"/me?" + b"a" * BIG), too_long, None, hangs_up=True)
    yield Case("SEC-463 a path of 100 KB", request("GET", b"/" + b"a" * 100_000), too_long, None, hangs_up=True)
    yield Case(
        "SEC-463 a head that never ends",
        b"GET /me HTTP/1.1\r\n" + b"X-A: b\r\n" * 100_000,
        too_long,
        None,
        hangs_up=True,
    )
    yield Case("SEC-463 a request line that never ends", b"GET /" + b"a" * BIG, too_long, None, hangs_up=True)
    yield Case("SEC-463 a head of 32 KB to the byte", request("GET", "/me", b"X-A: " + b"a" * 32_700), NOBODY)
    yield Case(
        "SEC-463 a query of 9 KB",
        request("GET", b"/login/start?email=you@example.com&x=" + b"a" * 9_000),
        frozenset({400}),
    )
    yield Case("SEC-463 1,000 parameters", request("GET", b"/login?" + b"a=b&" * 1_000), frozenset({400}))
    for path in ("/login/start", "/auth/token", "/auth/refresh", "/auth/logout", "/auth/introspect"):
        for size in (16_385, BIG):
            yield Case(
                f"SEC-407 {size:,} bytes to {path}", form(path, (ORIGIN,), b"a" * size), frozenset({400, 413}), None
            )
        unread = frozenset({400, 401})  # refreshing reads its body to no end but its length
        yield Case(f"SEC-463 4,000 fields to {path}", form(path, (ORIGIN,), b"a=b&" * 4_000), unread)
        deep = request("POST", path, ORIGIN, b"Content-Type: application/json", body=b'{"a":' * 3_000)
        yield Case(f"SEC-463 JSON 3,000 deep to {path}", deep, unread)
    yield Case(
        "SEC-407 10 MB of body to a GET",
        raw(b"GET /me HTTP/1.1", HOST, b"Content-Length: 10000000", body=b"a" * 10 * BIG),
        NOBODY,
        None,
    )
    yield Case("SEC-407 a body to a GET", raw(b"GET /me HTTP/1.1", HOST, b"Content-Length: 5", body=b"hello"), NOBODY)
    yield Case(
        "SEC-407 a body to verify",
        raw(b"POST /auth/verify HTTP/1.1", HOST, b"Content-Length: 5", body=b"hello"),
        NOBODY,
    )
    yield Case("SEC-407 Expect", post(b"Expect: 100-continue", b"Content-Length: 2", body=b"{}"), REFUSED)
    yield Case("SEC-407 another Expect", post(b"Expect: the-inquisition", b"Content-Length: 2", body=b"{}"), REFUSED)
    yield Case("SEC-469 a thousand requests at once", request("GET", "/me") * 1_000, NOBODY, 1_000)


def bodies() -> Iterator[Case]:
    """JSON that is none, or reads two ways; forms in other charsets; parameters twice."""
    json_type = b"Content-Type: application/json"
    texts: dict[str, bytes] = {
        "a member twice": b'{"email":"a@b.example","email":"c@d.example"}',
        "a member twice, once escaped": b'{"email":"a@b.example","\\u0065mail":"c@d.example"}',
        "a list": b'["a@b.example"]',
        "a number": b'{"email":1}',
        "a list for a text": b'{"email":["a@b.example"]}',
        "an object for a text": b'{"email":{"$gt":""}}',
        "not a number": b'{"email":NaN}',
        "infinity": b'{"email":1e999}',
        "a long number": b'{"n":' + b"9" * 5_000 + b"}",
        "a lone surrogate": b'{"email":"\\ud800@b.example"}',
        "a NUL": b'{"email":"a\\u0000@b.example"}',
        "UTF-16": '{"email":"a@b.example"}'.encode("utf-16"),
        "UTF-32": '{"email":"a@b.example"}'.encode("utf-32"),
        "a byte order mark": b'\xef\xbb\xbf{"email":"a@b.example"}',
        "bad UTF-8": b'{"email":"\xff\xfe"}',
        "overlong UTF-8": b'{"email":"a\xc0\xafb.example"}',
        "something behind it": b'{"email":"a@b.example"}x',
        "two texts": b"{}{}",
        "comments": b'{"email":"a@b.example"/**/}',
        "single quotes": b"{'email':'a@b.example'}",
        "deep lists": b"[" * 16_000,
    }
    for words, body in texts.items():
        for path in ("/login/start", "/auth/token", "/auth/logout"):
            # Logging out takes no part in what it does not know.
            fine = {200} if path == "/auth/logout" else set()
            yield Case(
                f"SEC-507 {words} to {path}",
                request("POST", path, ORIGIN, json_type, body=body),
                frozenset({400, *fine}),
            )
    forms: dict[str, bytes] = {
        "a parameter twice": b"email=a@b.example&email=c@d.example",
        "a parameter twice, once escaped": b"email=a@b.example&%65mail=c@d.example",
        "brackets": b"email[]=a@b.example",
        "Latin-1": b"email=\xe9@b.example",
        "bad UTF-8": b"email=%ff@b.example",
        "a surrogate": b"email=%ED%A0%80@b.example",
        "overlong UTF-8": b"email=a%c0%af@b.example",
        "a semicolon between": b"email=a@b.example;email=c@d.example",
        "UTF-16": "email=a@b.example".encode("utf-16"),
    }
    for words, body in forms.items():
        yield Case(f"SEC-379 a form with {words}", form("/login/start", (ORIGIN,), body), frozenset({400}))
        if not any(byte > 127 for byte in body) and b"\0" not in body:
            yield Case(f"SEC-304 a query with {words}", request("GET", b"/login/start?" + body), frozenset({400}))
    good = b'{"email":"a@b.example"}'
    for media_type in (
        b"text/plain",
        b"text/html",
        b"application/xml",
        b"multipart/form-data; boundary=x",
        b"application/jsonx",
        b"image/svg+xml",
        b"",
        b";",
        b"\xff",
        b"application/json, text/plain",
    ):
        data = request("POST", "/login/start", ORIGIN, b"Content-Type: " + media_type, body=good)
        yield Case(f"SEC-325 a body of type {media_type!a}", data, frozenset({400}))
    twice = request("POST", "/login/start", ORIGIN, b"Content-Type: text/plain", json_type, body=good)
    yield Case("SEC-325 two types", twice, frozenset({400}))
    for coding in (b"gzip", b"br", b"x", b"identity, gzip"):
        data = request(
            "POST",
            "/login/start",
            ORIGIN,
            json_type,
            b"Content-Encoding: " + coding,
            body=b"\x1f\x8b\x08\0" + b"\0" * 32,
        )
        yield Case(f"SEC-407 a body in {coding.decode()}", data, frozenset({400}))
    bomb = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 200 + b"--x--\r\n"
    multipart = request("POST", "/login/start", ORIGIN, b"Content-Type: multipart/form-data; boundary=x", body=bomb)
    yield Case("SEC-463 a form of 200 parts", multipart, frozenset({400}))
    for extra in (
        b"password=canary-secret-in-a-form",
        b"email=canary-secret-in-a-form",
        b"return_to=canary-secret-in-a-form",
    ):
        yield Case(
            f"SEC-337 {extra.partition(b'=')[0].decode()} is not echoed",
            form("/login/start", (ORIGIN,), extra),
            frozenset({400}),
        )


def headers() -> Iterator[Case]:
    """Headers that say two things, or nothing readable."""
    start = "/login/start?email=you@example.com"
    for name in (
        b"Origin",
        b"Sec-Fetch-Site",
        b"Sec-Fetch-Mode",
        b"Sec-Fetch-Dest",
        b"Sec-Purpose",
        b"Content-Type",
        b"Accept",
        b"Cookie",
        b"X-Request-Id",
        b"Traceparent",
        b"User-Agent",
        b"Referer",
        b"If-None-Match",
        b"Range",
        b"TE",
        b"Trailer",
        b"Via",
        b"Accept-Encoding",
        b"Accept-Language",
        b"Connection",
        b"Keep-Alive",
        b"Proxy-Authorization",
        b"Max-Forwards",
    ):
        for value in (
            b"",
            b"\xff\xfe",
            b"a" * 9_000,
            b"\tx\t",
            b'"',
            b"x, y",
            b"'; DROP TABLE x; --",
            b"${jndi:ldap://x}",
            b"%s%n{0.__class__}",
            b"\xe2\x80\xae",
        ):
            yield Case(
                f"SEC-365 {name.decode()}: {ascii(value)[:24]}",
                request("GET", "/me", name + b": " + value),
                frozenset({400, 401, 403}),
            )
        twice = request("GET", start, name + b": a", name + b": b")
        yield Case(f"SEC-365 {name.decode()} twice", twice, frozenset({302, 400, 403}))
    for value in (b"x-auth-request-user", b"authorization", b"cookie", b"host"):
        yield Case(
            f"SEC-411 Connection: {value.decode()}", request("GET", "/auth/verify", b"Connection: " + value), NOBODY
        )
    for name in (
        b"X-Auth-Request-User",
        b"X_Auth_Request_User",
        b"x-auth-request-email",
        b"X-Auth-User",
        b"X-Forwarded-User",
        b"X-Forwarded-Email",
        b"X_Forwarded_Email",
        b"Remote-User",
        b"X-Amzn-Oidc-Data",
        b"X-Amzn-Oidc-Identity",
        b"X-Ms-Client-Principal",
        b"Cf-Access-Jwt-Assertion",
    ):
        for target in ("/me", "/auth/verify"):
            yield Case(
                f"SEC-411 {name.decode()} of {target}",
                request("GET", target, name + b": admin", name + b": admin"),
                NOBODY,
            )
    for agent in (b"kube-probe/1.0", b"GoogleHC/1.0", b"ELB-HealthChecker/2.0", b"Amazon-Route53-Health-Check-Service"):
        yield Case(f"CVE-2026-34457 {agent.decode()}", request("GET", "/auth/verify", b"User-Agent: " + agent), NOBODY)
    for where in ("Referer", "User-Agent", "X-Request-Id", "Cookie", "Origin"):
        forged = where.encode() + b': x","level":"info","event":"login_completed","sub":"admin"} \x1b[2J'.replace(
            b"\x1b", b"\xc2\x9b"
        )
        yield Case(f"SEC-362 a log line in {where}", request("GET", "/me", forged), frozenset({401, 403}))
    yield Case(
        "SEC-362 a log line in the path",
        request("GET", b"/%0a%7b%22event%22:%22login_completed%22%7d%1b[2J"),
        frozenset({404}),
    )


def authorization() -> Iterator[Case]:
    """Credentials that are none. `/me` and the gateway say 401, whatever they are."""
    values = {
        "nothing": b"",
        "Bearer alone": b"Bearer",
        "Bearer and spaces": b"Bearer      ",
        "a tab": b"Bearer\tx",
        "a comma": b"Bearer x,",
        "two tokens": b"Bearer x y",
        "two schemes": b"Bearer x, Basic eDp5",
        "Basic": b"Basic eDp5",
        "Basic without a colon": b"Basic eA==",
        "another scheme": b"Digest username=x",
        "DPoP": b"DPoP x",
        "no scheme": b"x.y.z",
        "a quoted token": b'Bearer "x.y.z"',
        "bytes": b"Bearer \xff\xfe\xfd",
        "markup": b"Bearer <script>",
        "a token of 9 KB": b"Bearer " + b"a" * 9_000,
        "dots": b"Bearer ....",
        "only dots": b"Bearer ..",
        "none": b"Bearer eyJhbGciOiJub25lIn0.e30.",
    }
    for words, value in values.items():
        for target in ("/me", "/auth/verify"):
            yield Case(f"SEC-136 {words} to {target}", request("GET", target, b"Authorization: " + value), NOBODY)
    for target in ("/me", "/auth/verify"):
        twice = request("GET", target, b"Authorization: Bearer x", b"Authorization: Bearer y")
        yield Case(f"SEC-136 two headers to {target}", twice, NOBODY)
        yield Case(
            f"SEC-136 in the query of {target}", request("GET", target + "?access_token=x.y.z"), frozenset({401, 403})
        )


COOKIES = (
    "__Host-sso_session",
    "__Secure-sso_refresh",
    "__Host-sso_signed_out",
    "__Host-sso_held",
    "__Host-sso_ended",
    "__Host-sso_login_0123456789abcdef",
)


def cookies() -> Iterator[Case]:
    """Cookies of ours that we never made: none of them is one."""
    values = {
        "Latin-1": b"\xe9",
        "0xff": b"\xff" * 40,
        "an octal escape": b'"quoted\\012octal"',
        "an escaped NUL": b"%00",
        "nothing": b"",
        "an equals sign": b"=",
        "one character": b"a",
        "null": b"null",
        "JSON": b'{"sub":"admin"}',
        "a token without a signature": b"eyJhbGciOiJub25lIn0.e30.",
        "zeros": b"A" * 400,
        "padding": b"QUFBQQ==",
        "the other alphabet": b"+/+/" * 20,
        "a path": b"../../etc/passwd",
        "3.9 KB": b"A" * 3_900,
        "a pickle": b"gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjA10b3VjaCAvdG1wL3B3lIWUUpQu",
    }
    for name in COOKIES:
        for words, value in values.items():
            for target in ("/me", "/auth/verify", "/auth/callback?code=x&state=0123456789abcdef", "/auth/signed-out"):
                cookie = b"Cookie: " + name.encode() + b"=" + value
                expected = frozenset({302, 303}) if target == "/auth/signed-out" else frozenset({400, 401})
                yield Case(
                    f"SEC-262 {name} {words} to {target.partition('?')[0]}", request("GET", target, cookie), expected
                )
        both = b"Cookie: %b=a; %b=b" % (name.encode(), name.encode())
        yield Case(f"SEC-223 {name} twice", request("GET", "/me", both), NOBODY)
        apart = (b"Cookie: %b=a" % name.encode(), b"Cookie: %b=b" % name.encode())
        yield Case(f"SEC-223 {name} in two headers", request("GET", "/me", *apart), NOBODY)
        refresh = request("POST", "/auth/refresh", ORIGIN, b"Cookie: %b=%b" % (name.encode(), b"A" * 400))
        yield Case(f"SEC-262 {name} to /auth/refresh", refresh, NOBODY)
        logout = request("POST", "/auth/logout", ORIGIN, b"Cookie: %b=%b" % (name.encode(), b"A" * 400))
        yield Case(f"SEC-442 {name} to /auth/logout", logout, frozenset({200}))
    many = b"; ".join(b"__Host-sso_login_%016x=x" % number for number in range(300))
    yield Case("SEC-273 300 logins", request("GET", "/me", b"Cookie: " + many), NOBODY)
    yield Case("SEC-273 1,000 semicolons", request("GET", "/me", b"Cookie: " + b";" * 1_000), NOBODY)
    for value in (b"", b"=", b";=;=", b"__Host-sso_session", b"a b c", b"\xff=\xff", b"__host-SSO_SESSION=x"):
        yield Case(f"SEC-273 {value!a}", request("GET", "/me", b"Cookie: " + value), NOBODY)


def callbacks() -> Iterator[Case]:
    """Answers to logins that this browser never began: no token request is made for one of them."""
    for words, query in {
        "nothing": b"",
        "no state": b"code=x",
        "an empty state": b"code=x&state=",
        "a state of nobody": b"code=x&state=" + b"a" * 43,
        "no code": b"state=x",
        "a code of 8 KB": b"state=x&code=" + b"a" * 8_000,
        "a code with a line break": b"state=x&code=%0d%0aX:y",
        "a code with parameters": b"state=x&code=y%26redirect_uri=evil",
        "a code in bad UTF-8": b"state=x&code=%ff",
        "a surrogate": b"state=x&code=%ED%A0%80",
        "two codes": b"state=x&code=a&code=b",
        "two states": b"code=x&state=a&state=b",
        "an error too": b"state=x&code=y&error=access_denied",
        "tokens": b"state=x&access_token=y&id_token=z",
        "another issuer": b"state=x&code=y&iss=https://evil.example",
        "a script": b"state=x&error=a&error_description=%3Cscript%3Ealert(1)&error_uri=javascript:alert(1)",
        "an error of nobody": b"error=access_denied",
        "somewhere to go": b"state=x&code=y&return_to=https://evil.example",
    }.items():
        for kind, fields in (
            ("a program", ()),
            ("a person", (b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document")),
        ):
            data = request("GET", b"/auth/callback?" + query, *fields)
            yield Case(f"SEC-213 {words}, to {kind}", data, frozenset({400}))
    for mode, destination in (
        (b"cors", b"empty"),
        (b"no-cors", b"image"),
        (b"no-cors", b"script"),
        (b"navigate", b"iframe"),
        (b"navigate", b"object"),
        (b"websocket", b"websocket"),
        (b"same-origin", b"worker"),
    ):
        data = request(
            "GET", "/auth/callback?code=x&state=y", b"Sec-Fetch-Mode: " + mode, b"Sec-Fetch-Dest: " + destination
        )
        yield Case(f"SEC-339 {mode.decode()} {destination.decode()}", data, frozenset({400}))


STRANGERS = (
    *(
        b"https://evil.example",
        b"null",
        b"https://app.example.evil.example",
        b"https://evilapp.example",
        b"https://app.example:8443",
        b"http://app.example",
    ),
    *(
        b"https://APP.EXAMPLE",
        b"https://app.example.",
        b"https://app.example%60.evil.example",
        b"https://app.example_.evil.example",
        b"https://sub.app.example",
    ),
    *(
        b"https://xn--app-example",
        b"",
        b"file://",
        b"chrome-extension://abcdefgh",
        b"https://app.example/",
        b"https://app.example https://evil.example",
        b"*",
    ),
    *(
        b"https://app.example, https://evil.example",
        b"https://app.example\xff",
        b"a" * 8_000,
        b"https://app.example:443",
        b"//app.example",
        b"app.example",
    ),
)


def origins() -> Iterator[Case]:
    """Who may ask from where: the exact origins of the frontends."""
    posts = ("/auth/refresh", "/auth/logout", "/login/start", "/auth/token")
    for origin in STRANGERS:
        field, words = b"Origin: " + origin, ascii(origin)[1:40]
        yield Case(f"SEC-326 {words} reads /me", request("GET", "/me", field), NOBODY)
        preflight = request("OPTIONS", "/me", field, b"Access-Control-Request-Method: GET")
        yield Case(f"SEC-326 {words} asks first", preflight, frozenset({403}))
        for path in posts:
            data = request(
                "POST", path, field, b"Cookie: __Host-sso_session=x", b"Content-Type: application/json", body=b"{}"
            )
            yield Case(f"SEC-321 {words} posts to {path}", data, frozenset({403}))
    for path in posts:
        for site in (b"cross-site", b"same-site", b"none", b"", b"x", b"same-origin, cross-site"):
            data = request(
                "POST",
                path,
                b"Sec-Fetch-Site: " + site,
                b"Cookie: __Host-sso_session=x",
                b"Content-Type: application/x-www-form-urlencoded",
                body=b"x=y",
            )
            yield Case(f"SEC-322 {site.decode() or 'nothing'} to {path}", data, frozenset({403}))
        yield Case(
            f"SEC-326 two origins to {path}",
            request("POST", path, ORIGIN, b"Origin: https://evil.example", b"Cookie: a=b", body=b"{}"),
            frozenset({403}),
        )
        yield Case(
            f"SEC-325 no origin, and a cookie, to {path}",
            request("POST", path, b"Cookie: __Host-sso_session=x"),
            frozenset({403}),
        )
    for wish in (
        b"Access-Control-Request-Method: DELETE",
        b"Access-Control-Request-Headers: x-evil",
        b"Access-Control-Request-Private-Network: true",
    ):
        preflight = request("OPTIONS", "/me", ORIGIN, b"Access-Control-Request-Method: GET", wish)
        yield Case(f"SEC-327 {wish.decode()}", preflight, frozenset({204}))
    yield Case(
        "SEC-320 an image",
        request("GET", "/auth/logout", b"Sec-Fetch-Dest: image", b"Sec-Fetch-Mode: no-cors"),
        frozenset({405}),
    )
    yield Case(
        "SEC-330 a script",
        request(
            "GET",
            "/me?callback=alert",
            b"Sec-Fetch-Dest: script",
            b"Sec-Fetch-Mode: no-cors",
            b"Sec-Fetch-Site: cross-site",
        ),
        frozenset({403}),
    )
    for dest in (b"image", b"script", b"iframe", b"empty"):
        yield Case(
            f"SEC-331 {dest.decode()}",
            request("GET", "/me", b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Dest: " + dest),
            frozenset({403}),
        )


FAMILIES = {
    one.__name__: list(one())
    for one in (
        smuggling,
        versions,
        hosts,
        targets,
        methods,
        oversized,
        bodies,
        headers,
        authorization,
        cookies,
        callbacks,
        origins,
    )
}
