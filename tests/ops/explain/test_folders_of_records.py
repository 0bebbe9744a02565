"""A document is found in the folders of records too that were exported to."""

from datetime import UTC, datetime
from pathlib import Path

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument, content_hash
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet
from archive.store.exports import ExportedFolder
from archive.store.values import Holding
from ops.explain.export_folders import FolderState, look_into


def test_the_file_of_a_day_is_named(tmp_path: Path) -> None:
    document = Document(
        "标题", datetime(2022, 1, 22, tzinfo=SHANGHAI), "luwang", "鲁网", (), "<p>文</p>", None, None
    )
    speaker = SourcedDocument("finews", "NW1", "", "", Fidelity.IMPORT, document)
    held = Holding(speaker, content_hash("标题", "<p>文</p>"), (), (), "")
    for layout, export in (("jsonl", export_jsonl), ("parquet", export_parquet)):
        export([held], tmp_path / layout)
        folder = ExportedFolder(str(tmp_path / layout), "here", layout, datetime(2026, 1, 1, tzinfo=UTC), 2)
        seen = look_into(folder, held.content_hash, ("finews", "NW1"), "here")
        assert seen.state is FolderState.LISTED
        assert [entry.name for entry in seen.entries] == [f"documents/2022-01-22.{layout}"]
        assert look_into(folder, "f" * 64, ("finews", "NW2"), "here").state is FolderState.NOT_LISTED
        (tmp_path / layout / "manifest.json").write_text("{")
        assert look_into(folder, "f" * 64, ("finews", "NW2"), "here").state is FolderState.UNREADABLE
