"""The layout `jekyll`, written into a folder."""

import itertools
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from archive.documents import content_hash
from archive.errors import ExportError
from archive.exports.jekyll.layout import export_jekyll
from archive.exports.manifest import entries_as_written
from archive.exports.order import Order
from archive.store.values import Holding
from archive.verification.exported import verify_export
from tests.archive.exports.killing import export_killed_after
from tests.odd_documents import odd_documents

SITE = {
    *("_config.yml", "index.html", "feed.xml", "_includes/category_path.html"),
    *(f"_layouts/{name}.html" for name in ("category", "default", "exact", "post")),
}


def holding(number: int, **changes: object) -> Holding:
    plain = next(odd_documents())
    fields = {"slug": "luwang", "title": f"标题 {number}"} | changes
    document = replace(plain.document, **fields)
    found = replace(plain, source_id=f"NW{number:018}", document=document)
    return Holding(found, content_hash(document.title, document.body), (), (), "")


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def times(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in files}


def touched(folder: Path, export: Callable[[], object]) -> set[str]:
    """The files that are another after the export, new, or gone."""
    before = times(folder)
    export()
    after = times(folder)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_a_tree_has_posts_categories_and_what_jekyll_makes_a_site_of_them_with(tmp_path: Path) -> None:
    report = export_jekyll([holding(1), holding(2, slug="emnews"), holding(3, slug="A b")], tmp_path)
    posts = {f"_posts/2022-01-22-NW{number:018}.md" for number in (1, 2, 3)}
    pages = {"category/luwang.html", "category/A b.html", "emnews/index.html"}
    assert tree(tmp_path).keys() == {*SITE, *posts, *pages, "manifest.json"}
    assert report.files == report.written == len(SITE) + 6


def test_the_manifest_lists_all_files_and_says_what_the_posts_are_of(tmp_path: Path) -> None:
    export_jekyll([holding(1)], tmp_path)
    lines = (tmp_path / "manifest.json").read_text().splitlines(keepends=True)
    entries = {entry.name: entry for entry in entries_as_written(lines)}
    assert entries.keys() == tree(tmp_path).keys() - {"manifest.json"}
    post = entries.pop("_posts/2022-01-22-NW000000000000000001.md")
    assert (post.document, post.group) == (("finews", "NW000000000000000001"), "luwang")
    assert not any(entry.content_hash for entry in entries.values())


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def be_in(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield be_in
    monkeypatch.undo()
    time.tzset()


def test_the_same_documents_give_the_same_bytes_in_any_order_and_time_zone(
    tmp_path: Path, zone: Callable[[str], None]
) -> None:
    held = [holding(number, slug=f"s{number % 7}") for number in range(20)]
    zone("Asia/Shanghai")
    export_jekyll(held, tmp_path / "one")
    zone("America/New_York")
    export_jekyll(reversed(held), tmp_path / "other")
    assert tree(tmp_path / "one") == tree(tmp_path / "other")


def test_a_refresh_touches_what_has_changed_and_nothing_else(tmp_path: Path) -> None:
    held = [holding(number) for number in range(9)]
    export_jekyll(held, tmp_path)
    assert touched(tmp_path, lambda: export_jekyll(held, tmp_path)) == set()
    held[3] = holding(3, title="另一个标题")
    assert touched(tmp_path, lambda: export_jekyll(held, tmp_path)) == {
        *("_posts/2022-01-22-NW000000000000000003.md", "manifest.json")
    }
    held.append(holding(9, slug="renminwang"))
    assert touched(tmp_path, lambda: export_jekyll(held, tmp_path)) == {
        *("_posts/2022-01-22-NW000000000000000009.md", "category/renminwang.html", "manifest.json")
    }


def test_the_page_of_a_category_goes_with_its_last_post(tmp_path: Path) -> None:
    export_jekyll([holding(1), holding(2, slug="renminwang")], tmp_path)
    gone = touched(tmp_path, lambda: export_jekyll([holding(1)], tmp_path, Order(prune=True)))
    assert gone == {
        *("_posts/2022-01-22-NW000000000000000002.md", "category/renminwang.html", "manifest.json")
    }


def test_a_post_that_markdown_has_become_wrong_for_is_another_file(tmp_path: Path) -> None:
    export_jekyll([holding(1)], tmp_path)
    export_jekyll([holding(1, body="不是 *标记*")], tmp_path)
    posts = sorted(path.name for path in (tmp_path / "_posts").iterdir())
    assert posts == ["2022-01-22-NW000000000000000001.html"]


def test_what_jekyll_has_built_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    export_jekyll([holding(1)], tmp_path)
    for name in ("_site/index.html", ".jekyll-cache/x", "CNAME"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("not ours")
    export_jekyll([holding(2)], tmp_path, Order(prune=True))
    assert {"_site/index.html", ".jekyll-cache/x", "CNAME"} < tree(tmp_path).keys()


def test_a_site_of_anothers_making_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("title: mine\n")
    with pytest.raises(ExportError, match=r"_config\.yml"):
        export_jekyll([holding(1)], tmp_path)
    assert tree(tmp_path) == {"_config.yml": b"title: mine\n"}


@pytest.mark.parametrize("times", [0, 1], ids=["at first", "in a refresh"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *itertools.product(("_layouts", "category"), ("file", "link")),
        *itertools.product(("_layouts/post.html", "index.html", "manifest.json"), ("folder", "link")),
    ],
)
def test_what_is_in_the_way_is_refused_before_anything_is_changed(
    tmp_path: Path, name: str, kind: str, times: int
) -> None:
    for _ in range(times):
        export_jekyll([holding(1)], tmp_path)
    path = tmp_path / name
    if path.exists():
        path.unlink() if path.is_file() else shutil.rmtree(path)
    path.parent.mkdir(exist_ok=True)
    match kind:
        case "folder":
            path.mkdir()
        case "file":
            path.write_text("mine")
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*")), tree(tmp_path)
    with pytest.raises(ExportError, match=rf"{re.escape(str(path))}: .*; move it away"):
        export_jekyll([holding(1), holding(2)], tmp_path)
    assert (sorted(tmp_path.rglob("*")), tree(tmp_path)) == before


def test_a_post_in_whose_place_a_folder_is_has_another_name(tmp_path: Path) -> None:
    theirs = tmp_path / "_posts/2022-01-22-NW000000000000000001.md"
    theirs.mkdir(parents=True)
    export_jekyll([holding(1)], tmp_path)
    (ours,) = (tmp_path / "_posts").glob("0001-01-01-d000-*.html")
    assert "标题 1" in ours.read_text()


def test_a_post_of_anothers_making_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "_posts").mkdir()
    theirs = tmp_path / "_posts/2022-01-22-NW000000000000000001.md"
    theirs.write_text("theirs")
    export_jekyll([holding(1)], tmp_path)
    (ours,) = (tmp_path / "_posts").glob("0001-01-01-d000-*.html")
    assert "标题 1" in ours.read_text()
    assert theirs.read_text() == "theirs"


def test_a_number_of_nine_digits_in_anothers_name_is_not_counted_on_from(tmp_path: Path) -> None:
    (tmp_path / "_posts").mkdir()
    for theirs in ("2022-01-22-NW000000000000000001.md", "0001-01-01-d999999999-0123456789abcdef.html"):
        (tmp_path / "_posts" / theirs).write_text("theirs")
    for _ in range(2):
        export_jekyll([holding(1)], tmp_path)
    assert len(list((tmp_path / "_posts").glob("0001-01-01-d000-*.html"))) == 1
    assert len(list((tmp_path / "_posts").iterdir())) == 3


def test_verification_finds_what_is_wrong_with_a_tree(tmp_path: Path) -> None:
    export_jekyll([holding(1), holding(2, slug="a/b"), holding(3, body="不是 *标记*")], tmp_path)
    assert list(verify_export(tmp_path)) == []
    post, template, page = (
        "_posts/2022-01-22-NW000000000000000001.md",
        "_layouts/post.html",
        "category/luwang.html",
    )
    for name in (post, template):
        (tmp_path / name).write_text("another")
    (tmp_path / page).unlink()
    wrong = {Path(finding.where).relative_to(tmp_path).as_posix() for finding in verify_export(tmp_path)}
    assert wrong == {post, template, page}


def test_killed_on_its_way_and_run_again_it_equals_one_never_killed(tmp_path: Path) -> None:
    before = [holding(1), holding(2, slug="renminwang"), holding(3)]
    after = [holding(1, title="另一个标题"), holding(4, slug="a/b"), holding(3, body="不是 *标记*")]
    for held in (before, after):
        export_jekyll(held, tmp_path / "never", Order(prune=True))
    old, new = {}, tree(tmp_path / "never")
    for operations in itertools.count(0, 3):
        folder = tmp_path / str(operations)
        export_jekyll(before, folder)
        old = tree(folder)
        ended = export_killed_after(operations, partial(export_jekyll, after, folder, Order(prune=True)))
        whole = {name: data for name, data in tree(folder).items() if not name.startswith(".archive-export")}
        assert all(data in {old.get(name), new.get(name)} for name, data in whole.items())
        export_jekyll(after, folder, Order(prune=True))
        assert tree(folder) == new
        if ended:
            break
    assert operations > 10
