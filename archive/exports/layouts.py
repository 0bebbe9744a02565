"""The layouts: what an export may look like, each loaded when it is asked for."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from archive.exports.order import ORDINARY, Form, Order
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.exports.by_content.export import Shape
    from archive.store.values import Holding


class Layout(StrEnum):
    """How the files are laid out."""

    SEEDS = "seeds"
    """One file a content in one folder, as the corpus was handed over."""
    JEKYLL = "jekyll"
    """A tree that Jekyll builds a site of."""
    JSONL = "jsonl"
    """One JSON object a content, in one file a day."""
    PARQUET = "parquet"
    """One row a content, in one file a day."""

    @property
    def is_of_records(self) -> bool:
        """Whether a content is a record in a file, instead of a file."""
        return self in {Layout.JSONL, Layout.PARQUET}

    def reads_text(self, form: Form) -> bool:
        """Whether the holdings have to come with their canonical texts."""
        return form is Form.PLAIN

    @property
    def duplicates(self) -> str:
        """The policy, where nobody names one: on a site, each category has its own documents."""
        return "all" if self is Layout.JEKYLL else "one"


class Exporter(Protocol):
    """What exports. Raises `ExportError`, and `UsageError` for a package that is not installed."""

    def __call__(self, holdings: Iterable["Holding"], folder: Path, order: Order = ORDINARY) -> ExportReport:
        """Bring the folder up to date with the holdings, and write its manifest."""


def exporter(layout: Layout) -> Exporter:
    """What exports to a layout."""
    match layout:
        case Layout.SEEDS:
            from archive.exports.by_content.seeds import export_seeds  # noqa: PLC0415 each takes its time to load

            return export_seeds
        case Layout.JEKYLL:
            from archive.exports.jekyll.layout import export_jekyll  # noqa: PLC0415

            return export_jekyll
        case Layout.JSONL:
            from archive.exports.records.jsonl import export_jsonl  # noqa: PLC0415

            return export_jsonl
        case Layout.PARQUET:
            from archive.exports.records.parquet import export_parquet  # noqa: PLC0415

            return export_parquet


def shape_of(layout: Layout) -> "Shape | None":
    """What a layout of one file a content is; None for the others."""
    match layout:
        case Layout.SEEDS:
            from archive.exports.by_content.seeds import SEEDS  # noqa: PLC0415

            return SEEDS
        case Layout.JEKYLL:
            from archive.exports.jekyll.layout import JEKYLL  # noqa: PLC0415

            return JEKYLL
        case Layout.JSONL | Layout.PARQUET:
            return None


def nested_folders(layout: Layout) -> tuple[str, ...]:
    """The folders in a folder that are the layout's own."""
    match layout:
        case Layout.SEEDS:
            return ()
        case Layout.JEKYLL:
            from archive.exports.jekyll.layout import FOLDERS  # noqa: PLC0415

            return FOLDERS
        case Layout.JSONL | Layout.PARQUET:
            from archive.exports.records.partitions import FOLDER  # noqa: PLC0415

            return (FOLDER,)
