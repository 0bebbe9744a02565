"""Which files are a corpus, and under which names they are kept."""

import os
from pathlib import Path

import pytest

from archive.errors import UsageError
from ops.imports import corpus_files as searching
from ops.imports import in_order as ordering
from ops.imports.corpus_files import NamedFiles, corpus_files


@pytest.fixture(autouse=True, params=[1, 10_000], ids=["on disk", "in memory"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many names as memory holds."""
    monkeypatch.setattr(ordering, "_HELD", request.param)


def make(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def found(folder: Path, *paths: str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in corpus_files([folder / one for one in paths])]


def test_a_folder_is_searched_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a/z.md", "a/y.MARKDOWN", ".git/x.txt", ".hidden.txt", "_site/x.txt", "image.png")
    assert found(tmp_path, "") == ["b.txt", "a/y.MARKDOWN", "a/z.md"]


def test_of_a_jekyll_tree_only_posts_count(tmp_path: Path) -> None:
    make(tmp_path, "README.md", "robots.txt", "_posts/a/1.md", "blog/_posts/2.md", "_layouts/x.md")
    assert found(tmp_path, "") == ["_posts/a/1.md", "blog/_posts/2.md"]
    assert found(tmp_path, "_posts") == ["_posts/a/1.md"]
    assert found(tmp_path, "README.md") == ["README.md"]


def test_a_file_named_twice_counts_once(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt")
    assert found(tmp_path, "b.txt", "", "b.txt") == ["b.txt", "a.txt"]


def test_the_manifest_of_an_export_is_no_document(tmp_path: Path) -> None:
    make(tmp_path, "manifest.json", "a.txt")
    assert found(tmp_path, "a.txt", "manifest.json") == ["a.txt"]
    with pytest.raises(UsageError, match="nothing to import"):
        found(tmp_path, "manifest.json")


def test_links_that_go_round_in_circles_end(tmp_path: Path) -> None:
    make(tmp_path, "a/a.txt")
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    assert found(tmp_path, "") == ["a/a.txt"]


def test_namesakes_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("x/1/a.txt", "y/1/a.txt", "z/a.txt", "b.txt")]
    names = [name for name, _ in NamedFiles(paths)]
    assert names == ["a.txt", "1/a.txt", "z/a.txt", "b.txt"]


def test_names_that_are_not_utf_8_stay_apart(tmp_path: Path) -> None:
    paths = [
        tmp_path / os.fsdecode(name)
        for name in (b"\xff.txt", b"\xfe.txt", b"x\xff/\xfe.txt", b"\xe4\xb8\x80")
    ]
    names = [name for name, _ in NamedFiles(paths)]
    assert names == ["\\xff.txt", "\\xfe.txt", "x\\xff/\\xfe.txt", "一"]


def test_names_that_seem_to_be_there_twice_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_PLACES", 8)
    paths = [tmp_path / f"{number}.txt" for number in range(50)]
    assert [name for name, _ in NamedFiles(paths)] == [path.name for path in paths]


def test_files_are_counted_and_can_be_gone_through_again(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "x/b.txt", "x/y/c.txt", "x/_posts/d.txt")
    for paths in ([tmp_path], [tmp_path / "x", tmp_path], [tmp_path / "a.txt", tmp_path / "x/y"]):
        files = corpus_files(paths)
        assert len(files) == len(list(files)) == len(set(files))


def test_a_folder_named_beside_one_that_holds_it_is_searched_as_it_is_named(tmp_path: Path) -> None:
    make(tmp_path, "_drafts/a.md", "_posts/b.md", "c.md")
    assert found(tmp_path, "") == ["_posts/b.md"]
    assert found(tmp_path, "", "_drafts", "c.md") == ["_posts/b.md", "_drafts/a.md", "c.md"]


def test_saved_pages_are_found_without_what_browsers_keep_beside_them(tmp_path: Path) -> None:
    make(tmp_path, "a.html", "a_files/frame.html", "b.HTM", "b.files/x.htm", "c.pdf", "c_files/d.xhtml")
    make(tmp_path, "my_files/e.mht", "f.pdf")
    expected = ["a.html", "b.HTM", "c_files/d.xhtml", "my_files/e.mht"]
    assert sorted(found(tmp_path, "")) == sorted(expected)


def test_of_a_jekyll_tree_no_page_and_no_draft_counts(tmp_path: Path) -> None:
    make(tmp_path, "index.html", "a/_posts/b/1.md", "_posts/2.html", "_drafts/3.md", "a/4.htm")
    assert found(tmp_path, "") == ["_posts/2.html", "a/_posts/b/1.md"]


def test_a_folder_that_cannot_be_listed_is_not_passed_over_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.txt", "closed/b.txt")
    scandir = searching.os.scandir

    def refusing(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(searching.os, "scandir", refusing)
    assert found(tmp_path, "") == ["a.txt", "closed"]


def test_links_to_themselves_are_no_documents(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    (tmp_path / "round.txt").symlink_to("round.txt")
    assert found(tmp_path, "") == ["a.txt"]
