"""What is said of an address and its host's rules is what a crawl makes of them."""

from pathlib import Path

import pytest
from scrapy.robotstxt import ProtegoRobotParser

from archive.archive import Archive
from archive.store import Store
from crawler.rules import MOST_READ, RobotsArchive, Verdict, allows, robots_say
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.crawler.conftest import Again

AGENT = "finews-archive/1 (+https://example.org)"
RULES = [
    b"",
    b"User-agent: *\nDisallow: /luwang/",
    b"User-agent: finews-archive\nDisallow: /\nAllow: /luwang/",
    b"\xef\xbb\xbfUser-agent: *\nDisallow: /*.html$",
    b"\xff\xfeUser-agent: *\nDisallow: /",
    b"User-agent: *\n" + b"# \n" * (MOST_READ // 3) + b"Disallow: /",
]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("path", ["/", "/luwang/2022/01/22/1.html", "/emnews/"])
def test_rules_allow_what_the_parser_of_the_crawls_allows(rules: bytes, path: str) -> None:
    address = f"https://finews.withounder.com{path}"
    parser = ProtegoRobotParser(rules[:MOST_READ], None)
    assert allows(rules, address, AGENT) == parser.allowed(address, AGENT)


def test_what_the_last_captured_rules_say_is_told_with_their_time(again: Again, tmp_path: Path) -> None:
    post = f"https://{NEWS_HOST}/luwang/2022/01/22/1.html"
    with Double(posts=3, categories=1, seed=1) as site:
        site.robots[NEWS_HOST] = "User-agent: *\nDisallow: /luwang/\n"
        again(site)
        now = site.clock.now()
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        robots = RobotsArchive("finews", Archive(store, tmp_path / "warc"))
        said = robots_say(robots, post, AGENT)
        assert (said.verdict, said.as_of) == (Verdict.REFUSED, now)
        assert said.rules == f"https://{NEWS_HOST}/robots.txt"
        assert robots_say(robots, f"https://{NEWS_HOST}/emnews/", AGENT).verdict is Verdict.ALLOWED
        of_share = robots_say(robots, f"http://{SHARE_HOST}/NewsData/GetNewsText.do?id=1", AGENT)
        assert (of_share.verdict, of_share.as_of) == (Verdict.NO_RULES, now)
        assert robots_say(robots, "https://nobody.example/x", AGENT).verdict is Verdict.NOT_CAPTURED
        for file in (tmp_path / "warc").iterdir():
            file.unlink()
        assert robots_say(robots, post, AGENT).verdict is Verdict.NOT_READABLE
