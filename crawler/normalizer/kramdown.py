"""What kramdown does to an article's HTML, undone as far as it can be.

The site generator passes raw HTML blocks through: it sets them on lines of their own and escapes what
could be read as markup, no more. But HTML that begins with text instead of a block, or that is indented
by four spaces, is Markdown to it: a reader of the page then sees the tags themselves.
"""

import re
from html import unescape

_BLOCK = r"(?:p|div|center|table|ul|ol|dl|h[1-6]|blockquote|pre|section|figure)\b"
_AFTER_BLOCK = re.compile(rf"(</{_BLOCK}>|<hr />)\s*\n\s*(?=<)")
_AFTER_COMMENT = re.compile(rf"(-->)\s*\n\s*(?=<(?:{_BLOCK}|!--))")
_AMPERSAND = re.compile(r"&amp;(?!#?\w+;)")
_SHOWN_TAG = re.compile(
    r"&lt;(?P<tag>/?(?:p|div|center|table|tbody|tr|td|th|ul|ol|li|img|br|strong|span|h[1-6])(?:\s[^<>]*?)?/?)&gt;",
    re.IGNORECASE,
)
_SHOWN_PAIR = re.compile(
    r"&lt;p(?:\s[^<>]*?)?&gt;.*?&lt;/p&gt;|&lt;img\s[^<>]*?&gt;", re.IGNORECASE | re.DOTALL
)
_CODE_BLOCK = re.compile(
    r"<pre><code>(?P<html>\s*&lt;(?:p|div|img|table|/)[^<]*)</code></pre>", re.IGNORECASE
)
_WRAPPED = re.compile(r"<p>(?P<html>(?:(?!</p>).)*)</p>", re.DOTALL)


def source_of(rendered: str) -> str:
    """The HTML as it was before kramdown rendered it: the same text, as near to the same bytes as can be."""
    html = _CODE_BLOCK.sub(lambda match: unescape(match["html"]).strip(), rendered)
    html = _WRAPPED.sub(_unwrap, html)
    html = _AFTER_BLOCK.sub(r"\1", html.strip("\n"))
    html = _AFTER_COMMENT.sub(r"\1", html)
    return _AMPERSAND.sub("&", html)


def _unwrap(paragraph: re.Match[str]) -> str:
    """A paragraph that shows whole tags to its reader was HTML which kramdown took for text."""
    html = paragraph["html"]
    if "&lt;" not in html or not _SHOWN_PAIR.search(html):
        return paragraph[0]
    return _SHOWN_TAG.sub(lambda tag: f"<{unescape(tag['tag'])}>", html)
