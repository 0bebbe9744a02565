"""A search finds exactly the documents that have what is asked for, on both databases, the best first."""

import random
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain

import pytest
from sqlalchemy import text

from archive.documents import canonical_text
from archive.documents.canonical import canonical_title, hash_of_text
from archive.errors import StoreUnavailable, UsageError
from archive.search import Query
from archive.store import Store, fulltext
from archive.store.search import Found, Sort
from archive.store.selection import Selection
from archive.store.values import Observation
from tests.archive.search.oracle import is_found
from tests.archive.store.changes import current
from tests.archive.store.plans import plans_of
from tests.archive.store.samples import seen, sourced


def _numbers(found: Found) -> list[int]:
    return [int(hit.speaker.source_id[-6:]) for hit in found.hits]


def _paragraphs(*texts: str) -> list[Observation]:
    return [seen(number, f"<p>{one}</p>", title="题") for number, one in enumerate(texts)]


ALPHABET = "央行5Ga ，é-－㍿𠀀\u00ad\u200b"


def test_what_is_found_is_what_a_look_at_every_character_finds(store: Store) -> None:
    draw = random.Random(5)

    def words(least: int, most: int, *more: str) -> str:
        return "".join(draw.choices([*ALPHABET, *more], k=draw.randint(least, most)))

    pairs = [(words(0, 6), words(0, 14, "<br>")) for _ in range(200)]
    store.write([seen(n, f"<p>{body}</p>", title=title) for n, (title, body) in enumerate(pairs)], None)
    hashes = [hash_of_text(title, canonical_text(f"<p>{body}</p>")) for title, body in pairs]
    texts = [(canonical_title(title), canonical_text(f"<p>{body}</p>")) for title, body in pairs]
    asked = 0
    for _ in range(90):
        query = draw.choice(["{}", "{} {}", '"{}"', '"{}" {}', "{} -{}", "{} OR {}", '{} -"{}"']).format(
            words(1, 4), words(1, 3)
        )
        wanted = {number for number, one in enumerate(texts) if is_found(query, one)}
        try:
            found = current(store, Selection(query=query))
        except UsageError:
            assert not wanted
            continue
        asked += 1
        assert found == {hashes[number] for number in wanted}, query
        assert store.search.find(query, limit=0).total == len(found)
    assert asked > 60


HOSTILE = """\
" | "" 央行 | "央行 | -"央行 | 央行 AND | AND | NOT 央行 | NEAR(央行 降准) | NEAR/2 | title : 央行
{title}:央行 | -title:央行 | 央* | ^央行 | (央行 | 央行) | 央行 + 降准 | 央行' | '' | 央行 & !降准 | 央行:*
央行:A | <-> | a <2> b | \\ | \\' | % | _ | - 央行 | 央行 - | --央行 | OR | OR OR 央行 | 央行 OR | - OR -
央行;DROP TABLE full_text | \x00 | $1 | :key | ?"""
STRANGE = ("央行\x00降准", "央\ud800行", "\U000e0041央行", "e\u0301" * 200, "ﷺ" * 1000, "央" * 1000)
MANY = (" ".join("abcdefgh" * 8), "央 " * 64, "-a " * 63 + "央", "央 OR " * 63 + "央", "·" * 1000, " " * 1000)


def test_no_query_makes_an_error_of_the_database(store: Store) -> None:
    store.write(_paragraphs("央行 降准", "title or near and 央行"), None)
    queries = [*re.split(r" \| |\n", HOSTILE), *STRANGE, *MANY]
    answered = 0
    for query in queries:
        with suppress(UsageError):
            found = store.search.find(query)
            assert found.total == len(current(store, Selection(query=query))) == len(found.hits)
            answered += 1
    assert answered > len(queries) / 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("，。“” -", "has no letter, digit or Chinese character"),
        ("-央行", "only excludes"),
        ('央行 -"降准', r'quotation mark \("\) that no other closes'),
        ('"央行" "降准', r'quotation mark \("\) that no other closes'),
        ("央" * 1001, "has 1001 characters; 1000"),
        ("央 " * 65, "more than 64 words"),
        ("OR 央行", "nothing before its OR number 1"),
        ("央行 OR 降准 OR ，", "nothing behind its OR number 2"),
        ("央行 OR -降准", "'-降准', which is no word to be found, behind"),
        ("-降准 OR 央行", "'-降准', which is no word to be found, before"),
        ("央行 OR OR 降准", "'OR', which is no word to be found, behind its OR number 1"),
    ],
    ids=[
        "empty",
        "space",
        "signs",
        "excludes",
        "open",
        "three",
        "long",
        "many",
        "first",
        "last",
        "with",
        "without",
        "twice",
    ],
)
def test_a_query_that_asks_for_nothing_is_a_fault_of_use(sqlite_store: Store, query: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        sqlite_store.search.find(query)


def test_or_in_quotation_marks_or_excluded_is_a_word(sqlite_store: Store) -> None:
    sqlite_store.write(_paragraphs("央行", "央行 or 降准", "降准"), None)
    for query, numbers in (('央行 "OR"', {1}), ("央行 -OR", {0}), ("央行 -OR 降准", set()), ('"OR"', {1})):
        assert set(_numbers(sqlite_store.search.find(query))) == numbers


def test_operators_are_those_that_are_typed_not_those_of_a_headline(sqlite_store: Store) -> None:
    sqlite_store.write(_paragraphs("央行 or 降准", "央行 降准", "降准"), None)
    for query, numbers in (("降准 －央行", {0, 1}), ("央行 ＯＲ 降准", {0}), ("＂央行 －降准", {0, 1})):
        assert set(_numbers(sqlite_store.search.find(query))) == numbers


def test_a_word_asked_for_twice_is_looked_for_once() -> None:
    assert Query.parse("央行 降准 央行 -5G -５g") == Query.parse("央行 降准 -5G")
    assert Query.parse("央行 OR 央行 OR 降准") == Query.parse("央行 OR 降准")


def test_what_nobody_sees_parts_no_word(store: Store) -> None:
    hidden = ("银\u200b行", "银\ufeff行", "银\u00ad行", "银\ufe00行", "银　行", "银行")
    apart = ("银，行", "银<br>行", "银</p><p>行")
    bodies = [f"{number}，{one}" for number, one in enumerate((*hidden, *apart))]
    store.write([*_paragraphs(*bodies), seen(20, title="银\u200b行"), seen(21, title="银，行")], None)
    for query in ("银行", "银\u2060行", "银\u00ad行", '"银 行"', "银\u200b行 OR 降准"):
        found = store.search.find(query)
        assert set(_numbers(found)) == {*range(len(hidden)), 20}, query
        assert all(hit.in_title or hit.excerpt.hits for hit in found.hits), query


def test_a_title_goes_before_a_text_and_often_before_seldom(store: Store) -> None:
    rest = "工业生产继续恢复，" * 10
    bodies = [f"央行{rest}", f"{'央行，' * 60}{rest}", rest * 9]
    titles = ["一", "二", "央行降准"]
    store.write([seen(n, f"<p>{bodies[n]}</p>", title=titles[n]) for n in range(3)], None)
    store.write([seen(n, f"<p>{n}{rest}</p>", title="无") for n in range(10, 20)], None)
    assert _numbers(store.search.find("央行")) == [2, 1, 0]


def test_pages_are_parts_of_one_order_however_many_hits_are_in_titles(store: Store) -> None:
    draw = random.Random(2)
    titles = ["央行" if number % 3 else "无" for number in range(24)]
    bodies = [f"{number}，" + "央行，" * draw.randint(1, 9) for number in range(24)]
    store.write([seen(n, f"<p>{bodies[n]}</p>", title=titles[n]) for n in range(24)], None)
    whole = _numbers(store.search.find("央行", limit=100))
    assert [titles[number] for number in whole] == ["央行"] * 16 + ["无"] * 8
    for size in (1, 5):
        pages = [_numbers(store.search.find("央行", limit=size, offset=at)) for at in range(0, 24, size)]
        assert list(chain.from_iterable(pages)) == whole
    assert _numbers(store.search.find("央行", Selection(sources=["finews"]), limit=100)) == whole


def test_of_equals_the_newest_comes_first_then_source_and_id(store: Store) -> None:
    at_once = datetime(2024, 1, 1, tzinfo=UTC)
    dated = [seen(n, f"<p>央行{n}</p>", title="同") for n in (1, 2)]
    at_one_time = [
        seen(n, f"<p>央行{n}</p>", title="同", source=source, published=at_once)
        for n, source in ((5, "finews"), (4, "finews"), (9, "cinic"))
    ]
    store.write([seen(7, "<p>央行7</p>", title="同", published=None), *at_one_time, *dated], None)
    for sort in Sort:
        assert _numbers(store.search.find("央行", sort=sort)) == [2, 1, 9, 4, 5, 7]
    pages = [_numbers(store.search.find("央行", limit=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert pages == [[2, 1], [9, 4], [5, 7], []]
    assert store.search.find("央行", offset=99).total == store.search.find("央行", limit=0).total == 6


def test_the_newest_may_go_before_the_best(store: Store) -> None:
    store.write([seen(1, title="央行"), seen(2, "<p>央行</p>")], None)
    assert _numbers(store.search.find("央行")) == [1, 2]
    assert _numbers(store.search.find("央行", sort=Sort.NEWEST)) == [2, 1]


def test_a_content_is_found_once_and_its_first_selected_document_speaks(store: Store) -> None:
    same = {"title": "央行降准", "published": datetime(2024, 1, 1, tzinfo=UTC)}
    store.write([seen(n, "<p>文</p>", **same) for n in (2, 1)], None)
    store.write([seen(3, "<p>文</p>", source="cinic", **{**same, "published": None}), seen(4)], None)
    found = store.search.find("央行")
    assert (_numbers(found), found.total) == ([1], 1)
    of_one_source = store.search.find("央行", Selection(sources=["cinic"]))
    assert [(hit.speaker.source, of_one_source.total) for hit in of_one_source.hits] == [("cinic", 1)]
    assert store.search.find("央行", Selection(outlets=["鲁网"])) == Found((), 0)


def test_what_a_document_says_no_more_is_not_found(store: Store) -> None:
    store.write([seen(1, "<p>央行</p>"), seen(1, "<p>降准</p>"), seen(2, "<p>央行</p>", title="二")], None)
    assert [store.search.find(word).total for word in ("央行", "降准")] == [1, 1]
    store.write([seen(1, "<p>央行</p>", at=1)], None)
    assert [store.search.find(word).total for word in ("央行", "降准")] == [2, 0]
    assert store.search.find("降准", Selection(sources=["finews"])).total == 0


def test_an_export_has_what_a_search_finds(store: Store) -> None:
    store.write(_paragraphs("央行5G手机", "15G", "央行"), None)
    held = [one.speaker.source_id for one in store.holdings(Selection(query="央行 -5G"))]
    assert held == [sourced(2).source_id]


def test_long_texts_are_found_by_each_of_their_words(store: Store) -> None:
    draw = random.Random(1)
    many = "".join(chr(draw.randint(0x4E00, 0x9FA5)) for _ in range(18_000))
    often = "央行" * 300 + "降准"
    long = f"{'a' * 3000} {'b' * 3000}"
    huge = "".join(chr(draw.randint(0x20000, 0x2A6D0)) for _ in range(100_000))
    store.write(_paragraphs(many, often, long, huge, "央行 降准", "a", ""), None)
    assert _numbers(store.search.find(many[-9:])) == [0]
    assert _numbers(store.search.find(many[-2:] + many[-4:-2])) == []
    assert _numbers(store.search.find("行央行降准")) == [1]
    assert _numbers(store.search.find(huge[50_000:50_003])) == [3]
    assert _numbers(store.search.find("a" * 999)) == []
    assert sorted(_numbers(store.search.find("央行 降准"))) == [1, 4]
    assert _numbers(store.search.find("央行 -行央行降准")) == [4]


def test_without_its_index_a_store_is_damaged_until_that_is_made_anew(store: Store) -> None:
    store.write(_paragraphs("央行", "降准"), None)
    rows = "full_text_docsize" if fulltext._is_sqlite(store._database._engine.connect()) else "full_text"
    assert store.damage() == []
    store._database.write(lambda connection: connection.execute(text(f"DELETE FROM {rows}")))
    (line,) = store.damage()
    said = r"2 contents are not in the full text index, [0-9a-f]{64} among them; .*`archive db reindex`"
    assert re.fullmatch(said, line)
    told: list[int] = []
    store.search.rebuild(told.append)
    assert (store.damage(), told) == ([], [2])
    assert _numbers(store.search.find("央行")) == [0]
    store.write([seen(9, "<p>央行九</p>", title="题")], None)
    assert sorted(_numbers(store.search.find("央行"))) == [0, 9]


def test_an_index_of_other_rules_is_refused_until_it_is_made_anew(store: Store) -> None:
    store.write(_paragraphs("央行"), None)
    is_sqlite = store.url_shown.endswith(".db")
    older = "PRAGMA user_version = 0" if is_sqlite else f"COMMENT ON TABLE {fulltext.TABLE} IS NULL"
    store._database.write(lambda connection: connection.execute(text(older)))
    said = r"the full text index was made by another version's rules; .*`archive db reindex`"
    with pytest.raises(StoreUnavailable, match=f"^{re.escape(store.url_shown)}: {said}"):
        store.search.find("央行")
    with pytest.raises(StoreUnavailable, match=said):
        current(store, Selection(query="央行"))
    (line,) = store.damage()
    assert re.fullmatch(said, line)
    store.search.rebuild()
    assert (store.damage(), store.search.find("央行").total) == ([], 1)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM full_text_data",
        "DELETE FROM full_text_config",
        "DROP TABLE full_text_data",
        "UPDATE full_text_data SET block = x'0000' WHERE id > 10",
    ],
    ids=["empty", "config", "dropped", "overwritten"],
)
def test_a_damaged_index_is_called_so_and_can_be_made_anew(sqlite_store: Store, damage: str) -> None:
    sqlite_store.write(_paragraphs("央行"), None)
    sqlite_store._database.write(lambda connection: connection.execute(text(damage)))
    sqlite_store.close()
    with pytest.raises(StoreUnavailable, match=r"full text index is damaged; .*`archive db reindex`"):
        sqlite_store.search.find("央行")
    assert "full text index" in sqlite_store.damage()[-1]
    sqlite_store.search.rebuild()
    assert sqlite_store.search.find("央行").total == 1
    assert sqlite_store.damage() == []


def test_words_that_the_index_has_lost_are_missed(sqlite_store: Store) -> None:
    sqlite_store.write(_paragraphs("央行", "降准"), None)
    sqlite_store.close()
    lost = text("UPDATE full_text_data SET block = x'00000000000000' WHERE id = 10")
    sqlite_store._database.write(lambda connection: connection.execute(lost))
    sqlite_store.close()
    assert sqlite_store.search.find("央行").total == 0
    (line,) = sqlite_store.damage()
    assert line.startswith("the full text index has 0 words instead of 6; make it anew")


def test_the_best_are_looked_up_and_not_all_that_is_found(sqlite_store: Store) -> None:
    sqlite_store.write([seen(n, f"<p>央行{'降' * n}</p>") for n in range(30)], None)
    with plans_of(sqlite_store) as plans:
        assert len(sqlite_store.search.find("央行", limit=3).hits) == 3
    assert not [plan for plan in plans if re.match(r"SCAN (content|document|catalogue)$", plan)]


def _of(hits: Sequence[tuple[int, int]], whole: str) -> list[str]:
    return [whole[start:end] for start, end in hits]


def test_a_hit_shows_where_it_is(store: Store) -> None:
    store.write([seen(1, "<p>前文</p><p>央行５Ｇ手机</p>", title="５Ｇ手机")], None)
    (hit,) = store.search.find("5g").hits
    assert _of(hit.in_title, hit.speaker.document.title) == ["５Ｇ"]
    assert _of(hit.excerpt.hits, hit.excerpt.text) == ["５Ｇ"]
    assert hit.excerpt.text == "前文\n央行５Ｇ手机"
