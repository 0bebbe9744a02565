"""Files of an existing corpus: seeds, posts of a Jekyll tree, articles saved as plain text or as pages."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from archive.documents import Document, Fidelity, SourcedDocument, canonical_text
from archive.documents.canonical import hash_of_text
from archive.documents.frontmatter import FrontMatterFile, parse_date, read_file
from archive.errors import DocumentError
from crawler.normalizer.article import document_of
from crawler.normalizer.bounds import check_bounds
from crawler.normalizer.decode import decode
from crawler.normalizer.files.owners import Owners, nobody
from crawler.normalizer.files.plain_text import read_plain_text
from crawler.normalizer.files.saved_page import PAGES, read_saved_page
from crawler.normalizer.files.treated import Imported, Treatment, encoding_of, of_mirror
from crawler.normalizer.finews.addresses import code_in_link
from crawler.normalizer.finews.combine import FINEWS
from crawler.normalizer.generic.web_addresses import IMPORTED
from crawler.normalizer.mirrored import Restored, restored, restored_markup
from crawler.normalizer.rejected import Reason, Rejected
from crawler.normalizer.version import VERSION

_FRONT_MATTER = re.compile(r"---[ \t]*\n")
_BEGINS_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n")
_JEKYLL_NAME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})-(?P<code>(?:NW)?\d{18})?", re.ASCII)
_DATE_OF_THE_FORMAT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0800", re.ASCII)
# A mirror's text has these by the dozen; others are spared the search for more evidence.
_READING = re.compile(r"\((?<=[\u3400-\u9fff?]\()[a-zà-ÿāēěīōūǎǐǒǔǖǘǚǜ]{1,8}\)")


def read_imported(name: str, data: bytes, owners: Owners | None = None) -> Imported:
    """The document in a file, given its name (a path is fine) and its bytes.

    A post of finews gets the identity that it has when it is crawled, so that a crawl continues it; so does a
    document with a link to a source that `owners` know. Any other is identified by its content. Raises
    `archive.errors.DocumentError`.
    """
    owners = owners or nobody()
    if PurePosixPath(name).suffix.lower() in PAGES and not _BEGINS_FRONT_MATTER.match(data):
        return read_saved_page(name, data, owners)
    decoded = decode(data)
    text = decoded.replace("\r\n", "\n")
    treatments = [*encoding_of(data), *([Treatment.CRLF] if text != decoded else [])]
    read = _front_matter_file if _FRONT_MATTER.match(text) else _plain_text
    document, author, more = read(name, text)
    check_bounds(title=document.title, slug=document.slug, outlet=document.outlet, link=document.link)
    shown = canonical_text(document.body)
    if not shown:
        raise Rejected(Reason.EMPTY, "a document without text and without images")
    found = identified(name, document, shown, owners)
    return Imported(replace(found, author=author), shown, (*treatments, *more))


def _plain_text(name: str, text: str) -> tuple[Document, str, list[Treatment]]:
    text, lost = _unmirrored(text, restored)
    article = read_plain_text(text)
    document = document_of(replace(article, lost=lost or 0), None)
    return document, article.author, [*of_mirror(lost), *_gaps(document)]


def _front_matter_file(name: str, text: str) -> tuple[Document, str, list[Treatment]]:
    text, lost = _unmirrored(text, restored_markup)
    read = read_file(text)
    if not read.is_published:
        raise Rejected(Reason.UNPUBLISHED, "its front matter says that it is not published")
    document, of_date = _dated(name, read)
    if lost is not None:
        document = replace(document, lost=lost)
    mended = [] if read.is_yaml else [Treatment.FRONT_MATTER_MENDED]
    return document, "", [*mended, *of_date, *of_mirror(lost), *_gaps(document)]


def _unmirrored(text: str, restored: Callable[[str], Restored | None]) -> tuple[str, int | None]:
    """The text without what a mirror did to it, and how many characters are lost; None for any other text."""
    found = restored(text) if _READING.search(text) else None
    return (found.text, found.lost) if found else (text, None)


def _dated(name: str, read: FrontMatterFile) -> tuple[Document, list[Treatment]]:
    """The document with the day in a Jekyll post's name, where it has none of its own."""
    if read.document.published is not None:
        as_ever = _DATE_OF_THE_FORMAT.fullmatch(read.date)
        return read.document, [] if as_ever else [Treatment.DATE_REWRITTEN]
    if day := day_in(name):
        return replace(read.document, published=day), [Treatment.DATE_FROM_NAME]
    return read.document, [Treatment.EMPTY_DATE]


def day_in(name: str) -> datetime | None:
    """The day in the name of a Jekyll post; None where it has none."""
    named = _JEKYLL_NAME.match(PurePosixPath(name).name)
    with suppress(DocumentError):
        return parse_date(named["day"]) if named else None
    return None


def _gaps(document: Document) -> Iterator[Treatment]:
    """What a document does without."""
    if not document.title:
        yield Treatment.EMPTY_TITLE
    if document.link is None:
        yield Treatment.NO_LINK
    elif not document.link:
        yield Treatment.EMPTY_LINK
    if not document.outlet:
        yield Treatment.NO_OUTLET


def identified(name: str, document: Document, shown: str, owners: Owners) -> SourcedDocument:
    """The document with its identity; `shown` is its canonical text."""
    link = document.link or ""
    code = _finews_code(name, document)
    owned = owners.identity_of(link) if link and not code else None
    source, source_id = owned or (
        (FINEWS, code) if code else (IMPORTED, hash_of_text(document.title, shown)[:32])
    )
    return SourcedDocument(
        source=source,
        source_id=source_id,
        address="",  # so that a crawl that comes upon it asks for it once
        share_address=link,
        fidelity=Fidelity.IMPORT,
        document=document,
        normalizer=VERSION,
    )


def _finews_code(name: str, document: Document) -> str | None:
    if document.return_url is None:
        return None
    named = _JEKYLL_NAME.match(PurePosixPath(name).stem)
    return code_in_link(document.link or "") or (named["code"] if named else None)
