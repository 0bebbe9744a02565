"""A week of a site that lives: posts arrive, are edited, expire; it goes down, and so does the crawler."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import Stored
from fixtures.double import NEWS_HOST, Double
from fixtures.post import Change
from tests.forked import Crawled, crawl

HOUR = timedelta(hours=1)
SITE_DOWN = range(10, 14)
SITE_MUTE = range(30, 34)
MACHINE_OFF = range(54, 142)
HOURS = 168


@dataclass(slots=True)
class History:
    """What was crawled when, and what could be found then."""

    crawls: list[tuple[datetime, Crawled]] = field(default_factory=list)
    found: dict[str, datetime] = field(default_factory=dict)
    """By code, the first crawl at which some list named it."""

    def was_crawled_between(self, begin: datetime, end: datetime) -> bool:
        return any(begin <= at < end and crawled.code == 0 for at, crawled in self.crawls)


Lived = tuple[Double, History, Store]


def live_through(site: Double, data: Path) -> History:
    history = History()
    for hour in range(HOURS):
        if hour in MACHINE_OFF:
            site.clock.advance(hours=1)
            continue
        fault = None
        if hour in SITE_DOWN:
            fault = site.faults.add(host=NEWS_HOST, status=503)
        elif hour in SITE_MUTE:
            fault = site.faults.add(host=NEWS_HOST, reset=True)
        now = site.clock.now()
        history.crawls.append((now, crawl(data, site.mirrors, now=now)))
        if fault:
            site.faults.remove(fault)
        else:
            for code in site.corpus.reachable(now):
                history.found.setdefault(code, now)
        site.clock.advance(hours=1)
    return history


@pytest.fixture(params=[(1, 6), pytest.param((2, 3), marks=pytest.mark.scale)], ids=["half", "whole"])
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lived]:
    size, seed = request.param
    with Double(
        posts=100 * size,
        categories=10 * size,
        seed=seed,
        arriving=230 * size,
        days=7,
        edits=80 * size,
        furniture_edits=15 * size,
        late=1 + 7 * size,
    ) as site:
        history = live_through(site, tmp_path)
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            yield site, history, store


def stored(store: Store, code: str) -> Stored:
    (found,) = store.find(f"finews:{code}")
    return found


def every_post_that_a_crawl_could_find_is_stored(lived: Lived) -> None:
    site, history, store = lived
    codes = {holding.speaker.source_id for holding in store.holdings()}
    codes |= {other[1] for holding in store.holdings() for other in holding.others}
    assert codes == set(history.found)
    lost = {post.code for post in site.corpus.posts} - codes
    for code in lost:  # in the four days without a crawl, or too late for any
        post = site.corpus.find(code)
        assert not any(post.visible(at.timestamp()) for at, crawled in history.crawls if crawled.code == 0)


def next_look(history: History, first_seen: datetime, edited: datetime, expires: datetime) -> datetime:
    """The crawl that looks at a post again at the latest, after an edit.

    As much time again as the post had been known for is what may pass, half a day at the most; and there is
    a look an hour before it leaves.
    """
    due = min(edited + min(edited - first_seen, 12 * HOUR) + HOUR, expires - HOUR)
    return next((at for at, crawled in history.crawls if at >= due and crawled.code == 0), due)


def every_edit_is_a_revision_and_furniture_none(lived: Lived) -> None:
    site, history, store = lived
    seen, missed = 0, 0
    for code, first_seen in history.found.items():
        post = site.corpus.find(code)
        edits = [
            at
            for edit in post.edits
            if edit.change is not Change.CHART
            and (at := datetime.fromtimestamp(edit.at, first_seen.tzinfo)) > first_seen
            and history.was_crawled_between(at, post.expires)
        ]
        revisions = stored(store, code).revisions
        looks = [next_look(history, first_seen, at, post.expires) for at in edits]
        if any(look > history.crawls[-1][0] for look in looks):
            continue  # after the week
        if all(look < post.expires for look in looks):
            assert revisions == 1 + len(edits), code
            seen += len(edits)
        else:  # the machine was off from before that look until the post was gone
            assert post.visible((history.crawls[0][0] + MACHINE_OFF.start * HOUR).timestamp()), code
            missed += len(edits)
    assert seen > site.corpus.plan.edits * 3 // 8
    assert missed <= seen // 7


def what_expired_is_gone_but_kept(lived: Lived) -> None:
    site, history, store = lived
    last = history.crawls[-1][0]
    for code in history.found:
        post, document = site.corpus.find(code), stored(store, code)
        if post.expires <= last - HOUR:
            assert document.gone_since is not None, code
            assert document.text
        elif post.expires > last:
            assert document.gone_since is None, code


def only_the_outage_longer_than_the_window_overflows(lived: Lived) -> None:
    _, history, _ = lived
    overflowed = [at for at, crawled in history.crawls if crawled.counters.get("window_overflow")]
    first_after = next(at for at, _ in history.crawls if at >= history.crawls[0][0] + MACHINE_OFF.stop * HOUR)
    assert overflowed == [first_after]
    (crawled,) = (crawled for at, crawled in history.crawls if at == first_after)
    assert "window_overflow" in crawled.detail


def outages_are_told_and_nothing_else_fails(lived: Lived) -> None:
    _, history, _ = lived
    start = history.crawls[0][0]
    failed = {round((at - start) / HOUR): crawled.code for at, crawled in history.crawls if crawled.code}
    assert failed == dict.fromkeys((*SITE_DOWN, *SITE_MUTE), 4)


def an_hours_crawl_asks_for_little(lived: Lived) -> None:
    _, history, _ = lived
    requests = sum(crawled.counters["requests"] for _, crawled in history.crawls)
    assert requests / len(history.found) < 15  # page, body, eight looks, and the lists


@pytest.mark.long
def test_a_site_that_lives_for_a_week(lived: Lived, subtests: pytest.Subtests) -> None:
    """One life for all that it is to show: as tests of their own, these would be lived by each worker."""
    for promise in (
        every_post_that_a_crawl_could_find_is_stored,
        every_edit_is_a_revision_and_furniture_none,
        what_expired_is_gone_but_kept,
        only_the_outage_longer_than_the_window_overflows,
        outages_are_told_and_nothing_else_fails,
        an_hours_crawl_asks_for_little,
    ):
        with subtests.test(promise.__name__):
            promise(lived)
