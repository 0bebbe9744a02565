"""Files of our own exports: the manifest beside them says whose documents they are."""

from dataclasses import replace
from hashlib import sha256

from archive.documents import canonical_text, parse, render
from archive.documents.canonical import hash_of_text
from archive.errors import DocumentError
from archive.exports.entry import Entry
from crawler.normalizer.bounds import MAX_ADDRESS, check_bounds
from crawler.normalizer.files.imported import day_in, identified, read_imported
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import Imported
from crawler.normalizer.finews.addresses import code_in_address, contradict, post_address
from crawler.normalizer.finews.combine import FINEWS
from crawler.normalizer.generic.web_addresses import GENERIC, canonical_address, web_id

_LONGEST_SOURCE = 100
_LONGEST_ID = 500
"""Characters; that of a page of the web is never longer."""


def read_exported(entry: Entry, name: str, data: bytes, owners: Owners) -> Imported:
    """The document in a file that a manifest lists, given what that says of it.

    The manifest is believed where the file is the very one that it lists, and has the content that it names:
    then source, source_id and address are as it says. But a post of finews that names another article's code
    is that one, and an address has to be one of the document's. Any other file is read as one of anybody's
    making.
    Raises `archive.errors.DocumentError` as `read_imported` does.
    """
    if sha256(data).hexdigest() != entry.sha256 or not _is_possible(entry):
        return read_imported(name, data, owners)
    read = _as_written(entry, name, data, owners) or read_imported(name, data, owners)
    own = read.found
    is_another = entry.source == own.source == FINEWS and contradict(own.source_id, entry.source_id)
    if is_another or hash_of_text(own.document.title, read.text) != entry.content_hash:
        return read_imported(name, data, owners)
    address = entry.address if _is_at(entry, owners) else ""
    share_address = "" if address and entry.source != FINEWS else own.share_address
    found = replace(
        own, source=entry.source, source_id=entry.source_id, address=address, share_address=share_address
    )
    return replace(read, found=found)


def _is_possible(entry: Entry) -> bool:
    """Whether it could be the identity of a document."""
    return 0 < len(entry.source) <= _LONGEST_SOURCE and 0 < len(entry.source_id) <= _LONGEST_ID


def _as_written(entry: Entry, name: str, data: bytes, owners: Owners) -> Imported | None:
    """The document of a file that an export wrote itself; None where it let one out as that had come in.

    What an export writes is read to the letter: no line end and no character is taken for a mistake. Posts of
    a Jekyll tree have more front matter than documents, and are not kept for files of the owner's making.
    One without text is what the store had.
    """
    is_post = "/" in entry.name
    try:
        text = data.decode()
        document = parse(text)
    except (UnicodeDecodeError, DocumentError):
        return None
    shown = canonical_text(document.body)
    if not (is_post or render(document) == text):
        return None
    check_bounds(title=document.title, slug=document.slug, outlet=document.outlet, link=document.link)
    if document.published is None and not is_post:  # as when it came in first
        document = replace(document, published=day_in(name))
    return Imported(identified(name, document, shown, owners), shown, leaves=not is_post)


def _is_at(entry: Entry, owners: Owners) -> bool:
    """Whether the document of the entry may be at its address, as far as addresses tell."""
    address = entry.address
    if not address or len(address) > MAX_ADDRESS:
        return False
    if entry.source == FINEWS:
        return post_address(address) == address and not contradict(entry.source_id, code_in_address(address))
    if canonical_address(address) != address:
        return False
    if entry.source == GENERIC:
        return web_id(address) == entry.source_id
    return owners.identity_of(address) in {None, entry.document}
