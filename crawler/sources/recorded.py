"""Recorded pages: a source's own, kept with what must come out of each.

They lie in the folder beside the source file that has its name: ``NAME/910001.html`` with ``NAME/910001.md``,
the document that it gives; ``NAME/tx.html`` with ``NAME/tx.list``, what it lists. Both say which address the
page is of: a document in its last line, a list in its first.
"""

import difflib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.documents import parse
from archive.errors import DocumentError, UsageError
from crawler.sources.source import Source
from crawler.sources.trial import DOCUMENT, LIST, Trial, tried

_PAGES = frozenset({".html", ".htm", ".xml", ".rss"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A recorded page, and how what comes out of it differs from what is expected, if it does."""

    page: Path
    problem: str = ""
    difference: tuple[str, ...] = ()
    """Lines of a unified diff, from what is expected to what came out."""

    @property
    def is_right(self) -> bool:
        """Whether exactly what is expected came out."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class RecordedArticle:
    """A recorded article: what is expected of the page at an address."""

    file: Path
    address: str
    text: str
    """The document's file."""


def recorded_articles(folder: Path) -> list[RecordedArticle]:
    """The recorded articles of the folder, in order of their names, but for what `checked` finds wrong."""
    found = []
    for file in sorted(folder.glob(f"*{DOCUMENT}")):
        with suppress(OSError, UnicodeDecodeError, DocumentError):
            text = file.read_text(encoding="utf-8")
            found.append(RecordedArticle(file, _address_in(file, text), text))
    return found


def checked(source: Source, folder: Path) -> Iterator[Checked]:
    """Read each recorded page of the folder, in order of their names."""
    for page in sorted(path for path in folder.glob("*") if path.suffix in _PAGES):
        yield _checked(source, page)


def _checked(source: Source, page: Path) -> Checked:
    expected = next((path for path in map(page.with_suffix, (DOCUMENT, LIST)) if path.is_file()), None)
    if expected is None:
        return Checked(
            page, f"nothing is expected of it: {page.stem}{DOCUMENT} or {page.stem}{LIST} is missing"
        )
    try:
        text = expected.read_text(encoding="utf-8")
        address = _address_in(expected, text)
        trial = tried(source, page.read_bytes(), address, expected.suffix)
    except (OSError, UnicodeDecodeError, DocumentError) as error:
        return Checked(page, f"{expected.name} cannot be read: {error}")
    if not trial.text:
        return Checked(page, trial.problem)
    if trial.text == text.rstrip("\n"):
        return Checked(page)
    names = (expected.name, f"what comes out of {page.name}")
    lines = difflib.unified_diff(
        text.rstrip("\n").split("\n"), trial.text.split("\n"), *names, n=1, lineterm=""
    )
    return Checked(page, "something else comes out", tuple(lines))


def _address_in(expected: Path, text: str) -> str:
    address = text.split("\n", 1)[0].strip() if expected.suffix == LIST else parse(text).link or ""
    if not address.startswith(("http://", "https://")):
        place = "first" if expected.suffix == LIST else "last"
        raise DocumentError(f"its {place} line is not the page's address")
    return address


def record(folder: Path, data: bytes, trial: Trial, name: str) -> Path:
    """Write a page with what came out of it, to be read over; the page's path.

    Raises `UsageError` where another page of that name is recorded: what it must give was read over once.
    """
    page = folder / f"{name}{'.xml' if data.lstrip()[:5] == b'<?xml' else '.html'}"
    if page.exists() and page.read_bytes() != data:
        raise UsageError(
            f"{page}: another page is recorded there; delete it first, with what is expected of it"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_bytes(data)
        page.with_suffix(trial.kind).write_text(trial.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{page}: cannot be written ({error.strerror})") from error
    return page
