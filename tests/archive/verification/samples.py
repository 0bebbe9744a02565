"""An archive as the writer makes it, with a record of every kind."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store import Store
from archive.store.values import Answer, Capture, Observation, Truncated
from archive.verification import Finding, verify_store
from archive.warc import WarcFiles

T0 = datetime(2026, 11, 21, 12, tzinfo=UTC)
SITE = "https://finews.example"


def answer(number: int, body: bytes, minute: int = 0, **changes: Any) -> Answer:
    at = T0 + timedelta(minutes=minute, microseconds=7)
    headers = (("Content-Type", "text/html"), ("ETag", f'"{number}"'))
    return replace(Answer(f"{SITE}/{number}.html", at, 200, "OK", headers, body), **changes)


def page(number: int) -> bytes:
    return f"<p>正文 {number}</p>".encode() * 20


ANSWERS = (
    *(answer(number, page(number)) for number in range(3)),
    answer(0, b"", 10, status=304, reason="Not Modified"),
    answer(4, b"<p>cut", 11, truncated=Truncated.LENGTH),
    answer(1, page(1), 12),
    answer(6, b"", 13, status=204, reason="", address=f"{SITE}/空 页?<a>.html"),
    answer(7, page(1), 14, ip="192.0.2.1"),
    answer(8, b"<p>last</p>", 15),
)


def document(number: int) -> SourcedDocument:
    published = datetime(2026, 11, 21, 9, number, tzinfo=SHANGHAI)
    plain = Document(
        f"标题 {number}", published, "luwang", "鲁网", ("鲁网新闻",), f"<p>文 {number}</p>", None, None
    )
    address = f"{SITE}/{number}.html"
    return SourcedDocument("finews", f"2026112100000000{number:02}", address, "", Fidelity.SOURCE, plain)


@dataclass(frozen=True, slots=True)
class Kept:
    """A store with its WARC folder."""

    root: Path
    store: Store

    @property
    def folder(self) -> Path:
        return self.root / "warc"

    @property
    def warc(self) -> Path:
        """Its one WARC file."""
        return next(self.folder.iterdir())

    def captures(self) -> list[Capture]:
        return [capture for _, capture in self.store.kept_captures()]

    def findings(self) -> list[Finding]:
        return list(verify_store(self.store, self.folder))

    def edit(self, statement: str) -> None:
        """Change the database behind the store's back."""
        connection = sqlite3.connect(self.root / "archive.db")
        with connection:
            assert connection.execute(statement).rowcount
        connection.close()


def keep(store: Store, folder: Path, answers: tuple[Answer, ...]) -> None:
    with WarcFiles(folder, store, "finews") as files:
        files.recover()
        store.write([Observation(T0, captures=tuple(files.keep(answers)))], None)
