"""A visit: a source asked a few questions, as politely as by a crawl."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from crawler.normalizer import Rejected, read_post, read_share_answer
from crawler.normalizer.finews.addresses import share_api_address
from crawler.plan import CrawlPlan
from crawler.probes import Probed, ProbeFailed, Probes
from crawler.probes.reading import posts_listed, roots_of, sample_of
from crawler.sources.recorded import RecordedArticle, recorded_articles
from crawler.sources.source import FINEWS
from ops.doctor.canaries import CHECK, Canary, canary_finding, gone_findings
from ops.doctor.findings import Finding, ok, problem
from ops.doctor.source import (
    article_finding,
    host_failed,
    host_finding,
    layout_changed,
    list_finding,
    page_answered,
    page_failed,
    share_api_failed,
)

logger = logging.getLogger(__name__)
_MOST_CANARIES = 2
"""With robots.txt, list, feed and newest article, a source is asked for six pages at the most."""
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Visited:
    """What a visit found."""

    findings: tuple[Finding, ...]
    skews: Mapping[str, float]
    """By host, by how many seconds its clock is ahead of this machine's."""


def visit(plan: CrawlPlan, recorded: Path | None) -> Visited:
    """Ask the plan's source; `recorded` is the folder of its recorded pages, None where it has none.

    Whatever goes wrong is a finding.
    """
    with Probes(plan) as probes:
        found = _Visit(plan, probes)
        try:
            found.make(recorded)
        except Exception as error:
            logger.debug("visit of %s", plan.source, exc_info=True)
            told = f"the check itself failed ({type(error).__name__}: {error!s:.100})"
            found.findings.append(problem("check", told, "report it, with what --debug shows"))
        return Visited(tuple(replace(one, source=plan.source) for one in found.findings), probes.skews)


@dataclass(slots=True)
class _Visit:
    """One visit, and what it has found so far."""

    plan: CrawlPlan
    probes: Probes
    findings: list[Finding] = field(default_factory=list)
    _hosts: dict[str, bool] = field(default_factory=dict)
    """By host, whether it can be asked."""

    def make(self, recorded: Path | None) -> None:
        """Lists and feed, the newest article, its body at the share API, recorded articles."""
        posts: list[str] = []
        for address, kind in roots_of(self.plan.site):
            page = self._page("list", address)
            if page is None:
                continue
            try:
                listed = posts_listed(self.plan.site, page.body, page.address, kind)
            except Rejected as rejected:
                self.findings.append(layout_changed("list", address, rejected, self.plan.site))
            else:
                self.findings.append(list_finding(address, listed))
                posts = posts or listed
        self._newest(posts)
        if recorded:
            self._canaries(recorded)

    def _newest(self, posts: list[str]) -> None:
        """The newest article must become a document. One that has just gone is passed over."""
        page = None
        for address in posts[:2]:
            page = self._page("newest article", address, may_be_gone=True)
            if page is None or page.status == 200:
                break
        if page is None:
            return
        if page.status != 200:
            self.findings.append(page_answered("newest article", page.address, page.status))
            return
        try:
            self.findings.append(
                article_finding(page.address, sample_of(self.plan.site, page.body, page.address))
            )
        except Rejected as rejected:
            self.findings.append(layout_changed("newest article", page.address, rejected, self.plan.site))
            return
        if self.plan.site is FINEWS:
            self._share_api(share_api_address(read_post(page.body, page.address).code))

    def _share_api(self, address: str) -> None:
        try:
            answer = self.probes.page(address)
            why = "" if answer.status == 200 else f"answers {answer.status}"
            if not why:
                read_share_answer(answer.body)
        except (ProbeFailed, Rejected) as error:
            why = str(error)
        given = ok("share API", f"{address}: gives the article's body")
        self.findings.append(share_api_failed(address, why) if why else given)

    def _canaries(self, folder: Path) -> None:
        gone: list[RecordedArticle] = []
        for article in _some(recorded_articles(folder)):
            page = self._page(CHECK, article.address, may_be_gone=True)
            if page is None:
                continue
            if page.status != 200 or _is_elsewhere(page.address, article.address):
                gone.append(article)
                continue
            try:
                found = sample_of(self.plan.site, page.body, article.address)
            except Rejected as rejected:
                self.findings.append(layout_changed(CHECK, article.address, rejected, self.plan.site))
            else:
                self.findings.append(canary_finding(Canary(article, found.document)))
        self.findings += gone_findings(gone)

    def _page(self, check: str, address: str, *, may_be_gone: bool = False) -> Probed | None:
        """The page, with status 200, or one that says that it is gone; None where that is told already."""
        if not self._can_be_asked(address):
            return None
        try:
            page = self.probes.page(address)
        except ProbeFailed as failure:
            self.findings.append(page_failed(check, address, failure))
            if failure.name == "out-of-time":
                self._hosts[urlsplit(address).hostname or ""] = False
            return None
        if page.status == 200 or (may_be_gone and page.status in _GONE):
            return page
        self.findings.append(page_answered(check, address, page.status))
        return None

    def _can_be_asked(self, address: str) -> bool:
        """Whether the host of an address answers; told once for each host."""
        host = urlsplit(address).hostname or ""
        if host not in self._hosts:
            try:
                robots = self.probes.robots(address)
                self.findings.append(host_finding(address, robots, self.probes.asked_pause(address)))
                self._hosts[host] = True
            except ProbeFailed as failure:
                self.findings.append(host_failed(address, failure))
                self._hosts[host] = False
        return self._hosts[host]


def _is_elsewhere(address: str, asked: str) -> bool:
    """Whether another page came than was asked for: what is gone may lead to the home page."""
    return urlsplit(address)[1:] != urlsplit(asked)[1:]


def _some(articles: list[RecordedArticle]) -> Iterator[RecordedArticle]:
    """The last ones by name: where ids grow, those that are likeliest to be there still."""
    yield from articles[: -_MOST_CANARIES - 1 : -1]
