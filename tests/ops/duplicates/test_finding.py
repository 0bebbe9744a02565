"""Near-duplicates in a store: what is found, who speaks, and what a second look costs."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from archive.documents import content_hash
from archive.similarity import sketch as sketching_module
from archive.store.selection import Duplicates, Selection
from archive.store.values import Observation
from ops.duplicates import comparing, sketching
from ops.duplicates.finding import NearDuplicates, near_duplicates
from tests.archive.store.samples import seen
from tests.ops.duplicates.copied import BEGIN, article, body, copy, corpus
from tests.ops.filled import Filled


def shown(found: NearDuplicates, observations: Sequence[Observation]) -> list[list[int]]:
    """The groups, by the numbers of the first of the documents that have each content."""
    numbers: dict[str, int] = {}
    for one in observations:
        assert one.document is not None
        hash_ = content_hash(one.document.document.title, one.document.document.body)
        numbers[hash_] = min(numbers.get(hash_, 10**6), int(one.document.source_id[-6:]))
    return [[numbers[member.content_hash] for member in group.members] for group in found.groups]


def test_groups_are_found_with_the_earliest_first_and_the_largest_group_first(filled: Filled) -> None:
    observations = corpus()
    filled.store.write(observations, None)
    found = near_duplicates(filled.store)
    assert shown(found, observations) == [[1, 2, 3], [6], [5, 4]]
    assert [group.documents for group in found.groups] == [3, 2, 2]
    assert found.near == 2
    assert found.contents == 21
    assert [member.similarity == 1.0 for member in found.groups[0].members] == [True, False, False]
    assert all(0.6 <= member.similarity <= 1 for group in found.groups for member in group.members)


def test_who_stays_is_who_speaks_in_an_export(filled: Filled) -> None:
    filled.store.write(corpus(), None)
    redundant = near_duplicates(filled.store).redundant
    assert len(redundant) == 3
    kept = [
        one for one in filled.store.holdings(duplicates=Duplicates.ONE) if one.content_hash not in redundant
    ]
    spoken = {int(one.speaker.source_id[-6:]) for one in kept}
    assert {1, 5, 6} <= spoken
    assert spoken.isdisjoint({2, 3, 4, 7})


def test_the_groups_do_not_follow_from_the_order_in_which_documents_came(filled: Filled) -> None:
    observations = corpus()
    random.Random(4).shuffle(observations)
    for one in observations:
        filled.store.write([one], None)
    assert shown(near_duplicates(filled.store), observations) == [[1, 2, 3], [6], [5, 4]]


def test_only_selected_documents_are_compared(filled: Filled) -> None:
    observations = corpus()
    filled.store.write(observations, None)
    assert shown(near_duplicates(filled.store, Selection(sources=["finews"])), observations)[-1] == [5, 4]
    of_cinic = near_duplicates(filled.store, Selection(sources=["cinic"]))
    assert (of_cinic.groups, of_cinic.contents) == ([], 1)
    assert near_duplicates(filled.store, Selection(sources=[])).groups == []
    since = Selection(since=BEGIN + timedelta(days=3650))
    assert len(near_duplicates(filled.store, since).redundant) == 3


def test_a_higher_threshold_asks_for_more(filled: Filled) -> None:
    filled.store.write(corpus(), None)
    similarities = [
        member.similarity for group in near_duplicates(filled.store).groups for member in group.members[1:]
    ]
    middle = sorted(similarities)[1]
    found = near_duplicates(filled.store, threshold=middle)
    assert (
        sorted(one.similarity for group in found.groups for one in group.members[1:])
        == sorted(similarities)[1:]
    )


def test_a_second_look_makes_sketches_of_what_is_new_alone(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        sketching,
        "sketch_all",
        lambda texts, whole=sketching.sketch_all: made.append(len(texts)) or whole(texts),
    )
    observations = corpus()
    filled.store.write(observations, None)
    first = near_duplicates(filled.store)
    assert near_duplicates(filled.store) == first
    assert made == [21]
    late = seen(30, copy(2, "syndicated"))
    filled.store.write([late], None)
    assert shown(near_duplicates(filled.store), [*observations, late]) == [[1, 2, 3], [30, 5, 4], [6]]
    assert made == [21, 1]
    monkeypatch.setattr(sketching, "VERSION", sketching_module.VERSION + 1)
    near_duplicates(filled.store)
    assert made == [21, 1, 22]


def test_other_processes_make_the_same_sketches(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.store.write(corpus(), None)
    monkeypatch.setattr(sketching, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(sketching, "_BATCH", 5)
    told: list[tuple[int, int]] = []
    sketching.make_missing(filled.store, Selection(), lambda *counts: told.append(counts))
    assert told == [(21, 5), (21, 10), (21, 15), (21, 20), (21, 21)]
    elsewhere = {one.content_hash: one.sketch for one in filled.store.sketches.in_order(sketching.VERSION)}
    assert elsewhere == sketching.sketch_all(list(filled.store.sketches.texts(elsewhere)))


def test_batches_are_bounded_by_what_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketching, "_BATCH_CHARACTERS", 100)
    texts = [(str(n), "字" * 40) for n in range(7)]
    assert list(map(len, sketching._batches(texts))) == [3, 3, 1]


def test_hostile_texts_do_no_harm(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_SHINGLES", 1_000)  # all are let go between two comparisons
    long = "".join(article(n) for n in range(40, 140))
    observations = [
        seen(1, "<p></p>"),
        seen(2, '<img src="https://img.example/a1.jpg">' * 3),
        seen(3, body("涨" * 200_000)),
        seen(4, body("涨" * 200_001)),
        seen(5, long),
        seen(6, long + article(141)),
        *(seen(n, article(200) + f"<p>{n}</p>") for n in range(10, 80)),
    ]
    filled.store.write(observations, None)
    assert shown(near_duplicates(filled.store), observations) == [list(range(10, 80)), [5, 6]]


def test_progress_is_told_to_the_end(filled: Filled) -> None:
    filled.store.write(corpus(), None)
    told: list[dict[str, int]] = []
    near_duplicates(filled.store, on_progress=lambda counters: told.append(dict(counters)))
    assert told[-1] == {"missing": 21, "sketched": 21, "contents": 21, "searched": 32, "compared": 4}
    assert [one["searched"] for one in told[-32:]] == list(range(1, 33))
