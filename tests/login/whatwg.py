"""Where a browser would go: the origin of a `Location`, read as the WHATWG URL standard reads it.

Only what is needed to judge a redirect: special schemes, the authority, ports, hosts. It shares no code with the
service and is, where node is at hand, held against node's own `new URL`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from urllib.parse import unquote

DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}


def origin_of(location: str, base: str) -> str:
    """`scheme://host[:port]`, "null" for a URL without such an origin, "failure" for none at all."""
    text = re.sub(r"[\t\n\r]", "", location.strip("".join(map(chr, range(0x21)))))
    scheme, rest = _scheme(text)
    base_scheme = base.partition(":")[0]
    if scheme is None:
        scheme = base_scheme
        if not re.match(r"[/\\]{2}", rest):
            return base  # a path, a query, a fragment or nothing
    elif scheme not in DEFAULT_PORTS:
        return "null"
    elif scheme == base_scheme and not re.match(r"[/\\]{2}", rest):
        return base  # https:evil is relative to an https page
    authority = re.split(r"[/\\?#]", re.sub(r"^[/\\]+", "", rest), maxsplit=1)[0]
    return _origin(scheme, authority.rpartition("@")[2])


def _scheme(text: str) -> tuple[str | None, str]:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    return (found[1].lower(), text[found.end() :]) if found else (None, text)


def _origin(scheme: str, host_and_port: str) -> str:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]*))?", host_and_port)
    host = unicodedata.normalize("NFKC", unquote(found[1])).replace("\u3002", ".").lower() if found else ""
    if not found or not host or re.search(r"[\x00-\x20#/:<>?@\\^|%]", host.strip("[]").replace(":", "")):
        return "failure"
    port = str(int(found[2])) if found[2] else ""
    return f"{scheme}://{host}" + (f":{port}" if port not in ("", DEFAULT_PORTS[scheme]) else "")


def origins_by_node(locations: list[str], base: str) -> list[str] | None:
    """The same by node, a second opinion; None where there is no node."""
    node = shutil.which("node")
    if node is None:
        return None
    script = (
        "const [base, list] = JSON.parse(require('fs').readFileSync(0));"
        "const of = (text) => { try { return new URL(text, base).origin } catch { return 'failure' } };"
        "console.log(JSON.stringify(list.map(of)))"
    )
    done = subprocess.run(
        [node, "-e", script],
        input=json.dumps([base, locations]),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    answer: list[str] = json.loads(done.stdout)
    return answer
