"""Whatever is wrong: one clear line, the right exit code, no traceback."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
Seed = Callable[..., Path]


def assert_one_line(done: "subprocess.CompletedProcess[str]", code: int, *fragments: str) -> None:
    assert done.returncode == code, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("archive: ")
    for fragment in fragments:
        assert fragment in lines[0]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["crawl", "nowhere"], "unknown source 'nowhere'; there is: cinic, finews"),
        (["crawl", "--limit", "0"], "--limit"),
        (["nonsense"], "No such command 'nonsense'"),
        (["runs", "--nonsense"], "--nonsense"),
        (["run", "99"], "no run 99; `archive runs` lists them"),
        (["run", "x"], "'ID'"),
        (["run", "99999999999999999999"], "'ID'"),
        (["rejections", "--run", "0"], "--run"),
        (["rejections", "--limit", "0"], "--limit"),
        (["log", "0"], "'ID'"),
        (["log", "99"], "no run 99; `archive runs` lists them"),
        (["log", "1", "--level", "loud"], "--level 'loud' is none; expected debug, info, warning"),
        (["show", "nothing"], "no document 'nothing'; give an id, an address"),
        (["show", "x", "--json", "--raw"], "--json and --raw cannot both be had"),
        (["import", "nothing.txt"], "nothing.txt: no such file or folder"),
        (["import"], "PATH"),
        (["export"], "DIR"),
        (["export", ""], "DIR is empty"),
        (["export", "out", "--layout", "nonsense"], "'seeds'"),
        (["export", "out", "--since", "yesterday"], "--since 'yesterday' is no time; expected 2022-01-22"),
        (["export", "out", "--category", "nothing"], "no document of nothing; archive sources"),
        (["demo", "--posts", "0"], "--posts"),
        (["demo", "--categories", "9999999"], "categories=9999999"),
    ],
)
def test_a_wrong_command_line_ends_with_exit_code_2(
    archive: Archive, arguments: list[str], fragment: str
) -> None:
    assert_one_line(archive(*arguments), 2, fragment)


@pytest.mark.parametrize(
    ("variables", "fragments"),
    [
        ({"ARCHIVE_MIRRORS": "{"}, ["ARCHIVE_MIRRORS in the environment", "expected a JSON object"]),
        ({"ARCHIVE_MIRRORS": '["x"]'}, ["ARCHIVE_MIRRORS in the environment", "expected a JSON object"]),
        ({"ARCHIVE_MIRRORS": '{"http://x.test": "http://y"}'}, ["'http://x.test' is no host name"]),
        ({"ARCHIVE_MIRRORS": '{"x.test": "ftp://y"}'}, ["'ftp://y' is no base address"]),
        ({"ARCHIVE_MIRRORS": '{"x.test": "http://y:port"}'}, ["'http://y:port' is no base address"]),
        ({"ARCHIVE_MIRROR": "{}"}, ["did you mean ARCHIVE_MIRRORS?"]),
        ({"ARCHIVE_DOWNLOAD_DELAY": "-1"}, ["ARCHIVE_DOWNLOAD_DELAY", "expected a number from 0 to 3600"]),
        ({"ARCHIVE_DATABASE_URL": "mysql://u:secret@h/d"}, ["sqlite:///FILE or postgresql://"]),
        ({"ARCHIVE_DATABASE_URL": "nonsense"}, ["sqlite:///FILE or postgresql://"]),
    ],
)
def test_a_wrong_setting_ends_with_exit_code_2(
    archive: Archive, variables: dict[str, str], fragments: list[str]
) -> None:
    done = archive("runs", env=variables)
    assert_one_line(done, 2, *fragments)
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("colour = 1", ["archive.toml: 'colour' is no setting; there are data_dir, "]),
        ("[mirrors]\n'a b' = 'http://x'", ["mirrors in /", "'a b' is no host name"]),
        ("mirrors = ", ["archive.toml: not TOML (", "correct or remove it"]),
        ("concurrency_per_host = 99", ["concurrency_per_host in /", "a whole number from 1 to 16"]),
    ],
)
def test_a_wrong_file_of_settings_ends_with_exit_code_2(
    archive: Archive, tmp_path: Path, text: str, fragments: list[str]
) -> None:
    tmp_path.joinpath("archive.toml").write_text(text)
    assert_one_line(archive("runs"), 2, *fragments)


def test_a_folder_without_documents_ends_with_exit_code_2(archive: Archive, tmp_path: Path) -> None:
    tmp_path.joinpath("empty", ".hidden").mkdir(parents=True)
    assert_one_line(
        archive("import", "empty"), 2, "empty: nothing to import; looked for .markdown, .md, .txt"
    )


def test_a_run_without_a_log_is_told_from_no_run(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    archive("import", seed("a.txt"))
    tmp_path.joinpath("data/logs/run-1.jsonl").unlink()
    assert_one_line(archive("log", "1"), 2, "run 1 has no log: ", "run-1.jsonl is not there")


def test_a_database_of_the_future_ends_with_exit_code_7(archive: Archive, tmp_path: Path) -> None:
    archive("db", "upgrade")
    with sqlite3.connect(tmp_path / "data/archive.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-2099'")
    connection.close()
    assert_one_line(archive("runs"), 7, "archive.db", "from-2099")


def test_a_file_that_is_no_database_ends_with_exit_code_7(archive: Archive, tmp_path: Path) -> None:
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("data/archive.db").write_text("not a database at all, " * 100)
    assert_one_line(archive("export", "out"), 7, "archive.db")


def test_a_file_in_place_of_the_data_folder_ends_with_exit_code_7(archive: Archive, tmp_path: Path) -> None:
    tmp_path.joinpath("data").write_text("mine")
    assert_one_line(archive("runs"), 7, str(tmp_path / "data"))


def test_a_server_that_is_not_there_ends_with_exit_code_7(archive: Archive) -> None:
    address = "postgresql://user:secret@127.0.0.1:1/none"
    done = archive("runs", env={"ARCHIVE_DATABASE_URL": address})
    assert_one_line(done, 7, "127.0.0.1")
    assert "secret" not in done.stderr


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/export", "loop", "loop/below", "x" * 300])
def test_a_folder_that_cannot_be_written_ends_with_exit_code_7(
    archive: Archive, seed: Seed, tmp_path: Path, folder: str
) -> None:
    archive("import", seed("a.txt"))
    tmp_path.joinpath("file").write_text("mine")
    tmp_path.joinpath("loop").symlink_to("loop")
    assert_one_line(archive("export", folder), 7, folder)
    assert tmp_path.joinpath("file").read_text() == "mine"


def test_logs_that_cannot_be_written_end_with_exit_code_7(
    archive: Archive, seed: Seed, tmp_path: Path
) -> None:
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("data/logs").write_text("mine")
    assert_one_line(archive("import", seed("a.txt")), 7, "run-1.jsonl: the log cannot be written")


def test_escapes_in_what_was_typed_reach_no_terminal(archive: Archive) -> None:
    done = archive("show", "\x1b[2J\u202e")
    assert_one_line(done, 2)
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


def test_an_unexpected_error_is_one_line_and_its_traceback_is_in_the_log(
    archive: Archive, tmp_path: Path
) -> None:
    # A sitecustomize stands for a bug: it breaks a function that commands call.
    tmp_path.joinpath("bug").mkdir()
    tmp_path.joinpath("bug/sitecustomize.py").write_text(
        "import ops.wiring\nops.wiring.open_store = lambda settings, **more: 1 / 0\n"
    )
    env = {"PYTHONPATH": os.pathsep.join((str(tmp_path / "bug"), str(Path(__file__).parents[3])))}
    done = archive("runs", env=env)
    assert_one_line(done, 1, "internal error: ZeroDivisionError: division by zero (the traceback is in ")
    assert "Traceback" in tmp_path.joinpath("data/logs/errors.jsonl").read_text()
    shown = archive("--debug", "runs", env=env)
    assert shown.returncode == 1
    assert "Traceback (most recent call last)" in shown.stderr


def test_an_archive_that_was_mistyped_empties_no_folder_and_finds_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    folder.joinpath("manifest.json").write_text("{}")
    for command in (["export", str(folder), "--prune"], ["search", "央行"]):
        assert_one_line(archive(*command), 7, "no database; crawl or import something first")
    assert folder.joinpath("manifest.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        (7, ("history x", "diff x", "search x", "duplicates", "report")),
        (2, ("show x", "run 1", "log", "explain x")),
        (0, ("runs", "rejections", "alerts", "sources", "schedule list", "metrics")),
        (1, ("status", "health")),
    ],
)
def test_what_only_reads_makes_no_archive(
    archive: Archive, tmp_path: Path, code: int, commands: tuple[str, ...]
) -> None:
    for command in commands:
        done = archive(*command.split())
        assert (command, done.returncode, "no database" in done.stderr) == (command, code, code == 7)
        assert not (tmp_path / "data").exists(), command


def test_a_name_that_no_document_has_is_refused_by_whatever_selects(archive: Archive, seed: Seed) -> None:
    assert archive("import", str(seed("a.txt"))).returncode == 0
    for command in (["search", "文"], ["duplicates"], ["report"], ["reprocess", "--dry-run"]):
        assert_one_line(archive(*command, "--outlet", "无名报"), 2, "no document of 无名报")
