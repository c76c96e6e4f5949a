"""What Cognito takes for a name, an identifier or a URL. Each returns what is wrong, or None (AWS, API_* reference)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cognito_sso.pool_rules import PROVIDER_NAME, SELF_SERVICE_SCOPE

MOST_IDENTIFIERS = 50
LONGEST_IDENTIFIER = 40
MOST_URLS = 100
LONGEST_URL = 1024
MOST_SCOPES = 50

_POOL_ID = re.compile(r"(?=.{1,55}\Z)[a-z]{2}(?:-[a-z]+)+-[0-9]_[0-9A-Za-z]+")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
_POOL_NAME = re.compile(r"[\w\s+=,.@-]{1,128}", re.ASCII)
_CLIENT_NAME = re.compile(r"[\w\s+=,.@-]{1,128}", re.ASCII)
_CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)
_IDENTIFIER = re.compile(r"[\w\s+=.@-]+", re.ASCII)
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z][a-z0-9-]{0,61}[a-z0-9]")
_CERTIFICATE = re.compile(r"arn:aws[\w-]*:acm:us-east-1:[0-9]{12}:certificate/[\w-]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_RESERVED_IN_PREFIXES = ("aws", "amazon", "cognito")
_RESERVED_NAMES = ("COGNITO",)


def pool_id(value: str) -> str | None:
    return None if _POOL_ID.fullmatch(value) else "must look like eu-north-1_AbCdEf123"


def region(value: str) -> str | None:
    return None if _REGION.fullmatch(value) else "must be a region such as eu-north-1"


def pool_name(value: str) -> str | None:
    return None if _POOL_NAME.fullmatch(value) else "must be 1 to 128 letters, digits, spaces or +=,.@-"


def client_name(value: str) -> str | None:
    return None if _CLIENT_NAME.fullmatch(value) else "must be 1 to 128 letters, digits, spaces or +=,.@-"


def client_id(value: str) -> str | None:
    return None if _CLIENT_ID.fullmatch(value) else "must be the app client's id, letters and digits"


def provider_name(value: str) -> str | None:
    if not PROVIDER_NAME.fullmatch(value):
        return "must be 3 to 32 characters without spaces, and without _"
    return "is Cognito's own name for the pool itself" if value in _RESERVED_NAMES else None


def identifier(value: str) -> str | None:
    if len(value) > LONGEST_IDENTIFIER:
        return f"longer than {LONGEST_IDENTIFIER} characters"
    return (
        None if _IDENTIFIER.fullmatch(value) else "has characters that Cognito does not take (write IDNs in punycode)"
    )


def domain_prefix(value: str) -> str | None:
    if not _PREFIX.fullmatch(value):
        return "must be 1 to 63 lower-case letters, digits and hyphens"
    taken = [word for word in _RESERVED_IN_PREFIXES if word in value]
    return f"must not have {taken[0]!r} in it: AWS keeps that word for itself" if taken else None


def domain_host(value: str) -> str | None:
    return (
        None if _HOST.fullmatch(value) else "must be a host of yours such as auth.acme.com, below the registered domain"
    )


def certificate_arn(value: str) -> str | None:
    return None if _CERTIFICATE.fullmatch(value) else "must be the ARN of an ACM certificate in us-east-1"


def scope(value: str) -> str | None:
    if value == "offline_access":
        return "has offline_access, which Cognito does not know: refresh tokens come without it"
    if value == SELF_SERVICE_SCOPE:
        return f"has {SELF_SERVICE_SCOPE}, with which people can give themselves another e-mail address"
    return None if _SCOPE.fullmatch(value) else "has something that is not a scope"


def opaque(value: str) -> str | None:
    return None if _PRINTABLE.fullmatch(value) else "must be printable characters without spaces"


def issuer(value: str) -> str | None:
    if value.endswith("/"):
        return "must have no slash at the end: Cognito compares the issuer to the letter"
    fault = _web_url(value, loopback=False)
    if fault is None and urlsplit(value).port:
        return "must be without a port: Cognito asks providers on 443 only"
    return fault


def origin(value: str) -> str | None:
    fault = _web_url(value, loopback=True)
    if fault is None and urlsplit(value).path:
        return "must be scheme, host and port only: no path, no slash at the end"
    return fault


def app_url(value: str) -> str | None:
    """A callback or sign-out URL: https, http on localhost, or an app's own scheme; never with a fragment."""
    if len(value) > LONGEST_URL or not _PRINTABLE.fullmatch(value) or "#" in value or "*" in value:
        return f"must be an exact URL of at most {LONGEST_URL} characters, without fragment and wildcard"
    scheme = value.partition(":")[0]
    if scheme in ("https", "http"):
        return _web_url(value, loopback=True, query=True)
    return None if re.fullmatch(r"[a-z][a-z0-9+.-]*://.+", value) else "must be a whole URL"


def _web_url(value: str, *, loopback: bool, query: bool = False) -> str | None:
    whole = "must be a whole URL such as https://login.acme.com"
    try:
        parts = urlsplit(value)
        _ = parts.port  # read for its check
    except ValueError:
        return whole
    if not _PRINTABLE.fullmatch(value) or parts.scheme not in ("https", "http") or not parts.hostname or "*" in value:
        return whole
    if parts.username is not None or "#" in value or "\\" in value or ("?" in value and not query):
        return "must have no user, query or fragment"
    if value.partition("://")[2].partition("/")[0] != parts.netloc.lower() or not value.startswith(parts.scheme):
        return "must be in lower case up to the path"
    if parts.scheme == "http" and not (loopback and parts.hostname == "localhost"):
        return "must be https" + ("; Cognito takes http for localhost only" if loopback else "")
    return None
