"""The file: what may stand in it, what is filled in, and that every fault is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cognito_sso.provision import ProvisionFileInvalid, load_wanted
from tests.project.repository import ROOT
from tests.provision.conftest import FILE, wanted_of


def faults_of(more: str = "", **named: str) -> list[str]:
    with pytest.raises(ProvisionFileInvalid) as caught:
        wanted_of(more, **named)
    return list(caught.value.faults)


def test_the_example_is_good_and_says_the_defaults() -> None:
    example = (ROOT / "examples" / "provision.toml").read_text("utf-8")
    assert wanted_of(text=example) == wanted_of()


def test_the_settings_that_the_example_has_in_comments_are_the_defaults() -> None:
    text = FILE.format(pool='id = "eu-north-1_AbCdEf123"')
    for section in ("provider", "client"):
        text += f"[{section}]\n" + "\n".join(commented_out(section)) + "\n"
    assert "rotation_grace_seconds" in text
    assert wanted_of(text=text) == wanted_of()


def commented_out(section: str) -> list[str]:
    """The settings of a table that the example shows without setting them, but for those that have no default."""
    lines = (ROOT / "examples" / "provision.toml").read_text("utf-8").split(f"[{section}]\n")[1].split("\n[")[0]
    settings = [line[1:] for line in lines.splitlines() if line.startswith("#") and line[1:2] != " "]
    return [line for line in settings if not line.startswith(("id =", "identifiers =", "more_"))]


def test_the_callback_and_sign_out_urls_are_the_services_own() -> None:
    client = wanted_of('[client]\nmore_callback_urls = ["http://localhost:8000/auth/callback"]').client
    assert client.callback_urls == ("https://login.acme.com/auth/callback", "http://localhost:8000/auth/callback")
    assert client.logout_urls == ("https://login.acme.com/auth/signed-out",)


def test_every_fault_is_told_at_once() -> None:
    text = """
[service]
public_url = "https://login.acme.com/"
frontends = []
[pool]
id = "AbCdEf123"
[domain]
prefix = "acme-cognito"
host = "auth.acme.com"
[scalekit]
environment_url = "https://acme.scalekit.com/"
client_secret = "test_c4n4ry"
[provider]
name = "Scalekit_IdP"
scopes = ["openid"]
[provider.attribute_mapping]
nonsense = "x"
[client]
scopes = ["openid", "email", "offline_access", "aws.cognito.signin.user.admin"]
access_token = "2 days"
id_token = "soon"
rotation_grace_seconds = 61
colour = "red"
[cleint]
"""
    told = "\n".join(faults_of(text=text))
    for part in (
        "service.public_url must be scheme, host and port only",
        "service.frontends must name at least one origin",
        "pool.id must look like",
        "domain.prefix or domain.host",
        "scalekit.environment_url must have no slash at the end",
        "scalekit.client_id is missing",
        "scalekit.client_secret must not stand in a file",
        "provider.name must be 3 to 32 characters",
        "provider.scopes must have openid and email",
        "provider.attribute_mapping.nonsense is no attribute",
        "provider.attribute_mapping must have email",
        "client.scopes (offline_access) has offline_access",
        "client.scopes (aws.cognito.signin.user.admin) has aws.cognito.signin.user.admin, with which people can",
        "client.access_token must be 5 minutes to 1 day",
        "client.id_token must be a number and a unit",
        "client.rotation_grace_seconds must be a whole number from 0 to 60",
        "client.colour is not a setting",
        "cleint is not a table",
    ):
        assert part in told
    assert "c4n4ry" not in told


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (
            '[client]\nmore_callback_urls = ["http://app.acme.com/cb"]',
            "must be https; Cognito takes http for localhost",
        ),
        (
            '[client]\nmore_callback_urls = ["http://127.0.0.1:8000/cb"]',
            "must be https; Cognito takes http for localhost",
        ),
        ('[client]\nmore_callback_urls = ["https://*.acme.com/cb"]', "without fragment and wildcard"),
        ('[client]\nmore_callback_urls = ["https://acme.com/cb#x"]', "without fragment and wildcard"),
        ('[client]\nmore_callback_urls = ["https://[acme"]', "must be a whole URL"),
        ('[client]\nmore_callback_urls = ["acme.com"]', "must be a whole URL"),
        ('[client]\nmore_callback_urls = "https://acme.com"', "must be a list"),
        ("[client]\nmore_callback_urls = [1]", "must be a list of texts"),
        ('[client]\nscopes = ["openid"]', "must have openid and email"),
        ("[client]\nrotation_grace_seconds = true", "must be a whole number from 0 to 60"),
        ("[provider]\nattribute_mapping = 1", "must be a table"),
        ('[client]\nmore_logout_urls = ["https://Acme.com/"]', "must be in lower case"),
        (f"[client]\nmore_logout_urls = {[f'https://a{number}.example/' for number in range(100)]}", "has 100"),
        ("[client]\nrotation = 1", "must be true or false"),
        ("[client]\nname = 1", "must be a text"),
        ('[client]\nrefresh_token = "1 hour"\naccess_token = "2 hours"', "must not be shorter"),
        ('[client]\nid = "a b"', "must be the app client's id"),
        ('[provider]\nname = "COGNITO"', "is Cognito's own name"),
        ('[provider]\nname = "AB"', "must be 3 to 32 characters"),
        ('[provider]\nattributes_request_method = "PUT"', 'must be "GET" or "POST"'),
        ('[provider.attribute_mapping]\nemail = "email"\nusername = "email"', "is always sub"),
        ('[provider.attribute_mapping]\nemail = "email"\nsub = "sub"', "is no attribute of a pool"),
        (
            '[provider.attribute_mapping]\nemail = "email"\n"custom:a_name_of_21_characters_" = "oid"',
            "1 to 20 characters",
        ),
        ("[provider.attribute_mapping]\nemail = 1", "must be a table"),
    ],
)
def test_what_cognito_would_refuse_is_a_fault_of_the_file(more: str, fault: str) -> None:
    (told,) = faults_of(more)
    assert fault in told


def test_a_mapping_may_say_what_cognito_does_anyhow() -> None:
    mapped = wanted_of('[provider.attribute_mapping]\nemail = "email"\nusername = "sub"').provider.attribute_mapping
    assert mapped == {"email": "email"}


def test_all_tokens_may_live_as_long_as_each_other() -> None:
    client = wanted_of('[client]\nrefresh_token = "1 hour"\naccess_token = "1 hour"\nid_token = "60 minutes"').client
    assert client.refresh_token.seconds == client.id_token.seconds == 3600


def test_an_apps_own_scheme_may_be_a_callback() -> None:
    assert (
        wanted_of('[client]\nmore_callback_urls = ["acme://signed-in"]').client.callback_urls[1] == "acme://signed-in"
    )


@pytest.mark.parametrize("prefix", ["acme-aws", "amazonia", "Acme", "acme.com", "-acme", "a" * 64])
def test_a_prefix_that_cognito_refuses_is_a_fault(prefix: str) -> None:
    (told,) = faults_of(text=FILE.format(pool='id = "eu-north-1_A"').replace('"acme"', f'"{prefix}"'))
    assert told.startswith("domain.prefix must")


def test_a_domain_of_ones_own_needs_its_certificate_in_us_east_1() -> None:
    text = FILE.format(pool='id = "eu-north-1_A"').replace('prefix = "acme"', 'host = "auth.acme.com"\n{}')
    arn = "arn:aws:acm:{}:123456789012:certificate/0-0"
    assert "is missing" in faults_of(text=text.format(""))[0]
    assert "us-east-1" in faults_of(text=text.format(f'certificate_arn = "{arn.format("eu-north-1")}"'))[0]
    domain = wanted_of(text=text.format(f'certificate_arn = "{arn.format("us-east-1")}"'))
    assert domain.provider_redirect_uri == "https://auth.acme.com/oauth2/idpresponse"


def test_a_pool_is_there_or_made_but_not_both() -> None:
    told = faults_of(pool='create_pool = true\nid = "eu-north-1_A"')
    assert any("pool.id and create_pool" in fault for fault in told)
    assert any("pool.region is missing" in fault for fault in told)
    assert "pool.name is for create_pool" in faults_of(pool='id = "eu-north-1_A"\nname = "x"')[0]


def test_identifiers_that_do_not_fit_are_left_out_and_told() -> None:
    listed = [f"c{number}.example" for number in range(52)]
    long = "a-very-long-name-of-a-company-indeed.example"
    names = ", ".join(f'"{name}"' for name in [*listed, long, "bücher.example", "c0.example"])
    provider = wanted_of(f"[provider]\nidentifiers = [{names}]").provider
    assert provider.identifiers == tuple(listed[:50])
    assert provider.identifiers_left_out == (
        f"{long}: longer than 40 characters",
        "bücher.example: has characters that Cognito does not take (write IDNs in punycode)",
        "c50.example: more than 50",
        "c51.example: more than 50",
    )


def test_identifiers_that_are_no_list_are_a_fault() -> None:
    assert "must be a list" in faults_of("[provider]\nidentifiers = 5")[0]


def test_a_file_that_is_not_there_or_not_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProvisionFileInvalid, match="can't be read"):
        load_wanted(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[service", "utf-8")
    with pytest.raises(ProvisionFileInvalid, match="is not TOML"):
        load_wanted(tmp_path / "bad.toml")
    assert "must be a table" in faults_of(text="service = 1")[0]
