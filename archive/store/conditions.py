"""Conditions: what a selection asks of the rows of the store."""

from sqlalchemy import ColumnElement, Connection, exists, select

from archive.store.searching import matching
from archive.store.selection import Selection
from archive.store.tables import DOCUMENT


def conditions(connection: Connection, selection: Selection) -> list[ColumnElement[bool]]:
    """What must hold of a row of the table of documents, `since` aside."""
    wanted: list[ColumnElement[bool]] = []
    for column, values in (
        (DOCUMENT.c.source, selection.sources),
        (DOCUMENT.c.slug, selection.slugs),
        (DOCUMENT.c.outlet, selection.outlets),
        (DOCUMENT.c.fidelity, selection.fidelities),
    ):
        if values is not None:
            wanted.append(column.in_(list(map(str, values))))
    if selection.published_from is not None:
        wanted.append(DOCUMENT.c.published >= selection.published_from)
    if selection.published_until is not None:
        wanted.append(DOCUMENT.c.published < selection.published_until)
    if selection.query:
        wanted.append(DOCUMENT.c.content_hash.in_(matching(connection, selection.query)))
    return wanted


def unknown_names(connection: Connection, selection: Selection) -> list[str]:
    """The sources, slugs and outlets of the selection that no document has, sorted."""
    named = (
        (DOCUMENT.c.source, selection.sources),
        (DOCUMENT.c.slug, selection.slugs),
        (DOCUMENT.c.outlet, selection.outlets),
    )
    asked = ((column, name) for column, names in named for name in sorted(set(names or ())))
    return [
        name
        for column, name in asked
        if not connection.execute(select(exists().where(column == name))).scalar_one()
    ]
