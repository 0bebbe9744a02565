"""Writes what a reader sees of elements as blocks; `crawler.normalizer.cleaning` says what for."""

import re
from collections.abc import Callable
from functools import partial
from html import escape
from urllib.parse import quote, urljoin, urlsplit

from bs4.element import NavigableString, PreformattedString, Tag

from archive.documents.alignment import common_start
from crawler.normalizer.bounds import MAX_ADDRESS

# What archive.documents counts as white space: the ideographic and the no-break space, and what has no width.
SPACE = re.compile(r"[\s\u180e\u200b-\u200d\u2060\ufeff]+")
_WORDS = re.compile(f"({SPACE.pattern})")
_DROPPED = frozenset(
    "script style iframe frame frameset noscript template object embed applet audio video canvas svg math "
    "button input select textarea option datalist head title meta link".split()
)
_BOUNDARIES = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre "
    "section summary table tbody td tfoot th thead tr ul".split()
)
"""Where a line ends; elements of any other name stand within a line."""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_STRUCTURES = frozenset(("ul", "ol", "dl", "table", "blockquote", "pre", "figure"))
_PARENTS = {
    "li": ("ul", "ol"),
    "dt": ("dl",),
    "dd": ("dl",),
    "caption": ("table",),
    "thead": ("table",),
    "tbody": ("table",),
    "tfoot": ("table",),
    "tr": ("table", "thead", "tbody", "tfoot"),
    "td": ("tr",),
    "th": ("tr",),
    "figcaption": ("figure",),
}
"""Parts of structures, which are nothing elsewhere."""
_ROW = ("tr", "td")
_HOLDERS = {
    "ul": ("li",),
    "ol": ("li",),
    "dl": ("dd",),
    "table": _ROW,
    "thead": _ROW,
    "tbody": _ROW,
    "tfoot": _ROW,
    "tr": ("td",),
}
"""What must stand between such an element and its text."""
_CELLS = frozenset(("td", "th"))
_INLINE = frozenset("a b em i strong sub sup".split())
_BREAK, _NEW_LINE = "<br>", "&#10;"
_LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "data-lazyload",
    "data-url",
    "original",
)
_PLACEHOLDER = re.compile(
    r"(?:blank|dot|gr[ae]y|lazy|lazyload|load|loading|pixel|placeholder|space|spacer|transparent|1x1)"
    r"[-_.\w]{0,20}\.(?:gif|png|svg|jpe?g|webp)\Z",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*+:\s*+none|visibility\s*+:\s*+hidden", re.IGNORECASE)
_NO_SIZE = re.compile(r"\s*+[01](?:px)?\s*+\Z")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\x9f]")
_LINE_END = re.compile(r"\r\n?|[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MAX_NESTING = 60
"""Structures within structures; what is nested deeper is shown as text of the sixtieth."""


class BlockWriter:
    """Collects `blocks`: pairs of the HTML of a block, and whether it has text.

    Start tags are written only once something stands in them, so nothing empty is written, but for cells.
    """

    def __init__(self, address: str) -> None:
        self.blocks: list[tuple[str, bool]] = []
        self._address = address
        self._html: list[str] = []
        self._has_content = self._has_text = False
        self._structure: list[str] = []  # open elements, of which the first `_written` have their start tag
        self._written = 0
        self._line_tag: str | None = "p"  # what a line is wrapped in, None for nothing
        self._line: tuple[int, str | None] | None = None  # holders and wrapping of the line being written
        self._inline: dict[str, str] = {}  # the elements that the text is in, and their start tags
        self._inline_written: list[str] = []
        self._space = ""  # what separates the last word from the next, if one comes

    def write(self, element: Tag) -> None:
        """Write an element, hidden or not, and what is shown within it."""
        todo: list[object] = []

        def start(tag: Tag) -> None:
            todo.append(self._start(tag))
            todo.extend(reversed(tag.contents))

        start(element)
        while todo:
            part = todo.pop()
            if isinstance(part, Tag):
                if is_shown(part):
                    start(part)
            elif isinstance(part, NavigableString):
                if not isinstance(part, PreformattedString):
                    self._text(part)
            elif callable(part):
                part()
        self._end_line()

    def _start(self, tag: Tag) -> Callable[[], object]:
        """Begin an element; returns what is to be done at its end."""
        name = tag.name
        if name in _BOUNDARIES:
            return self._start_boundary(tag)
        if name in _INLINE and name not in self._inline and (start_tag := self._start_tag(tag)):
            self._inline[name] = start_tag
            return partial(self._inline.pop, name)
        if name == "br":
            self._line_break()
        elif name == "img":
            self._image(tag)
        return _nothing

    def _start_tag(self, tag: Tag) -> str | None:
        if tag.name != "a":
            return f"<{tag.name}>"
        target = self._resolved(attribute(tag, "href"))
        return f'<a href="{escape(target)}">' if target else None

    def _start_boundary(self, tag: Tag) -> Callable[[], object]:
        if self._is_preformatted():
            self._separate(_NEW_LINE)
            return partial(self._separate, _NEW_LINE)
        self._end_line()
        line_tag = self._line_tag
        if tag.name == "hr":
            self._rule()
        elif opened := self._structure_for(tag):
            self._structure += opened
            self._line_tag = None
            return partial(self._end_structure, len(opened), line_tag)
        elif tag.name in _HEADINGS:
            self._line_tag = tag.name
        elif line_tag not in _HEADINGS:
            self._line_tag = "p"
        return partial(self._end_container, line_tag)

    def _structure_for(self, tag: Tag) -> tuple[str, ...]:
        """The elements to be opened; none for what is a mere container where it stands."""
        name, parent = tag.name, self._structure[-1] if self._structure else ""
        if name in _PARENTS:
            return (name,) if parent in _PARENTS[name] else ()
        if name not in _STRUCTURES or len(self._structure) >= _MAX_NESTING:
            return ()
        if name == "pre" and tag.find(_BOUNDARIES, recursive=False):
            return ()
        return (*_HOLDERS.get(parent, ()), name)

    def _end_container(self, line_tag: str | None) -> None:
        self._end_line()
        self._line_tag = line_tag

    def _end_structure(self, depth: int, line_tag: str | None) -> None:
        self._end_line()
        if self._structure[-1] in _CELLS:
            self._write_start_tags()
        self._close(depth)
        self._line_tag = line_tag
        self._end_block()

    def _close(self, depth: int) -> None:
        for _ in range(depth):
            name = self._structure.pop()
            if self._written > len(self._structure):
                self._html.append(f"</{name}>")
                self._written -= 1

    def _write_start_tags(self) -> None:
        self._html += [f"<{name}>" for name in self._structure[self._written :]]
        self._written = len(self._structure)

    def _end_block(self) -> None:
        if self._structure or not self._html:
            return
        if self._has_content:
            self.blocks.append(("".join(self._html), self._has_text))
        self._html.clear()
        self._has_content = self._has_text = False

    def _begin_line(self) -> None:
        if self._line is not None:
            return
        holders = _HOLDERS.get(self._structure[-1], ()) if self._structure else ()
        self._structure += holders
        self._write_start_tags()
        if self._line_tag:
            self._html.append(f"<{self._line_tag}>")
        self._line = (len(holders), self._line_tag)

    def _end_line(self) -> None:
        self._space = ""
        if self._line is None:
            return
        holders, line_tag = self._line
        self._line = None
        self._end_inline(0)
        if line_tag:
            self._html.append(f"</{line_tag}>")
        self._close(holders)
        self._end_block()

    def _end_inline(self, kept: int) -> None:
        while len(self._inline_written) > kept:
            self._html.append(f"</{self._inline_written.pop()}>")

    def _write(self, markup: str) -> None:
        """Write a word or a picture into the line, with the white space before it."""
        space, self._space = self._space, ""
        if self._line is None:
            space = _indentation(space) if self._is_preformatted() else ""
        self._begin_line()
        names = list(self._inline)
        self._end_inline(common_start(names, self._inline_written))
        self._html.append(space)
        for name in names[len(self._inline_written) :]:
            self._html.append(self._inline[name])
            self._inline_written.append(name)
        self._html.append(markup)
        self._has_content = True

    def _text(self, text: str) -> None:
        for number, piece in enumerate(self._pieces(text)):
            if number % 2:
                self._separate(piece)
            elif piece:
                self._write(escape(piece, quote=False))
                self._has_text = True

    def _pieces(self, text: str) -> list[str]:
        """What is shown of a text between white space, and that, in turn."""
        if self._is_preformatted():
            pieces = _WORDS.split(text)
            return [_LINE_END.sub(_NEW_LINE, piece) if n % 2 else piece for n, piece in enumerate(pieces)]
        text = SPACE.sub(" ", text)
        return ["", " "] * text.startswith(" ") + [text.strip(" ")] + [" ", ""] * text.endswith(" ")

    def _separate(self, space: str) -> None:
        if self._is_preformatted():
            self._space += space
        elif self._space != _BREAK:
            self._space = space

    def _is_preformatted(self) -> bool:
        return self._structure[-1:] == ["pre"]

    def _line_break(self) -> None:
        if self._structure or self._line_tag in _HEADINGS:
            self._separate(_BREAK)
        else:
            self._end_line()

    def _rule(self) -> None:
        """A horizontal rule, which is a line of its own."""
        if not self._structure:
            self.blocks.append(("<hr>", False))

    def _image(self, tag: Tag) -> None:
        address = self._resolved(_source(tag))
        if address and not _is_pixel(tag):
            alt = SPACE.sub(" ", attribute(tag, "alt")).strip()
            self._write(f'<img src="{escape(address)}"' + (f' alt="{escape(alt)}">' if alt else ">"))

    def _resolved(self, reference: str) -> str | None:
        """The http address that is referred to; None for any other, and for a place in this page."""
        reference = reference.strip()
        if not reference or reference.startswith("#") or len(reference) > MAX_ADDRESS:
            return None
        try:
            address = _UNSAFE.sub(_quoted, urljoin(self._address, reference))
            parts = urlsplit(address)
        except ValueError:
            return None
        is_address = parts.scheme in ("http", "https") and parts.netloc and len(address) <= MAX_ADDRESS
        return address if is_address else None


def is_shown(tag: Tag) -> bool:
    """Whether a reader sees anything of an element: false for scripts, forms' controls and what is hidden."""
    return not (
        tag.name in _DROPPED or "hidden" in tag.attrs or _HIDDEN.search(attribute(tag, "style")) is not None
    )


def is_boundary(tag: Tag) -> bool:
    """Whether a line ends where the element begins and ends."""
    return tag.name in _BOUNDARIES


def attribute(tag: Tag, name: str) -> str:
    """The value of an attribute, empty without one."""
    value = tag.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)


def _source(image: Tag) -> str:
    """The address of a picture that the page's scripts may yet have to load."""
    source = attribute(image, "src")
    if source and not source.startswith("data:") and not _PLACEHOLDER.search(source):
        return source
    return next((value for name in _LAZY if (value := attribute(image, name))), "")


def _is_pixel(image: Tag) -> bool:
    """Whether a picture is there to count readers."""
    return all(_NO_SIZE.match(attribute(image, name)) for name in ("width", "height"))


def _quoted(character: re.Match[str]) -> str:
    return quote(character[0])


def _indentation(space: str) -> str:
    """Of the white space before the first word of a preformatted text, that of its line."""
    return space.replace(_BREAK, _NEW_LINE).rpartition(_NEW_LINE)[2]


def _nothing() -> None:
    """What is to be done at the end of an element that leaves no trace."""
