"""Each change to what an export says has a number, and the contents concerned are found by it."""

import threading
from collections.abc import Callable

import pytest

from archive.documents import Fidelity, content_hash
from archive.store import Store
from archive.store.selection import Selection
from archive.store.values import Observation
from tests.archive.store.changes import current, last_change, restated_since
from tests.archive.store.samples import gone, imported, page, rejected, seen

SAME = {"title": "同题"}


def _hash(observation: Observation) -> str:
    assert observation.document is not None
    document = observation.document.document
    return content_hash(document.title, document.body)


def _restated(store: Store, *observations: Observation) -> frozenset[str]:
    """The contents that the observations concern, by what the store says."""
    before = last_change(store)
    store.write(observations, None)
    return restated_since(store, before)


@pytest.mark.parametrize(
    ("before", "after", "concerned"),
    [
        pytest.param([], seen(1), [seen(1)], id="new"),
        pytest.param([seen(1)], seen(1, at=5), [], id="unchanged"),
        pytest.param([seen(1)], seen(1, "<p>改</p>"), [seen(1), seen(1, "<p>改</p>")], id="edited"),
        pytest.param([seen(1)], seen(1, slug="guonei"), [seen(1)], id="filed-otherwise"),
        pytest.param([seen(1)], seen(1, fidelity=Fidelity.SOURCE), [seen(1)], id="better-fidelity"),
        pytest.param([seen(1)], gone(1), [seen(1)], id="gone"),
        pytest.param([seen(1), gone(1)], gone(1, at=5), [], id="gone-as-before"),
        pytest.param([seen(1), gone(1)], seen(1, at=5), [seen(1)], id="back"),
        pytest.param(
            [seen(1, "<p>甲</p>", **SAME)],
            seen(2, "<p>甲</p>", **SAME),
            [seen(1, "<p>甲</p>", **SAME)],
            id="a-twin",
        ),
        pytest.param(
            [seen(1, "<p>甲</p>", **SAME)],
            seen(2, "<p>甲<b></b></p>", fidelity=Fidelity.SOURCE, **SAME),
            [seen(1, "<p>甲</p>", **SAME)],
            id="a-better-body",
        ),
        pytest.param([seen(1)], imported(1, name="a.txt"), [seen(1)], id="a-file"),
        pytest.param(
            [seen(1)],
            imported(1, "<p>旧</p>", name="a.txt"),
            [seen(1), seen(1, "<p>旧</p>")],
            id="an-older-file",
        ),
        pytest.param([], rejected(1), [], id="rejected"),
        pytest.param([], Observation(page(1).wanted_since, pages=(page(1),)), [], id="a-page"),
    ],
)
def test_a_change_concerns_the_contents_of_which_an_export_says_anything_else(
    store: Store, before: list[Observation], after: Observation, concerned: list[Observation]
) -> None:
    for one in before:
        store.write([one], None)
    assert _restated(store, after) == {_hash(one) for one in concerned}


def test_numbers_grow_by_changes_alone(store: Store) -> None:
    numbers = [last_change(store)]
    for one in (seen(1), seen(1, at=1), seen(2), rejected(3), gone(2, at=2)):
        store.write([one], None)
        numbers.append(last_change(store))
    assert [number - numbers[0] for number in numbers] == [0, 1, 1, 2, 2, 3]


def test_a_content_that_is_passed_through_within_a_batch_is_in_the_catalogue(store: Store) -> None:
    passed = seen(1, "<p>一时</p>", at=1)
    assert _restated(store, seen(1), passed, seen(1, "<p>终</p>", at=2)) >= {_hash(passed)}
    assert current(store, Selection()) == {_hash(seen(1, "<p>终</p>"))}


def test_whoever_has_seen_a_number_has_seen_every_change_up_to_it(store: Store) -> None:
    """Two writers at once: a lower number is never committed after a higher one was to be seen."""
    writing, known, missed = True, set[str](), list[str]()

    def write(first: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(first, first + 25):
                store.write([seen(number)], None)

        return run

    def watch() -> None:
        last = 0
        while writing:
            number = last_change(store)
            known.update(restated_since(store, last))
            last = number
        known.update(restated_since(store, last))

    threads = [threading.Thread(target=run) for run in (write(100), write(200))]
    watcher = threading.Thread(target=watch)
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    writing = False
    watcher.join()
    missed = [n for n in (*range(100, 125), *range(200, 225)) if _hash(seen(n)) not in known]
    assert missed == []
