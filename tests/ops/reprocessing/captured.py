"""Archives of posts that nobody crawled: their pages and answers are kept as a crawl keeps them."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from archive.archive import Archive
from archive.documents import SourcedDocument
from archive.store.values import Answer, Lease, Observation, Rejection
from archive.warc import WarcFiles
from crawler.normalizer import combine, read_post, read_share_answer
from crawler.normalizer.finews.addresses import share_api_address
from tests.crawler.normalizer.pages import a_page

T0 = datetime(2022, 1, 22, 8, 0, tzinfo=UTC)
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Post:
    """A post of which page and answer come so many minutes after T0. Without a `share` the API was down."""

    number: int
    body: str
    share: str | None = None
    title: str = ""
    at: int = 0

    @property
    def code(self) -> str:
        return f"NW{202201220000000000 + self.number}"

    @property
    def address(self) -> str:
        return f"https://finews.withounder.com/luwang/2022/01/22/{self.code}.html"

    @property
    def page(self) -> bytes:
        link = f"<http://finews.zning.xyz/html_News/NewsShare.html?infoCode={self.code}>"
        return a_page(self.body, title=self.title or f"第{self.number}条", link=link)

    @property
    def found(self) -> SourcedDocument:
        share = self.share
        body = None if share is None else read_share_answer(json.dumps({"text": share}).encode())
        return combine(read_post(self.page, self.address), body)


Older = Callable[[SourcedDocument], SourcedDocument]


def as_read(found: SourcedDocument) -> SourcedDocument:
    """What today's normalizer has made."""
    return found


def older(old: str, new: str) -> Older:
    """What a normalizer has made that wrote one thing for another."""

    def made(found: SourcedDocument) -> SourcedDocument:
        document = found.document
        document = replace(
            document, title=document.title.replace(old, new), body=document.body.replace(old, new)
        )
        return replace(found, document=document, normalizer="0")

    return made


def begin_run(archive: Archive, source: str = "finews") -> Lease:
    return archive.store.begin_run(source, "test", T0, "here", 1, silence=60, is_dead=lambda _: False)


def keep(archive: Archive, posts: Iterable[Post], made: Older = as_read, *, reject: str = "") -> int:
    """Keep the posts in a run of their own, as documents; or as pages that were rejected, for a reason."""
    lease = begin_run(archive)
    with WarcFiles(archive.warc, archive.store, "finews") as files:
        files.recover()
        rest = iter(posts)
        while some := list(islice(rest, _AT_ONCE)):
            archive.store.write(list(_observed(files, some, made, reject)), lease.run_id, lease)
    archive.store.release(lease)
    return lease.run_id


def _observed(files: WarcFiles, posts: Sequence[Post], made: Older, reject: str) -> Iterator[Observation]:
    answers = [list(_answers(post, rejected=bool(reject))) for post in posts]
    captures = iter(files.keep([one for some in answers for one in some]))
    for post, some in zip(posts, answers, strict=True):
        at, kept = some[-1].fetched_at, tuple(islice(captures, len(some)))
        if reject:
            rejection = Rejection(post.address, "post", reject)
            yield Observation(at, captures=kept, rejection=rejection)
        else:
            yield Observation(at, made(post.found), captures=kept)


def _answers(post: Post, *, rejected: bool) -> Iterator[Answer]:
    at = T0 + timedelta(minutes=post.at)
    yield Answer(post.address, at, 200, "OK", (("Content-Type", "text/html"),), post.page)
    if not rejected and post.share is not None:
        body = json.dumps({"text": post.share}, ensure_ascii=False).encode()
        yield Answer(share_api_address(post.code), at, 200, "OK", (), body)
