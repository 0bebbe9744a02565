"""What Markdown leaves as it is: decided here, without running it.

Jekyll's kramdown passes HTML blocks through. Of other text it makes something else, of elements that are not
closed it shows the tags; 3,000 levels of either end the whole build, and some texts take it hours. So only
what is plainly a row of HTML blocks, as the corpus has it, is given to it.
"""

import re

from archive.documents import Document

_BLOCKS = frozenset(
    "address article blockquote center div dl figure footer h1 h2 h3 h4 h5 h6 header ol p section table "
    "ul".split()
)
_WITHIN = _BLOCKS | frozenset(
    "a abbr b big caption cite code col colgroup dd del dfn dt em figcaption font i ins kbd li mark pre q s "
    "samp small span strike strong sub sup tbody td tfoot th thead tr tt u var".split()
)
_VOID = frozenset("br col hr img".split())
_DEEPEST = 50
"""Open elements. Ruby's stack holds some hundreds; articles have under 30."""
_ATTRIBUTE = r"""\s++(?!markdown\b)[a-zA-Z][a-zA-Z0-9_-]*+(?:=(?:"[^"<>]*+"|'[^'<>]*+'|[a-zA-Z0-9_]++))?+"""
_TAG = re.compile(
    rf"<!--(?:(?!--).)*+-->|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?:{_ATTRIBUTE})*+\s*+/?>",
    re.DOTALL | re.ASCII,
)
_BETWEEN_BLOCKS = re.compile(r"(?: *+\n)*+ {0,3}")
_MAYBE_MARKUP = re.compile(r"<(?![0-9 =])")
# Of a number that is no character's kramdown makes bytes that are no text.
_MAYBE_NO_CHARACTER = re.compile(r"&#(?!(?:[0-9]{2,4}|x[0-9a-f]{2,3}|x[0-9a-c][0-9a-f]{3});)", re.IGNORECASE)
_DIGEST = re.compile(r"> (?![-+:#=>\s]|\d+[.)])[^\n*_`\[\]<\\|${}~^]*+(?<! )\n\n")
_LINK = re.compile(r"(?:https?://[\w\-.~:/?#@!&()+,;=%*]+)?")
_NAME = re.compile(r"[^\n*_`\[\]<>\\|${}~^]*")
_URL = re.compile(r"(?:[\w\-./:?#@!&+,;=%（）·，、 ]|\([\w ]*+\))*+")
_LIKE_AN_ENDING = re.compile(r"返回首页</a>|(?:</a>|&gt;)</p>\s*\Z")


def stays_as_it_is(document: Document) -> bool:
    """Whether kramdown renders the document's file as what it says."""
    if document.link is None and _LIKE_AN_ENDING.search(document.body):
        return False  # a reader of the page would take a part of the body for the link behind it
    has_plain_end = (
        _LINK.fullmatch(document.link or "")
        and _NAME.fullmatch(document.outlet)
        and _URL.fullmatch(document.return_url or "")
    )
    if not has_plain_end or _MAYBE_NO_CHARACTER.search(document.body):
        return False
    digest = _DIGEST.match(document.body)
    return _is_html_blocks(document.body[digest.end() if digest else 0 :])


def _is_html_blocks(html: str) -> bool:
    """Whether the text is a row of blocks, in which all elements are closed in order, and nothing between."""
    opened: list[str] = []
    position = 0
    for tag in _TAG.finditer(html):
        between = html[position : tag.start()]
        if not (_is_text(between) if opened else _BETWEEN_BLOCKS.fullmatch(between)):
            return False
        if tag["name"] and not _goes_on(opened, tag["name"].lower(), is_end=bool(tag["end"])):
            return False
        position = tag.end()
    return not opened and position > 0 and not html[position:].strip(" \n")


def _is_text(between: str) -> bool:
    return not _MAYBE_MARKUP.search(between)


def _goes_on(opened: list[str], name: str, *, is_end: bool) -> bool:
    """Open or close an element; False where it may not stand there."""
    if is_end:
        return bool(opened) and opened.pop() == name
    if name in _VOID:
        return bool(opened) or name == "hr"
    opened.append(name)
    return len(opened) <= _DEEPEST and name in (_WITHIN if len(opened) > 1 else _BLOCKS)
