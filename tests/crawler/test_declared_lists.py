"""Lists of declared sources that do what lists do: fail in the middle, end oddly, share their articles."""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.store import store as _store
from crawler.sources.declaration import Declaration
from crawler.sources.source import declared_source
from fixtures.answer import HTML, XML, Answer
from fixtures.hosting import Hosting
from tests import forked
from tests.forked import Crawled

HOST = "www.x.example"
PAGE = 5


@dataclass(slots=True)
class Site:
    """A site of one list, five articles a page, the newest first; and of pages that a test sets."""

    articles: int = 20
    feed: int = 5
    pages: dict[str, Answer] = field(default_factory=dict)
    next_page: str = "/list?p={page}"

    def answer(self, path: str, query: Mapping[str, str], now: datetime) -> Answer:
        target = f"{path}?p={query['p']}" if "p" in query else path
        if target in self.pages:
            return self.pages[target]
        if path == "/list":
            return html(self._list(int(query.get("p", 1))))
        if path == "/feed.xml":
            newest = range(self.articles, self.articles - self.feed, -1)
            items = "".join(f"<item><link>/a/{number}.html</link></item>" for number in newest)
            return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), XML)
        number = path.removeprefix("/a/").removesuffix(".html")
        if number.isdigit() and int(number) <= self.articles:
            return html(f"<h1>第{number}号</h1><i>2022-03-01</i><p class=b>正文{number}</p>")
        return Answer(b"404", HTML, status=404)

    def _list(self, page: int) -> str:
        last = self.articles - (page - 1) * PAGE
        entries = "".join(
            f"<li><a href=/a/{n}.html>第{n}号</a></li>" for n in range(last, max(last - PAGE, 0), -1)
        )
        following = self.next_page.format(page=page + 1)
        return entries + (f"<a rel=next href='{following}'>下一页</a>" if last > PAGE else "")


def html(text: str) -> Answer:
    return Answer(f"<html><body>{text}</body></html>".encode(), HTML)


def rules(**changes: Any) -> Declaration:
    told = {
        "title": "某网",
        "hosts": [HOST],
        "list": {"start": f"http://{HOST}/list", "entry": "li", "title": "a", "next": "a[rel=next]"},
        "article": {"address": "/a/{id}.html", "title": "h1", "published": "i", "body": ".b"},
    }
    return Declaration.model_validate(told | changes)


FEED = {"feed": {"start": f"http://{HOST}/feed.xml"}}
Crawl = Callable[..., Crawled]


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """Crawl the site by its rules, by a clock that stands still."""

    def run(hosting: Hosting, rules: Declaration, **options: Any) -> Crawled:
        hosting.requests.clear()
        site = declared_source("x", rules)
        return forked.crawl(tmp_path, hosting.mirrors, now=hosting.clock.now(), site=site, **options)

    return run


def documents(tmp_path: Path) -> int:
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        return store.figures("x").documents


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_what_a_feed_has_made_known_does_not_end_the_reading_of_a_list(
    batch: int, crawl: Crawl, tmp_path: Path
) -> None:
    def prepare() -> None:
        forked.write_in_small_batches(1)
        stores, done = _store.store_batch, list[int]()

        def store_some(*arguments: Any) -> Any:
            done.append(1)
            if len(done) > batch:
                os.kill(os.getpid(), signal.SIGKILL)
            return stores(*arguments)

        _store.store_batch = store_some

    with Hosting({HOST: Site()}) as hosting:
        assert crawl(hosting, rules(**FEED), prepare=prepare).code == -signal.SIGKILL
        assert crawl(hosting, rules(**FEED)).code == 0
    assert documents(tmp_path) == 20


def test_a_list_that_fails_while_the_feed_answers_is_read_to_its_end_later(
    crawl: Crawl, tmp_path: Path
) -> None:
    with Hosting({HOST: Site()}) as hosting:
        fault = hosting.faults.add(host=HOST, path="/list", status=500)
        assert crawl(hosting, rules(**FEED)).code == 3
        hosting.faults.remove(fault)
        assert crawl(hosting, rules(**FEED)).code == 0
    assert documents(tmp_path) == 20


def test_pages_asked_for_by_themselves_do_not_end_it_and_a_start_page_of_today_is_read_whole(
    crawl: Crawl, tmp_path: Path
) -> None:
    with Hosting({HOST: Site()}) as hosting:
        newest = tuple(f"http://{HOST}/a/{number}.html" for number in range(20, 15, -1))
        assert crawl(hosting, rules(), addresses=newest).counters["new"] == PAGE
        feed_alone = rules(list=None, **FEED)
        assert crawl(hosting, feed_alone).counters["new"] == 0
        assert crawl(hosting, rules(**FEED)).counters["new"] == 15


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_page_of_a_list_that_is_away_for_a_while_hides_nothing(
    status: int, crawl: Crawl, tmp_path: Path
) -> None:
    site = Site()
    with Hosting({HOST: site}) as hosting:
        site.pages["/list?p=3"] = Answer(b"away", HTML, status=status)
        assert crawl(hosting, rules()).code == (0 if status == 200 else 3)
        del site.pages["/list?p=3"]
        site.articles += 10
        assert crawl(hosting, rules()).code == 0
        assert documents(tmp_path) == 30
        assert (crawl(hosting, rules()).counters["requests"], len(hosting.requests)) == (2, 2)


ENDS = {
    "an empty page": html(""),
    "a page that is not there": Answer(b"404", HTML, status=404),
    "itself": html("<li><a href=/a/1.html>1</a></li><a rel=next href='/list?p=5'>"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_list_whose_last_page_leads_to_nothing_is_not_read_again_and_again(
    end: Answer, crawl: Crawl
) -> None:
    last = html("<li><a href=/a/2.html>第2号</a></li><a rel=next href='/list?p=5'>下一页</a>")
    with Hosting({HOST: Site(pages={"/list?p=4": last, "/list?p=5": end})}) as hosting:
        for _ in range(2):
            crawl(hosting, rules())
        again = crawl(hosting, rules())
        assert (again.code, again.counters["lists"]) == (0, 1)


def test_a_link_to_the_next_page_may_hold_any_characters(crawl: Crawl, tmp_path: Path) -> None:
    with Hosting({HOST: Site(next_page="/list?p={page}&栏目=新 闻")}) as hosting:
        assert crawl(hosting, rules()).code == 0
    assert documents(tmp_path) == 20


def test_two_articles_of_one_id_do_not_overwrite_each_other_and_the_run_says_so(
    crawl: Crawl, tmp_path: Path
) -> None:
    lists = html("<li><a href=/a/1.html>一</a></li><li><a href=/b/1.html>二</a></li>")
    pages = {"/list": lists, "/b/1.html": html("<h1>二</h1><p class=b>二</p>")}
    article = {"address": "/*/{id}.html", "title": "h1", "body": ".b"}
    with Hosting({HOST: Site(pages=pages)}) as hosting:
        crawled = crawl(hosting, rules(article=article))
        assert "have one id" in crawled.detail
        assert crawl(hosting, rules(article=article)).counters["changed"] == 0
    assert documents(tmp_path) == 1


def test_a_redirect_to_another_article_makes_no_revision_of_the_first(crawl: Crawl, tmp_path: Path) -> None:
    with Hosting({HOST: Site(articles=3)}) as hosting:
        crawl(hosting, rules())
        hosting.faults.add(host=HOST, path="/a/3.html", status=302, headers={"Location": "/a/1.html"})
        hosting.clock.advance(hours=2)
        crawled = crawl(hosting, rules())
        assert (crawled.counters["changed"], crawled.counters["rejected:article-wrong-article"]) == (0, 1)


def test_a_rule_that_finds_no_date_any_more_takes_none_away_and_the_run_says_so(
    crawl: Crawl, tmp_path: Path
) -> None:
    renamed = {"address": "/a/{id}.html", "title": "h1", "published": "em", "body": ".b"}
    with Hosting({HOST: Site(articles=3)}) as hosting:
        crawl(hosting, rules())
        crawled = crawl(hosting, rules(article=renamed), full=True)
        assert "article.published finds no date" in crawled.detail
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        assert all(one.speaker.document.published for one in store.holdings())
