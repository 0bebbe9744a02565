"""The layout `jekyll`: a tree that Jekyll builds a site of, like the one that finews is."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from archive.exports.by_content.export import Shape, export_by_content
from archive.exports.entry import Entry
from archive.exports.file_names import is_usable_below
from archive.exports.jekyll.categories import CATEGORY, FLASHES, category_pages
from archive.exports.jekyll.posts import POSTS, number_of, numbered, post_of
from archive.exports.order import ORDINARY, Form, Order
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.store.values import Holding

LAYOUT = "jekyll"
_TEMPLATES = ("_includes", "_layouts")
FOLDERS = (POSTS, *_TEMPLATES, CATEGORY, FLASHES)
_SITE = files("archive.exports.jekyll") / "site"


def export_jekyll(holdings: Iterable["Holding"], folder: Path, order: Order = ORDINARY) -> ExportReport:
    """Bring a Jekyll tree up to date with the holdings; `export_by_content` says how.

    A post's file is the document's own, also where that came in as a file: with more front matter where
    Jekyll needs it, and as HTML where Markdown would make something else of it.
    """
    return export_by_content(JEKYLL, holdings, folder, order)


def _posts(holding: "Holding", form: Form) -> Iterable[tuple[str, bytes]]:
    return [post_of(holding, form)]


def _site(entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    """All that is not a post: templates, and a page for each category."""
    for folder in ("", *_TEMPLATES):
        for file in sorted((_SITE / folder).iterdir(), key=lambda file: file.name):
            if file.is_file():
                yield f"{folder}/{file.name}".lstrip("/"), file.read_bytes()
    yield from category_pages(entry.group for entry in entries)


JEKYLL = Shape(
    layout=LAYOUT,
    files=_posts,
    group=lambda holding: holding.speaker.document.slug,
    extras=_site,
    nested=FOLDERS,
    is_usable=lambda name: is_usable_below(FOLDERS, name),
    numbered=numbered,
    number_of=number_of,
)
