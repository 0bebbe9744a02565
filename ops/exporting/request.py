"""The request: what is to be exported and how, and what came of it."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from archive.exports.layouts import Layout
from archive.exports.order import Form
from archive.exports.report import ExportReport
from archive.store.selection import EVERYTHING, Duplicates, Selection


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be exported, and how."""

    layout: Layout = Layout.SEEDS
    selection: Selection = EVERYTHING
    duplicates: Duplicates = Duplicates.ONE
    left_out: frozenset[str] = frozenset()
    """Contents that are not to be exported, since they are nearly the same as others."""
    form: Form = Form.PUBLISHED
    compress: bool = False
    prune: bool = False
    base: Path | None = None
    """The manifest of a folder of which only what differs is to be exported."""

    @property
    def asked(self) -> str:
        """The request in a line: the same for two that ask for the same of this version of the program."""
        said = [
            f"{self.layout} {version('finews-archive')}",
            f"text={self.form}",
            f"duplicates={self.duplicates}",
        ]
        said += [name for name in ("compress", "prune") if getattr(self, name)]
        if self.left_out:
            digest = hashlib.sha256("".join(sorted(self.left_out)).encode()).hexdigest()
            said.append(f"left-out={digest}")
        return " ".join((*said, self.selection.asked)).rstrip()


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an export."""

    report: ExportReport
    was_current: bool = False
    """Whether nothing has changed since the last export, neither in the store nor in the folder."""
    not_noted: str = ""
    """Why it could not be noted where was exported to; the export is as good without."""
