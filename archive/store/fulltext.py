"""The full text index: what finds a content by the tokens of its title and text.

It is kept in the transaction that stores the content, and holds every content that was ever stored: none
changes, so nothing is ever taken out. SQLite has a table of FTS5 that keeps no text of its own; PostgreSQL a
table with one `tsvector` a content, made of the same tokens without its parser.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.exc import DatabaseError

from archive.documents.canonical import canonical_title
from archive.errors import StoreUnavailable
from archive.search import tokens
from archive.store.address import show_address
from archive.store.failures import is_broken_index, is_damage
from archive.store.tables import CATALOGUE, CONTENT

TABLE = "full_text"
"""On both databases; it is none of `METADATA`, since each has its own."""
RULES = 2
"""The version of what the tokens are (`archive.search`). Each index has that by which it was made, on SQLite
in the `user_version`, which nothing else uses, and on PostgreSQL in a comment on its table."""
_PARTS = ("data", "idx", "content", "docsize", "config")
"""Where FTS5 keeps it."""
AHEAD = 10_000
"""By how much a hit in the title goes before all others: more than any query's words can count."""
_AT_ONCE = 200
Indexed = tuple[str, str, str]
"""Hash, title and text of a content."""

_SQLITE = (
    # `ascii` splits at ASCII punctuation alone: what the tokens are is for `archive.search` to say.
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, text, content = '', tokenize = 'ascii')",
    # Twice as many segments of one size as usual before they are merged: a third less work in writing.
    f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('automerge', 8)",  # noqa: S608 constants
    f"PRAGMA user_version = {RULES}",
)
_POSTGRESQL = (
    f'CREATE TABLE {TABLE} (content_hash CHAR(64) COLLATE "C" NOT NULL, title TSVECTOR, words TSVECTOR, '
    f"is_exact BOOLEAN NOT NULL, CONSTRAINT pk_{TABLE} PRIMARY KEY (content_hash))",
    f"CREATE INDEX ix_{TABLE}_title ON {TABLE} USING gin (title)",
    f"CREATE INDEX ix_{TABLE}_words ON {TABLE} USING gin (words)",
    f"CREATE INDEX ix_{TABLE}_inexact ON {TABLE} (content_hash) WHERE NOT is_exact",
    f"COMMENT ON TABLE {TABLE} IS '{RULES}'",
)
_INTO_SQLITE = text(
    f"INSERT INTO {TABLE} (rowid, title, text) "  # noqa: S608 a constant
    "SELECT id, :title, :text FROM catalogue WHERE content_hash = :content_hash"
)
_INTO_POSTGRESQL = text(
    f"INSERT INTO {TABLE} (content_hash, title, words, is_exact) VALUES (:content_hash, "  # noqa: S608
    "CAST(:title AS TSVECTOR), CAST(:words AS TSVECTOR), :is_exact) ON CONFLICT DO NOTHING"
)

_RULES_OF_SQLITE = "PRAGMA user_version"
_RULES_OF_POSTGRESQL = f"SELECT obj_description(to_regclass('{TABLE}'), 'pg_class')"
_OTHER_RULES = "the full text index was made by another version's rules"
_ANEW = "make it anew with `archive db reindex`"

_LAST_POSITION = 16383
_POSITIONS = 255
_BYTES = 1_000_000
"""What a `tsvector` holds at the most: https://www.postgresql.org/docs/current/textsearch-limitations.html"""


def create(connection: Connection) -> None:
    """Make an empty index."""
    for statement in _SQLITE if _is_sqlite(connection) else _POSTGRESQL:
        connection.execute(text(statement))


def check(connection: Connection) -> None:
    """Raise `StoreUnavailable` for an index that was made by other rules, and would not find all."""
    if not _is_by_these_rules(connection):
        raise StoreUnavailable(f"{show_address(connection.engine.url)}: {_OTHER_RULES}; {_ANEW}")


def _is_by_these_rules(connection: Connection) -> bool:
    rules = _RULES_OF_SQLITE if _is_sqlite(connection) else _RULES_OF_POSTGRESQL
    return str(connection.exec_driver_sql(rules).scalar()) == str(RULES)


def add(connection: Connection, contents: Iterable[Indexed]) -> None:
    """Index the contents, which are not indexed yet; on SQLite they are in the catalogue already."""
    rows: list[dict[str, object]]
    if _is_sqlite(connection):
        rows = [
            {"content_hash": key, "title": tokens(canonical_title(title)), "text": tokens(body)}
            for key, title, body in contents
        ]
        statement = _INTO_SQLITE
    else:
        rows = [{"content_hash": key} | _vectors(title, body) for key, title, body in contents]
        statement = _INTO_POSTGRESQL
    if rows:
        connection.execute(statement, rows)


def fill(connection: Connection, on_progress: Callable[[int], None] = lambda number: None) -> None:
    """Index all contents, a few at a time; `on_progress` is told how many more."""
    for some in _all(connection):
        add(connection, some)
        on_progress(len(some))


def rebuild(connection: Connection, on_progress: Callable[[int], None]) -> None:
    """Make the index anew, whatever has become of it."""
    if _is_sqlite(connection):
        _drop_from_sqlite(connection)
    else:
        connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))
    create(connection)
    fill(connection, on_progress)


def _drop_from_sqlite(connection: Connection) -> None:
    try:
        connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))
    except DatabaseError as error:
        if not is_broken_index(error):
            raise
        # FTS5 drops no table that it cannot read: the name is taken out of the schema, and what is behind it.
        connection.execute(text("PRAGMA writable_schema = ON"))
        connection.execute(text(f"DELETE FROM sqlite_master WHERE name = '{TABLE}'"))  # noqa: S608 a constant
        connection.execute(text("PRAGMA writable_schema = RESET"))
        for part in _PARTS:
            connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}_{part}"))


def faults(connection: Connection) -> Iterator[str]:
    """A line where contents are missing in the index, or anything of them."""
    try:
        found = _OTHER_RULES if not _is_by_these_rules(connection) else _missing(connection)
        if not found and _is_sqlite(connection):
            found = _lost_in_sqlite(connection)
    except DatabaseError as error:
        if not is_broken_index(error) and not is_damage(error):
            raise
        found = f"the full text index cannot be read ({error.orig})"
    if found:
        yield f"{found}; {_ANEW}"


def _missing(connection: Connection) -> str:
    if _is_sqlite(connection):
        is_indexed = f"id IN (SELECT id FROM {TABLE}_docsize)"  # noqa: S608 a constant
    else:
        is_indexed = f"content_hash IN (SELECT content_hash FROM {TABLE})"  # noqa: S608 a constant
    missing = f"SELECT count(*), min(content_hash) FROM catalogue WHERE NOT {is_indexed}"  # noqa: S608
    number, first = connection.execute(text(missing)).one()
    return f"{number} contents are not in the full text index, {first} among them" if number else ""


def _lost_in_sqlite(connection: Connection) -> str:
    """Compare how many words there are: FTS5 takes a list that has lost some for a shorter list."""
    connection.execute(text(f"SELECT rowid FROM {TABLE} LIMIT 0"))  # noqa: S608 it says best what it has not
    connection.execute(text(f"CREATE VIRTUAL TABLE temp.{TABLE}_words USING fts5vocab(main, {TABLE}, row)"))
    try:
        counted = text(f"SELECT coalesce(sum(cnt), 0) FROM temp.{TABLE}_words")  # noqa: S608 a constant
        indexed = connection.execute(counted).scalar_one()
    finally:
        connection.execute(text(f"DROP TABLE temp.{TABLE}_words"))
    written = sum(
        len(tokens(one).split())
        for some in _all(connection)
        for _, title, body in some
        for one in (canonical_title(title), body)
    )
    return "" if indexed == written else f"the full text index has {indexed} words instead of {written}"


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether Alembic is to compare what has that name: not the index, which FTS5 keeps in several tables."""
    return kind != "table" or not f"{name}_".startswith(f"{TABLE}_")


def _all(connection: Connection) -> Iterator[Sequence[Indexed]]:
    columns = select(CATALOGUE.c.id, CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.text)
    joined = columns.join(CONTENT, CONTENT.c.content_hash == CATALOGUE.c.content_hash)
    query = joined.where(CATALOGUE.c.id > bindparam("last")).order_by(CATALOGUE.c.id).limit(_AT_ONCE)
    last = 0
    while rows := connection.execute(query, {"last": last}).all():
        yield [(row.content_hash, row.title, row.text) for row in rows]
        last = rows[-1].id


def _vectors(title: str, body: str) -> dict[str, object]:
    """The title's words and all words, as PostgreSQL writes them, and whether each has all of its places."""
    of_title, of_text = tokens(canonical_title(title)).split(), tokens(body).split()
    places: dict[str, list[str]] = defaultdict(list)
    for place, token in enumerate(of_title, 1):
        places[token].append(f"{place}A")
    in_title = _written(places)
    for place, token in enumerate(of_text, len(of_title) + 2):  # no phrase goes from one into the other
        places[token].append(str(place))
    is_short = len(of_title) + 1 + len(of_text) <= _LAST_POSITION
    if is_short and all(len(found) <= _POSITIONS for found in places.values()):
        return {"title": in_title, "words": _written(places), "is_exact": True}
    words = " ".join(f"'{token}'" for token in places)
    return {"title": None, "words": words if len(words.encode()) < _BYTES else None, "is_exact": False}


def _written(places: Mapping[str, Sequence[str]]) -> str:
    return " ".join(f"'{token}':{','.join(found)}" for token, found in places.items())


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
