"""From the HTML of any site to blocks: one a line, structural tags only, nothing that a reader does not see.

Sites of the trade write paragraphs as ``<p>``, as ``<div>``, and as text with ``<br>　　`` between; inline
elements span paragraphs, lists lack their items and cells their rows. The blocks of all of these look alike.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import Tag

from archive.documents import canonical_text
from crawler.normalizer.block_writer import SPACE, BlockWriter
from crawler.normalizer.generic.web_addresses import joined
from crawler.normalizer.markup import shown
from crawler.normalizer.rejected import Reason, Rejected

MAX_PAGE = 4 * 2**20
"""Characters of a page; an article's has under 500,000, most of them scripts."""
MAX_TAGS = 50_000
"""Signs ``<`` in a page. Parsed, the worst page of so many takes 0.6 s and 40 MB, however it is nested."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_REFERENCE = re.compile(
    r"&#(?:[xX]0*+(?P<hex>[dD][89a-fA-F][0-9a-fA-F]{2})|0*+(?P<decimal>5[567]\d{3}));"
)
_PARTED = re.compile("<(?:table|ul|ol|dl|pre|figure)>")
"""What parts a block into more than lines."""
_TEXT_BEGINS = 200
"""Characters of a line that are compared to an ending."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list, table or picture.

    `html` is one line, with no attributes but ``href``, ``src`` and ``alt``. `text` is its canonical text, of
    several lines where it is a table or a list, empty for a picture.
    """

    html: str
    text: str


def parsed(page: str) -> BeautifulSoup:
    """The tree of a page. Characters that no text can hold (lone surrogates) become U+FFFD.

    Raises `Rejected` for a page too long, or with too many tags, to be an article's.
    """
    if len(page) > MAX_PAGE:
        raise Rejected(Reason.TOO_LONG, f"a page of {len(page)} characters, more than {MAX_PAGE}")
    if (tags := page.count("<")) > MAX_TAGS:
        raise Rejected(Reason.TOO_LONG, f"a page of {tags} tags, more than {MAX_TAGS}")
    # Without the prefix, text that begins with an XML declaration, or has no tag at all, brings a warning.
    return BeautifulSoup(f"<!DOCTYPE html>{with_sound_surrogates(page)}", "lxml")


def with_sound_surrogates(page: str) -> str:
    """A page in which no lone surrogate is left.

    Pages write emoji as references to both halves of a UTF-16 pair, which no parser puts together.
    """
    page = _SURROGATE_REFERENCE.sub(_referred, page)
    if not _SURROGATE.search(page):
        return page
    return page.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _referred(reference: re.Match[str]) -> str:
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"])
    return chr(code) if 0xD800 <= code <= 0xDFFF else reference[0]


def blocks_of(elements: Tag | Iterable[Tag], address: str) -> tuple[Block, ...]:
    """The blocks of an article's elements, in their order.

    `address` is the page's; links and images are resolved against it. The elements themselves are shown even
    where they are hidden: scripts of the page would uncover them.
    """
    writer = BlockWriter(address)
    for element in (elements,) if isinstance(elements, Tag) else elements:
        writer.write(element)
    return tuple(_block(html, has_text) for html, has_text in writer.blocks)


def _block(html: str, has_text: bool) -> Block:
    return Block(html, canonical_text(html) if has_text else "")


def base_of(page: BeautifulSoup, address: str) -> str:
    """What relative links of the page at the address begin at."""
    base = page.find("base", href=True)
    return (isinstance(base, Tag) and joined(address, str(base["href"]).strip())) or address


def body_of(blocks: Iterable[Block]) -> str:
    """The body of a document, one block a line."""
    return "\n".join(block.html for block in blocks)


def before(blocks: Iterable[Block], endings: Iterable[str]) -> tuple[Block, ...]:
    """The blocks before the first that begins with one of the endings.

    White space, and the width of letters and colons, count for nothing: ``转自：`` is ``转 自:`` as well.
    """
    beginnings = tuple(map(folded, endings))
    return before_line(blocks, lambda line: line.startswith(beginnings))


def before_line(blocks: Iterable[Block], is_ending: Callable[[str], bool]) -> tuple[Block, ...]:
    """The blocks before the first in which an ending begins, told by the beginning of its line, `folded`.

    Of a heading or quotation in which it begins a line after ``<br>``, what precedes that line is kept. A
    table or a list is never cut in two: what looks like an ending there is one cell's or item's.
    """
    kept: list[Block] = []
    for block in blocks:
        lines = [block.html] if _PARTED.search(block.html) else block.html.split("<br>")
        ending = next((n for n, line in enumerate(lines) if is_ending(folded(_beginning(line)))), None)
        if ending is None:
            kept.append(block)
            continue
        rest = parsed("<br>".join(lines[:ending]))
        return (*kept, *blocks_of(rest, ""))
    return tuple(kept)


def _beginning(markup: str) -> str:
    return shown(markup)[:_TEXT_BEGINS]


def folded(text: str) -> str:
    """The text as endings are compared: without white space, and in one width and case."""
    return SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()
