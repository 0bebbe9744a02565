"""What today's normalizer has made is what it makes of all that is kept: nothing differs, however it came."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive.documents import Fidelity, render
from archive.errors import DocumentError
from archive.store import Store
from archive.store.values import ImportedFile, Observation, Stored
from crawler.normalizer import read_imported
from crawler.rereading.rereading import Judged, Verdict
from crawler.sources.owning import owners_in
from crawler.sources.source import web_source
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.hostile import Place, possible_at
from fixtures.hosting import Hosting
from fixtures.portals.portal import Portal
from tests import forked
from tests.crawler.rereading.conftest import FOLDER, SOURCES, Reread, reread_all

SCALE = (pytest.mark.scale, pytest.mark.timeout(1200))
AS_IT_IS = {Verdict.SAME, Verdict.STILL_REJECTED}


def differing(judged: list[Judged]) -> list[Judged]:
    return [one for one in judged if one.verdict not in AS_IT_IS]


def older(judged: list[Judged]) -> list[str]:
    """Documents that are read by other rules than those which they say have made them."""
    return [
        one.evidence.address
        for one in judged
        if (kept := one.evidence.kept) and one.normalizer != kept.standing.found.normalizer
    ]


@contextmanager
def faults(site: Hosting, *struck: dict[str, Any]) -> Iterator[None]:
    added = [site.faults.add(**one) for one in struck]
    yield
    for one in added:
        site.faults.remove(one)


def documents(data: Path, source: str) -> list[Stored]:
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        keys = [
            (key[0], key[1])
            for one in store.holdings()
            for key in ((one.speaker.source, one.speaker.source_id), *one.others)
        ]
        return [store.find(":".join(key))[0] for key in keys if key[0] == source]


def import_some(data: Path, at: datetime, draws: random.Random, count: int = 8) -> None:
    """Files of documents that are there: as they are, with other markup, with another text, in turn."""
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        held = list(store.holdings())
        for number, holding in enumerate(draws.sample(held, min(count, len(held)))):
            text = render(holding.speaker.document)
            text = [text, text.replace("</p>", "</p>\n", 1), text.replace("</p>", "更正</p>", 1)][number % 3]
            name = f"{holding.speaker.source_id}.md"
            try:
                read = read_imported(name, text.encode(), owners_in(FOLDER))
            except DocumentError:
                continue
            file = ImportedFile(name, text.encode(), read.leaves)
            store.write([Observation(at, document=read.found, imported=file)], None)


def test_posts_that_live_while_all_goes_wrong_are_read_as_they_are(tmp_path: Path, reread: Reread) -> None:
    api, pages = {"host": SHARE_HOST, "path": "/NewsData/*"}, {"host": NEWS_HOST, "path": "/*/20*.html"}
    with Double(
        posts=40, categories=4, seed=5, edits=4, furniture_edits=2, reverts=3, twins=1, old_links=1, broken=1,
        arriving=9, days=2,
    ) as site:  # fmt: skip
        moved, never = site.corpus.visible(site.clock.now())[:2]
        at_first = {"host": NEWS_HOST, "path": moved.path, "redirect": f"{moved.path}?moved", "times": 1}
        site.misbehave(never.path, "login-form", host=NEWS_HOST)
        days = [
            ({**api, "rate": 0.4, "status": 500}, at_first),
            ({**api, "status": 503},),
            ({**api, "rate": 0.5, "empty": True}, {**pages, "rate": 0.2, "short": True}),
            ({**pages, "rate": 0.2, "behaviour": "login-form"},),
            ({**api, "status": 500},),
        ]
        for number, struck in enumerate(days):
            with faults(site, *struck):
                forked.crawl(tmp_path, site.mirrors, now=site.clock.now(), full=number in {1, 3})
            if number in {1, 4}:
                import_some(tmp_path, site.clock.now() + timedelta(minutes=2), random.Random(number), 20)
            site.clock.advance(hours=11)
    judged = reread()
    assert differing(judged) == []
    assert older(judged) == []
    counted = Counter(one.verdict for one in judged)
    found = documents(tmp_path, "finews")
    assert counted == {Verdict.SAME: len(found), Verdict.STILL_REJECTED: 1}
    # All that was to happen has happened.
    assert {one.found.fidelity for one in found} == {Fidelity.SOURCE, Fidelity.PAGE, Fidelity.IMPORT}
    assert any(one.revisions > 2 for one in found)
    assert any(one.gone_since for one in found)
    assert moved.code in {one.found.source_id for one in found}


def test_articles_of_other_sites_and_pages_of_any_are_read_as_they_are(
    tmp_path: Path, reread: Reread
) -> None:
    with Portal("cinic", posts=14, seed=6, edits=6, days=3) as site:
        listed = [path for one in site.articles() if "/hy/tx/" in (path := urlsplit(one.address).path)]
        moved, never = listed[:2]
        site.faults.add(path=never, redirect=moved)
        first = site.faults.add(path=moved, redirect=f"{moved}?moved", times=1)
        for number in range(3):
            now = site.clock.now()
            forked.crawl(tmp_path, site.mirrors, now=now, site=SOURCES.named("cinic"), full=number == 2)
            import_some(tmp_path, now + timedelta(minutes=2), random.Random(number), 4)
            site.clock.advance(hours=20)
        assert first.struck == 1
    with Portal("zhoukan", posts=4, seed=1) as site:
        some = tuple(one.address for one in site.articles())
        asked = f"{urlsplit(some[0]).path}?{urlsplit(some[0]).query}"
        site.faults.add(path=asked, redirect=f"{asked}&moved", times=1)
        forked.crawl(tmp_path, site.mirrors, now=site.clock.now(), site=web_source(some), addresses=some)
    judged = reread()
    assert differing(judged) == []
    assert older(judged) == []
    by_source = Counter((one.evidence.source, one.verdict) for one in judged)
    assert by_source["web", Verdict.SAME] == len(some)
    assert by_source["cinic", Verdict.STILL_REJECTED] == 1
    assert {one.found.fidelity for one in documents(tmp_path, "cinic")} == {Fidelity.PAGE, Fidelity.IMPORT}


SLOW = ("drip", "silen", "slow", "stall", "bomb", "million", "200000", "endless", "wait", "open", "infinite")


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=SCALE) for seed in range(1, 9)])
def test_whatever_happens_in_whatever_order_nothing_differs(seed: int, tmp_path: Path) -> None:
    draws = random.Random(seed)
    hurts = {
        place: [one.name for one in possible_at(place) if not any(word in one.name for word in SLOW)]
        for place in (Place.POST, Place.SHARE)
    }
    with Double(
        posts=50, categories=6, seed=seed, edits=6, furniture_edits=3, reverts=3, twins=2, old_links=1,
        broken=2, arriving=10, days=4,
    ) as site:  # fmt: skip
        for _ in range(8):
            with faults(site, *(_drawn(draws, site, hurts) for _ in range(draws.randrange(3)))):
                full = draws.random() < 0.4
                forked.crawl(tmp_path, site.mirrors, now=site.clock.now(), full=full, timeout=3)
            if draws.random() < 0.4:
                import_some(tmp_path, site.clock.now() + timedelta(minutes=2), draws)
            site.clock.advance(minutes=draws.choice([10, 60, 600, 1200]))
    judged = reread_all(tmp_path)
    assert len(judged) > 20
    assert differing(judged) == []


def _drawn(draws: random.Random, site: Double, hurts: dict[Place, list[str]]) -> dict[str, Any]:
    post, other = draws.choice(site.corpus.posts), draws.choice(site.corpus.posts)
    redirect = draws.choice([f"{post.path}?moved", other.path])
    api, pages = {"host": SHARE_HOST, "path": "/NewsData/*"}, {"host": NEWS_HOST, "path": "/*/20*.html"}
    return draws.choice(
        [
            {**api, "rate": draws.random(), "behaviour": draws.choice(hurts[Place.SHARE])},
            {**pages, "rate": draws.random() / 2, "behaviour": draws.choice(hurts[Place.POST])},
            {**api, "status": 500},
            {"host": NEWS_HOST, "path": post.path, "redirect": redirect, "times": draws.choice([1, None])},
            {**pages, "rate": 0.3, "status": draws.choice([404, 410, 500, 503])},
        ]
    )
