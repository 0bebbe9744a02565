"""The pages that are asked, and asked again."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, RowMapping, delete, literal_column, or_, select, union

from archive.store.rows import chunks, insertion
from archive.store.tables import PAGE
from archive.store.types import storable
from archive.store.values import Observation, Page, PageKind

PageKey = tuple[str, str]

_LONGEST = 2000
_NAMES = tuple(field.name for field in fields(Page))
_COLUMNS = tuple(PAGE.c[name] for name in _NAMES)
# In the words of the index: with parameters in their place neither database would use it.
_ALWAYS_ASKED = or_(
    PAGE.c.checked_at.is_(None),
    PAGE.c.kind.in_([literal_column(f"'{kind}'") for kind in (PageKind.LIST, PageKind.FEED)]),
)


def check_addresses(observations: Iterable[Observation]) -> None:
    """Raises `ValueError` for a page whose address cannot be stored: too long for an index, or not ASCII."""
    for page in (page for one in observations for page in one.pages):
        if len(page.address) > _LONGEST or not page.address.isascii():
            raise ValueError(
                f"page {page.address[:80]!r}: its address is not ASCII, or over {_LONGEST} characters"
            )


def last_words(
    observations: Iterable[Observation], gone: Iterable[Iterable[PageKey]]
) -> dict[PageKey, Page | None]:
    """What is said last of each page; None where that is that it is not asked any more.

    Of one observation first `pages` count, then `forgotten`, then the pages of documents that are `gone`.
    """
    last: dict[PageKey, Page | None] = {}
    for one, taken_away in zip(observations, gone, strict=True):
        last |= {(storable(page.source), storable(page.address)): page for page in one.pages}
        last |= dict.fromkeys((storable(source), storable(address)) for source, address in one.forgotten)
        last |= dict.fromkeys(taken_away)
    return last


def store_pages(connection: Connection, last: Mapping[PageKey, Page | None]) -> None:
    """Write the pages whole, and delete those that are not asked any more."""
    wanted = [page for _, page in sorted(last.items(), key=itemgetter(0)) if page is not None]
    if wanted:
        statement = insertion(connection, PAGE)
        replaced = {name: statement.excluded[name] for name in _NAMES if name not in {"source", "address"}}
        rows = [{name: getattr(page, name) for name in _NAMES} for page in wanted]
        upsert = statement.on_conflict_do_update(
            index_elements=[PAGE.c.source, PAGE.c.address], set_=replaced
        )
        connection.execute(upsert, rows)
    forgotten = sorted(key for key, page in last.items() if page is None)
    for source, of_source in groupby(forgotten, key=itemgetter(0)):
        for some in chunks(address for _, address in of_source):
            connection.execute(delete(PAGE).where(PAGE.c.source == source, PAGE.c.address.in_(some)))


def frontier(connection: Connection, source: str, now: datetime, address: str | None = None) -> list[Page]:
    """The source's pages that are due, those never read, its lists and feeds; the first due first.

    With an address that page alone, if it is one of these.
    """
    # Two questions with an index each: most pages are posts that were read and are not due.
    of_source = select(PAGE.c.id).where(PAGE.c.source == source)
    if address is not None:
        of_source = of_source.where(PAGE.c.address == address)
    asked = union(of_source.where(PAGE.c.next_check <= now), of_source.where(_ALWAYS_ASKED))
    order = (PAGE.c.next_check.asc().nulls_last(), PAGE.c.address)
    query = select(*_COLUMNS).where(PAGE.c.id.in_(asked)).order_by(*order)
    return [_page(row) for row in connection.execute(query).mappings()]


def page(connection: Connection, source: str, address: str) -> Page | None:
    """The page of that address; None where the source has none."""
    query = select(*_COLUMNS).where(PAGE.c.source == source, PAGE.c.address == address)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _page(row)


def _page(row: RowMapping) -> Page:
    return Page(**{**row, "kind": PageKind(row["kind"])})
