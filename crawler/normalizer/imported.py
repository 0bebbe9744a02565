"""Files of an existing corpus: seeds, posts of a Jekyll tree, articles saved as plain text."""

import re
from pathlib import PurePosixPath

from archive.documents import Document, Fidelity, SourcedDocument, canonical_text, content_hash, parse
from crawler.normalizer.addresses import code_in_link
from crawler.normalizer.bounds import check_bounds
from crawler.normalizer.combine import FINEWS
from crawler.normalizer.decode import decode
from crawler.normalizer.plain_text import read_plain_text
from crawler.normalizer.rejected import Reason, Rejected

IMPORTED = "import"
"""The source of documents which nothing ties to a site that is crawled."""
_FRONT_MATTER = re.compile(r"---[ \t]*\n")
_JEKYLL_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-(?P<code>(?:NW)?\d{18})")


def read_imported(name: str, data: bytes) -> SourcedDocument:
    """The document in a file, given its name (a path is fine) and its bytes.

    A post of finews gets the identity that it has when it is crawled, so that a crawl continues it; any
    other document is identified by its content. Raises `archive.errors.DocumentError`.
    """
    text = decode(data).replace("\r\n", "\n")
    document = parse(text) if _FRONT_MATTER.match(text) else read_plain_text(text)
    check_bounds(title=document.title, slug=document.slug, outlet=document.outlet, link=document.link)
    if not canonical_text(document.body):
        raise Rejected(Reason.EMPTY, "a document without text and without images")
    code = _finews_code(name, document)
    return SourcedDocument(
        source=FINEWS if code else IMPORTED,
        source_id=code or content_hash(document.title, document.body)[:32],
        address="",
        share_address=document.link or "",
        fidelity=Fidelity.IMPORT,
        document=document,
    )


def _finews_code(name: str, document: Document) -> str | None:
    if document.return_url is None:
        return None
    named = _JEKYLL_NAME.match(PurePosixPath(name).stem)
    return code_in_link(document.link or "") or (named["code"] if named else None)
