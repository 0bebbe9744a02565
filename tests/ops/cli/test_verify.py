"""`archive verify` says what is damaged and where, and fails then; and only then."""

import json
from pathlib import Path

import pytest

from archive.exports.by_content.seeds import export_seeds
from archive.store import Store
from archive.store.values import Observation
from tests.archive.verification.samples import ANSWERS, T0, document, keep
from tests.command import Archive


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of an archive with captures and documents."""
    folder = tmp_path / "data"
    (folder / "warc").mkdir(parents=True)
    with Store.open(f"sqlite:///{folder}/archive.db") as store:
        keep(store, folder / "warc", ANSWERS)
        store.write([Observation(T0, document(number)) for number in range(3)], None)
    return folder


@pytest.fixture
def out(data: Path) -> Path:
    """What it exports."""
    folder = data.parent / "out"
    with Store.open(f"sqlite:///{data}/archive.db") as store:
        export_seeds(store.holdings(), folder)
    return folder


@pytest.fixture
def warc(data: Path) -> Path:
    return next((data / "warc").iterdir())


def flip(path: Path, offset: int) -> None:
    flipped = bytearray(path.read_bytes())
    flipped[offset] ^= 1
    path.write_bytes(flipped)


def test_a_sound_archive_with_its_export_is_verified_in_one_line(archive: Archive, out: Path) -> None:
    done = archive("verify", out)
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("verified 9 captures, 3 contents, 3 exported files, ")
    assert line.endswith(" kB: no damage")


def test_damage_is_told_with_file_and_offset_and_exits_with_7(archive: Archive, warc: Path) -> None:
    size = warc.stat().st_size
    flip(warc, 20)
    flip(warc, size - 1)
    done = archive("verify")
    assert done.returncode == 7
    head, record, summary = done.stdout.splitlines()
    assert head.startswith(f"damage  {warc} at byte 0: the head of the file: its bytes are not those")
    assert record.startswith(f"damage  {warc} at byte ")
    assert "the record of https://finews.example/8.html: its bytes are not those" in record
    assert summary.endswith(": damage in 2 places")


def test_a_note_is_told_and_does_no_harm(archive: Archive, warc: Path) -> None:
    size = warc.stat().st_size
    with warc.open("ab") as file:
        file.write(b"half")
    done = archive("verify")
    assert done.returncode == 0
    assert done.stdout.startswith(f"note    {warc} at byte {size}: 4 bytes not committed yet")


def test_findings_as_json_have_the_promised_fields(archive: Archive, warc: Path) -> None:
    size = warc.stat().st_size
    warc.rename(warc.with_name("elsewhere.warc.gz"))
    done = archive("verify", "--json")
    assert done.returncode == 7
    shown = json.loads(done.stdout)
    missing, unknown = shown.pop("findings")
    checked = {"captures": 0, "contents": 3, "files": 0, "bytes": 0}
    assert shown == {"store_verified": True, "checked": checked}
    what = f"missing; {size} bytes with 9 captures were committed to it"
    assert missing == {"kind": "damage", "where": str(warc), "offset": None, "what": what}
    assert unknown["where"] == str(warc.with_name("elsewhere.warc.gz"))


def test_damage_of_an_export_is_found_with_the_byte(archive: Archive, out: Path) -> None:
    path = sorted(out.glob("*.txt"))[1]
    flip(path, 100)
    done = archive("verify", "out")
    assert done.returncode == 7
    assert done.stdout.startswith(f"damage  out/{path.name} at byte 100: its bytes are not those")


def test_without_a_database_there_is_nothing_to_verify_and_none_is_made(
    archive: Archive, tmp_path: Path
) -> None:
    done = archive("verify")
    assert done.returncode == 7
    assert len(done.stderr.splitlines()) == 1
    assert "no database" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_database_that_is_gone_is_missed_even_where_an_export_is_named(
    archive: Archive, data: Path, out: Path
) -> None:
    (data / "archive.db").unlink()
    done = archive("verify", "out")
    assert done.returncode == 7
    assert "archive.db" in done.stderr
    assert not (data / "archive.db").exists()


def test_an_export_alone_is_verified_where_there_is_no_archive(archive: Archive, out: Path) -> None:
    elsewhere = {"ARCHIVE_DATA_DIR": str(out.parent / "elsewhere")}
    done = archive("verify", "out", env=elsewhere)
    assert done.returncode == 0
    assert done.stderr.startswith("archive: the store was not verified: ")
    assert done.stdout.startswith("verified 3 exported files, ")
    (out / "manifest.json").unlink()
    failed = archive("verify", "out", "--json", env=elsewhere)
    assert failed.returncode == 7
    assert json.loads(failed.stdout)["store_verified"] is False
