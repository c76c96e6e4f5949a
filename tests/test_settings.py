"""Everything an operator can set: what is taken, what is refused, and that no refusal shows a value."""

# ruff: noqa: RUF001 (look-alike characters are the point)

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from cognito_sso.settings import ConfigurationError, Settings, is_loopback, load_settings, new_cookie_key, settings_of

KEY, OTHER_KEY = "hJ3kqk3c0H4l0nB0m1bJ5l2mQ9uXz8r7sV6tY5wE4aE", "2SmKENGwc1g33EvYXaxkGw887yekfl1TpU8vP1svz_o"
GOOD: dict[str, Any] = {
    "cognito_user_pool_id": "eu-north-1_6m0O668r5",
    "cognito_client_id": "k6tana1l8b0bvhk9gfixkurr6",
    "cognito_domain": "acme",
    "cognito_identity_provider": "ScalekitIdPRouter",
    "sso_public_url": "https://login.app.example",
    "sso_frontends": "https://app.example",
    "sso_cookie_keys": KEY,
}


ANY_TEXT_WILL_DO = {"cognito_client_secret", "cognito_identity_provider", "sso_brand_name"}


def faults_of(**changed: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        settings_of(**{**GOOD, **changed})
    return caught.value.faults


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing of ours set, and an empty folder to start in."""
    for name in [*Settings.model_fields, "sso_secrets_dir"]:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def set_all(environment: pytest.MonkeyPatch, **changed: str | None) -> None:
    for name, value in {**GOOD, **changed}.items():
        if value is not None:
            environment.setenv(name.upper(), value)


def test_an_empty_environment_is_told_every_setting_that_is_required(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert sorted(fault.partition(":")[0] for fault in caught.value.faults) == sorted(name.upper() for name in GOOD)


def test_all_faults_are_told_at_once(environment: pytest.MonkeyPatch) -> None:
    set_all(
        environment,
        cognito_user_pool_id="nonsense",
        cognito_domain="UPPER CASE",
        cognito_client_id=None,
        sso_public_url="http://login.app.example",
        sso_frontends="*",
        sso_cookie_keys="short",
        sso_trusted_proxies="everybody",
        sso_session_max_age="soon",
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert sorted(fault.partition(":")[0] for fault in caught.value.faults) == [
        "COGNITO_CLIENT_ID",
        "COGNITO_DOMAIN",
        "COGNITO_USER_POOL_ID",
        "SSO_COOKIE_KEYS",
        "SSO_FRONTENDS",
        "SSO_PUBLIC_URL",
        "SSO_SESSION_MAX_AGE",
        "SSO_TRUSTED_PROXIES",
    ]
    assert all(fault in str(caught.value) for fault in caught.value.faults)


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - ANY_TEXT_WILL_DO))
@pytest.mark.parametrize("value", ["Canary canary", "https://canary:canary@[canary", "https://login.example:canary"])
def test_no_fault_shows_a_value(name: str, value: str) -> None:
    assert "canary" not in " ".join(faults_of(**{name: value})).lower()


def test_no_representation_shows_a_secret() -> None:
    storage = "async+redis://:canary@localhost"
    settings = settings_of(**GOOD, cognito_client_secret="canary-secret", sso_rate_limit_storage=storage)
    assert "canary" not in repr(settings) + str(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert KEY not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


GOOD_VALUES = [
    *[
        ("cognito_user_pool_id", value)
        for value in ("us-gov-west-1_AbC123", "ap-southeast-2_a", "eu-north-1_6m0O668r5")
    ],
    *[("cognito_domain", value) for value in ("acme", "a", "a-1", "login.acme.com", "https://login.acme.com")],
    *[("cognito_domain", value) for value in ("http://localhost:9999", "http://127.0.0.1:1", "http://[::1]:8001")],
    *[("cognito_issuer", value) for value in ("https://issuer.example/a/b", "http://localhost:8001/pool", None)],
    *[("cognito_scopes", value) for value in ("openid email", "email openid orders/read", "openid email profile")],
    *[
        ("sso_public_url", value)
        for value in ("https://a.example", "https://xn--strae-oqa.example", "https://10.0.0.1")
    ],
    *[
        ("sso_public_url", value)
        for value in ("https://a.example:8443", "http://app.localhost:3000", "https://[2001:db8::1]")
    ],
    *[("sso_session_max_age", value) for value in (300, "43200", 30 * 86400)],
    *[("sso_trusted_proxies", value) for value in ("", "10.0.0.0/8", "10.0.0.1, fd00::/8", "127.0.0.1/32")],
    *[("sso_unlisted_domains", value) for value in ("allow", "refuse")],
    *[("sso_log_format", value) for value in ("json", "text")],
    *[("sso_log_level", value) for value in ("debug", "info", "warning", "error")],
    *[("sso_brand_color", value) for value in ("#000000", "#3b5bdb", "#FFFFFF")],
    *[("cognito_identity_provider", value) for value in ("Abc", "ScalekitIdPRouter", "Acme-Okta.1", "a" * 32)],
    *[("sso_rate_limit", value) for value in ("30/minute", "5 per second", "100/5minutes", "1/day", "2 Per 3 Hours")],
    *[
        ("sso_rate_limit_storage", value)
        for value in (
            "memory://",
            "async+redis://localhost",
            "async+redis://:p%40ss@valkey:6379/0",
            "async+rediss://sso:secret@counts.example:6380",
            "async+valkey://10.0.0.7:6379/15",
            "async+valkeys://[::1]:6379",
        )
    ],
    ("sso_frontends", "https://app.example, https://other.example:8443 ,http://localhost:3000"),
    ("sso_cookie_keys", f"{KEY}, {OTHER_KEY}"),
]


@pytest.mark.parametrize(("name", "value"), GOOD_VALUES)
def test_a_good_value_is_taken(name: str, value: Any) -> None:
    settings_of(**{**GOOD, name: value})


BAD_VALUES = [
    *[
        ("cognito_user_pool_id", value)  # SEC-482
        for value in (
            "eu-north-1",
            "eu-north-1_",
            "_6m0O668r5",
            "eu-north-1_a/b",
            "eu-north-1_a?b",
            "eu-north-1_a#b",
            "eu-north-1_a b",
            "eu-north-1_a\n",
            "EU-north-1_a",
            "eu-north-٣_a",
            "eu-north-1_ä",
            "../eu-north-1_a",
            "x@eu-north-1_a",
            "eu-north-1_a.b",
        )
    ],
    *[("cognito_client_id", value) for value in ("", "a b", "a/b", "a?b", "a#b", "a@b", "..", "ä", "a\n", "a" * 129)],
    *[
        ("cognito_domain", value)
        for value in (
            "",
            "Acme",
            "acme/x",
            "acme?x",
            "a@b",
            "-acme",
            "acme-",
            "login..com",
            ".com",
            "a b",
            "http://login.acme.com",
            "https://login.acme.com/",
            "https://login.acme.com/x",
            "ftp://login.acme.com",
            "login.acme.com:443",
            "login.acme.com.",
        )
    ],
    *[
        ("cognito_issuer", value)
        for value in (
            "issuer",
            "http://issuer.example",
            "https://issuer.example/",
            "https://a.example/x?y",
            "https://a.example/x#y",
        )
    ],
    *[
        ("cognito_scopes", value)
        for value in (
            "openid",
            "email",
            "profile",
            "openid  email",
            " openid email",
            "openid email ",
            'openid email "x"',
            "openid email aws.cognito.signin.user.admin",
            "openid,email",
        )
    ],
    *[("cognito_identity_provider", value) for value in ("ab", "_abc", "a b c", "abc_", "a" * 33, "abc\n")],
    *[("sso_cookie_keys", value) for value in ("", ",", " , ")],
    *[("sso_tenants_file", value) for value in ("/nonexistent/tenants.toml", "/")],
    *[("sso_brand_logo", value) for value in ("/nonexistent/logo.png", "/")],
    *[("sso_unlisted_domains", value) for value in ("", "maybe", "ALLOW", "true")],
    *[
        ("sso_session_max_age", value)
        for value in (0, -1, 299, 30 * 86400 + 1, "x", "1e9", float("inf"), float("nan"), 300.5)
    ],
    *[
        ("sso_trusted_proxies", value)
        for value in (
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/0",
            "*",
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0.1,0.0.0.0/0",
        )
    ],
    *[
        ("sso_rate_limit", value)
        for value in (
            "",
            "30",
            "0/minute",
            "30/0minutes",
            "-1/minute",
            "30/fortnight",
            "30/minute;500/hour",
            "1e3/minute",
            "minute",
            "x" * 9999,
        )
    ],
    *[
        ("sso_rate_limit_storage", value)
        for value in (
            "memory",
            "memory://x",
            "redis://localhost:6379",
            "async+redis://",
            "async+redis://:6379",
            "async+redis://localhost:0",
            "async+redis://localhost:65536",
            "async+redis://localhost/x",
            "async+redis://localhost/0?ssl_cert_reqs=none",
            "async+redis://localhost/0#x",
            "async+redis://local host",
            "async+memcached://localhost",
            "async+redis+cluster://localhost",
            "async+redis://[::1",
        )
    ],
    *[("sso_log_format", value) for value in ("", "xml", "JSON")],
    *[("sso_log_level", value) for value in ("", "trace", "INFO")],
    *[("sso_brand_name", value) for value in ("", "x" * 61)],
    *[("sso_brand_color", value) for value in ("", "red", "#fff", "3b5bdb", "#3b5bdg", "#3b5bdb;}", "#3b5bdb\n")],
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES)
def test_a_bad_value_is_refused_by_the_name_of_its_setting(name: str, value: Any) -> None:
    (fault,) = faults_of(**{name: value})
    assert fault.startswith(f"{name.upper()}: ")
    assert "Value error" not in fault


BAD_ORIGINS = {
    "wildcard": "*",
    "wildcard-host": "https://*.app.example",
    "pattern": "https://.*app.example",
    "null": "null",
    "trailing-slash": "https://app.example/",
    "path": "https://app.example/app",
    "query": "https://app.example?x",
    "empty-query": "https://app.example?",
    "fragment": "https://app.example#x",
    "empty-fragment": "https://app.example#",
    "userinfo": "https://user:password@app.example",
    "empty-userinfo": "https://@app.example",
    "upper-case-host": "https://App.example",
    "upper-case-scheme": "HTTPS://app.example",
    "default-port": "https://app.example:443",
    "default-port-http": "http://localhost:80",
    "empty-port": "https://app.example:",
    "port-0": "https://app.example:0",
    "port-leading-0": "https://app.example:08443",
    "port-too-high": "https://app.example:65536",
    "port-not-a-number": "https://app.example:x",
    "http": "http://app.example",
    "http-almost-loopback": "http://localhost.example",
    "http-private-address": "http://192.168.0.1",
    "idn": "https://straße.example",
    "fullwidth": "https://ａpp.example",
    "ideographic-dot": "https://app。example",
    "percent-encoded": "https://app%2eexample",
    "trailing-dot": "https://app.example.",
    "double-dot": "https://app..example",
    "backslash": "https://app.example\\",
    "backslashes": "https:\\\\app.example",
    "no-slashes": "https:app.example",
    "one-slash": "https:/app.example",
    "three-slashes": "https:///app.example",
    "no-scheme": "app.example",
    "other-scheme": "ftp://app.example",
    "javascript": "javascript://app.example",
    "no-host": "https://",
    "newline-at-the-end": "https://app.example\n",
    "newline-within": "https://app\n.example",
    "tab-within": "https://app\t.example",
    "space-at-the-end": "https://app.example ",
    "nul": "https://app.example\0",
    "label-too-long": f"https://{'a' * 64}.example",
    "host-too-long": f"https://{'a.' * 130}example",
    "number-that-is-an-address": "https://127.1",
    "hexadecimal-address": "https://app.0x7f",
    "address-written-long": "https://[2001:db8:0:0:0:0:0:1]",
    "address-not-closed": "https://[2001:db8::1",
    "address-in-brackets": "https://[10.0.0.1]",
}


@pytest.mark.parametrize("setting", ["sso_public_url", "sso_frontends"])
@pytest.mark.parametrize("origin", BAD_ORIGINS.values(), ids=BAD_ORIGINS)
def test_an_origin_that_no_browser_would_send_is_refused_sec_328(setting: str, origin: str) -> None:
    values = (origin,) if setting == "sso_frontends" else origin  # of text, space around an item is dropped
    (fault,) = faults_of(**{setting: values})
    assert fault.startswith(setting.upper())


@pytest.mark.parametrize("frontends", ["", ",", "https://app.example,https://app.example"])
def test_frontends_are_at_least_one_and_each_once(frontends: str) -> None:
    assert "each once" in faults_of(sso_frontends=frontends)[0]


def test_one_bad_frontend_among_good_ones_is_refused() -> None:
    assert faults_of(sso_frontends="https://app.example,https://*.example")


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


BAD_KEYS = {
    "short": encoded(os.urandom(16)),
    "one-byte-short": encoded(os.urandom(31)),
    "long": encoded(os.urandom(33)),
    "not-base64": "!" * 43,
    "space-within": KEY[:20] + " " + KEY[21:],
    "newline-within": KEY[:20] + "\n" + KEY[21:],
    "padding-within": KEY[:20] + "=" + KEY[21:],
    "too-much-padding": KEY + "==",
    "text": encoded(b"correct horse battery staple 123"),
    "changeme": encoded(b"changeme-changeme-changeme-chang"),
    "zeros": encoded(bytes(32)),
    "one-byte-repeated": encoded(b"\xa5" * 32),
    "two-halves-alike": encoded(os.urandom(8) * 4),
    "counting": encoded(bytes(range(32))),
    "counting-high": encoded(bytes(range(200, 232))),
    "counting-down": encoded(bytes(range(255, 223, -1))),
    "hexadecimal-digits": "0123456789abcdef" * 4,
    "no-characters-of-ours": "ключ" * 11,
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
@pytest.mark.parametrize("place", ["alone", "second"])
def test_a_key_that_is_no_key_is_refused_and_not_shown_sec_268(key: str, place: str) -> None:
    (fault,) = faults_of(sso_cookie_keys=key if place == "alone" else f"{KEY},{key}")
    assert "keygen" in fault
    assert key not in fault
    assert KEY not in fault


def test_a_key_stands_once_however_it_is_written_sec_268() -> None:
    assert "twice" in faults_of(sso_cookie_keys=f"{KEY},{KEY}=")[0]


def test_a_key_may_have_its_padding() -> None:
    assert settings_of(**{**GOOD, "sso_cookie_keys": KEY + "="}).cookie_keys == settings_of(**GOOD).cookie_keys


def test_a_fresh_key_is_taken_every_time() -> None:
    keys = {new_cookie_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        settings_of(**{**GOOD, "sso_cookie_keys": key})


def test_the_region_is_the_prefix_of_the_pool_id() -> None:
    assert settings_of(**{**GOOD, "cognito_user_pool_id": "us-gov-west-1_a"}).region == "us-gov-west-1"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        settings_of(**GOOD).sso_public_url = "https://evil.example"


def test_no_switch_turns_a_check_off_sec_551() -> None:
    words = ("insecure", "verify", "debug", "allow_http", "disable", "skip")
    assert not [name for name in Settings.model_fields if any(word in name for word in words)]


class TestWhereSettingsAreRead:
    def test_from_the_environment(self, environment: pytest.MonkeyPatch) -> None:
        set_all(environment, sso_frontends="https://a.example,https://b.example", sso_session_max_age="600")
        settings = load_settings()
        assert settings.sso_frontends == ("https://a.example", "https://b.example")
        assert settings.sso_session_max_age == 600

    def test_an_empty_variable_is_as_good_as_none(self, environment: pytest.MonkeyPatch) -> None:
        set_all(environment, sso_log_level="", cognito_client_secret="", sso_trusted_proxies="")
        settings = load_settings()
        assert (settings.sso_log_level, settings.cognito_client_secret) == ("info", None)

    def test_from_a_dot_env_file_that_the_environment_outranks(
        self, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        lines = [f'{name.upper()}="{value}"' for name, value in GOOD.items()]
        (tmp_path / ".env").write_text(
            "\n".join([*lines, "SSO_LOG_LEVEL=error", "SSO_BRAND_NAME=Acmé", "UNKNOWN=1"]), "utf-8"
        )
        environment.setenv("SSO_LOG_LEVEL", "warning")
        settings = load_settings()
        assert (settings.sso_log_level, settings.sso_brand_name) == ("warning", "Acmé")

    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_quotes_that_docker_keeps_are_told_and_not_taken_for_a_part(
        self, environment: pytest.MonkeyPatch, quote: str
    ) -> None:
        """Of a secret nobody else would notice before the first sign-in."""
        quoted = ("cognito_client_secret", "cognito_scopes", "sso_frontends", "sso_brand_name", "sso_tenants_file")
        set_all(environment, **{name: f"{quote}{GOOD.get(name, 'canary')}{quote}" for name in quoted})
        with pytest.raises(ConfigurationError) as caught:
            load_settings()
        assert sorted(fault.partition(": stands in quotes")[0].lower() for fault in caught.value.faults) == sorted(
            quoted
        )
        assert "canary" not in str(caught.value)

    @pytest.mark.parametrize("name", ["Bob's", '"', '"Acme" Ltd', "Acme 'n' Co"])
    def test_quotes_inside_a_value_are_its_own(self, environment: pytest.MonkeyPatch, name: str) -> None:
        set_all(environment, sso_brand_name=name)
        assert load_settings().sso_brand_name == name

    @pytest.mark.parametrize("case", [str.upper, str.lower])
    def test_from_a_secrets_directory_with_a_file_for_each(
        self, environment: pytest.MonkeyPatch, tmp_path: Path, case: Any
    ) -> None:
        set_all(environment, sso_cookie_keys=None)
        secrets = tmp_path / "secrets"
        secrets.mkdir()
        (secrets / case("sso_cookie_keys")).write_text(f"{KEY},{OTHER_KEY}\n")
        (secrets / case("cognito_client_secret")).write_text("from a file\n")
        environment.setenv("SSO_SECRETS_DIR", str(secrets))
        settings = load_settings()
        assert len(settings.cookie_keys) == 2
        assert settings.cognito_client_secret is not None
        assert settings.cognito_client_secret.get_secret_value() == "from a file"

    @pytest.mark.parametrize("folder", ["missing", ".env"])
    def test_a_secrets_directory_that_is_none_is_told(
        self, environment: pytest.MonkeyPatch, tmp_path: Path, folder: str
    ) -> None:
        (tmp_path / ".env").write_text("")
        set_all(environment, sso_secrets_dir=folder)
        with pytest.raises(ConfigurationError, match="SSO_SECRETS_DIR"):
            load_settings()

    @pytest.mark.parametrize("file", [".env", "secrets/sso_cookie_keys"])
    def test_a_file_that_is_no_text_is_told_and_no_traceback(
        self, environment: pytest.MonkeyPatch, tmp_path: Path, file: str
    ) -> None:
        set_all(environment, sso_cookie_keys=None)
        (tmp_path / "secrets").mkdir()
        (tmp_path / file).write_bytes(b"\xff\xfe\x00canary")
        environment.setenv("SSO_SECRETS_DIR", str(tmp_path / "secrets"))
        with pytest.raises(ConfigurationError, match="UTF-8") as caught:
            load_settings()
        assert "canary" not in str(caught.value)

    def test_given_settings_read_nobodys_environment(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SSO_LOG_LEVEL=error")
        environment.setenv("SSO_BRAND_NAME", "Somebody else")
        settings = settings_of(**GOOD)
        assert (settings.sso_log_level, settings.sso_brand_name) == ("info", "Single sign-on")


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback_never_leaves_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", None, "localhost.example", "localhostx", "10.0.0.1", "0.0.0.0", "::", "example"])
def test_everything_else_may_leave_this_machine(host: str | None) -> None:
    assert not is_loopback(host)


WEBHOOK_SECRET = "whsec_c3RhbmQtaW4gc2NhbGVraXQgd2ViaG9vayBzZWNyZXQ="
CLIENT = {
    "scalekit_environment_url": "https://acme.scalekit.com",
    "scalekit_client_id": "skc_60040666217971987",
    "scalekit_client_secret": "canary-secret",
}


class TestScalekitsClient:
    def test_is_whole_or_only_its_url(self) -> None:
        assert settings_of(**GOOD, **CLIENT).scalekit_client_id == CLIENT["scalekit_client_id"]
        assert settings_of(**GOOD, **CLIENT, scalekit_webhook_secret=WEBHOOK_SECRET).scalekit_webhook_secret
        assert settings_of(**GOOD, scalekit_environment_url="https://acme.scalekit.com").scalekit_client_id is None

    @pytest.mark.parametrize("left_out", CLIENT)
    def test_is_a_fault_with_a_part_left_out(self, left_out: str) -> None:
        (fault,) = faults_of(**{name: value for name, value in CLIENT.items() if name != left_out})
        assert fault.startswith("SCALEKIT_CLIENT_SECRET: ")
        assert "canary" not in fault

    def test_is_told_once_where_its_url_is_the_fault(self) -> None:
        (fault,) = faults_of(**{**CLIENT, "scalekit_environment_url": "https://acme.scalekit.com/"})
        assert fault.startswith("SCALEKIT_ENVIRONMENT_URL: ")

    @pytest.mark.parametrize("client_id", ["skc 1", "skc_1\n", "a" * 129, "skc/1"])
    def test_has_an_id_of_plain_characters(self, client_id: str) -> None:
        (fault,) = faults_of(**{**CLIENT, "scalekit_client_id": client_id})
        assert fault.startswith("SCALEKIT_CLIENT_ID: ")

    @pytest.mark.parametrize("secret", ["canary", "whsec_", "whsec_canary!", WEBHOOK_SECRET[:20], f" {WEBHOOK_SECRET}"])
    def test_has_a_webhook_secret_that_keeps_others_out(self, secret: str) -> None:
        (fault,) = faults_of(**CLIENT, scalekit_webhook_secret=secret)
        assert fault.startswith("SCALEKIT_WEBHOOK_SECRET: ")
        assert "canary" not in fault

    def test_is_needed_for_a_webhook_to_mean_anything(self) -> None:
        (fault,) = faults_of(scalekit_webhook_secret=WEBHOOK_SECRET)
        assert fault.startswith("SCALEKIT_WEBHOOK_SECRET: needs SCALEKIT_CLIENT_ID")

    def test_shows_no_secret(self) -> None:
        settings = settings_of(**GOOD, **CLIENT, scalekit_webhook_secret=WEBHOOK_SECRET)
        assert "canary" not in repr(settings) + settings.model_dump_json()
        assert WEBHOOK_SECRET not in repr(settings) + settings.model_dump_json()
