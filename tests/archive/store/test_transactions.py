"""All or nothing, with others at work and with faults at any moment."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text, update

from archive.documents import Fidelity
from archive.errors import StoreError, StoreUnavailable
from archive.store import Store
from archive.store.tables import CONTENT
from archive.store.values import Effect, Observation
from tests.archive.store.samples import T0, capture, imported, rejected, seen, sourced
from tests.in_child import in_child

NEW, DUPLICATE, UNCHANGED = Effect.NEW, Effect.DUPLICATE, Effect.UNCHANGED


def _together(*works: Callable[[], object]) -> None:
    """Do the works at once, each in a thread; raise the first error of any."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(20)
            work()
        except BaseException as error:  # noqa: BLE001 raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def test_an_error_in_the_middle_leaves_nothing(store: Store) -> None:
    naive = Observation(T0, captures=(capture(fetched_at=T0.replace(tzinfo=None)),))
    batch = [seen(1), imported(2, name="a.txt"), rejected(3), naive]
    with pytest.raises(ValueError, match="naive"):
        store.write(batch, None)
    assert store.counts() == type(store.counts())(0, 0, 0, 0)
    assert store.imported_names() == set()
    assert store.captures(rejected(3).captures[0].address) == []
    assert store.write(batch[:3], None) == [NEW, NEW, None]


def test_a_run_that_is_not_in_the_ledger_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="refused"):
        store.write([seen(1)], 77)
    assert store.counts().documents == 0


def test_a_program_killed_before_its_commit_leaves_nothing(url: str) -> None:
    def be_killed() -> None:
        store = Store.open(url)
        store.write([seen(1)], None)
        event.listen(store._database._writing, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        store.write([seen(1, "<p>x</p>"), seen(2), imported(3, name="a.txt"), rejected(4)], None)

    assert os.waitpid(in_child(be_killed), 0)[1] == signal.SIGKILL
    with Store.open(url) as store:
        counts = store.counts()
        assert (counts.documents, counts.contents, counts.revisions, counts.rejections) == (1, 1, 1, 0)
        assert store.write([seen(1), seen(2)], None) == [UNCHANGED, NEW]


def test_nothing_is_seen_before_it_is_committed(store: Store) -> None:
    counted = []
    event.listen(store._database._writing, "commit", lambda _: counted.append(store.counts().documents))
    store.write([seen(1), seen(2)], None)
    assert counted == [0]
    assert store.counts().documents == 2


def test_writers_at_once_agree_on_what_is_new(store: Store) -> None:
    # Documents 0 to 59, two to a content, each written by all four, in batches and orders of their own.
    observations = [seen(n, f"<p>{n // 2}</p>", title="同题") for n in range(60)]
    effects: Counter[Effect | None] = Counter()

    def writer(number: int) -> Callable[[], None]:
        mine = random.Random(number).sample(observations, len(observations))

        def write() -> None:
            for start in range(0, 60, 15):
                effects.update(store.write(mine[start : start + 15], None))

        return write

    _together(*(writer(number) for number in range(4)))
    assert effects == {NEW: 30, DUPLICATE: 30, UNCHANGED: 180}
    counts = store.counts()
    assert (counts.documents, counts.contents, counts.revisions) == (60, 30, 60)


def test_programs_at_once_agree_on_what_is_new(url: str, tmp_path: Path) -> None:
    def program(number: int) -> Callable[[], None]:
        def write() -> None:
            effects: Counter[Effect | None] = Counter()
            with Store.open(url) as store:
                for start in range(0, 200, 20):
                    files = [imported(n, name=f"{n}.txt") for n in range(start, start + 20)]
                    effects.update(store.write(files, None))
            (tmp_path / f"{number}").write_text(f"{effects[NEW]} {effects[UNCHANGED]}")

        return write

    programs = [in_child(program(number)) for number in range(3)]
    assert [os.waitpid(one, 0)[1] for one in programs] == [0] * 3
    ended = [(tmp_path / f"{number}").read_text().split() for number in range(3)]
    new, unchanged = zip(*(map(int, numbers) for numbers in ended), strict=True)
    assert (sum(new), sum(unchanged)) == (200, 400)
    with Store.open(url) as store:
        assert len(store.imported_names()) == store.counts().revisions == 200


def test_writers_at_once_agree_on_what_has_changed(store: Store) -> None:
    # A content that is known, with a body that stays: else the writers wait for each other there already.
    store.write([seen(1, "<p>新</p>", title="同题"), seen(2)], None)
    changed, effects_of_second = seen(2, "<p>新</p>", title="同题"), []
    second = threading.Thread(target=lambda: effects_of_second.extend(store.write([changed], None)))

    def before_the_first_commits(_connection: object) -> None:
        if not second.ident:
            second.start()
            second.join(0.3)  # it gets as far as it can

    event.listen(store._database._writing, "commit", before_the_first_commits)
    effects_of_first = store.write([changed], None)
    second.join(20)
    assert (effects_of_first, effects_of_second) == ([Effect.CHANGED], [UNCHANGED])
    assert store.counts().revisions == 3


def test_of_bodies_written_at_once_the_best_is_kept(store: Store) -> None:
    kinds = (Fidelity.IMPORT, Fidelity.SOURCE)

    def write(number: int, kind: Fidelity) -> Callable[[], object]:
        return lambda: store.write([seen(number, f"<p>甲{number}<!--{kind}--></p>", fidelity=kind)], None)

    store.write([seen(n, f"<p>甲{n}</p>") for n in range(15)], None)
    for n in range(30):
        _together(*(write(n, kind) for kind in kinds))
    bodies = {one.speaker.document.body for one in store.holdings()}
    assert bodies == {f"<p>甲{n}<!--source--></p>" for n in range(30)}


def test_writers_that_lock_each_other_out_both_get_through(store: Store) -> None:
    """SQLite has them wait at the beginning; PostgreSQL ends one of them, which is tried again."""
    store.write([seen(1), seen(2)], None)
    hashes = sorted(holding.content_hash for holding in store.holdings())
    met = threading.Barrier(2)
    tries: Counter[str] = Counter()

    def work(order: list[str]) -> Callable[[], object]:
        def change(connection: object) -> None:
            tries[order[0]] += 1
            for number, key in enumerate(order):
                connection.execute(
                    update(CONTENT).where(CONTENT.c.content_hash == key).values(title=order[0])
                )
                if not number and store.url_shown.startswith("postgresql") and tries[order[0]] == 1:
                    met.wait(20)

        return lambda: store._database.write(change)

    _together(work(hashes), work(hashes[::-1]))
    titles = {holding.speaker.document.title for holding in store.holdings()}
    assert len(titles) == 1
    if store.url_shown.startswith("postgresql"):
        assert sum(tries.values()) == 3


@contextmanager
def _locked(url: str, store: Store) -> Iterator[Callable[[], None]]:
    """The store locked by another program, until the block ends or what it yields is called."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(store.url_shown, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield other.rollback
        return
    other = store._database._engine.connect()
    other.execute(text("LOCK TABLE content IN ACCESS EXCLUSIVE MODE"))
    try:
        yield other.rollback
    finally:
        other.close()


def test_a_locked_database_is_called_so_after_a_while(url: str) -> None:
    with Store.open(url, patience=0.05) as store:
        with _locked(url, store):
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable, match="locked by another program; end that one"):
                store.write([seen(1)], None)
            assert time.monotonic() - begun < 10
        assert store.write([seen(1)], None) == [NEW]


def test_a_lock_that_is_given_up_in_time_does_no_harm(url: str) -> None:
    with Store.open(url, patience=20) as store, _locked(url, store) as unlock:
        timer = threading.Timer(0.3, unlock)
        timer.start()
        assert store.write([seen(1)], None) == [NEW]
        timer.join()


def test_reading_goes_on_while_another_program_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    with Store.open(url, patience=0.05) as store:
        store.write([seen(1)], None)
        with _locked(url, store):
            assert store.counts().documents == 1
            with Store.open(url, patience=0.05) as second:
                assert set(second.known("finews")) == {sourced(1).address}


def test_a_full_disk_is_called_so_and_what_is_committed_is_intact(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    with Store.open(url) as store:
        store.write([seen(1)], None)
        before = list(store.holdings())
        store.close()
        # Stands in for the disk: SQLite gives the same error where the file may not grow.
        event.listen(
            store._database._engine, "connect", lambda one, _: one.execute("PRAGMA max_page_count = 60")
        )
        with pytest.raises(StoreUnavailable, match="disk full; free some space"):
            store.write([seen(n, f"<p>{'涨' * 9000}{n}</p>") for n in range(2, 50)], None)
        assert list(store.holdings()) == before
    with Store.open(url) as store:
        assert store.write([seen(n) for n in (1, 2)], None) == [UNCHANGED, NEW]


def test_a_server_that_ends_the_connection_is_called_so_and_found_again(url: str) -> None:
    if url.startswith("sqlite"):
        return
    with Store.open(url) as store, Store.open(url) as other:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        with closing(store.holdings()) as holdings:
            store.write([seen(n) for n in range(1000)], None)
            next(holdings)
            with other._database.reading() as connection:
                connection.execute(text(f"{others} AND application_name = 'finews-archive'"))
            with pytest.raises(StoreUnavailable, match=r"ended the connection|cannot connect"):
                list(holdings)
        assert store.counts().documents == 1000
