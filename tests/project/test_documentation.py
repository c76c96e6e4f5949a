"""The documentation tells the truth: what it lists is what there is."""

from __future__ import annotations

import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import Metric
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import cognito_sso
from cognito_sso import doctor
from cognito_sso.app import create_app
from cognito_sso.cli import main
from cognito_sso.login.delivery import Delivery
from cognito_sso.login.tenants import load_tenants
from cognito_sso.observability import Metrics
from cognito_sso.settings import ConfigurationError, Settings, load_settings, new_cookie_key, settings_of
from cognito_sso.verify import TokenVerifier
from cognito_sso.web.problems import PROBLEMS, TYPE_PREFIX
from tests.observability.audited import AUDIT_METHODS, tell_one
from tests.project.repository import ROOT, blocks, code, codes, name_of, pages, rows, text_of

# Python that stands in the pages for others to copy.
PYTHON = [(page, number) for page in ("README.md", "docs/verify.md") for number in range(len(blocks(page, "python")))]
SHELL = (
    *("README.md", "CONTRIBUTING.md"),
    *(
        f"docs/{name}.md"
        for name in ("configuration", "going-live", "first-sign-in-on-aws", "provision", "doctor", "tenants")
    ),
)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(
        settings_of(
            cognito_user_pool_id="eu-north-1_AbCdEf123",
            cognito_client_id="4example5client6id",
            cognito_domain="acme",
            cognito_identity_provider="ScalekitIdPRouter",
            sso_public_url="https://login.acme.com",
            sso_frontends="https://app.acme.com",
            sso_cookie_keys=new_cookie_key(),
        )
    )


@pytest.fixture(scope="module")
def openapi(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "none" if default in (None, ()) else f"`{default}`"


def test_every_setting_is_documented_with_its_default() -> None:
    wanted = [
        [f"`{name.upper()}`", default_of(field), field.description] for name, field in Settings.model_fields.items()
    ]

    assert rows("docs/configuration.md", "Name") == wanted


def test_every_error_code_is_documented_with_its_status() -> None:
    documented = {code(cells[0]): int(cells[1]) for cells in rows("docs/http-api.md", "Code")}

    assert documented == {name: told.status for name, told in PROBLEMS.items()}


def test_every_error_class_has_a_row_in_the_table_of_problems() -> None:
    assert {error.code for error in every_error()} <= set(PROBLEMS)


def every_error() -> Iterator[Any]:
    waiting = list(cognito_sso.errors.SignInError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if hasattr(error, "code"):
            yield error


def test_every_finding_of_the_doctor_is_documented_in_its_own_words() -> None:
    told = [[f"`{kind.code}`", kind.severity.value, kind.sentence, kind.why, kind.remedy] for kind in doctor.KINDS]

    assert rows("docs/doctor.md", "Code") == told


@pytest.mark.usefixtures("planted")
def test_every_audit_event_is_documented_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    events = {name: fields_of(name, caplog) for name in AUDIT_METHODS}
    documented = {code(cells[0]): (cells[1], set(codes(cells[2]))) for cells in rows("docs/audit-events.md", "Event")}

    assert documented == events


def fields_of(name: str, caplog: pytest.LogCaptureFixture) -> tuple[str, set[str]]:
    """The level and fields of the one event that a method of the audit log tells."""
    caplog.clear()
    caplog.set_level("INFO", logger="cognito_sso.audit")
    tell_one(name, "x")
    (record,) = caplog.records
    fields: dict[str, Any] = vars(record)["fields"]
    assert fields["event"] == name
    return record.levelname.lower(), set(fields) - fields_of_every_event()


def fields_of_every_event() -> set[str]:
    return {name for cells in rows("docs/audit-events.md", "Of every event") for name in codes(cells[0])}


def test_every_metric_is_documented_with_its_type_and_what_it_says() -> None:
    documented = [[code(cells[0]), cells[1], cells[3]] for cells in rows("docs/metrics.md", "Metric")]
    families = [one for one in Metrics().registry.collect() if one.name.startswith("cognito_sso_")]
    wanted = [[name_of_metric(one), one.type, one.documentation] for one in families]

    assert documented == wanted


def name_of_metric(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def test_every_endpoint_is_documented_and_every_documented_endpoint_is_there(
    app: FastAPI, openapi: dict[str, Any]
) -> None:
    described = {f"{method.upper()} {path}" for path, item in openapi["paths"].items() for method in item}
    documented = {code(cells[0]) for cells in rows("docs/http-api.md", "Call")}

    assert documented == described | {"GET /openapi.json"}


def test_every_delivery_is_documented() -> None:
    assert [code(cells[0]) for cells in rows("docs/http-api.md", "Delivery")] == list(Delivery)


def test_every_cookie_is_documented(app: FastAPI) -> None:
    named = {code(cells[0]).rpartition("sso_")[2].partition("_<")[0] for cells in rows("docs/http-api.md", "Name")}

    assert named == set(re.findall(r'cookie\("(\w+)"', text_of("src/cognito_sso/assembly.py")))


def test_every_argument_of_the_verifier_is_documented() -> None:
    documented = {name for cells in rows("docs/verify.md", "Argument") for name in codes(cells[0])}

    assert documented == set(inspect.signature(TokenVerifier).parameters)


def test_every_operation_of_the_openapi_document_has_a_summary_a_tag_and_known_error_codes(
    openapi: dict[str, Any],
) -> None:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            assert operation["summary"], where
            assert operation["tags"], where
            for status, answer in operation["responses"].items():
                assert answer["description"], f"{where} {status}"
                if "application/problem+json" in answer.get("content", {}):
                    told = set(re.findall(r"`(\w+)`", answer["description"]))
                    assert told, f"{where} {status}"
                    assert told <= set(PROBLEMS), f"{where} {status}"


def test_the_type_of_a_problem_is_no_address_that_somebody_would_have_to_serve() -> None:
    assert TYPE_PREFIX.startswith("urn:")


@pytest.mark.parametrize(("page", "number"), PYTHON, ids=[f"{page} {number + 1}" for page, number in PYTHON])
def test_the_python_in_the_pages_runs(page: str, number: int) -> None:
    exec(compile(blocks(page, "python")[number], page, "exec"), {"__name__": "example"})


def shell_lines() -> list[str]:
    return [line for page in SHELL for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("line", sorted(set(shell_lines())))
def test_the_commands_in_the_pages_exist(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(line.partition(" > ")[0])
    match Path(program).name:
        case "make":
            assert arguments[0].replace(".venv/", "$(VENV)/") in make_targets()
        case "cognito-sso":
            told = help_of(arguments[0], capsys)
            assert all(word in told for word in arguments if word.startswith("--"))
        case "cp":
            assert (ROOT / arguments[0]).is_file()
        case "pip":
            extras = re.findall(r"\w+", arguments[1])
            assert set(extras) <= set(tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"])
        case "docker":
            assert arguments[:2] == ["compose", "-f"]
            assert (ROOT / arguments[2]).is_file()
        case "python3":
            assert arguments == ["-m", "venv", ".venv"]
        case _:
            pytest.fail(f"no test knows {program}")


def make_targets() -> set[str]:
    return set(re.findall(r"^(\S+):", text_of("Makefile"), re.MULTILINE))


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_architecture_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    (\w+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    (line,) = [line for line in text_of("docs/architecture.md").splitlines() if line.strip().startswith("cli/")]

    assert commands
    assert set(line.split("cli/")[1].replace(",", "").split()) == set(commands)


def test_the_example_settings_load_once_they_have_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_example(tmp_path, monkeypatch, key=new_cookie_key())

    assert settings.sso_public_url == "https://login.acme.com"
    create_app(settings)


def test_the_example_settings_have_no_key_to_forget_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_example(tmp_path, monkeypatch, key="")

    assert [fault.partition(":")[0] for fault in refused.value.faults] == ["SSO_COOKIE_KEYS"]


def load_example(folder: Path, monkeypatch: pytest.MonkeyPatch, *, key: str) -> Settings:
    for name in (*Settings.model_fields, "sso_secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(folder)
    example = text_of(".env.example").replace("SSO_COOKIE_KEYS=\n", f"SSO_COOKIE_KEYS={key}\n")
    (folder / ".env").write_text(example, "utf-8")
    return load_settings()


def test_the_example_settings_and_those_of_the_readme_name_no_setting_that_is_none() -> None:
    told = text_of(".env.example") + "".join(blocks("README.md", "ini"))
    names = set(re.findall(r"^#?([A-Z][A-Z_]+)=", told, re.MULTILINE))

    assert names <= {name.upper() for name in Settings.model_fields}
    assert {name.upper() for name, field in Settings.model_fields.items() if field.is_required()} <= names


def test_the_example_tenants_load() -> None:
    tenants = load_tenants(ROOT / "examples" / "tenants.toml")

    assert [tenant.name for tenant in tenants] == ["megasoft", "initech"]


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {cognito_sso.__version__}" in text_of("CHANGELOG.md")
    assert f'version = "{cognito_sso.__version__}"' in text_of("pyproject.toml")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_to_a_file_of_ours_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    broken = [target for target in targets if "://" not in target and not leads_somewhere(page, target)]

    assert broken == []


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.is_relative_to(ROOT) or not found.exists():
        return False
    return not anchor or anchor in anchors_of(found)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", text_of("README.md")))

    assert linked == {name_of(page) for page in pages() if page.parent == ROOT / "docs"}


@pytest.mark.parametrize("page", [page for page in pages() if page.parent.name == "docs"], ids=name_of)
def test_no_page_is_longer_than_one_sitting(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) <= 150
