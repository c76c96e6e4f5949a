"""The house keeps its shape: layers, one place for each thing, locked dependencies."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fresh_python import said_by
from tests.project.repository import ROOT, SOURCES, code, files, modules, name_of, rows, text_of

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LISTS = sorted((ROOT / "requirements").glob("*.in"))
PACKAGES = sorted(path for path in SOURCES.rglob("__init__.py"))
# In two halves each, so that this file has none of them in it.
REGISTRIES = ("pypi" + ".org", "pypi" + ".python.org", "files.python" + "hosted.org", "registry.npm" + "js.org")
SECRET_SHAPES = ("-----BEGIN" + " PRIVATE KEY", "-----BEGIN" + " RSA PRIVATE KEY", "AKIA" + "IOSFODNN")


def imports_of(path: Path) -> Iterator[str]:
    """Whole names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def who_imports(package: str) -> set[str]:
    return {name_of(path) for path in modules() if any(name.split(".")[0] == package for name in imports_of(path))}


def test_imports_point_down_the_flow() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_python_jose_is_called_in_one_module_only() -> None:
    assert who_imports("jose") == {"src/cognito_sso/verify/verifier.py"}


@pytest.mark.parametrize("package", ["requests", "ecdsa", "rsa", "jwt"])
def test_nothing_imports(package: str) -> None:
    assert who_imports(package) == set()


@pytest.mark.parametrize("package", ["boto3", "botocore"])
def test_only_provisioning_talks_to_the_management_api(package: str) -> None:
    assert who_imports(package) == {"src/cognito_sso/provision/aws.py"}


def test_environment_variables_are_read_at_the_top_only() -> None:
    readers = {name_of(path) for path in modules() if re.search(r"os\.(environ|getenv)", path.read_text("utf-8"))}

    # the secret that must not be an argument; the terminal's colours
    commands = {"src/cognito_sso/cli/provision.py", "src/cognito_sso/cli/terminal.py"}
    assert readers <= {"src/cognito_sso/settings.py", "src/cognito_sso/reloading.py", *commands}


def test_the_library_for_backends_brings_no_framework_and_nothing_else_of_ours() -> None:
    told = (
        "import sys, cognito_sso.verify\n"
        "unwanted = 'fastapi', 'starlette', 'pydantic', 'uvicorn', 'jinja2', 'ecdsa', 'rsa', 'pyasn1'\n"
        "print([name for name in unwanted if name in sys.modules])\n"
        "print(sorted({name.split('.')[1] for name in sys.modules if name.startswith('cognito_sso.')}))\n"
    )
    assert said_by(told).splitlines() == ["[]", "['verify']"]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_every_module_opens_with_one_line_about_it(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")), clean=False)

    assert docstring, "no docstring"
    first, _, rest = docstring.partition("\n")
    assert first.rstrip(), "the first line is empty"
    assert first.endswith((".", "?", ":", "`")), "the first line is not a sentence"
    assert not rest or rest.startswith("\n") or rest[0] in "├└", "the first line runs on"


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_a_package_lists_what_it_offers_and_imports_nothing_else_of_ours(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    package = importlib.import_module(".".join(path.parent.relative_to(ROOT / "src").parts))
    listed = set(getattr(package, "__all__", ()))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    assert {name for name in listed if not hasattr(package, name)} == set()
    assert taken_from_ours(tree) - listed - used == set()


def taken_from_ours(tree: ast.Module) -> set[str]:
    """Names that a package takes from its own modules."""
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").startswith("cognito_sso")]
    return {alias.asname or alias.name for node in ours for alias in node.names}


def requirements(path: Path) -> list[str]:
    """Names of the packages in an `.in` file."""
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return [re.split(r"[\[<>=;!~ ]", line)[0] for line in lines if line and not line.startswith("-")]


def test_every_dependency_has_its_reason() -> None:
    documented = [code(cells[0]) for cells in rows("docs/security.md", "Package")]
    listed = {name for path in LISTS for name in requirements(path)}

    assert sorted(documented) == sorted(listed)
    assert all(len(cells[1]) > 5 for cells in rows("docs/security.md", "Package"))


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_pin_of_a_lock_has_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", lock.read_text("utf-8")).strip())

    assert entries
    for entry in entries:
        assert re.match(r"[\w.\-]+(\[[\w,]+\])?==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


@pytest.mark.parametrize("listed", LISTS, ids=name_of)
def test_every_list_has_its_lock_with_everything_in_it(listed: Path) -> None:
    locked = set(re.findall(r"^([\w.\-]+)", listed.with_suffix(".txt").read_text("utf-8"), re.MULTILINE))

    assert {name.replace("_", "-") for name in requirements(listed)} <= locked


def test_no_file_names_the_address_of_a_registry() -> None:
    assert found_in_files(tuple(f"//{host}" for host in REGISTRIES)) == []


def test_no_file_has_a_private_key_in_it() -> None:
    assert found_in_files(SECRET_SHAPES) == []


def found_in_files(needles: tuple[str, ...]) -> list[str]:
    texts = ((path, path.read_bytes().decode("utf-8", "replace").lower()) for path in files())
    return [f"{name_of(path)}: {needle}" for path, text in texts for needle in needles if needle.lower() in text]


def test_no_page_or_module_names_a_path_of_somebodys_machine() -> None:
    told = [path for path in files() if path.suffix in (".md", ".py", ".toml", ".html", ".js", ".css", ".svg", ".yml")]
    paths = re.compile(r"(?<![\w.$}])/(?:home|root|Users|work)/\w+")
    named = {name_of(path): paths.findall(path.read_text("utf-8")) for path in told}

    assert {name: found for name, found in named.items() if found} == {}


def test_everything_that_the_package_asks_for_is_locked() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[\[<>=;!~ ]", one)[0] for one in wanted} - {"cognito-sso"}

    assert names <= locked_names("test")


def locked_names(name: str) -> set[str]:
    return set(re.findall(r"^([\w.\-]+)(?:\[[\w,]+\])?==", text_of(f"requirements/{name}.txt"), re.MULTILINE))
