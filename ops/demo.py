"""The demonstration: the main job, from crawl to files, on the built-in double of the sites.

It runs the commands that a user would run, as child processes, and then checks that what they promised
is so: every post of the double is in the export, byte for byte; and a second crawl asks for home page and
feed alone, receives no body and stores nothing.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.documents import content_hash, parse
from archive.errors import UsageError
from archive.store.values import Run
from fixtures.double import Double
from ops.children import run_archive
from ops.configuration.settings import PREFIX, Settings
from ops.terminal import write_heading, write_line
from ops.wiring import open_store

_MARK = ".archive-demo"
_OURS = ("data", "seeds")
_LINES_SHOWN = 9
_WIDTH_SHOWN = 78


@dataclass(slots=True)
class Demonstration:
    """A demonstration in a folder of its own; `broken` collects the promises that were not kept."""

    folder: Path
    posts: int
    categories: int
    broken: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Show everything, in well under a minute. Raises `UsageError` for a folder that is not ours."""
        _make_fresh(self.folder)
        with self._double() as site:
            write_line(
                f"A double of the sites is up, with {self.posts} posts in {self.categories} categories:"
            )
            for host, base in site.mirrors.items():
                write_line(f"  {host} is fetched from {base}")
            self._show(site)

    def _double(self) -> Double:
        twins = self.posts // 50 if self.categories > 3 else 0  # in fewer they would meet
        try:
            return Double(posts=self.posts, categories=self.categories, twins=twins, seed=1)
        except ValueError as error:
            raise UsageError(str(error)) from error

    def _show(self, site: Double) -> None:
        environment = self._environment(site.mirrors)
        first = self._crawl("Crawl everything, politely, into a store of its own", environment)
        self._check("the crawl is complete", first.outcome == "complete")
        self._check("every post is stored", first.counters.get("new") == len(site.expected_documents()))
        self._archive("Write the corpus as files, one a content", environment, "export", "seeds")
        self._check_files(site.expected_documents())
        self._show_file()
        self._archive("Verify what is kept: database, captures, files", environment, "verify", "seeds")
        second = self._crawl("Crawl again: home page and feed say that nothing has changed", environment)
        again = {name: second.counters.get(name, 0) for name in ("new", "changed", "rejected", "failed")}
        self._check("the second crawl is complete", second.outcome == "complete")
        self._check("nothing was stored twice", not any(again.values()))
        asked = {name: second.counters.get(name, 0) for name in ("requests", "not_modified", "bytes")}
        is_little = asked == {"requests": 2, "not_modified": 2, "bytes": 0}
        self._check("the second crawl asks two pages, and receives no body", is_little)
        self._archive("The ledger of runs", environment, "runs")
        self._show_places()

    def _environment(self, mirrors: dict[str, str]) -> dict[str, str]:
        """This process' environment without the user's settings: the user's archive stays out of it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return inherited | {
            f"{PREFIX}DATA_DIR": str(self.folder / "data"),
            f"{PREFIX}MIRRORS": json.dumps(mirrors),
        }

    def _crawl(self, title: str, environment: dict[str, str]) -> Run:
        self._archive(title, environment, "crawl", "finews", hidden=("--trigger=demo",))
        with open_store(Settings.model_construct(data_dir=self.folder / "data", database_url="")) as store:
            return store.runs("finews", 1)[0]

    def _archive(
        self, title: str, environment: dict[str, str], *command: str, hidden: tuple[str, ...] = ()
    ) -> None:
        write_line()
        write_heading(title)
        write_line(f"$ archive {' '.join(command)}")
        code = run_archive(*command, *hidden, env=environment, cwd=self.folder)
        self._check(f"archive {command[0]} ends with exit code 0", code == 0)

    def _check_files(self, expected: Mapping[str, bytes]) -> None:
        """One file a content: of documents that share one, that which was published first, byte for byte."""
        speaking: dict[str, bytes] = {}
        for _, data in sorted(expected.items(), key=_publication):
            speaking.setdefault(_content_hash(data), data)
        files = {_content_hash(data): data for data in (path.read_bytes() for path in self._seeds())}
        self._check("every content is exported, and nothing else", files.keys() == speaking.keys())
        self._check("every content is exported once", len(files) == len(self._seeds()))
        wrong = sum(files.get(hash_) != data for hash_, data in speaking.items())
        self._check(f"documents leave byte for byte ({wrong} do not)", not wrong)

    def _show_file(self) -> None:
        seeds = self._seeds()
        if not seeds:
            return
        write_line()
        write_heading(f"What a document looks like: {seeds[0].name}")
        for line in seeds[0].read_text(encoding="utf-8").split("\n")[:_LINES_SHOWN]:
            write_line(f"  {line[:_WIDTH_SHOWN]}{'…' if len(line) > _WIDTH_SHOWN else ''}")

    def _show_places(self) -> None:
        write_line()
        write_heading("Where everything lies")
        write_line(f"  store      {self.folder / 'data' / 'archive.db'}")
        write_line(f"  captures   {self.folder / 'data' / 'warc'}")
        write_line(f"  logs       {self.folder / 'data' / 'logs'}")
        write_line(f"  documents  {self.folder / 'seeds'}  ({len(self._seeds())} files, manifest.json)")

    def _seeds(self) -> list[Path]:
        return sorted((self.folder / "seeds").glob("*.txt"))

    def _check(self, promise: str, kept: bool) -> None:
        if not kept:
            self.broken.append(promise)


def _publication(entry: tuple[str, bytes]) -> tuple[str, str]:
    """When a document was published, and its code: in the order in which documents speak for a content."""
    code, data = entry
    return str(parse(data.decode()).published), code


def _content_hash(data: bytes) -> str:
    document = parse(data.decode())
    return content_hash(document.title, document.body)


def _make_fresh(folder: Path) -> None:
    """Empty the folder of an earlier demonstration, or make one. Raises `UsageError` for anybody else's."""
    mark = folder / _MARK
    try:
        if folder.exists() and not mark.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder}: has files that are not of a demo; give another folder with --dir")
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text("`archive demo` may delete what lies beside this file.\n", encoding="utf-8")
        for name in _OURS:
            if (folder / name).exists():
                shutil.rmtree(folder / name)
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be used ({error.strerror}); give another folder with --dir"
        ) from error
