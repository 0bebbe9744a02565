"""Which files are a corpus, and under which names they are kept."""

from pathlib import Path

import pytest

from archive.errors import UsageError
from ops.corpus_files import NamedFiles, corpus_files


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
