"""A store whose rows are not what they were is found out, whatever database it is in."""

import sqlite3
from pathlib import Path

import pytest

from archive.documents import content_hash
from archive.store import Store
from archive.store.values import Observation
from archive.verification import Kind, verify_store
from tests.archive.verification.samples import ANSWERS, T0, Kept, document, keep
from tests.postgres import PostgresServer

ONE = content_hash("标题 1", "<p>文 1</p>")
CONTENT_EDITS = {
    "body = '<p>文 9</p>'": f"content {ONE}: its title and body give {content_hash('标题 1', '<p>文 9</p>')}",
    "title = '标题 9'": f"content {ONE}: its title and body give {content_hash('标题 9', '<p>文 1</p>')}",
    "text = '文 9'": f"content {ONE}: its text is not that of its body",
}


@pytest.mark.parametrize("edit", CONTENT_EDITS)
def test_a_content_that_is_not_that_of_its_hash_is_found(kept: Kept, edit: str) -> None:
    kept.edit(f"UPDATE content SET {edit} WHERE content_hash = '{ONE}'")
    (found,) = kept.findings()
    assert (found.kind, found.where, found.what) == (Kind.DAMAGE, kept.store.url_shown, CONTENT_EDITS[edit])


def test_a_content_in_other_markup_with_the_same_text_is_sound(kept: Kept) -> None:
    kept.edit(f"UPDATE content SET body = '<div>文  1</div>' WHERE content_hash = '{ONE}'")
    assert kept.findings() == []


def test_a_row_that_names_another_which_is_not_there_is_found(kept: Kept) -> None:
    kept.edit(f"DELETE FROM content WHERE content_hash = '{ONE}'")
    found = kept.findings()
    assert found
    assert {finding.where for finding in found} == {kept.store.url_shown}
    assert {finding.kind for finding in found} == {Kind.DAMAGE}


def test_a_database_with_a_broken_page_is_found_and_the_captures_are_looked_at_nevertheless(
    kept: Kept,
) -> None:
    kept.store.close()
    path, page_size = kept.root / "archive.db", 4096
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'content'").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[(root - 1) * page_size : root * page_size] = b"\xa5" * page_size
    path.write_bytes(data)
    looked_at: list[str] = []
    with Store.open(f"sqlite:///{path}", create=False) as store:
        found = list(verify_store(store, kept.folder, lambda name, count: looked_at.append(name)))
    assert {(finding.kind, finding.where) for finding in found} == {(Kind.DAMAGE, str(path))}
    assert looked_at.count("captures") == len(ANSWERS)


def test_an_archive_in_postgresql_is_verified_as_well(postgres: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    with Store.open(postgres.create("verified")) as store:
        keep(store, tmp_path / "warc", ANSWERS)
        store.write([Observation(T0, document(1))], None)
        assert list(verify_store(store, tmp_path / "warc")) == []
        (path,) = (tmp_path / "warc").iterdir()
        data = bytearray(path.read_bytes())
        data[-5] ^= 1
        path.write_bytes(data)
        (found,) = verify_store(store, tmp_path / "warc")
        assert found.where == str(path)
    postgres.drop("verified")
