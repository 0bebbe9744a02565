"""Front matter from the page, body from the share API, the page's own body where that gave none."""

import re

from archive.documents import Document, Fidelity, SourcedDocument, canonical_text
from crawler.normalizer.finews.post_page import PostPage
from crawler.normalizer.rejected import Reason, Rejected
from crawler.normalizer.version import VERSION

FINEWS = "finews"
"""The name of the source."""
_SPACE = re.compile(r"\s+")


def combine(page: PostPage, share_body: str | None) -> SourcedDocument:
    """The document of a post. `share_body` is what `read_share_answer` gave, None where that was nothing.

    Raises `Rejected` when the page must serve and holds nothing that a reader would see.
    """
    if share_body is None and not canonical_text(page.body):
        raise Rejected(Reason.EMPTY, "an article without text and without images")
    html = page.body if share_body is None else share_body
    body = html if page.digest is None else f"> {_on_one_line(page.digest)}\n\n{html}"
    document = Document(
        title=page.title,
        published=page.published,
        slug=page.slug,
        outlet=page.outlet,
        tags=(page.tag,),
        body=body,
        link=page.link,
        return_url=page.return_url,
    )
    return SourcedDocument(
        source=FINEWS,
        source_id=page.code,
        address=page.address,
        share_address=page.link or "",
        fidelity=Fidelity.PAGE if share_body is None else Fidelity.SOURCE,
        document=document,
        normalizer=VERSION,
    )


def _on_one_line(digest: str) -> str:
    return _SPACE.sub(lambda space: " " if "\n" in space[0] else space[0], digest)
