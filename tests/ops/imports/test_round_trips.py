"""What was exported comes back by an import: into an empty store, the same store."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument, parse, render
from archive.exports.layouts import Layout
from archive.store import Store
from archive.store.selection import Duplicates
from archive.store.values import ImportedFile, Observation
from crawler.normalizer.files.owners import Owners
from crawler.sources.owning import owners_in
from fixtures.corpus import Corpus
from ops.exporting.exporting import export_folder
from ops.exporting.request import Request
from ops.imports.corpus_files import NamedFiles, corpus_files
from ops.imports.importing import Reading, import_files
from ops.imports.report import ImportReport
from tests.new_store import new_store
from tests.odd_documents import odd_documents

NOW = datetime(2022, 3, 1, tzinfo=UTC)
LAYOUTS = [Layout.SEEDS, Layout.JEKYLL]
CODE = "NW202201221520320001"
LINK = f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}"
OpenStore = Callable[[str], Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenStore]:
    """Stores by name, each empty at first."""
    stores: list[Store] = []

    def open_store(name: str) -> Store:
        stores.append(new_store(tmp_path / f"{name}.db"))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


def document(**changes: Any) -> SourcedDocument:
    plain = Document(
        title="标题",
        published=datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI),
        slug="luwang",
        outlet="鲁网",
        tags=("鲁网新闻",),
        body="<p>正文</p>",
        link=LINK,
        return_url="//finews.withounder.com/category/luwang.html",
    )
    of_document = {field.name for field in fields(Document)}
    changed = replace(plain, **{name: value for name, value in changes.items() if name in of_document})
    sourced = SourcedDocument("finews", CODE, "", LINK, Fidelity.SOURCE, changed)
    return replace(sourced, **{name: value for name, value in changes.items() if name not in of_document})


def fill(store: Store, *found: SourcedDocument) -> None:
    store.write([Observation(NOW, document=one) for one in found], None)


def export(store: Store, folder: Path, layout: Layout, duplicates: Duplicates = Duplicates.ALL) -> Path:
    export_folder(store, folder, Request(layout, duplicates=duplicates))
    return folder


def owners() -> Owners:
    """The sources that come with the program, as in each process that reads."""
    return owners_in(Path("/nonexistent"))


def bring(store: Store, *paths: Path, jobs: int = 1) -> ImportReport:
    reading = Reading(jobs, owners)
    files = NamedFiles(corpus_files(paths))
    quiet = {"log_to": lambda run_id: nullcontext(), "on_progress": lambda counters: None}
    return import_files(store, files, reading=reading, **quiet)


def documents(store: Store) -> dict[tuple[str, str], tuple[Document, str, str, str]]:
    """Each document with its content hash and address, by source and source_id.

    Of those at an address also that of the share page: of others, no file tells which of both its link is.
    """
    return {
        (found.source, found.source_id): (
            found.document,
            one.content_hash,
            found.address,
            found.share_address if found.address else "",
        )
        for one in store.holdings(duplicates=Duplicates.ALL)
        for found in [one.speaker]
    }


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def of_double() -> Iterator[SourcedDocument]:
    """What a crawl of a double stores: posts whose API answered, twins and broken ones among them."""
    corpus = Corpus(posts=60, categories=14, seed=1, twins=6, broken=3, old_links=3)
    for post in corpus.visible(corpus.plan.start):
        made = parse(corpus.expected_document(post, corpus.plan.start).decode())
        address = f"https://finews.withounder.com{post.link}"
        yield SourcedDocument("finews", post.code, address, made.link or "", Fidelity.SOURCE, made)


def of_other_sources() -> Iterator[SourcedDocument]:
    """At the addresses that they are known by, or at none; one is of a source that is not declared here."""
    for source, source_id, address in (
        ("cinic", "1234567", "https://www.cinic.org.cn/hy/tx/1234567.html"),
        ("web", "x.test/a?b=1", "https://x.test/a?b=1"),
        ("web", "x.test/b", ""),
        ("elsewhere", "7", "https://elsewhere.test/7"),
        ("import", "0" * 32, ""),
    ):
        yield document(
            title=f"{source} {source_id}",
            source=source,
            source_id=source_id,
            address=address,
            share_address="",
            link=address or None,
            return_url=None,
        )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_import_of_an_export_gives_the_same_store(
    layout: Layout, tmp_path: Path, opened: OpenStore
) -> None:
    before, after = opened("before"), opened("after")
    fill(before, *odd_documents(), *of_double(), *of_other_sources())
    report = bring(after, export(before, tmp_path / "out", layout))
    assert report.not_read == 0
    assert documents(after) == documents(before)
    for again in LAYOUTS:
        first = export(before, tmp_path / f"first {again}", again)
        second = export(after, tmp_path / f"second {again}", again)
        assert tree(first) == tree(second)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_documents_without_text_come_back(layout: Layout, tmp_path: Path, opened: OpenStore) -> None:
    before, after = opened("before"), opened("after")
    for number, body in enumerate(("", " \n", "<p></p>", "<p hidden>x</p>", "> \n\n", "{{ x }}<!-- -->")):
        fill(
            before, document(source_id=f"NW20220122152032000{number}", link="", title=f"{number}", body=body)
        )
    assert bring(after, export(before, tmp_path / "out", layout)).not_read == 0
    assert documents(after) == documents(before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_copies_one_speaks_for_and_comes_back(layout: Layout, tmp_path: Path, opened: OpenStore) -> None:
    """The others are named in the manifest; what they are besides their content, no file says."""
    before, after = opened("before"), opened("after")
    fill(before, document(), document(source_id="NW202201221520320002", link="", slug="renminwang"))
    bring(after, export(before, tmp_path / "out", layout, Duplicates.ONE))
    assert documents(after) == {key: documents(before)[key] for key in [("finews", CODE)]}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_all_copies_are_exported_a_manifest_does_not_name_each_at_each(
    layout: Layout, tmp_path: Path, opened: OpenStore
) -> None:
    before, after = opened("before"), opened("after")
    fill(before, *(document(source_id=f"NW2022012215203200{number:02}", link="") for number in range(40)))
    out = export(before, tmp_path / "out", layout)
    assert (out / "manifest.json").stat().st_size < 40 * 1000
    bring(after, out)
    assert documents(after) == documents(before)


def test_files_that_came_in_leave_and_come_back_as_they_came(
    tmp_path: Path, opened: OpenStore, seed: Callable[..., Path]
) -> None:
    folder = seed("a.txt", "甲").parent
    (folder / "b.txt").write_bytes((folder / "a.txt").read_bytes().replace(b"\n", b"\r\n") + "乙".encode())
    (folder / "2022-01-22-c.md").write_text("---\ntitle: 丙\ndate:\n---\n<p>文</p>\n")
    undated = document(title="戊", published=None, link=None, return_url=None).document
    (folder / "2022-01-23-e.md").write_text(render(undated))
    (folder / "d.txt").write_text("丁\n来源：人民网 时间：2022-01-22\n正文\n")
    before, after = opened("before"), opened("after")
    bring(before, folder)
    bring(after, export(before, tmp_path / "out", Layout.SEEDS))
    assert documents(after) == documents(before)
    assert all(documents(before)["import", _id_of(before, title)][0].published for title in "丙戊")
    again = tree(export(after, tmp_path / "again", Layout.SEEDS))
    assert again == tree(tmp_path / "out")
    assert {name: again[name] for name in tree(folder)} == tree(folder)


def _id_of(store: Store, title: str) -> str:
    return next(key[1] for key, found in documents(store).items() if found[0].title == title)


def test_an_undated_post_gets_no_date_back_also_without_a_manifest(tmp_path: Path, opened: OpenStore) -> None:
    before, after = opened("before"), opened("after")
    fill(before, document(published=None))
    out = export(before, tmp_path / "out", Layout.JEKYLL)
    (out / "manifest.json").unlink()
    bring(after, out)
    assert documents(after) == documents(before)


def test_the_day_in_the_name_of_another_makers_post_is_still_its_date(
    opened: OpenStore, seed: Callable[..., Path]
) -> None:
    post = seed("site/_posts/2022-01-22-x.md")
    post.write_text(post.read_text().replace("2022-01-22 15:20:32 +0800", ""))
    store = opened("store")
    bring(store, post.parents[1])
    (found,) = documents(store).values()
    assert found[0].published == datetime(2022, 1, 22, tzinfo=SHANGHAI)


def forged(folder: Path, **changes: Any) -> None:
    """Have the manifest say something else of the only document."""
    path = folder / "manifest.json"
    lines = path.read_text().split("\n")
    place = next(number for number, line in enumerate(lines) if '"content_hash"' in line)
    entry = json.loads(lines[place].rstrip(",")) | changes
    ended = "," if lines[place].endswith(",") else ""
    lines[place] = f"  {json.dumps(entry, ensure_ascii=False)}{ended}"
    path.write_text("\n".join(lines))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64, "source": "web"},
        {"content_hash": "0" * 64, "source": "web"},
        {"source_id": "NW202201221520329999"},
        {"source_id": ""},
        {"source_id": "x" * 5000},
        {"source": ""},
        {"source": 7},
        {"name": "../manifest.json"},
        {"name": "another.txt"},
        {"others": None},
        {"content_hash": ["a"]},
    ],
    ids=str,
)
def test_a_manifest_that_does_not_fit_its_files_is_not_believed(
    layout: Layout, changes: dict[str, Any], tmp_path: Path, opened: OpenStore
) -> None:
    before, after = opened("before"), opened("after")
    fill(before, document())
    out = export(before, tmp_path / "out", layout)
    forged(out, **changes)
    assert bring(after, out).not_read == 0
    assert documents(after) == documents(before)


@pytest.mark.parametrize(
    ("found", "address"),
    [
        (document(), "https://finews.withounder.com/luwang/2022/01/22/NW202201221520329999.html"),
        (document(), "https://elsewhere.test/a.html"),
        (document(source="web", source_id="x.test/a", link=None), "https://x.test/b"),
        (document(source="web", source_id="x.test/a", link=None), "javascript:x.test/a"),
        (
            document(source="cinic", source_id="1", link=None),
            "https://www.cinic.org.cn/hy/tx/2345678.html",
        ),
    ],
    ids=["another post", "another host", "another page", "no address", "another source's article"],
)
def test_an_address_that_is_not_the_documents_is_not_taken_over(
    found: SourcedDocument, address: str, tmp_path: Path, opened: OpenStore
) -> None:
    before, after = opened("before"), opened("after")
    fill(before, found)
    out = export(before, tmp_path / "out", Layout.SEEDS)
    forged(out, address=address)
    bring(after, out)
    assert documents(after) == documents(before)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": "finews-archive export", "version": 1}',
        b"{}\n" * 9,
    ]
    + [b'{\n "format": "finews-archive export",\n "version": 99,\n "layout": "seeds",\n "files": [\n ]\n}\n'],
    ids=["empty", "cut", "no text", "deep", "on one line", "no manifest", "of another version"],
)
def test_a_manifest_that_cannot_be_read_is_passed_over(
    manifest: bytes, opened: OpenStore, seed: Callable[..., Path]
) -> None:
    folder = seed("a.txt").parent
    folder.joinpath("manifest.json").write_bytes(manifest)
    assert bring(opened("store"), folder).counters["new"] == 1


def test_a_file_that_was_edited_is_a_document_of_its_own(tmp_path: Path, opened: OpenStore) -> None:
    before, after = opened("before"), opened("after")
    fill(before, document(source="web", source_id="x.test/a", link=None, return_url=None))
    out = export(before, tmp_path / "out", Layout.SEEDS)
    (post,) = out.glob("*.txt")
    post.write_text(post.read_text().replace("正文", "正文，改过"))
    bring(after, out)
    assert [source for source, _ in documents(after)] == ["import"]


def test_an_import_overrules_nothing_that_a_crawl_has_seen(tmp_path: Path, opened: OpenStore) -> None:
    before, after = opened("before"), opened("after")
    fill(before, document(source="web", source_id="x.test/a", link=None, return_url=None))
    crawled = document(source="web", source_id="x.test/a", link=None, return_url=None, body="<p>新</p>")
    fill(after, crawled)
    bring(after, export(before, tmp_path / "out", Layout.JEKYLL))
    assert documents(after)["web", "x.test/a"][0] == crawled.document


def test_processes_are_told_what_the_manifest_says(tmp_path: Path, opened: OpenStore) -> None:
    before, after = opened("before"), opened("after")
    fill(before, *of_other_sources())
    bring(after, export(before, tmp_path / "out", Layout.JEKYLL), jobs=2)
    assert documents(after) == documents(before)


def test_a_single_file_of_an_export_and_a_folder_of_posts_are_told_by_their_manifest(
    tmp_path: Path, opened: OpenStore
) -> None:
    before = opened("before")
    fill(before, *of_other_sources())
    posts = export(before, tmp_path / "out", Layout.JEKYLL) / "_posts"
    every, backwards = opened("every"), opened("backwards")
    bring(every, posts)
    bring(backwards, *sorted(posts.iterdir(), reverse=True))
    assert documents(every) == documents(backwards) == documents(before)


def test_what_came_in_as_a_saved_file_keeps_its_place(tmp_path: Path, opened: OpenStore) -> None:
    """A post of an export is no file of the owner's: later it leaves as any document does."""
    before, after = opened("before"), opened("after")
    fill(before, document())
    bring(after, export(before, tmp_path / "out", Layout.JEKYLL))
    (held,) = after.holdings()
    assert (held.imported, held.name) == ((), "")
    assert isinstance(after.find(CODE)[0].imported, ImportedFile)
