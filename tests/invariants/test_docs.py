"""The documentation is true: its links lead somewhere, its commands exist, its figures come from the code."""

import re
import shlex
from pathlib import Path

import pytest

from ops.exit_codes import ExitCode
from tests.command import Archive

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
GROUPS = {"alerts", "db", "schedule", "sources"}
"""Commands that have commands of their own."""


def commands() -> dict[str, list[str]]:
    """The command lines that are shown, by the name of their command."""
    found = set()
    for page in PAGES:
        for block in re.findall(
            r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            found |= set(re.findall(r"^(?:\$ )?(archive [a-z][^#\n]*?)(?:\s{2,}.*)?$", block, re.MULTILINE))
    by_name: dict[str, list[str]] = {}
    for command in sorted(found):
        words = shlex.split(command)
        is_longer = words[1] in GROUPS and len(words) > 2 and not words[2].startswith("-")
        by_name.setdefault(" ".join(words[1 : 2 + is_longer]), []).append(command)
    return by_name


SHOWN = commands()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}


@pytest.mark.parametrize("name", SHOWN)
def test_commands_that_are_shown_exist_with_their_options(name: str, archive: Archive) -> None:
    helped = archive(*name.split(), "--help")
    assert helped.returncode == 0, helped.stderr
    for command in SHOWN[name]:
        for option in (word.partition("=")[0] for word in shlex.split(command)[2:] if word.startswith("--")):
            assert option in helped.stdout, command


def test_make_targets_that_are_shown_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"\bmake ([a-z]+)\b`?", page.read_text(encoding="utf-8"))
    }
    for name in shown & {"demo", "test", "install", "lint", "benchmark", "clean"}:
        assert re.search(rf"^{name}:", makefile, re.MULTILINE)
    assert {"demo", "test", "install"} <= shown


def test_every_exit_code_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    explained = {int(code) for code in re.findall(r"^\| (\d) \|", text, re.MULTILINE)}
    assert explained == {int(code) for code in ExitCode}
