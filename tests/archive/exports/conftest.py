"""Holdings to export, made of few words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.documents import Document, Fidelity, SourcedDocument, content_hash
from archive.store.values import Holding, ImportedFile

MakeHolding = Callable[..., Holding]
Bytes = Callable[[Path], dict[str, bytes]]


def _holding(
    text: str,
    *,
    minute: int | None = 0,
    source_id: str = "",
    others: tuple[tuple[str, str, str], ...] = (),
    imported: tuple[tuple[str, bytes], ...] = (),
    name: str = "",
) -> Holding:
    published = None if minute is None else datetime(2022, 1, 22, tzinfo=UTC) + timedelta(minutes=minute)
    document = Document(
        f"标题 {text}", published, "luwang", "鲁网", ("鲁网新闻",), f"<p>{text}</p>", None, None
    )
    source_id = source_id or text
    return Holding(
        SourcedDocument(
            "finews", source_id, f"https://x.test/{source_id}.html", "", Fidelity.SOURCE, document
        ),
        content_hash(document.title, document.body),
        others,
        tuple(ImportedFile(*file) for file in imported),
        name,
    )


@pytest.fixture
def holding() -> MakeHolding:
    return _holding


@pytest.fixture
def holdings() -> list[Holding]:
    return [_holding(f"文 {number}", minute=number) for number in range(5)]


@pytest.fixture
def contents() -> Bytes:
    """Every file of a folder with its bytes."""
    return lambda folder: {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
