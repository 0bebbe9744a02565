"""What an export gets: one content after the other, in an order that follows from the documents alone."""

import random
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import event

from archive.documents import Fidelity
from archive.store import Store
from archive.store import holdings as exported
from archive.store.selection import Selection
from archive.store.values import Holding, ImportedFile, Observation
from tests.archive.store.samples import gone, imported, later, seen, sourced

SAME = {"title": "同题"}


def _codes(holdings: Sequence[Holding]) -> list[tuple[str, int]]:
    return [(one.speaker.source, int(one.speaker.source_id[-6:])) for one in holdings]


def _mixed() -> list[Observation]:
    """Documents with and without dates, some at one second, some of one content."""
    at_once = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        *(seen(n) for n in range(20, 30)),
        *(seen(n, published=None) for n in range(30, 34)),
        *(
            seen(n, published=at_once, source=source)
            for source in ("finews", "cinic", "Zinic")
            for n in (40, 41)
        ),
        *(seen(n, "<p>甲</p>", **SAME) for n in range(50, 54)),
        seen(1, "<p>甲</p>", source="cinic", published=None, **SAME),
        seen(60, published=datetime(1000, 1, 1, tzinfo=UTC)),
        seen(61, published=datetime(8999, 12, 31, tzinfo=UTC)),
    ]


def test_the_order_does_not_depend_on_the_order_of_writing(store: Store) -> None:
    observations = _mixed()
    random.Random(7).shuffle(observations)
    for one in observations:
        store.write([one], None)
    expected = [("finews", 60), ("Zinic", 40), ("Zinic", 41), *(("finews", n) for n in range(20, 30))]
    expected += [("finews", 50), ("finews", 61), *(("finews", n) for n in range(30, 34))]
    assert _codes(list(store.holdings())) == expected


def test_the_earliest_published_speaks_and_the_others_are_named(store: Store) -> None:
    store.write(_mixed(), None)
    by_code = dict(zip(_codes(holdings := list(store.holdings())), holdings, strict=True))
    speaker = by_code["finews", 50]
    assert speaker.speaker == sourced(50, "<p>甲</p>", **SAME)
    others = [sourced(n) for n in (51, 52, 53)] + [sourced(1, source="cinic")]
    assert speaker.others == tuple((one.source, one.source_id, one.address) for one in others)
    assert by_code["Zinic", 40].others[0][0] == "cinic"
    assert by_code["finews", 60].others == ()


def test_a_content_that_no_document_has_any_more_is_not_held(store: Store) -> None:
    store.write([seen(1, "<p>甲</p>"), seen(1, "<p>乙</p>"), seen(2)], None)
    store.write([gone(2, at=1)], None)
    assert [one.speaker.document.body for one in store.holdings()] == ["<p>乙</p>", sourced(2).document.body]


def test_documents_are_selected_by_source_and_slug(store: Store) -> None:
    batch = [
        seen(1, "<p>甲</p>", **SAME),
        seen(2, "<p>甲</p>", source="cinic", slug="guonei", **SAME),
        seen(3, slug="guonei"),
    ]
    store.write(batch, None)
    assert _codes(list(store.holdings(Selection(sources=["cinic"])))) == [("cinic", 2)]
    (holding,) = store.holdings(Selection(sources=["cinic"]))
    assert holding.others == (("finews", sourced(1).source_id, sourced(1).address),)
    assert _codes(list(store.holdings(Selection(slugs=["guonei"])))) == [("cinic", 2), ("finews", 3)]
    assert _codes(list(store.holdings(Selection(sources=["finews"], slugs=["guonei"])))) == [("finews", 3)]
    assert list(store.holdings(Selection(sources=[]))) == []


@pytest.mark.parametrize(
    ("again", "is_news"),
    [
        (seen(1, at=10), False),
        (seen(1, "<p>新</p>", at=10), True),
        (seen(1, at=10, slug="gupiao"), True),
        (seen(1, "<div>收盘第1段。</div>", at=10, fidelity="source"), True),
        (seen(1, "<div>收盘第1段。</div>", at=10), False),
        (seen(9, "<p>收盘第1段。</p>", at=10, title=sourced(1).document.title), True),
    ],
)
def test_since_selects_what_is_new_or_said_anew(store: Store, again: Observation, is_news: bool) -> None:
    store.write([seen(1, at=0), seen(2, at=0)], None)
    store.write([again], None)
    assert _codes(list(store.holdings(Selection(since=later(10))))) == ([("finews", 1)] if is_news else [])
    assert len(list(store.holdings(Selection(since=later(0))))) == 2


def test_a_file_leaves_under_its_name_until_its_document_changes(store: Store) -> None:
    store.write([imported(1, "<p>甲</p>", name="007_a.txt", data=b"x"), imported(2, name="008_b.txt")], None)
    first, second = store.holdings()
    assert (first.imported, first.name) == ((ImportedFile("007_a.txt", b"x"),), "007_a.txt")
    store.write([seen(1, "<p>乙</p>")], None)
    changed, same = store.holdings()
    assert (changed.imported, changed.name) == ((), "007_a.txt")
    assert same == second
    store.write([seen(1, "<p>甲</p>")], None)
    assert next(store.holdings()).imported == first.imported


def test_of_stale_names_the_speakers_goes_before_others(store: Store) -> None:
    store.write([imported(1, name="b.txt"), imported(1, name="c.txt"), imported(2, name="a.txt")], None)
    store.write([seen(1, "<p>新</p>", **SAME), seen(2, "<p>新</p>", **SAME)], None)
    assert [one.name for one in store.holdings()] == ["b.txt"]
    store.write([seen(0, "<p>新</p>", **SAME)], None)
    assert [one.name for one in store.holdings()] == ["b.txt"]
    store.write([imported(3, "<p>新</p>", name="z.txt", **SAME)], None)
    assert [one.name for one in store.holdings()] == ["z.txt"]


def test_what_is_written_meanwhile_is_not_seen(store: Store) -> None:
    store.write([seen(n) for n in range(500)], None)
    with closing(store.holdings()) as holdings:
        before = list(islice(holdings, 10))
        store.write(
            [seen(n, f"<div>收盘第{n}段。</div>", fidelity=Fidelity.SOURCE) for n in range(500)], None
        )
        store.write([seen(n, "<p>新</p>") for n in range(250)] + [seen(2000)], None)
        rest = list(holdings)
    assert [one.speaker for one in before + rest] == [sourced(n) for n in range(500)]


def test_an_export_may_stop_in_the_middle(store: Store) -> None:
    store.write([seen(n) for n in range(300)], None)
    for _ in range(20):  # more often than there are connections
        with closing(store.holdings()) as holdings:
            next(holdings)
    assert store.counts().documents == 300


def test_memory_stays_flat(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "_AT_ONCE", 20)
    long = "涨" * 40_000
    body = f"<p hidden>{long}</p>"  # hidden: no time goes into its canonical text
    for start in range(0, 200, 100):
        store.write([seen(n, f"<p>{n}</p>{body}", slug=long) for n in range(start, start + 100)], None)
    cursors: set[str] = set()
    engine = store._database._engine
    event.listen(engine, "after_cursor_execute", lambda _, cursor, *_rest: cursors.add(type(cursor).__name__))
    tracemalloc.start()
    try:
        number = sum(1 for _ in store.holdings())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == 200
    # PostgreSQL's own library would hold all rows where no count of Python's sees them.
    assert not store.url_shown.startswith("postgresql") or "ServerCursor" in cursors
    # All bodies have 16 MB and so have all other columns; of 20 documents both have 3.2 MB.
    assert peak < 12_000_000


def test_the_times_of_a_day_without_a_zone_are_those_of_shanghai(store: Store) -> None:
    store.write([seen(1)], None)
    (holding,) = store.holdings()
    assert holding.speaker.document.published is not None
    assert holding.speaker.document.published.utcoffset() == timedelta(hours=8)
