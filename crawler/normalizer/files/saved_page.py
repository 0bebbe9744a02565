"""Pages that a browser saved: HTML files, and MHTML archives of a page with all that it shows."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from archive.documents import Fidelity, SourcedDocument, canonical_text
from archive.documents.canonical import hash_of_text
from crawler.normalizer.bounds import MAX_ADDRESS
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import Imported, Treatment, encoding_of, of_mirror
from crawler.normalizer.finews.addresses import post_address
from crawler.normalizer.finews.combine import combine
from crawler.normalizer.finews.post_page import read_post
from crawler.normalizer.generic.web_addresses import IMPORTED, canonical_address, joined
from crawler.normalizer.markup import unescaped
from crawler.normalizer.page_text import PageText, page_text
from crawler.normalizer.rejected import Reason, Rejected

ARCHIVES = frozenset({".mhtml", ".mht"})
PAGES = frozenset({".html", ".htm", ".xhtml"}) | ARCHIVES
"""The endings of saved pages."""
_MAX_HEAD = 16 * 1024
"""Bytes of the headers of an archive or of one of its parts; browsers write under 1,000."""
_MOST_LEVELS = 3
"""A page within its alternatives within its archive; nobody nests deeper."""
_NOTES = 64 * 1024
"""Characters of a page within which browsers note where they have it from."""
_SAVED_FROM = re.compile(r"<!--\s*+saved from url=\(\d{4}\)(?P<address>[^\s<>]++)")
_SINGLE_FILE = re.compile(r"Page saved with SingleFile\s++url:\s*+(?P<address>[^\s<>]++)")
_TAG = re.compile(r"<(?:link|meta)\s[^<>]*+>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])(?P<name>[\w:-]++)\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'<>]++))"""
)


@dataclass(frozen=True, slots=True)
class _Saved:
    """A page's bytes, and where the archive that it lies in says that it is from."""

    data: bytes
    location: str = ""


def read_saved_page(name: str, data: bytes, owners: Owners) -> Imported:
    """The document in a saved page, given its name (a path is fine) and its bytes.

    A page of finews, or of a source that `owners` know, is read by its rules and gets the identity that it
    has when it is crawled. Any other is read as a page of any make; what identifies it is its address, or
    its content where it does not say that. Raises `Rejected`.
    """
    saved = _page_within(data) if PurePosixPath(name).suffix.lower() in ARCHIVES else _Saved(data)
    page = page_text(saved.data)
    address = _address_of(page.text, saved.location)
    found = _found(page, address, owners)
    shown = canonical_text(found.document.body)
    if not address:
        source_id = hash_of_text(found.document.title, shown)[:32]
        found = replace(
            found, source=IMPORTED, source_id=source_id, document=replace(found.document, link=None)
        )
    treatments = [
        *encoding_of(saved.data),
        *of_mirror(page.lost),
        *([] if address else [Treatment.NO_ADDRESS]),
    ]
    # Without an address, so that a crawl that comes upon it asks for it once.
    found = replace(found, fidelity=Fidelity.IMPORT, address="", share_address=found.share_address or address)
    return Imported(found, shown, tuple(treatments), leaves=False)


def _found(page: PageText, address: str, owners: Owners) -> SourcedDocument:
    """The document; where the page does not say its address, as if that were empty."""
    if post := post_address(address):
        return combine(read_post(page.text.encode(), post), None)
    if address and (read := owners.reader_of(address)):
        return read(page, address)
    from crawler.normalizer.generic.web_page import read_web_page  # noqa: PLC0415 slow to load, and few need it

    return read_web_page(page, address)


def _address_of(page: str, location: str) -> str:
    """Where the page is from: what it says itself, else what was noted as it was saved; empty for neither."""
    head = page[:_NOTES]
    noted = [found["address"] for pattern in (_SAVED_FROM, _SINGLE_FILE) if (found := pattern.search(head))]
    base = next(filter(None, map(canonical_address, (*noted, location))), "")
    own = dict(reversed(list(_own_addresses(page))))
    said = (canonical_address(joined(base, own[key])) for key in ("canonical", "og:url") if own.get(key))
    return next((address for address in said if address and not (base and _is_home(address))), base)


def _is_home(address: str) -> bool:
    """Whether it is a site's home page, which some name as the canonical address of all their pages."""
    parts = urlsplit(address)
    return parts.path in ("", "/") and not parts.query


def _own_addresses(page: str) -> Iterator[tuple[str, str]]:
    """What its ``<link rel="canonical">`` and ``<meta property="og:url">`` say."""
    for tag in _TAG.finditer(page):
        if len(tag[0]) > 2 * MAX_ADDRESS:
            continue
        given = {found["name"].lower(): _value(found) for found in _ATTRIBUTE.finditer(tag[0])}
        if given.get("rel", "").lower() == "canonical":
            yield "canonical", given.get("href", "")
        elif given.get("property", given.get("name", "")).lower() == "og:url":
            yield "og:url", given.get("content", "")


def _value(attribute: re.Match[str]) -> str:
    found = next(attribute[name] for name in ("double", "single", "bare") if attribute[name] is not None)
    return unescaped(found).strip()


def _page_within(archive: bytes) -> _Saved:
    """The page in an MHTML archive (RFC 2557): its first part that is HTML.

    Only headers are left to the `email` package: of a body, its parser compares each line to each boundary
    of the levels above.
    """
    try:
        head, body = _head_and_body(archive)
        location = str(head.get("Snapshot-Content-Location", head.get("Content-Location", "")))
        for part, content in _parts(head, body, _MOST_LEVELS):
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                page = _decoded(content, str(part.get("Content-Transfer-Encoding", "")).strip().lower())
                return _Saved(page, location or str(part.get("Content-Location", "")))
    except ValueError as error:  # a number of thousands of digits in a parameter
        raise Rejected(Reason.NOT_A_DOCUMENT, f"headers that cannot be read: {error}") from error
    raise Rejected(Reason.NO_ARTICLE, "an archive of a page without a part that is HTML")


def _head_and_body(data: bytes) -> tuple[Message, bytes]:
    ends = [
        (at, len(blank)) for blank in (b"\r\n\r\n", b"\n\n") if (at := data.find(blank, 0, _MAX_HEAD)) >= 0
    ]
    if not ends:
        raise Rejected(Reason.TRUNCATED, f"no end of the headers within {_MAX_HEAD} bytes")
    end, length = min(ends)
    return BytesHeaderParser().parsebytes(data[:end].lstrip()), data[end + length :]


def _parts(head: Message, body: bytes, levels: int) -> Iterator[tuple[Message, bytes]]:
    """The parts within, depth first; of a body that is not divided, itself."""
    boundary = head.get_boundary()
    if head.get_content_maintype() != "multipart" or not boundary or not levels:
        yield head, body
        return
    mark = f"\n--{boundary}".encode("utf-8", "surrogateescape")
    pieces = (b"\n" + body).split(mark)[1:]
    for piece in pieces:
        if piece.startswith(b"--"):
            return
        yield from _parts(*_head_and_body(piece.partition(b"\n")[2]), levels - 1)


def _decoded(content: bytes, coding: str) -> bytes:
    if coding == "quoted-printable":
        return a2b_qp(content)
    if coding != "base64":
        return content
    try:
        return a2b_base64(content)
    except Base64Error as error:
        raise Rejected(Reason.UNDECODABLE, f"a page in Base64 that is none: {error}") from error
