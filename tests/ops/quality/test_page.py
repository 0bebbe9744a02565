"""The file is whole, needs nothing but itself, links all figures, and escapes whatever strangers wrote."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree

from archive.documents import Fidelity
from archive.errors import ExportError
from archive.store import Store
from archive.store.selection import Selection
from archive.store.values import Observation, Rejection
from ops.quality.page import MOST_LISTED, examples_of, page, write_page
from ops.quality.report import report_of
from tests.ops.quality.corpus import NOW, crawled, document

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}</style>\x1b[31m\u202e'
_VOID = {"meta", "link", "img", "br", "hr", "input"}


class Seen(HTMLParser):
    """What a browser would see: tags with their attributes, and whether all that is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [found for _, attributes in self.tags if (found := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def full(faulty_store: Store) -> str:
    """The file about a store with every fault."""
    return page_of(faulty_store)


def page_of(store: Store, selection: Selection | None = None) -> str:
    with store.quality.survey(selection or Selection()) as survey:
        report = report_of(survey, NOW, 30)
        rejected = {key: tuple(store.rejections(reason=key[2])) for key in report.rejections}
        return page(report, examples_of(survey, report, rejected))


def test_every_figure_leads_to_documents_in_the_file(full: str) -> None:
    seen = Seen(full)
    ids = seen.values("id")
    assert seen.open == []
    assert len(ids) == len(set(ids))
    inside = {link[1:] for link in seen.values("href") if link.startswith("#")}
    assert inside <= set(ids)
    groups = {one for one in ids if re.fullmatch(r"[a-z]+-\d+", one)}
    assert {
        "outlet-1",
        "source-1",
        "category-1",
        "fidelity-1",
        "normalizer-1",
        "seen-1",
        "published-1",
    } <= groups
    assert {"delay-1", "took-1"} <= groups
    assert groups <= inside
    assert "date-eight-hours-off" in ids
    assert "https://finews.example/2001.html" in seen.values("href")


def test_a_time_to_archive_leads_to_its_own_documents(store: Store) -> None:
    store.write([crawled(1, seen_at=NOW), crawled(2, published=None, seen_at=NOW)], None)
    text = page_of(store)
    for name, links in (("delay-1", 1), ("took-1", 3)):  # the day's has two points of the chart as well
        assert text.count(f'href="#{name}"') == links
        behind = text.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert ("finews:NW000001" in behind, "finews:NW000002" in behind) == (True, False)
        assert "after 7 min" in behind
    assert "archive report time-to-archive --source finews --seen 2026-10-27..2026-11-25" in text
    assert "archive report time-to-archive --seen 2026-11-25" in text


def test_the_file_needs_no_network_and_no_script(full: str) -> None:
    seen = Seen(full)
    assert {tag for tag, _ in seen.tags}.isdisjoint({"script", "iframe", "object", "img", "form", "base"})
    assert seen.values("src") == []
    assert [one["href"] for tag, one in seen.tags if tag == "link"] == ["data:,"]
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)
    policy = [
        one for _, attributes in seen.tags if (one := attributes.get("content")) and "default-src" in one
    ]
    assert policy
    assert policy[0].startswith("default-src 'none'")
    assert not re.search(r"@import|url\(", full)


def test_whatever_strangers_wrote_is_text(store: Store) -> None:
    broken = [
        document(n, title=HOSTILE, outlet=HOSTILE.replace("\n", ""), slug=HOSTILE, body=f"<p>{HOSTILE}</p>")
        for n in (1, 2)
    ]
    store.write([Observation(NOW, one) for one in broken], None)
    script = document(3, address="javascript:alert(1)", link=" javascript:alert(1)", normalizer=HOSTILE)
    store.write([Observation(NOW, script)], None)
    bad = Rejection("javascript:alert(1)", HOSTILE, HOSTILE, HOSTILE)
    store.write([Observation(NOW, rejection=bad)], None)
    text = page_of(store)
    seen = Seen(text)
    assert {tag for tag, _ in seen.tags}.isdisjoint({"script", "img"})
    assert not any(link.lower().lstrip().startswith("javascript") for link in seen.values("href"))
    assert "{{ 7*7 }}" in text
    assert "49{%" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_charts_are_drawings_with_a_title_axes_and_words_for_those_who_do_not_see_them(full: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", full, re.DOTALL)
    ids = Seen(full).values("id")
    assert len(drawings) == 5
    for drawn in drawings:
        tree = etree.fromstring(drawn)
        assert tree.get("role") == "img"
        assert {tree.get("aria-labelledby"), tree.get("aria-describedby")} <= set(ids)
        assert len(tree.findall("text")) >= 4
        shapes = [*tree.iter("rect"), *tree.iter("circle")]
        assert shapes
        assert all(one.findtext("title") for one in shapes)
        assert all(0 <= float(one.get("x") or one.get("cx") or -1) <= 720 for one in shapes)
        assert all(0 <= float(one.get("y") or one.get("cy") or -1) <= 220 for one in shapes)
    assert full.count("The numbers, day by day") == 5


def test_lists_are_bounded_and_say_what_has_all(store: Store) -> None:
    store.write([crawled(n, fidelity=Fidelity.PAGE, slug="") for n in range(MOST_LISTED + 5)], None)
    text = page_of(store)
    assert (
        f"The newest {MOST_LISTED} of {MOST_LISTED + 5}; all of them: <code>archive report slug-missing"
        in text
    )
    assert "The newest 10 of 55; all of them: <code>archive report documents --fidelity page</code>" in text


def test_the_same_store_and_time_give_the_same_bytes(faulty_store: Store, full: str) -> None:
    assert page_of(faulty_store) == full


@pytest.mark.parametrize("documents", [0, 1])
def test_hardly_anything_is_a_page_as_well(store: Store, documents: int) -> None:
    store.write([crawled(n) for n in range(documents)], None)
    seen = Seen(page_of(store))
    assert {link[1:] for link in seen.values("href") if link.startswith("#")} <= set(seen.values("id"))
    assert ("There are no documents yet" in page_of(store)) is (documents == 0)


def test_the_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(path, "eins")
    with pytest.raises(UnicodeEncodeError):
        write_page(path, "zwei \ud800")
    assert path.read_text() == "eins"
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    earlier = tmp_path / "earlier"
    earlier.hardlink_to(path)
    write_page(path, "zwei\r\n")
    assert (path.read_bytes(), earlier.read_bytes()) == (b"zwei\r\n", b"eins")
    with pytest.raises(ExportError, match="cannot be written"):
        write_page(tmp_path / "none" / "report.html", "drei")
    for no_file in (tmp_path, Path(), Path("/dev/null")):
        with pytest.raises(ExportError, match="is no file"):
            write_page(no_file, "drei")
