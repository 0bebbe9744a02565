"""What comes in by `archive import` leaves by `archive export` as it came."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
Seed = Callable[..., Path]
ARCHIVE = Path(sys.executable).parent / "archive"
SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared seeds are not beside the project")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


@needs_seeds
def test_the_seeds_leave_byte_for_byte_under_their_own_names(archive: Archive, tmp_path: Path) -> None:
    done = archive("import", SEEDS)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "imported 3 of 3 files (run 1)")
    exported = archive("export", "out", "--layout", "seeds")
    assert exported.returncode == 0
    assert exported.stdout.splitlines() == [
        f"exported 3 files to {tmp_path / 'out'}",
        "  3 written, 0 replaced, 0 unchanged, 0 deleted",
    ]
    assert files(tmp_path / "out") == files(SEEDS)


@needs_seeds
def test_the_seed_without_front_matter_is_shown_with_title_outlet_and_date(archive: Archive) -> None:
    archive("import", SEEDS)
    shown = archive("show", "004_b3f52bfd8ea51a45.txt").stdout
    assert "title        精准扶贫彰显央企担当 抵“疫”前行贡献电信力量\n" in shown
    assert "outlet       中国产业经济信息网\n" in shown
    assert "published    2021-01-05 00:00:00 +0800\n" in shown
    assert "imported as  004_b3f52bfd8ea51a45.txt\n" in shown


def test_importing_again_does_nothing(archive: Archive, seed: Seed) -> None:
    folder = seed("a.txt").parent
    seed("b.txt", "其他")
    archive("import", folder)
    again = archive("import", folder)
    assert again.returncode == 0
    assert "  0 new, 0 changed, 2 unchanged, " in again.stdout


def test_an_exported_folder_can_be_imported_whole(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    archive("import", seed("a.txt"))
    archive("export", "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "manifest.json"]
    other = {"ARCHIVE_DATA_DIR": str(tmp_path / "other")}
    done = archive("import", *sorted((tmp_path / "out").iterdir()), env=other)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "imported 1 of 1 files (run 1)")


@pytest.mark.parametrize("layout", ["seeds", "jekyll"])
def test_beside_a_damaged_manifest_nothing_is_imported(
    archive: Archive, seed: Seed, tmp_path: Path, layout: str
) -> None:
    archive("import", seed("a.txt"))
    archive("export", "out", "--layout", layout)
    manifest = tmp_path / "out/manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-40])
    other = {"ARCHIVE_DATA_DIR": str(tmp_path / "other")}
    refused = archive("import", "out", env=other)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("archive: out/manifest.json: written by an export, and damaged")
    assert not (tmp_path / "other").exists()
    manifest.write_text("garbage")
    done = archive("import", "out", "--json", env=other)
    assert (done.returncode, done.stderr.count("note: out/manifest.json: neither JSON nor")) == (0, 1)
    assert json.loads(done.stdout)["manifests_passed_over"] == ["out/manifest.json"]


def test_of_a_jekyll_tree_only_the_posts_are_imported(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    post = "2022-01-22-NW202201222257607797.md"
    seed(f"site/_posts/luwang/{post}")
    seed("site/_site/copy.txt")
    seed("site/.git/hidden.md")
    seed("site/README.md", body="not a post")
    done = archive("import", "corpus/site")
    assert done.stdout.splitlines()[0] == "imported 1 of 1 files (run 1)"
    archive("export", "out")
    assert list(files(tmp_path / "out")) == [post]


def test_what_could_not_be_read_is_shown_counted_and_kept(
    archive: Archive, seed: Seed, tmp_path: Path
) -> None:
    folder = seed("good.txt").parent
    folder.joinpath("bad.txt").write_text("neither front matter nor a source line\n")
    folder.joinpath("broken.md").symlink_to(folder / "missing.md")
    folder.joinpath("empty.txt").write_bytes(b"")
    done = archive("import", folder)
    assert done.returncode == 3
    assert done.stdout.splitlines()[0] == "imported 1 of 3 files (run 1)"
    told = [line for line in done.stderr.splitlines() if line.startswith("not read: ")]
    assert told[0].startswith(f"not read: {folder / 'bad.txt'}: neither front matter nor a line")
    assert told[1].startswith(f"not read: {folder / 'empty.txt'}: ")
    run = json.loads(archive("run", "1", "--json").stdout)
    assert (run["outcome"], run["counters"]["rejected"], run["counters"]["new"]) == ("partial", 2, 1)
    assert {one["stage"] for one in run["rejections"]} == {"import"}
    assert (tmp_path / "corpus" / "bad.txt").as_uri() in {one["address"] for one in run["rejections"]}
    logged = archive("log", "1", "--level", "warning").stdout
    assert "reason=not-a-document" in logged


def test_a_file_that_may_not_be_read_is_listed(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    seed("good.txt")
    done = archive("import", "corpus/good.txt", "/proc/self/mem", "/dev/null")
    assert done.returncode == 3
    assert "not read: /proc/self/mem: " in done.stderr
    assert "not read: /dev/null: not a plain file" in done.stderr


def test_files_of_one_name_are_all_imported(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    for number in range(3):
        seed(f"{number}/same.txt", f"标题 {number}")
    done = archive("import", "corpus")
    assert "  3 new, " in done.stdout
    archive("export", "out")
    came = {path.read_bytes() for path in (tmp_path / "corpus").rglob("same.txt")}
    assert set(files(tmp_path / "out").values()) == came
    assert files(tmp_path / "out")["same.txt"] == (tmp_path / "corpus/0/same.txt").read_bytes()
    assert "  0 new, 0 changed, 3 unchanged" in archive("import", "corpus").stdout


def test_a_filtered_export_and_pruning(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    folder = seed("a.txt").parent
    text = seed("b.txt", "其他").read_text()
    folder.joinpath("b.txt").write_text(text.replace("luwang", "emnews"))
    archive("import", folder)
    archive("export", "out")
    only = archive("export", "out", "--category", "emnews", "--source", "import", "--prune")
    assert "  0 written, 0 replaced, 1 unchanged, 1 deleted\n" in only.stdout
    assert list(files(tmp_path / "out")) == ["b.txt"]
    none = archive("export", "new", "--since", "2999-01-01")
    assert none.stdout.startswith("exported 0 files")
    mistyped = archive("export", "out", "--category", "emnew", "--prune")
    assert mistyped.returncode == 2
    assert list(files(tmp_path / "out")) == ["b.txt"]


def test_an_import_asked_to_stop_ends_as_interrupted_and_can_be_taken_up(
    archive: Archive, seed: Seed, tmp_path: Path, environment: dict[str, str]
) -> None:
    for number in range(800):
        seed(f"{number:04}.txt", f"标题 {number}", "<p>正文</p>" * 50)
    command = ["import", tmp_path / "corpus"]
    process = subprocess.Popen([ARCHIVE, *command], env=environment, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "data/logs/run-1.jsonl").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert told.splitlines()[-1] == "archive: interrupted"
    run = json.loads(archive("run", "1", "--json").stdout)
    assert (run["state"], run["outcome"]) == ("interrupted", "interrupted")
    assert archive("import", *command[1:]).stdout.startswith("imported 800 of 800 files (run 2)")


def test_what_was_broken_is_told_with_how_it_was_treated(
    archive: Archive, seed: Seed, tmp_path: Path
) -> None:
    seed("a.txt", "")
    draft = seed("b.txt")
    draft.write_text(draft.read_text().replace("layout: post", "published: false"))
    done = archive("import", "corpus")
    assert done.returncode == 3
    assert done.stdout.splitlines()[3:] == [
        "what         files  how it was treated                  the first",
        "empty-title      1  no title: kept without one          corpus/a.txt",
        "no-link          1  no link: its content identifies it  corpus/a.txt",
    ]
    assert "not read: corpus/b.txt: its front matter says that it is not published" in done.stderr
    told = json.loads(archive("import", "corpus", "--json").stdout)
    assert (told["run"], told["found"], told["read"], told["treated"]) == (2, 2, 1, [])
    assert told["not_read"]["reasons"] == {"unpublished": 1}
    assert told["not_read"]["examples"][0]["path"] == "corpus/b.txt"
    logged = [json.loads(line) for line in (tmp_path / "data/logs/run-1.jsonl").read_text().splitlines()]
    treated = next(line for line in logged if line["message"] == "treated")
    assert (treated["path"], treated["treatments"]) == ("corpus/a.txt", ["empty-title", "no-link"])


@pytest.fixture
def importing(seed: Seed, tmp_path: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """An import of 1,200 files by processes in a session of their own, of which some are in the store."""
    text = seed("_posts/2022-01-22-000000.md", "", "<p>正文</p>" * 20).read_text()
    for number in range(1, 1200):
        tmp_path.joinpath(f"corpus/_posts/2022-01-22-{number:06}.md").write_text(f"{text}{number}")
    with subprocess.Popen(
        [ARCHIVE, "import", "corpus", "--jobs", "2"],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while not _stored(tmp_path / "data/archive.db"):
            time.sleep(0.005)
        yield process


def test_an_import_that_is_killed_leaves_no_process_and_is_taken_up_where_it_was(
    archive: Archive, tmp_path: Path, importing: "subprocess.Popen[str]"
) -> None:
    importing.kill()
    wait_until_ended(importing.pid)
    stored = _stored(tmp_path / "data/archive.db")
    assert 0 < stored < 1200
    done = archive("import", "corpus")
    assert f"  {1200 - stored} new, 0 changed, {stored} unchanged, " in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_import_all_of_whose_processes_are_asked_to_stop_ends_as_interrupted(
    archive: Archive, tmp_path: Path, importing: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    os.killpg(importing.pid, number)
    assert importing.communicate(timeout=10)[1] == "archive: interrupted\n"
    assert importing.returncode == 130
    wait_until_ended(importing.pid)
    run = json.loads(archive("run", "1", "--json").stdout)
    assert (run["outcome"], run["counters"]["new"]) == ("interrupted", _stored(tmp_path / "data/archive.db"))


def _stored(path: Path) -> int:
    """How many files are in the store."""
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as store:
        try:
            return int(store.execute("SELECT count(*) FROM imported_file").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def wait_until_ended(session: int) -> None:
    """Wait until no process of a session runs."""
    for _ in range(500):
        if not any(_session_of(path) == session for path in Path("/proc").glob("[0-9]*/stat")):
            return
        time.sleep(0.01)
    raise AssertionError("processes outlived the command")


def _session_of(stat: Path) -> int:
    """The session of a process; 0 where it has ended."""
    with contextlib.suppress(OSError):
        state, _, _, session, *_ = stat.read_text(errors="replace").rpartition(")")[2].split()
        return 0 if state == "Z" else int(session)
    return 0
