"""The canonical text of a document, and the content hash over it.

Two renderings of one article (the share API's HTML, and what the site generator made of it) have one
canonical text; so have two copies that differ in furniture, markup or white space only.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from lxml import etree

_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre "
    "section summary table tbody td tfoot th thead tr ul".split()
)
_INVISIBLE = frozenset("iframe noscript object script style template title".split())
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# \s has the ideographic space (U+3000) and the no-break space (U+00A0); the rest have no width at all.
_SPACE = re.compile(r"[\s\u180e\u200b-\u200d\u2060\ufeff]+")
_CHART_START = "<!-- EM_StockImg_Start -->"
_CHART_END = "<!-- EM_StockImg_End -->"
_QUOTE_MARK = re.compile(r"^> ?", re.MULTILINE)
_MAX_MARKS = 30
"""Combining marks in a row: what Unicode's Stream-Safe Text Format allows; no language comes near it."""
_MAX_DEPTH = 500
"""Open elements, after which all are closed; articles have under 30. libxml2 looks through all of them
for each end tag, which takes the square of a body's length."""
_PIECE = 8192
"""Bytes that are parsed, at least, between two looks at the depth."""
# Not behind white space: at the end of a piece it could be taken for that between blocks, and dropped.
_TAG_AFTER_TEXT = re.compile(rb"(?<=\S)<")


def content_hash(title: str, body: str) -> str:
    """SHA-256, as 64 hexadecimal digits, of the canonical title, LF, the canonical text."""
    return hash_of_text(title, canonical_text(body))


def hash_of_text(title: str, text: str) -> str:
    """The content hash where the canonical text is at hand already."""
    return hashlib.sha256(f"{canonical_title(title)}\n{text}".encode()).hexdigest()


def canonical_title(title: str) -> str:
    """The title in NFC, each run of white space one space, the ends trimmed.

    Of a row of combining marks no more than `_MAX_MARKS` are kept: Unicode's normal forms put them in
    order, which takes the square of their number.
    """
    normal = unicodedata.normalize("NFC", _with_few_marks(title))
    return _SPACE.sub(" ", _with_few_marks(normal)).strip(" ")  # some marks are two in their normal form


def _with_few_marks(text: str) -> str:
    if not any(map(unicodedata.combining, text)):  # as good as always: the table takes 0.1 s to make
        return text
    return _combining_marks().sub(r"\1", text)


@cache
def _combining_marks() -> re.Pattern[str]:
    """A row of too many marks, and the part of it that is kept."""
    marks = "".join(filter(unicodedata.combining, map(chr, range(sys.maxunicode))))
    return re.compile(f"([{marks}]{{{_MAX_MARKS}}})[{marks}]+")


def canonical_text(body: str) -> str:
    """What a reader sees of the body, one block a line.

    Tags and comments go, entities are decoded, nothing invisible counts (``display:none``, scripts, the
    stock chart whose address changes with every request). A body without any text counts the addresses
    of its images instead.
    """
    reader = Reader()
    read(body, reader)
    return "\n".join(reader.blocks or reader.images)


def read(body: str, reader: "Reader") -> None:
    """Have the reader read the body, from its beginning to its end."""
    html = f"<div>{_without_charts(_quotation_as_html(body))}</div>".encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=reader)
    position = 0
    while position < len(html):
        if reader.depth > _MAX_DEPTH:
            parser.close()
        cut = _TAG_AFTER_TEXT.search(html, position + _PIECE)
        end = cut.start() if cut else len(html)
        parser.feed(html[position:end])
        position = end
    parser.close()


def _quotation_as_html(body: str) -> str:
    """A flash's digest stands before the HTML as a Markdown quotation; a reader sees it without the mark."""
    if not body.startswith("> "):
        return body
    digest, _, html = body.partition("\n\n")
    return f"<blockquote>{_QUOTE_MARK.sub('', digest)}</blockquote>{html}"


def _without_charts(html: str) -> str:
    """The HTML without what stands between the two comments around a stock chart (linear in its length)."""
    kept, position = [], 0
    while (start := html.find(_CHART_START, position)) >= 0:
        end = html.find(_CHART_END, start)
        if end < 0:
            break
        kept.append(html[position:start])
        position = end + len(_CHART_END)
    return "".join((*kept, html[position:]))


class Reader:
    """Collects what is visible, from parser events: no tree, so no depth of nesting is too deep for it."""

    def __init__(self) -> None:
        self.depth = 0
        self.blocks: list[str] = []
        self.images: list[str] = []
        self._run: list[str] = []
        self.hidden_depth = 0

    def start(self, tag: Any, attributes: Any) -> None:
        """An element begins."""
        self.depth += 1
        if self.hidden_depth or _is_invisible(tag, attributes):
            self.hidden_depth += 1
            return
        if tag == "img" and attributes.get("src", "").strip():
            self.images.append(attributes["src"].strip())
        if tag in _BLOCKS:
            self.end_block()

    def end(self, tag: Any) -> None:
        """An element ends."""
        self.depth -= 1
        if self.hidden_depth:
            self.hidden_depth -= 1
        elif tag in _BLOCKS:
            self.end_block()

    def data(self, data: str | bytes) -> None:
        """Text, or a part of it."""
        if not self.hidden_depth:
            self._run.append(str(data))

    def comment(self, text: str | bytes) -> None:
        """Comments are not read."""

    def pi(self, target: str | bytes, data: str | bytes | None = None) -> None:
        """Processing instructions are not read."""

    def close(self) -> None:
        """All that was open is closed."""
        self.end_block()

    def end_block(self) -> None:
        """What was read since the last block is one, if there is anything to it."""
        if self._run:
            text = canonical_title("".join(self._run))
            self._run.clear()
            if text:
                self.blocks.append(text)


def _is_invisible(tag: str, attributes: Mapping[str, str]) -> bool:
    return (
        tag in _INVISIBLE or "hidden" in attributes or bool(_DISPLAY_NONE.search(attributes.get("style", "")))
    )
