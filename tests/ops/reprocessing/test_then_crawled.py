"""What a crawl makes of documents that were read again: it goes on from them as from its own."""

import contextlib
from datetime import timedelta
from pathlib import Path

from archive.archive import Archive
from archive.store import Store
from crawler import normalizer
from crawler.normalizer import PostPage, Reason, Rejected
from fixtures.double import NEWS_HOST, Double
from ops.reprocessing.findings import Findings
from ops.reprocessing.reprocessing import Request, reprocess
from tests import forked


def read_none() -> None:
    """For a crawl: a normalizer that cannot read posts."""

    def read_post(data: bytes, address: str) -> PostPage:
        raise Rejected(Reason.NO_ARTICLE, "a layout that is not known")

    normalizer.read_post = read_post


def test_posts_of_a_layout_that_was_not_known_are_documents_and_looked_at_again(tmp_path: Path) -> None:
    with Double(posts=6, categories=2, seed=3) as site:
        begin = site.clock.now()
        first = forked.crawl(tmp_path, site.mirrors, now=begin, prepare=read_none)
        assert (first.outcome, first.counters["rejected"]) == ("nothing-parsed", 6)
        assert reprocessed(tmp_path) == [("rejected to document", "no-article", 6)]
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            assert {one.first_seen for one in store.known("finews").values()} == {begin}
        # Their pages still wait to be tried again: now the API is asked for the bodies as well.
        again = forked.crawl(tmp_path, site.mirrors, now=begin + timedelta(minutes=10))
        assert (again.counters["new"], again.counters["unchanged"], again.counters["share_served"]) == (
            0,
            6,
            6,
        )
        assert reprocessed(tmp_path) == []
        site.faults.add(host=NEWS_HOST, path="/*/20*.html", status=404)
        for minutes in (600, 610):
            forked.crawl(tmp_path, site.mirrors, now=begin + timedelta(minutes=minutes))
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            assert (len(store.known("finews")), store.counts().documents) == (0, 6)


def reprocessed(data: Path) -> list[tuple[str, str, int]]:
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        archive, request = Archive(store, data / "warc"), Request(Path("none"), jobs=1)
        done = reprocess(archive, request, Findings(0), lambda _: None, lambda _: contextlib.nullcontext())
        return [(one.what, one.shape, one.documents) for one in done.findings.groups]
