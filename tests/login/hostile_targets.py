"""Texts that have led somebody's redirect astray (GHSA-qqxw-m5fj-f7gv, GHSA-j7px-6hwj-hpjg, GHSA-5m6c-jp6f-2vcv)."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

EVIL, GOOD = "evil.example", "app.example"

HOSTILE_TARGETS: tuple[str, ...] = (
    # elsewhere, plainly
    *("https://evil.example", "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "ftp://evil.example/", "evil.example"),
    *(
        "https://evil.example/https://app.example/",
        "https://evil.example?https://app.example",
        "https://evil.example#app.example",
    ),
    # two slashes, and what browsers take for two
    *(
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
    ),
    *(
        "/\\/evil.example",
        "//\\evil.example",
        "\\evil.example",
        "/\\\\evil.example",
        "//evil.example/%2f..",
        "//evil.example\\@app.example",
    ),
    *(
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "/\r\n/evil.example",
        "/\t\\evil.example",
        "\t//evil.example",
    ),
    *(
        "\n//evil.example",
        " //evil.example",
        "\x00//evil.example",
        "\x1f//evil.example",
        "\x0b//evil.example",
        "//\tevil.example",
    ),
    *(
        "\u00a0//evil.example",
        "\u2028//evil.example",
        "\ufeff//evil.example",
        "\u3000//evil.example",
        "/\x00/evil.example",
    ),
    # a scheme that half is one
    *(
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https:\\\\evil.example",
        "https:/\\evil.example",
    ),
    *(
        "http:evil.example",
        "http:/evil.example",
        "https:@evil.example",
        "https:////evil.example",
        "ht\ntps://evil.example",
    ),
    *("://evil.example", ":evil.example", "https//evil.example", "https://", "https:", "http://"),
    # nothing to go to
    *(
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        " javascript:alert(1)",
    ),
    *(
        "javascript://app.example/%0aalert(1)",
        "data:text/html,x",
        "data:text/html;base64,PHN2Zz4=",
        "vbscript:x",
        "blob:https://app.example/x",
    ),
    *(
        "file:///etc/passwd",
        "about:blank",
        "view-source:https://app.example",
        "mailto:a@evil.example",
        "intent://evil.example#Intent;end",
    ),
    # names that begin, end or go on like ours
    *(
        "https://app.example.evil.example",
        "https://app.exampleevil.example",
        "https://evilapp.example",
        "https://evil-app.example",
    ),
    *(
        "https://app.example-evil.example",
        "https://sub.app.example",
        "https://app.example.",
        "https://app.exampl",
        "https://xapp.example",
    ),
    *(
        "https://app.example.com",
        "https://app.example%2eevil.example",
        "https://app.example%00.evil.example",
        "https://app.example%20",
    ),
    # users in front of a host
    *("https://app.example@evil.example", "https://app.example:x@evil.example", "https://app.example%40evil.example"),
    *(
        "https://app.example\\@evil.example",
        "https://app.example\\.evil.example",
        "https://evil.example\\@app.example",
        "https://@evil.example",
    ),
    *(
        "https://app.example:443@evil.example",
        "https://app.example;@evil.example",
        "https://app.example&@evil.example",
        "https://:@app.example",
    ),
    *(
        "https://user@app.example",
        "https://user:password@app.example/",
        "//app.example@evil.example",
        "/\\app.example@evil.example",
    ),
    # ports
    *(
        "https://app.example:8443",
        "https://app.example:444/",
        "https://app.example:443/",
        "https://app.example:",
        "https://app.example:0",
    ),
    *(
        "https://app.example:99999/",
        "https://app.example:x/",
        "https://app.example:443.evil.example",
        "https://app.example:@evil.example",
    ),
    # other schemes of our own host
    *(
        "http://app.example/",
        "ws://app.example",
        "ftp://app.example/",
        "app.example:443",
        "HTTPS://app.example/",
        "https://APP.example/",
    ),
    # Unicode that becomes ASCII
    *(
        "https://ｅvil.example",
        "https://evil。example",
        "https://evil．example",
        "https://ⓔvil.example",
        "//evil。example",
    ),
    *(
        "https://app.example／evil",
        "https://app.example＠evil.example",
        "https://app.example？x",
        "https://аpp.example",
        "／/evil.example",
    ),
    *(
        "https://app\u00ad.example",
        "https://app.example\u200b",
        "https://app.example\u202e",
        "/\u202e//evil.example",
        "https://ſapp.example",
    ),
    # headers
    *(
        "/x\r\nLocation: https://evil.example",
        "/x\nSet-Cookie: a=b",
        "/x\r\n\r\n<script>",
        "/%0d%0aLocation:evil\r\n",
        "https://app.example/\r\nX: y",
    ),
    *(
        "/\x7f",
        "/\x85evil",
        "/é",
        "/\ud83d\ude00",
        "https://app.example/é",
        "/ space",
        "https://app.example/ x",
        "/<script>",
        '/"',
        "/{x}",
        "/^",
        "/|",
        "/`",
    ),
    # encoded once or more
    *(
        "%2f%2fevil.example",
        "%68ttps://evil.example",
        "https%3a%2f%2fevil.example",
        "%5cevil.example",
        "%09//evil.example",
    ),
    # no target at all
    *(
        "",
        " ",
        ".",
        "..",
        "x",
        "?x",
        "#x",
        "*",
        "null",
        "undefined",
        "[]",
        "{}",
        "@evil.example",
        ".evil.example",
        "~",
        "a" * 2000,
    ),
    *("/" + "a" * 1100, "https://app.example/" + "a" * 9000),
)

# Odd, but a browser stays on the frontend with them: allowed, and judged all the same.
ODD_BUT_OURS: tuple[str, ...] = (
    *(
        "/",
        "/orders?page=2#top",
        "/@evil.example",
        "/.evil.example",
        "/:evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
    ),
    *(
        "/%09/evil.example",
        "/%0d%0aX:y",
        "/..//evil.example",
        "/.//evil.example",
        "/x//evil.example",
        "/x/..//evil.example",
        "/%2e%2e//evil.example",
    ),
    *(
        "/?//evil.example",
        "/#//evil.example",
        "/?https://evil.example",
        "/;//evil.example",
        "/%00",
        "/%ff",
        "/%",
        "/%zz",
        "/*",
        "/$",
        "/'",
        "/[",
    ),
    *(
        "https://app.example",
        "https://app.example/",
        "https://app.example?x=//evil.example",
        "https://app.example#@evil.example",
    ),
    *(
        "https://app.example//evil.example",
        "https://app.example/@evil.example",
        "https://app.example/..//evil.example",
        "https://app.example?@evil.example",
    ),
    *(
        "https://other.example:8443/x",
        "https://other.example:8443?x",
        "https://other.example:8443#x",
        "https://app.example/:8443@evil.example",
    ),
    *("/auth/callback", "/login", "/login/start?email=a@b.example", "/me"),  # of the frontend, not ours
)
