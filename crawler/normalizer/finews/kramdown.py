"""What kramdown does to an article's HTML, undone as far as it can be.

The site generator passes raw HTML blocks through: it sets them on lines of their own and escapes what
could be read as markup, no more. But HTML that begins with text instead of a block, or that is indented
by four spaces, is Markdown to it: a reader of the page then sees the tags themselves.
"""

import re

from crawler.normalizer.markup import unescaped

_BLOCK = r"(?:p|div|center|table|ul|ol|dl|h[1-6]|blockquote|pre|section|figure)\b"
# Possessive, here and below: what was read once is not read again, so that no page takes long.
_LINE_BREAKS = r"[^\S\n]*+\n\s*+"
_AFTER_BLOCK = re.compile(rf"(</{_BLOCK}>|<hr />){_LINE_BREAKS}(?=<)")
_AFTER_COMMENT = re.compile(rf"(-->){_LINE_BREAKS}(?=<(?:{_BLOCK}|!--))")
_AMPERSAND = re.compile(r"&amp;(?!#?\w+;)")
_SHOWN_ATTRIBUTES = r"\s[^<>&]*+(?:&(?![lg]t;)[^<>&]*+)*+"
_SHOWN_TAG = re.compile(
    r"&lt;(?P<tag>/?(?:p|div|center|table|tbody|tr|td|th|ul|ol|li|img|br|strong|span|h[1-6])"
    rf"(?:{_SHOWN_ATTRIBUTES}|/)?)&gt;",
    re.IGNORECASE,
)
_SHOWN_PARAGRAPH = re.compile(rf"&lt;p(?:{_SHOWN_ATTRIBUTES})?&gt;", re.IGNORECASE)
_SHOWN_PARAGRAPH_END = re.compile(r"&lt;/p&gt;", re.IGNORECASE)
_SHOWN_IMAGE = re.compile(rf"&lt;img{_SHOWN_ATTRIBUTES}&gt;", re.IGNORECASE)
_CODE_BLOCK = re.compile(
    r"<pre><code>(?P<html>\s*&lt;(?:p|div|img|table|/)[^<]*)</code></pre>", re.IGNORECASE
)
_WRAPPED = re.compile(r"<p>(?P<html>.*?)</p>", re.DOTALL)


def source_of(rendered: str) -> str:
    """The HTML as it was before kramdown rendered it: the same text, as near to the same bytes as can be."""
    html = _CODE_BLOCK.sub(lambda match: unescaped(match["html"]).strip(), rendered)
    # Behind the last end tag each start tag would be followed to the end of the page, in vain.
    ended, end_tag, rest = html.rpartition("</p>")
    html = f"{_WRAPPED.sub(_unwrap, ended + end_tag)}{rest}"
    html = _AFTER_BLOCK.sub(r"\1", html.strip("\n"))
    html = _AFTER_COMMENT.sub(r"\1", html)
    return _AMPERSAND.sub("&", html)


def _unwrap(paragraph: re.Match[str]) -> str:
    """A paragraph that shows whole tags to its reader was HTML which kramdown took for text."""
    html = paragraph["html"]
    if "&lt;" not in html or not _shows_tags(html):
        return paragraph[0]
    return _SHOWN_TAG.sub(lambda tag: f"<{unescaped(tag['tag'])}>", html)


def _shows_tags(html: str) -> bool:
    opened = _SHOWN_PARAGRAPH.search(html)
    if opened and _SHOWN_PARAGRAPH_END.search(html, opened.end()):
        return True
    return _SHOWN_IMAGE.search(html) is not None
