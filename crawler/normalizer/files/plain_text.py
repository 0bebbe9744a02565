"""Articles saved as plain text: a title, a line with outlet and day, paragraphs."""

import re
from collections.abc import Iterable
from html import escape

from archive.documents import canonical_title
from archive.documents.frontmatter import parse_date
from crawler.normalizer.article import Article
from crawler.normalizer.cleaning import Block, body_of
from crawler.normalizer.generic.endings import without_ending
from crawler.normalizer.rejected import Reason, Rejected

# In simplified or traditional characters; where a mirror's page is too short to be known for one, the
# readings that it put behind them still stand there.
_READING = r"(?:\([a-zà-ÿāēěīōūǎǐǒǔǖǘǚǜ]{1,8}\))?"
_LABEL = re.compile(
    rf"(?:(?P<outlet>[来來稿]{_READING}源)|(?P<author>作者)|(?P<date>[时時日]{_READING}[间間期])){_READING}\s*[:：]"
)
_MAX_SOURCE_LINE = 500
_LINES_TO_SOURCE = 12
"""How many lines with text may precede the line with the outlet, the title included."""


def read_plain_text(text: str) -> Article:
    """The article in a plain text.

    Raises `Rejected` where no line near the top names time, and outlet or author: nothing says what it is.
    """
    lines = [line for line in map(canonical_title, text.splitlines()) if line]
    for number, line in enumerate(lines[:_LINES_TO_SOURCE]):
        if number and len(line) <= _MAX_SOURCE_LINE and (labelled := _labelled(line)):
            return _article(" ".join(lines[:number]), labelled, lines[number + 1 :])
    seen = "neither front matter nor a line that names source and time (来源：… 时间：…)"
    raise Rejected(Reason.NOT_A_DOCUMENT, seen)


def _labelled(line: str) -> dict[str, str] | None:
    """What stands behind each label of a line that begins with one; None where they do not suffice."""
    labels = list(_LABEL.finditer(line))
    if not labels or labels[0].start():
        return None
    ends = [*(label.start() for label in labels[1:]), len(line)]
    found = {
        str(label.lastgroup): line[label.end() : end].strip() for label, end in zip(labels, ends, strict=True)
    }
    return found if found.get("date") and (found.get("outlet") or found.get("author")) else None


def _article(title: str, labelled: dict[str, str], paragraphs: Iterable[str]) -> Article:
    blocks = [Block(f"<p>{escape(line, quote=False)}</p>", line) for line in paragraphs]
    body = body_of(without_ending(blocks))
    if not body:
        raise Rejected(Reason.EMPTY, "a title and a source, but no text")
    return Article(
        title=title,
        outlet=labelled.get("outlet", ""),
        author=labelled.get("author", ""),
        published=parse_date(labelled["date"]),
        body=body,
    )
