"""What the page of an article says, whatever site it is from, and the document that this makes."""

from dataclasses import dataclass
from datetime import datetime

from archive.documents import Document, canonical_text
from crawler.normalizer.bounds import check_bounds
from crawler.normalizer.pinyin import slug_for
from crawler.normalizer.rejected import Reason, Rejected


@dataclass(frozen=True, slots=True)
class Article:
    """An article as read from its page.

    `published` is aware, midnight in Shanghai where the page names a day only, None where it names none.
    `body` has one block a line (see `crawler.normalizer.cleaning`). `lost` counts characters of a mirrored
    page that could not be restored.
    """

    title: str
    outlet: str
    author: str
    published: datetime | None
    body: str
    lost: int = 0


def document_of(
    article: Article, link: str | None, *, slug: str | None = None, tags: tuple[str, ...] = ()
) -> Document:
    """The document of an article; slug and tags follow from the outlet's name where none are given.

    Raises `Rejected` where a reader would see nothing, or parts are longer than any article's.
    """
    if not canonical_text(article.body):
        raise Rejected(Reason.EMPTY, "an article without text and without images")
    slug = slug_for(article.outlet) if slug is None else slug
    check_bounds(title=article.title, slug=slug, outlet=article.outlet, link=link)
    return Document(
        title=article.title,
        published=article.published,
        slug=slug,
        outlet=article.outlet,
        tags=tags or (f"{article.outlet}新闻",),
        body=article.body,
        link=link,
        return_url=None,
        lost=article.lost,
    )
