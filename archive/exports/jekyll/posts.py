"""Posts of a Jekyll tree: their names, and their files, which Jekyll builds whatever they say."""

import re
from dataclasses import replace
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from archive.documents import SHANGHAI, Document, SourcedDocument, render
from archive.documents.frontmatter import ending, quoted
from archive.exports.jekyll.categories import folder_of, hashed, listed_at
from archive.exports.jekyll.markdown import stays_as_it_is
from archive.exports.order import Form

if TYPE_CHECKING:
    from archive.store.values import Holding

POSTS = "_posts"
_FINEWS = "finews"
_CODE = re.compile(r"(?:NW)?[0-9]{18}")
_UNDATED = "0001-01-01"
"""The day in the name of a post without a date: one that no document has, and no import takes for a date."""
_NUMBERED = re.compile(rf"{POSTS}/{_UNDATED}-d(?P<number>[0-9]{{3,9}})-[0-9a-f]{{16}}\.html")
_HEAD_END = "\n---\n"


def post_of(holding: "Holding", form: Form) -> tuple[str, bytes]:
    """Name and bytes of the post that a content leaves as."""
    document = holding.speaker.document
    if form is Form.PLAIN:
        blocks = "".join(f"<p>{escape(line, quote=False)}</p>\n" for line in holding.text.split("\n"))
        document = replace(document, body=blocks.rstrip("\n"))
    is_markdown = stays_as_it_is(document)
    name = f"{POSTS}/{_day(document)}-{_stem(holding.speaker)}.{'md' if is_markdown else 'html'}"
    return name, _text(holding.speaker, document, is_markdown=is_markdown).encode()


def numbered(number: int, content_hash: str) -> str:
    """The name of a post whose own name somebody else's file has.

    In HTML, which is never wrong: of a post in Markdown only the links behind the body then stand as written.
    """
    return f"{POSTS}/{_UNDATED}-d{number:03}-{content_hash[:16]}.html"


def number_of(name: str) -> int | None:
    """The running number in such a name; None where it is another."""
    found = _NUMBERED.fullmatch(name)
    return int(found["number"]) if found else None


def _day(document: Document) -> str:
    if document.published is None:
        return _UNDATED
    local = document.published.astimezone(SHANGHAI)
    return f"{local.year:04}-{local:%m-%d}"


def _stem(found: SourcedDocument) -> str:
    """What names a post besides its day, and its page: the code, where it has one of the site's own form.

    Else a hash of its identity, with a letter in front so that it is never taken for a code.
    """
    if found.source == _FINEWS and _CODE.fullmatch(found.source_id):
        return found.source_id
    identity = "\n".join((found.source, found.source_id))
    return f"d{sha256(identity.encode()).hexdigest()[:23]}"


def _text(found: SourcedDocument, document: Document, *, is_markdown: bool) -> str:
    """The document's own file, with as many keys more as Jekyll needs: hardly ever any.

    An empty date is none to Jekyll, and ends the build. A slug of which no path can be made is given one.
    """
    head, end, body = render(document).partition(_HEAD_END)
    if document.published is None:
        head = head.replace("\ndate:\n", "\n", 1)
    if not is_markdown:
        head = head.replace("\nlayout: post\n", "\nlayout: exact\n", 1)
        body_end = ending(document)
        head += f"\nending: {len(body_end)}"
        if document.link:
            head += f"\nlink: {quoted(document.link)}"
        if document.return_url is not None:
            head += f"\nback: {quoted(document.return_url)}"
            head += "" if "\noutlet: " in head else f"\noutlet: {quoted(document.outlet)}"
    if folder_of(document.slug) is None:
        day = _day(document).replace("-", "/")
        head += f"\nlisted_at: {quoted(listed_at(document.slug))}"
        head += f"\npermalink: {quoted(f'/{hashed(document.slug)}/{day}/{_stem(found)}.html')}"
    return f"{head}{end}{body}"
