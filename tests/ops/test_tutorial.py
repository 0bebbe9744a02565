"""The tutorial is true: its file and its commands, run one after another, show what it says they show."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.configuration.source_files_page import source_files_page
from tests.command import run_command

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = (DOCS / "adding-a-source.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "9400"


def blocks() -> Iterator[tuple[str, str]]:
    return ((found["kind"], found["text"]) for found in _BLOCK.finditer(TUTORIAL))


def steps(console: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that it is said to show."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, *shown = part.strip("\n").split("\n")
        yield command, shown


@pytest.fixture
def site() -> Iterator[str]:
    """The site of the tutorial on a port of its own, as the tutorial starts it."""
    (started,) = [text for kind, text in blocks() if "-m fixtures" in text]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    command = [sys.executable, *shlex.split(started.replace(PORT, port))[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())["www.zhoukan.example"]
        process.terminate()


def test_the_tutorial_adds_a_site_that_is_crawled_incrementally(site: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    environment |= {
        "ARCHIVE_MIRRORS": json.dumps({"www.zhoukan.example": site}),
        "ARCHIVE_DATA_DIR": str(tmp_path / "data"),
    }
    file = tmp_path / "sources" / "zhoukan.toml"
    file.parent.mkdir()
    ran = 0
    for kind, text in blocks():
        if kind == "toml":
            with file.open("a", encoding="utf-8") as declaration:
                declaration.write(text)
        for command, shown in steps(text) if kind == "console" else ():
            words = shlex.split(command.replace("/tmp/zhoukan-archive", str(tmp_path)))
            done = run_command(tuple(words[1:]), environment, tmp_path)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            for line in shown:
                assert line in done.stdout, (command, done.stdout)
            ran += 1
    assert ran >= 9
    documents = sorted((tmp_path / "seeds").glob("*.txt"))
    assert len(documents) == 40
    assert not any("阅读原文" in path.read_text(encoding="utf-8") for path in documents)


def test_what_the_tutorial_quotes_of_the_site_is_there(site: str) -> None:
    with urllib.request.urlopen(f"{site}/latest?page=1") as answer:
        page = answer.read().decode()
    for quoted in ('<li class="card">', 'rel="next"', 'datetime="2022-02-28T03:22:00+08:00"'):
        assert quoted in page
        assert quoted in TUTORIAL


def test_the_reference_is_that_of_the_declaration() -> None:
    assert (DOCS / "source-files.md").read_text(encoding="utf-8") == source_files_page(), (
        "run: python -m ops.configuration.source_files_page > docs/source-files.md"
    )
