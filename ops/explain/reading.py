"""Reading what is known of one document or address, whatever it was named by."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from archive.archive import Archive
from archive.errors import NotFound
from archive.store import Store
from archive.store.values import Known as KnownDocument
from archive.store.values import Page, Stored
from crawler.normalizer.finews.addresses import share_api_address
from crawler.normalizer.generic.web_addresses import GENERIC, IMPORTED
from crawler.rules import RobotsArchive, RobotsSay, robots_say
from crawler.sources.place import Place, PlaceKind, place_of, spellings
from crawler.sources.registry import Sources
from crawler.sources.source import FINEWS, web_source
from crawler.standing import Past, standing_of
from ops.explain.events import SHARE_API, Known
from ops.explain.export_folders import FolderSeen, look_into
from ops.naming import document_named

_MOST_SHARERS = 20
_RUNS_LOOKED_AT = 200
"""Of the source, for failures without an answer: those of a day or two."""
_CODE = re.compile(r"[0-9A-Za-z]{4,64}")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: on what machine, introducing itself how, wanting how many captures, when (aware)."""

    host: str
    user_agent: str
    limit: int
    now: datetime


def read_known(archive: Archive, sources: Sources, name: str, asker: Asker) -> Known:
    """All that is known of what the name names: a document, or an address, met or not.

    Raises `NotFound` for what is no address and names nothing, `UsageError` for what names several documents.
    """
    store = archive.store
    place, stored = _named(store, sources, name)
    roles = _roles(name, place, stored)
    known = Known(
        asked=name,
        now=asker.now,
        place=place,
        stored=stored,
        roles=roles,
        page=_page(store, place, roles),
        captures=store.history.captures(roles, asker.limit),
        rejections=store.history.rejections(roles, asker.limit),
        note=_note(sources, stored, place),
    )
    known = _with_document(store, known, asker.host) if stored else known
    if not (place or stored or known.rejections.items):
        raise NotFound(
            f"{name[:100]!r} is no address and names no document; give an id, an address, a share link, the "
            "beginning of a content hash or a file's name"
        )
    known = replace(known, runs=store.history.runs(_run_ids(known)))
    if place is None:
        return known
    latest = tuple(store.runs(place.source.name, _RUNS_LOOKED_AT))
    return _with_standing(archive, replace(known, latest_runs=latest), asker)


def _named(store: Store, sources: Sources, name: str) -> tuple[Place | None, Stored | None]:
    """What the name names: the place of an address, the document, or both; neither, perhaps a file."""
    if stored := document_named(store, name):
        return _place_of_document(sources, stored), stored
    place = place_of(sources, name)
    if place and (stored := _document_at(store, name, place)):
        return _place_of_document(sources, stored), stored
    if place and place.kind is not PlaceKind.SHARE:
        return place, None
    # A code that became no document: a page at whose address it stands may tell why.
    code = place.source_id if place else name.removeprefix(f"{FINEWS.name}:")
    if _CODE.fullmatch(code):
        for address in store.history.addresses_ending(FINEWS.name, f"/{code}.html"):
            return place_of(sources, address), None
    return place, None


def _document_at(store: Store, name: str, place: Place) -> Stored | None:
    """The document of the place, by its identity, else by its address however written."""
    by_identity = f"{place.source.name}:{place.source_id}"
    stored = document_named(store, by_identity) if place.source_id else None
    return stored or document_named(store, *spellings(name, place))


def _run_ids(known: Known) -> Iterator[int]:
    captures = (one.run_id for one in known.captures.items)
    rejections = (one.run_id for one in known.rejections.items)
    revisions = (one.run_id for one in known.revisions)
    return (one for one in chain(captures, rejections, revisions) if one is not None)


def _place_of_document(sources: Sources, stored: Stored) -> Place | None:
    """Where the document is, if its source is still there to ask."""
    found = stored.found
    owner = web_source((found.address,)) if found.source == GENERIC else sources.by_name.get(found.source)
    if owner is None or not found.address:
        return None
    is_owned = found.source != GENERIC
    return Place(owner, found.address, PlaceKind.ARTICLE, found.source_id, is_owned=is_owned)


def _note(sources: Sources, stored: Stored | None, place: Place | None) -> str:
    if stored is None or place:
        return ""
    if stored.found.source == IMPORTED:
        return "it was imported, and nothing ties it to a page of the web: no crawl asks for it"
    if stored.found.source in sources.broken:
        return str(sources.broken[stored.found.source])
    if stored.found.source in sources.by_name:
        return "it was imported, and its address is not known: a list that names it has it read"
    return f"its source {stored.found.source} is not declared any more: no crawl asks for it"


def _roles(name: str, place: Place | None, stored: Stored | None) -> dict[str, str]:
    """The addresses whose captures are told, in all their spellings, and what each of them is."""
    role = _ROLES.get(place.kind, "page") if place else "page"
    addresses = [*([place.address] if place else []), *([stored.found.address] if stored else [])]
    roles = {one: role for address in addresses if address for one in spellings(address, place)}
    if place is None and stored is None:  # a file that could not be imported is known by its address, too
        roles = dict.fromkeys(_file_addresses(name), "file")
    code = place.source_id if place and place.source is FINEWS else ""
    code = stored.found.source_id if stored and stored.found.source == FINEWS.name else code
    return roles | ({share_api_address(code): SHARE_API} if code else {})


def _file_addresses(name: str) -> Iterator[str]:
    """The name, if it is the address of a file, and the address of the file of that name."""
    yield name
    with suppress(ValueError):  # no path at all
        yield Path(name).absolute().as_uri()


_ROLES = {
    PlaceKind.LIST: "list",
    PlaceKind.FEED: "feed",
    PlaceKind.ROBOTS: "robots",
    PlaceKind.SHARE: "share-page",
}


def _page(store: Store, place: Place | None, roles: Mapping[str, str]) -> Page | None:
    if place is None:
        return None
    addresses = (address for address, role in roles.items() if role != SHARE_API)
    found = (store.page(place.source.name, address) for address in addresses)
    return next((page for page in found if page), None)


def _with_document(store: Store, known: Known, host: str) -> Known:
    stored = known.stored
    if stored is None:
        return known
    revisions = tuple(store.history.revisions(stored.id))
    hashes = {stored.content_hash, *(one.content_hash for one in revisions)}
    return replace(
        known,
        revisions=revisions,
        sharers=store.history.sharers(stored.id, hashes, _MOST_SHARERS),
        speaker=store.history.speaker(stored.content_hash),
        files=tuple(store.history.files(stored.id)),
        folders=_folders(store, stored, host),
    )


def _folders(store: Store, stored: Stored, host: str) -> tuple[FolderSeen, ...]:
    document = (stored.found.source, stored.found.source_id)
    return tuple(look_into(one, stored.content_hash, document, host) for one in store.exports.all())


def _with_standing(archive: Archive, known: Known, asker: Asker) -> Known:
    place, stored, store = known.place, known.stored, archive.store
    if place is None:
        return known
    at = replace(place, address=known.page.address) if known.page else place
    past = Past(
        known=_as_known(stored) if stored else None,
        gone_since=stored.gone_since if stored else None,
        page=known.page,
        in_frontier=store.history.in_frontier(place.source.name, at.address, asker.now),
        was_asked=bool(known.captures.in_all or known.rejections.in_all),
    )
    return replace(
        known, standing=standing_of(at, past, asker.now), robots=_robots(archive, at, known, asker)
    )


def _robots(archive: Archive, place: Place, known: Known, asker: Asker) -> tuple[RobotsSay, ...]:
    if place.kind is PlaceKind.ROBOTS:
        return ()
    rules = RobotsArchive(place.source.name, archive)
    shared = [address for address, role in known.roles.items() if role == SHARE_API]
    asked = dict.fromkeys((place.address, *shared))
    return tuple(robots_say(rules, address, asker.user_agent) for address in asked)


def _as_known(stored: Stored) -> KnownDocument:
    """The document as a crawl knows it."""
    found = stored.found
    return KnownDocument(
        source_id=found.source_id,
        slug=found.document.slug,
        title=found.document.title,
        fidelity=found.fidelity,
        published=found.document.published,
        content_hash=stored.content_hash,
        first_seen=stored.first_seen,
    )
