"""Everything an operator can set, read once; every fault of it told at once, and no secret has a default."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from cognito_sso.pool_rules import PROVIDER_NAME, SELF_SERVICE_SCOPE
from cognito_sso.rate_limit import RateLimit

COOKIE_KEY_BYTES = 32
IN_MEMORY = "memory://"
# By the setting that names a file: what is wrong inside it.
FileChecks = Mapping[str, Callable[[Path], list[str]]]
_POOL_ID = re.compile(r"(?P<region>[a-z]{2,4}(?:-[a-z]+)+-[0-9])_[A-Za-z0-9]{1,40}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_+]{1,128}")
_DOMAIN_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_URL_CHARACTERS = re.compile(r"[\x21-\x7e]+")
_SCALEKIT_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_WEBHOOK_SECRET = re.compile(r"whsec_(?:[A-Za-z0-9+/]{4}){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SCOPES = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_IN_QUOTES = re.compile(r"""(["']).*\1""", re.DOTALL)
_STORAGES = ("async+redis", "async+rediss", "async+valkey", "async+valkeys")
_DEFAULT_PORT = {"https": 443, "http": 80}


class ConfigurationError(Exception):
    """The settings can't be used. `faults` has a sentence for each thing to mend; none shows a value."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The configuration has faults:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address never leaves this machine (RFC 6761 section 6.3, RFC 5735)."""
    host = (host or "").strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pattern(pattern: re.Pattern[str], message: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _web_url(value: str) -> str:
    """An https URL, or an http one on loopback, written as a browser would write it."""
    if not _URL_CHARACTERS.fullmatch(value):  # urlsplit drops tabs and newlines without a word
        raise ValueError("must be a whole URL such as https://login.example.com, without a wildcard")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # whose words show the value
        raise ValueError("must be a whole URL such as https://login.example.com, without a wildcard") from None
    host = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORT or not host or "*" in value:
        raise ValueError("must be a whole URL such as https://login.example.com, without a wildcard")
    if parts.username is not None or parts.query or parts.fragment or "?" in value or "#" in value or "\\" in value:
        raise ValueError("must have no user, query or fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must be https; http is for loopback only")
    if not _is_as_browsers_write_it(host) or port == _DEFAULT_PORT[parts.scheme]:
        raise ValueError("must be in lower case, IDNs in punycode, without the default port")
    bracketed = f"[{host}]" if ":" in host else host
    if parts.netloc != (f"{bracketed}:{port}" if port else bracketed) or not value.startswith(f"{parts.scheme}://"):
        raise ValueError("must be in lower case, IDNs in punycode, without the default port")
    return value


def _is_as_browsers_write_it(host: str) -> bool:
    """A browser reads a name that ends in a number as an address (WHATWG URL), and writes every address in one way."""
    if ":" not in host and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return _HOST.fullmatch(host) is not None
    try:
        return str(ipaddress.ip_address(host)) == host
    except ValueError:
        return False


def _origin(value: str) -> str:
    """An exact origin: scheme, host, port (RFC 6454)."""
    if value == "null" or urlsplit(_web_url(value)).path:
        raise ValueError("must be an origin: scheme, host and port only, no path, no slash at the end")
    return value


def _issuer(value: str) -> str:
    if _web_url(value).endswith("/"):
        raise ValueError("must have no slash at the end")
    return value


def _cognito_domain(value: str) -> str:
    if "://" in value:
        return _origin(value)
    if not (_DOMAIN_PREFIX.fullmatch(value) or ("." in value and _HOST.fullmatch(value))):
        raise ValueError("must be the domain's prefix (acme), its host (login.acme.com) or a whole URL")
    return value


def _needed_scopes(value: str) -> str:
    if {"openid", "email"} - set(value.split(" ")):
        raise ValueError("must include openid and email")
    if SELF_SERVICE_SCOPE in value.split(" "):
        raise ValueError(f"must not include {SELF_SERVICE_SCOPE}: people could give themselves another e-mail address")
    return value


def _comma_separated(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _some_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or len(set(values)) != len(values):
        raise ValueError("must name at least one origin, each once")
    return tuple(_origin(value) for value in values)


def _cookie_key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value()
    try:
        key = binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        key = b""
    if len(key) != COOKIE_KEY_BYTES:
        raise ValueError(
            f"each key must be {COOKIE_KEY_BYTES} random bytes in base64url: `cognito-sso keygen` makes one"
        )
    if _is_no_random(key):
        raise ValueError("a key is not random: `cognito-sso keygen` makes one")
    return key


def _is_no_random(key: bytes) -> bool:
    """Repeated bytes, text, or counting. A random key is taken for one of these once in four thousand million times."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(set(key)) < COOKIE_KEY_BYTES // 2 or key.isascii() or len(steps) < COOKIE_KEY_BYTES // 4


def _cookie_keys(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    keys = [_cookie_key(value) for value in values]
    if not keys:
        raise ValueError("must have at least one key: `cognito-sso keygen` makes one")
    if len(set(keys)) != len(keys):
        raise ValueError("has the same key twice")
    return values


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    try:
        networks = [ipaddress.ip_network(value) for value in values]
    except ValueError:  # whose words show the value
        raise ValueError("must be addresses or networks such as 10.0.0.0/8") from None
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("must not trust every address")
    return values


def _rate(value: str) -> str:
    RateLimit.parse(value)
    return value


def _rate_storage(secret: SecretStr) -> SecretStr:
    """No message of urlsplit is passed on: the value may have a password in it."""
    value = secret.get_secret_value()
    if value != IN_MEMORY and not _is_storage_url(value):
        raise ValueError("must be memory://, or like async+redis://:password@host:6379/0; also rediss, valkey, valkeys")
    return secret


def _is_storage_url(value: str) -> bool:
    if not _URL_CHARACTERS.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    has_place = parts.scheme in _STORAGES and bool(parts.hostname) and port != 0
    return has_place and re.fullmatch(r"(?:/[0-9]{0,4})?", parts.path) is not None and not re.search(r"[?#]", value)


def _readable_file(value: Path) -> Path:
    if not value.is_file() or not os.access(value, os.R_OK):
        raise ValueError("must be a file that can be read")
    return value


def _whole_client(secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    """Id, secret and URL go together. One that is faulty itself is not told a second time."""
    parts = {name: info.data[name] for name in ("scalekit_environment_url", "scalekit_client_id") if name in info.data}
    if secret is None and parts.get("scalekit_client_id"):
        raise ValueError("is required beside SCALEKIT_CLIENT_ID")
    if secret is not None:
        for name, value in parts.items():
            if not value:
                raise ValueError(f"needs {name.upper()} beside it")
    return secret


def _webhook_secret(secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if secret is None:
        return None
    if not _WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
        raise ValueError("must look like whsec_ and at least 24 characters of base64")
    if "scalekit_client_secret" in info.data and info.data["scalekit_client_secret"] is None:
        raise ValueError(
            "needs SCALEKIT_CLIENT_ID and SCALEKIT_CLIENT_SECRET: a webhook says that tenants changed there"
        )
    return secret


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]
_Provider = Annotated[
    str, _pattern(PROVIDER_NAME, "must be the provider's name in the pool: 3 to 32 characters, no spaces, no _")
]


class Settings(BaseSettings):
    """One field a variable: `cognito_client_id` is `COGNITO_CLIENT_ID`. Also read from `.env` and `SSO_SECRETS_DIR`."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    cognito_user_pool_id: Annotated[str, _pattern(_POOL_ID, "must look like eu-north-1_AbCdEf123")] = Field(
        description="The user pool; the region is its prefix."
    )
    cognito_client_id: Annotated[str, _pattern(_CLIENT_ID, "must be the app client's id")] = Field(
        description="The app client."
    )
    cognito_client_secret: SecretStr | None = Field(None, description="Only for a confidential app client.")
    cognito_domain: Annotated[str, AfterValidator(_cognito_domain)] = Field(
        description="Prefix `acme`, host `login.acme.com`, or a whole URL (http only on loopback)."
    )
    cognito_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None, description="For the 2026 updated issuer, or a loopback URL. From the pool id if not set."
    )
    cognito_identity_provider: _Provider = Field(
        description="Name of the provider for every e-mail domain that no tenant claims."
    )
    cognito_scopes: Annotated[
        str, _pattern(_SCOPES, "must be scopes separated by single spaces"), AfterValidator(_needed_scopes)
    ] = Field(
        "openid email profile",
        description="Must include `openid` and `email`, and not `aws.cognito.signin.user.admin`.",
    )
    scalekit_environment_url: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None, description="For logins that start at a company's IdP. Without it `/login/initiated` is not there."
    )
    scalekit_client_id: (
        Annotated[str, _pattern(_SCALEKIT_CLIENT_ID, "must be the client's id, such as skc_…")] | None
    ) = Field(None, description="With the secret: tenants are taken from Scalekit, and refreshed every five minutes.")
    scalekit_client_secret: Annotated[SecretStr | None, AfterValidator(_whole_client)] = Field(
        None, validate_default=True, description="Of the client that may read Scalekit's management API."
    )
    scalekit_webhook_secret: Annotated[SecretStr | None, AfterValidator(_webhook_secret)] = Field(
        None, description="`whsec_…`: what Scalekit signs its webhook with. Without it `/hooks/scalekit` is not there."
    )
    sso_public_url: Annotated[str, AfterValidator(_origin)] = Field(
        description="Where browsers reach the service; the redirect URI is it + `/auth/callback`."
    )
    sso_frontends: Annotated[CommaSeparated, AfterValidator(_some_origins)] = Field(
        description="Exact origins, comma separated; a login without `return_to` ends on the first."
    )
    sso_cookie_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(_comma_separated), AfterValidator(_cookie_keys)
    ] = Field(description="Comma separated, each 32 random bytes in base64url; the first seals, all open.")
    sso_tenants_file: Annotated[Path, AfterValidator(_readable_file)] | None = Field(
        None, description="TOML, `[[tenant]]` tables: `name`, `domains`, `identity_provider`, `connection_id`."
    )
    sso_unlisted_domains: Literal["allow", "refuse"] = Field(
        "allow", description="Whether e-mail domains of no tenant may sign in."
    )
    sso_session_max_age: Annotated[int, Field(ge=300, le=30 * 86400)] = Field(
        43200, description="Absolute life of a session in seconds, whatever is refreshed."
    )
    sso_trusted_proxies: Annotated[CommaSeparated, AfterValidator(_networks)] = Field(
        (), description="Networks whose `X-Forwarded-For` and `-Proto` count; never used to build a URL."
    )
    sso_drain_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        5, description="From SIGTERM to the end of listening; `/readyz` says no meanwhile."
    )
    sso_metrics_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        9464, description="Port of a second listener for `/metrics`; 0 turns it off."
    )
    sso_rate_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "30/minute", description="How many sign-ins an address may start; the same for callbacks and for tokens."
    )
    sso_rate_limit_storage: Annotated[SecretStr, AfterValidator(_rate_storage)] = Field(
        SecretStr(IN_MEMORY),
        description="Where they are counted; `async+redis://…` or `async+valkey://…` for all replicas.",
    )
    sso_tracing: Literal["off", "on"] = Field(
        "off",
        description="OpenTelemetry spans, sent where the `OTEL_EXPORTER_OTLP_` variables say; needs the extra `otel`.",
    )
    sso_log_format: Literal["json", "text"] = Field("json", description="One JSON object a line, or text for people.")
    sso_log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    sso_brand_name: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        "Single sign-on", description="Name on the pages."
    )
    sso_brand_logo: Annotated[Path, AfterValidator(_readable_file)] | None = Field(
        None, description="Image file on the pages, at most 64 KB."
    )
    sso_brand_color: Annotated[str, _pattern(_COLOR, "must look like #3b5bdb")] = Field(
        "#3b5bdb", description="Colour of buttons and links."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _out_of_quotes(cls, value: Any) -> Any:
        if isinstance(value, str) and _IN_QUOTES.fullmatch(value.strip()):
            raise ValueError(
                "stands in quotes, which `docker run --env-file` and others keep as part of it: leave them out"
            )
        return value

    @property
    def region(self) -> str:
        return self.cognito_user_pool_id.partition("_")[0]

    @property
    def cookie_keys(self) -> tuple[bytes, ...]:
        return tuple(_cookie_key(secret) for secret in self.sso_cookie_keys)


class _GivenSettings(Settings, defer_build=True):
    """Nothing but the given values: a demo or a test must not depend on somebody's environment."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_others: Any, **_named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class _Files(BaseSettings):
    """The settings that name a file, for a look inside even where other settings are at fault."""

    model_config = SettingsConfigDict(**Settings.model_config, defer_build=True)

    sso_tenants_file: Path | None = None
    sso_brand_logo: Path | None = None


def load_settings(file_checks: FileChecks | None = None) -> Settings:
    """Reads the environment, `.env` and the secrets directory, and looks into the files that are named there.

    Raises `ConfigurationError` with every fault, none of which shows a secret.
    """
    secrets_dir = os.environ.get("SSO_SECRETS_DIR") or None
    if secrets_dir and (faults := _faults_of_secrets(Path(secrets_dir))):
        raise ConfigurationError(faults)
    sources: dict[str, Any] = {"_secrets_dir": secrets_dir} if secrets_dir else {}
    try:
        settings, faults = _read(lambda: Settings(**sources))
        files = settings or _Files(**sources)
    except (UnicodeDecodeError, SettingsError):
        raise ConfigurationError([".env or a file in SSO_SECRETS_DIR can't be read as UTF-8 text"]) from None
    return _faultless(settings, [*faults, *_faults_inside(files, file_checks or {}, told=faults)])


def _faults_of_secrets(folder: Path) -> list[str]:
    """A mounted secret often belongs to root alone, and the service is somebody else."""
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return ["SSO_SECRETS_DIR: must be a directory that can be read"]
    hidden = [file.name for file in sorted(folder.iterdir()) if file.is_file() and not os.access(file, os.R_OK)]
    return [f"SSO_SECRETS_DIR: the file {name} can't be read by user {os.geteuid()}" for name in hidden]


def settings_of(**values: Any) -> Settings:
    """Settings made of exactly these values, by their names in lower case. Raises `ConfigurationError`."""
    return _faultless(*_read(lambda: _GivenSettings(**values)))


def _read(read: Callable[[], Settings]) -> tuple[Settings | None, list[str]]:
    try:
        return read(), []
    except ValidationError as error:
        return None, [_fault(item) for item in error.errors(include_input=False)]


def _faultless(settings: Settings | None, faults: list[str]) -> Settings:
    if settings is None or faults:
        raise ConfigurationError(faults)
    return settings


def _faults_inside(files: Settings | _Files, checks: FileChecks, *, told: list[str]) -> list[str]:
    """A file that can't be opened has been told already."""
    return [
        f"{name.upper()}: {fault}"
        for name, check in checks.items()
        if (path := getattr(files, name)) and not any(fault.startswith(name.upper()) for fault in told)
        for fault in check(path)
    ]


def _fault(item: Any) -> str:
    name = str(item["loc"][0]).upper()
    if item["type"] == "missing":
        return f"{name}: is required. {Settings.model_fields[name.lower()].description}"
    return f"{name}: {item['msg'].removeprefix('Value error, ')}"


def new_cookie_key() -> str:
    """A fresh key for `SSO_COOKIE_KEYS`."""
    return base64.urlsafe_b64encode(os.urandom(COOKIE_KEY_BYTES)).rstrip(b"=").decode()
