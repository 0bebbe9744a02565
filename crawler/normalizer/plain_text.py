"""Articles saved as plain text: a title, a line with outlet and day, paragraphs."""

import re
from html import escape

from archive.documents import Document
from archive.documents.frontmatter import parse_date
from crawler.normalizer.pinyin import slug_for
from crawler.normalizer.rejected import Reason, Rejected

# 来源 and 时间 in simplified or traditional characters; a mirror may have put the reading behind each.
_READING = r"(?:\([a-zà-ÿāēěīōūǎǐǒǔǖǘǚǜ]{1,8}\))?"
_SOURCE_LINE = re.compile(
    rf"[来來]{_READING}源{_READING}\s*[:：]\s*(?P<outlet>\S.*?)\s+"
    rf"[时時]{_READING}[间間]{_READING}\s*[:：]\s*(?P<date>\d[\d:\- ]*\d)\s*"
)
_MAX_SOURCE_LINE = 500
_LINES_TO_SOURCE = 12
"""How many lines with text may precede the line with the outlet, the title included."""


def read_plain_text(text: str) -> Document:
    """The document of a plain text. Its characters stay as they are.

    Raises `Rejected` where no line near the top names outlet and time: then nothing says what it is.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines[:_LINES_TO_SOURCE]):
        if number and len(line) <= _MAX_SOURCE_LINE and (found := _SOURCE_LINE.fullmatch(line)):
            return _document(" ".join(lines[:number]), found, lines[number + 1 :])
    seen = "neither front matter nor a line that names source and time (来源：… 时间：…)"
    raise Rejected(Reason.NOT_A_DOCUMENT, seen)


def _document(title: str, source_line: re.Match[str], paragraphs: list[str]) -> Document:
    if not paragraphs:
        raise Rejected(Reason.EMPTY, "a title and a source, but no text")
    outlet = source_line["outlet"]
    return Document(
        title=title,
        published=parse_date(source_line["date"]),
        slug=slug_for(re.sub(_READING, "", outlet)),
        outlet=outlet,
        tags=(f"{outlet}新闻",),
        body="\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs),
        link=None,
        return_url=None,
    )
