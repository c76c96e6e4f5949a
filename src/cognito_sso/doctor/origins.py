"""Where the service and its frontends are, and what browsers make of that: is it one site?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.settings import is_loopback

ORIGINS = Part("Origins")
SAME_SITE = ORIGINS.ok("frontend_same_site", "{frontend} and the service are one site: fetches bring the cookies.")
OTHER_SITE = ORIGINS.warning(
    "frontend_other_site",
    "{frontend} is not of the same site as {public_url}.",
    why="The cookies are SameSite=Lax: browsers leave them out of fetches from another site, and /me is always 401.",
    remedy="Serve both below one domain of your own, or have that frontend use delivery `code`.",
)
ON_LOOPBACK = ORIGINS.warning(
    "public_url_loopback",
    "SSO_PUBLIC_URL is {public_url}, which nobody but this machine reaches.",
    why="Everybody else's sign-in ends on a page that can't be found, and over http cookies lack Secure.",
    remedy="Set it to the https address at which browsers reach the service.",
)
PROXY_NOT_TRUSTED = ORIGINS.warning(
    "proxy_not_trusted",
    "SSO_TRUSTED_PROXIES is not set, and something in front of the service has to end TLS for {public_url}.",
    why="Everybody then comes from that one address: they share one count of SSO_RATE_LIMIT, and the log has no other.",
    remedy="Set it to the network of the load balancer or reverse proxy, and nothing wider.",
)

# Below these anybody can have a name, so that two names there are two sites. Without the whole public suffix list
# (publicsuffix.org), which changes weekly, this is a part of it: the second level of countries, and where apps are
# often hosted.
_COUNTRY_SECOND_LEVEL = re.compile(r"(?:ac|co|com|edu|gob|gov|gv|ne|net|or|org)\.[a-z]{2}")
_SHARED = frozenset(
    {"a.run.app", "amplifyapp.com", "azurewebsites.net", "cloudfront.net", "elasticbeanstalk.com", "firebaseapp.com"}
    | {"fly.dev", "github.io", "gitlab.io", "herokuapp.com", "ngrok.app", "ngrok-free.app", "netlify.app"}
    | {"onrender.com", "pages.dev", "vercel.app", "web.app", "workers.dev"}
)


def judge_origins(public_url: str, frontends: Sequence[str], *, trusts_a_proxy: bool) -> Iterator[Finding]:
    if is_loopback(_host(public_url)) and not all(is_loopback(_host(frontend)) for frontend in frontends):
        yield ON_LOOPBACK.found(public_url=public_url)
    if urlsplit(public_url).scheme == "https" and not trusts_a_proxy:
        yield PROXY_NOT_TRUSTED.found(public_url=public_url)
    for frontend in frontends:
        kind = SAME_SITE if is_one_site(public_url, frontend) else OTHER_SITE
        yield kind.found(frontend=frontend, public_url=public_url)


def is_one_site(one: str, other: str) -> bool:
    """Schemeful same site (RFC 6265bis section 5.2): the same scheme and registrable domain, whatever the port."""
    return urlsplit(one).scheme == urlsplit(other).scheme and _site(_host(one)) == _site(_host(other))


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _site(host: str) -> str:
    """The registrable domain: a public suffix and the label before it. An address is a site of its own."""
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return host
    suffixes = [count for count in (3, 2) if _is_shared(".".join(labels[-count:]))]
    return ".".join(labels[-(max(suffixes, default=1) + 1) :])


def _is_shared(suffix: str) -> bool:
    return suffix in _SHARED or _COUNTRY_SECOND_LEVEL.fullmatch(suffix) is not None
