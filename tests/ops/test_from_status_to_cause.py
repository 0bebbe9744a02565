"""From `archive status` to the cause of what is broken, in three commands at the most.

`SHOW=1 pytest -s` on this file prints what docs/operations.md shows.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.command import Archive
from tests.forked import crawl
from tests.ops.cli.test_storage_faults import SmallDisk

NEW_LAYOUT = b'<html><body><main class="v2"><div id="app"></div></main></body></html>'


@dataclass(slots=True)
class Scene:
    """A site, an archive of it, and the commands that were typed."""

    site: Double
    archive: Archive
    data: Path
    folder: Path
    disk: SmallDisk | None = None

    def crawl_before(self, *, days: float) -> None:
        crawl(self.data, self.site.mirrors, now=datetime.now(UTC) - timedelta(days=days))

    def crawl(self) -> None:
        self._command("crawl", "--trigger", "cron")

    def typed(self, command: str) -> str:
        told = self._command(*command.split()[1:])
        if os.environ.get("SHOW"):
            sys.stdout.write(f"$ {command}\n{told}\n")
        return told

    def _command(self, *words: str) -> str:
        done = self.archive(
            *words, env={"ARCHIVE_DATA_DIR": str(self.data), "COLUMNS": "110"}, cwd=self.folder
        )
        return done.stdout + done.stderr


@pytest.fixture
def scene(archive: Archive, tmp_path: Path, environment: dict[str, str]) -> Iterator[Scene]:
    start = datetime.now(UTC) - timedelta(days=4)
    with Double(posts=30, categories=4, start=start, arriving=90, days=5) as site:
        environment["ARCHIVE_MIRRORS"] = json.dumps(site.mirrors)
        environment["ARCHIVE_SCHEDULES"] = '{"finews": {"every": "10m"}}'
        scene = Scene(site, archive, tmp_path / "data", tmp_path)
        yield scene
        if scene.disk:
            scene.disk.unmount()


def caught_up(scene: Scene) -> None:
    """An archive that was current a moment ago."""
    scene.site.clock.advance(days=4)
    scene.crawl_before(days=0.01)


def layout_changed(scene: Scene) -> None:
    caught_up(scene)
    for path in ("/", "/feed.xml", "/*.html"):
        scene.site.faults.add(host=NEWS_HOST, path=path, body=NEW_LAYOUT)
    scene.crawl()


def api_down(scene: Scene) -> None:
    scene.site.clock.advance(days=4)
    scene.site.faults.add(host=SHARE_HOST, path="/NewsData/*", status=503)
    scene.crawl()


def robots_refuse(scene: Scene) -> None:
    caught_up(scene)
    rules = b"User-agent: *\nDisallow: /\n"
    scene.site.faults.add(path="/robots.txt", body=rules, headers={"Content-Type": "text/plain"})
    scene.crawl()


def disk_full(scene: Scene) -> None:
    scene.disk = disk = SmallDisk(scene.folder / "disk")
    scene.data = disk.data
    caught_up(scene)
    scene.site.clock.advance(hours=3)
    disk.leave(20_000)
    scene.crawl()


def window_overflow(scene: Scene) -> None:
    scene.crawl_before(days=4)
    scene.site.clock.advance(days=4)
    scene.crawl()


CAUSES: dict[Callable[[Scene], None], tuple[str, ...]] = {
    layout_changed: ("layout", "nothing-parsed"),
    api_down: ("share API", "http-503"),
    robots_refuse: ("robots",),
    disk_full: ("disk full",),
    window_overflow: ("window_overflow",),
}


@pytest.mark.parametrize("happened", CAUSES, ids=lambda happened: happened.__name__)
def test_the_cause_is_found_in_three_commands(scene: Scene, happened: Callable[[Scene], None]) -> None:
    happened(scene)
    shown = scene.typed("archive status")
    told = [shown, *map(scene.typed, named(shown)[:2])]
    for words in CAUSES[happened]:
        assert words in "\n".join(told)


def named(shown: str) -> list[str]:
    """The commands that status says to type next."""
    return list(dict.fromkeys(re.findall(r"archive (?:run|log|doctor|rejections|explain)\b[^;,\n`]*", shown)))
