"""finews: home page and feed to posts, posts to their categories' pages, share links to the share API."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.documents import Fidelity, content_hash
from archive.store.values import Answer, Known, Observation, Page, PageKind
from crawler import normalizer
from crawler.captures import WHY, answers_of, carry_answers
from crawler.decisions import Why, decide_displaced
from crawler.failures import name_of
from crawler.frontier import Wanted
from crawler.normalizer import Listed, PostPage, Reason, Rejected
from crawler.normalizer.finews.addresses import (
    FEED,
    HOME,
    category_address,
    post_address,
    share_api_address,
)
from crawler.share_api import ShareApiHealth
from crawler.spiders.incremental import IncrementalSpider, Output

logger = logging.getLogger(__name__)

_SHARE_PRIORITY = 10
"""Articles are finished before others are begun."""


class FinewsSpider(IncrementalSpider):
    """Posts of finews, their bodies from the share API where it has them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._share_api = ShareApiHealth()
        self._by_list: dict[str, dict[str, Known]] = {}
        self._feed: tuple[Wanted, tuple[Answer, ...], list[Listed]] | None = None

    def lists_asked_for(self) -> Iterable[Page]:
        """The pages of the categories that the plan names."""
        return (self.frontier.page(category_address(slug), PageKind.LIST) for slug in self.plan.categories)

    def page_at(self, address: str) -> Page:
        """The page of a post, or of a list.

        A post that was asked for by itself may hide others from the overlap rule: its category is to be read.
        """
        post = post_address(address)
        if post is None:
            return self.frontier.page(address, PageKind.FEED if address == FEED else PageKind.LIST)
        return self.frontier.wanted_post(post, Why.ASKED_FOR, self.now(), opens_category=True)

    def read_list(self, response: Response, wanted: Wanted) -> Output:
        """The home page, a category's page or the feed."""
        answers, is_home = answers_of(response.request), wanted.page.address == HOME
        is_feed = wanted.page.kind is PageKind.FEED
        try:
            posts = (normalizer.read_feed if is_feed else normalizer.read_listing)(response.body)
            if is_home:
                _check_home(posts)
        except Rejected as rejected:
            yield self.rejection(wanted.page, "list", rejected, answers)
            return
        self.counters.add("lists")
        logger.info("list: %d posts", len(posts), extra={"url": response.url})
        if is_feed:
            self._feed = wanted, answers, list(posts)
            return
        if wanted.page.why == Why.NO_OVERLAP:
            known = self._listed_by(wanted.page.address)
            self.tell_overflow(decide_displaced(posts, known, self.now()))
        found = self.wanted_of(posts, self.frontier.opening_categories(posts) if is_home else frozenset())
        yield self.observed_list(wanted, answers, found)
        for one in found:
            yield from self.ask(one)

    def leftovers(self) -> Iterable[Wanted]:
        """The posts that only the feed has, once the lists have been read.

        The feed writes addresses in another normal form than the lists: a slug with full-width
        parentheses has ASCII ones in the feed, at an address where there is nothing.
        """
        if self._feed is None:
            return ()
        (wanted, answers, posts), self._feed = self._feed, None
        new = self.frontier.not_listed_yet(posts, self.listed)
        found = self.wanted_of(new, frozenset(post.address for post in new))
        self.context.writer.submit(self.observed_list(wanted, answers, found))
        return found

    def read_post(self, response: Response, wanted: Wanted) -> Output:
        """A post's page: to its category's page, and to the share API for its body."""
        answers = answers_of(response.request)
        try:
            post = normalizer.read_post(response.body, wanted.page.address)
        except Rejected as rejected:
            yield self.rejection(wanted.page, "post", rejected, answers)
            return
        self.counters.add("posts")
        if wanted.page.opens_category:
            yield from self._category(post.slug)
        if self._is_as_it_was(wanted, post):
            yield self._document(wanted, post, None, answers, answers[-1])
        elif not self._share_api.should_ask():
            self.counters.add("share_not_asked")
            self.counters.add("share_unserved")
            yield self._document(wanted, post, None, answers, answers[-1])
        else:
            yield self._share_request(response, wanted, post)

    def read_share(self, response: Response, wanted: Wanted, post: PostPage, page_answer: Answer) -> Output:
        """The share API's answer for a post."""
        body = None
        try:
            if response.status == 200:
                body = normalizer.read_share_answer(response.body)
                self._share_api.answered()
                self.counters.add("share_served")
            else:
                self._share_api_failed(wanted, post, f"http-{response.status}", "no answer to this request")
        except Rejected as rejected:
            self._share_api_failed(wanted, post, rejected.reason, rejected.detail)
        yield self._document(wanted, post, body, answers_of(response.request), page_answer)

    def share_failed(self, failure: Failure) -> Output:
        """The share API did not answer: the post's page serves."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error, about = failure.value, request.cb_kwargs
        answered = error.response.request if isinstance(error, HttpError) else request
        if name_of(error) == "stopped":
            return
        self._share_api_failed(about["wanted"], about["post"], name_of(error), str(error))
        yield self._document(about["wanted"], about["post"], None, answers_of(answered), about["page_answer"])

    def _share_request(self, response: Response, wanted: Wanted, post: PostPage) -> Request:
        request = Request(
            share_api_address(post.code),
            self.read_share,
            errback=self.share_failed,
            priority=_SHARE_PRIORITY,
            dont_filter=True,
            cb_kwargs={"wanted": wanted, "post": post, "page_answer": answers_of(response.request)[-1]},
            meta={"max_retry_times": 1, WHY: str(wanted.why)},
        )
        # What was captured of the page is stored together with what comes of it.
        carry_answers(request, response.request)
        return request

    def _share_api_failed(self, wanted: Wanted, post: PostPage, reason: str, detail: str) -> None:
        self._share_api.failed()
        if wanted.page.address in self.frontier.known:  # its text is stored: only its markup is still wanting
            self.counters.add("share_still_failing")
        else:
            self.counters.add("share_unserved")
            self.count_failure(share_api_address(post.code), f"share-{reason}", detail)

    def _is_as_it_was(self, wanted: Wanted, post: PostPage) -> bool:
        """Whether a post that is looked at again has the text that is stored: then the API is not asked."""
        known = self.frontier.known.get(wanted.page.address)
        is_look = wanted.why in {Why.DUE, Why.FAILED}
        if not is_look or known is None or known.fidelity is not Fidelity.SOURCE:
            return False
        try:
            document = normalizer.combine(post, None).document
        except Rejected:
            return False
        return content_hash(document.title, document.body) == known.content_hash

    def _listed_by(self, address: str) -> dict[str, Known]:
        """The known documents of the category whose page is at the address, by their own addresses."""
        if not self._by_list:
            for one, known in self.frontier.known.items():
                self._by_list.setdefault(category_address(known.slug), {})[one] = known
        return self._by_list.get(address, {})

    def _category(self, slug: str) -> Iterator[Request | Observation]:
        asked_for = self.plan.categories
        wanted = Wanted(
            self.frontier.wanted_list(category_address(slug), Why.NO_OVERLAP, self.now()), Why.NO_OVERLAP
        )
        if not self.frontier.is_taken(wanted.page.address) and (not asked_for or slug in asked_for):
            yield self.observed((), pages=(wanted.page,))
            if not self.plan.addresses:  # of a page asked for by itself, that is for the next crawl
                yield from self.ask(wanted)

    def _document(
        self,
        wanted: Wanted,
        post: PostPage,
        share_body: str | None,
        answers: tuple[Answer, ...],
        page_answer: Answer,
    ) -> Observation:
        try:
            document = normalizer.combine(post, share_body)
        except Rejected as rejected:
            return self.rejection(wanted.page, "article", rejected, answers)
        self.counters.add("fetched")
        about = {"url": post.address, "code": post.code, "fidelity": document.fidelity}
        logger.info("post: %s", post.title, extra=about)
        read = self.frontier.read_post(wanted.page.address, post.published, self.now(), page_answer)
        sweep = self.frontier.sweep_of(category_address(post.slug), self.now()) if post.slug else None
        return self.observed(answers, document=document, pages=(read, *((sweep,) if sweep else ())))


def _check_home(posts: Sequence[Listed]) -> None:
    if not posts:
        raise Rejected(Reason.NO_POSTS, "the home page lists no posts")
