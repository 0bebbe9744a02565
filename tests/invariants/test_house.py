"""Rules about the code that no linter knows."""

import ast
import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ROOMS = ("archive", "crawler", "scheduler", "ops", "fixtures", "benchmarks")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TRACKED = ("git", "ls-files", "--cached", "--others", "--exclude-standard")


def tracked() -> list[Path]:
    listed = subprocess.run(TRACKED, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_subject_and_fits_on_a_few_screens(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    assert module.stem not in {"utils", "helpers", "misc", "common", "core"}
    assert ast.get_docstring(ast.parse(source)), "what is this module for?"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno
            assert lines <= 50, f"{node.name} has {lines} lines"


def test_everything_that_is_installed_is_pinned_to_one_version() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[\w.]+", pin) for pin in pins)
    pinned = {canonicalize_name(pin.partition("==")[0]) for pin in pins}
    ours = {"finews-archive", "pip", "setuptools"}
    installed = {canonicalize_name(found.metadata["Name"]) for found in distributions()} - ours
    assert installed <= pinned, "make install, then write what pip freeze says into constraints.txt"
    assert pinned <= installed, "pinned, but nothing needs it"


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian"))
    )
    for path in tracked():
        assert not hosts.search(path.read_bytes().decode("utf-8", "replace")), path


def test_the_corpus_of_others_is_not_in_the_project() -> None:
    assert not [path for path in tracked() if re.fullmatch(r"\d{3}_[0-9a-f]{16}\.txt", path.name)]
