"""Feeds, RSS 0.9x, 1.0 and 2.0 and Atom: the addresses of their entries. Titles are not read.

Feeds set titles in typography of their own, and what else they hold stands on the pages that they name.
"""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from crawler.normalizer.bounds import MAX_ADDRESS, MAX_ENTRIES
from crawler.normalizer.cleaning import with_sound_surrogates
from crawler.normalizer.decode import decode
from crawler.normalizer.rejected import Reason, Rejected

ATOM = "{http://www.w3.org/2005/Atom}feed"
_RSS = frozenset(("rss", "RDF"))
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_AMPERSAND = re.compile(r"&(?:amp;|(?!#\d{1,20};|#[xX][\da-fA-F]{1,20};))", re.ASCII)
_ESCAPED = "&#38;"
"""An ampersand as libxml2 keeps it: any other it drops behind the first error."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed names: `root` is the name of its outermost element, with its namespace in braces.

    `entries` has the addresses of each entry as written, the one most to be trusted first; none where an
    entry has none.
    """

    root: str
    entries: tuple[tuple[str, ...], ...]


def read_entries(data: bytes) -> Feed:
    """The entries of a feed, in its order, though its XML be broken.

    Raises `Rejected` for what is no feed, or one of too many entries.
    """
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    text = _decoded(data)
    reader = _read(data if text is None else _mended(text).encode(), _AtomReader(), text is not None)
    if _local(reader.root) in _RSS:
        sound = data if text is None else _mended(with_sound_surrogates(text)).encode()
        reader = _read(sound, _RssReader(), text is not None)
    elif _local(reader.root) != "feed":
        raise Rejected(Reason.NO_POSTS, "no feed, neither RSS nor Atom")
    return Feed(reader.root, tuple(map(tuple, reader.entries)))


def _decoded(data: bytes) -> str | None:
    """The text of a feed, whatever it says it is in; None where the parser knows better, or mends bytes."""
    if b"\0" in data[:4]:
        return None
    try:
        return decode(data).lstrip()
    except Rejected:
        return None


def _mended(text: str) -> str:
    """The text with each ampersand as a number, also those that should have been; so no entity is used."""
    parts, start = [], 0
    while (begin := text.find(_CDATA, start)) >= 0 and (end := text.find(_CDATA_END, begin)) >= 0:
        parts += [_AMPERSAND.sub(_ESCAPED, text[start:begin]), text[begin:end]]
        start = end
    return "".join((*parts, _AMPERSAND.sub(_ESCAPED, text[start:])))


def _read(data: bytes, reader: "_AtomReader", is_utf8: bool) -> "_AtomReader":
    """The reader, fed with the events of an XML parser that reaches neither files nor the network."""
    parser = etree.XMLParser(
        encoding="utf-8" if is_utf8 else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        target=reader,  # type: ignore[arg-type]
    )
    try:
        etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(Reason.NO_POSTS, f"no XML: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise Rejected(Reason.NO_POSTS, "no XML: a character that is none") from error
    return reader


class _AtomReader:
    """Collects the addresses of entries from parser events: a tree of 16 MiB of tags would need a GB.

    It takes no texts: recovering, libxml2 lets the surrogates among them pass, which lxml cannot decode.
    """

    def __init__(self) -> None:
        self.root = ""
        self.entries: list[list[str]] = []
        self._open: list[str] = []

    def start(self, tag: Any, attributes: Any) -> None:
        """A link to a post is an alternate one that stands right within an entry."""
        self.root = self.root or tag
        if _local(tag) in {"entry", "item"}:
            self._begin_entry()
        elif self._is_part(tag, "entry", "link") and attributes.get("rel", "alternate") == "alternate":
            self.entries[-1].append(attributes.get("href", "").replace(_ESCAPED, "&"))
        self._open.append(tag)

    def end(self, tag: Any) -> None:
        """The element that was opened last ends."""
        self._open.pop()

    def close(self) -> None:
        """Nothing remains to be done."""

    def _begin_entry(self) -> None:
        if len(self.entries) == MAX_ENTRIES:
            raise Rejected(Reason.TOO_MANY, f"a feed of more than {MAX_ENTRIES} entries")
        self.entries.append([])

    def _is_part(self, tag: str, whole: str, name: str) -> bool:
        """Whether an element that starts is a part of the open one, both by these names in one namespace."""
        parent = self._open[-1] if self._open else ""
        return _local(parent) == whole and tag == parent.removesuffix(whole) + name


class _RssReader(_AtomReader):
    """Collects the addresses of items, which are texts: of their links, then of what identifies them."""

    def __init__(self) -> None:
        super().__init__()
        self._text: list[str] | None = None

    def start(self, tag: Any, attributes: Any) -> None:
        """An identifier is no address where it says so."""
        identifies = self._is_part(tag, "item", "guid") and attributes.get("isPermaLink") != "false"
        self._text = [] if identifies or self._is_part(tag, "item", "link") else None
        super().start(tag, attributes)

    def data(self, text: str) -> None:
        """A piece of the text of the open element."""
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: Any) -> None:
        """The text of a link or an identifier is whole."""
        super().end(tag)
        address = "".join(self._text or ()).strip()
        self._text = None
        if not address or len(address) > MAX_ADDRESS:
            return
        if _local(tag) == "link":
            self.entries[-1].insert(0, address)
        elif address.startswith(("http://", "https://")):
            self.entries[-1].append(address)


def _local(tag: str) -> str:
    """The name of an element without its namespace, or its prefix where that stands for none."""
    return tag.rpartition("}")[2].rpartition(":")[2]
