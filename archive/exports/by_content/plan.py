"""The plan: what a folder has, and what it is to have, in tables. `names` decides upon them."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST, folded
from archive.exports.journal import Placement
from archive.exports.manifest import entry_tail, entry_with_tail, line_of

Place = tuple[float, str, str, int]
"""Published (seconds since 1970; infinite without a date), source, source_id, place among its content."""
_AT_ONCE = 500
_HASH16 = re.compile(r"[_-]([0-9a-f]{16})\.[a-z]+\Z")


class Naming(Protocol):
    """What names a layout gives."""

    @property
    def is_usable(self) -> Callable[[str], bool]:
        """Whether a file may have that name, if it is its own."""

    @property
    def numbered(self) -> Callable[[int, str], str]:
        """The name of a file that has none of its own, by a running number and its content's hash.

        It ends in a mark (``_`` or ``-``), the first 16 digits of the hash and a suffix.
        """

    @property
    def number_of(self) -> Callable[[str], int | None]:
        """The running number in such a name; None for all other names."""


class State(StrEnum):
    """What becomes of a listed file."""

    FREE = "free"
    """No wanted file has its name."""
    TAKEN = "taken"
    STAYS = "stays"
    """The manifest is believed: it is as it is to be."""
    SUPERSEDED = "superseded"
    """Its documents are in other files now."""
    LEFT_OVER = "left over"
    """Its documents are not wanted any more: kept, unless pruning is asked for."""
    LOST = "lost"
    """The same, and the file is not there any more either."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that the folder is to have. The name of `file` is its own; empty where any will do."""

    file: Entry
    place: Place
    gone_since: str = ""
    """Since when its documents are gone, where all are."""


class Plan:
    """First comes what there is (`find`, `list`, `believe`), then what is to be (`want`), then the names."""

    def __init__(self, tables: sqlite3.Connection, naming: Naming) -> None:
        self.tables, self.naming = tables, naming
        self.is_fresh = True
        """Whether there is nothing yet."""
        self.is_in_order = True
        """Whether what is wanted came in order."""
        self._last: Place = (float("-inf"), "", "", 0)
        self._wanted = 0
        self._batch: list[tuple[object, ...]] = []
        tables.create_function("folded", 1, folded, deterministic=True)
        tables.create_function("number_of", 1, naming.number_of, deterministic=True)
        tables.create_function("hash16_in", 1, _hash16_in, deterministic=True)
        tables.execute("INSERT INTO taken VALUES (?, 0)", (folded(MANIFEST),))

    def find(self, names: Iterable[tuple[str, bool]]) -> None:
        """Take in what lies in the folder: True for plain files."""
        rows = (
            {"name": name, "plain": plain} for name, plain in names if name != MANIFEST and _is_text(name)
        )
        add = "INSERT INTO present VALUES (:name, :plain, number_of(:name), hash16_in(:name), 0)"
        self.tables.executemany(add, rows)
        self._found()

    def list(self, entries: Iterable[Entry]) -> None:
        """Take in what the manifest lists, but for what is no plain file any more."""
        for entry in entries:
            if entry.content_hash:
                values: tuple[object, ...] = self._listed(entry)
                self.tables.execute(
                    "INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?, ?, ?, 'free', 0, ?, ?)", values
                )
            else:
                values = (entry.name, entry.sha256)
                self.tables.execute("INSERT OR REPLACE INTO extra VALUES (?, ?, NULL)", values)
        self.tables.execute("DELETE FROM listed WHERE name IN (SELECT name FROM present WHERE NOT is_plain)")
        self.tables.execute("CREATE INDEX listed_content ON listed (content_hash)")
        self.tables.execute("CREATE INDEX listed_document ON listed (source, source_id)")
        self.is_fresh = self.is_fresh and not self.one("SELECT 1 FROM listed")
        self.tables.execute("INSERT OR IGNORE INTO taken SELECT folded(name), 0 FROM listed")
        self.tables.execute("INSERT OR IGNORE INTO taken SELECT folded(name), 0 FROM extra")

    def find_listed(self) -> None:
        """Take it that what is listed lies in the folder, and nothing else."""
        self.tables.execute("INSERT INTO present SELECT name, 1, number, hash16_in(name), 0 FROM listed")
        self._found()

    def believe(self, current: Iterable[str], changed: Iterable[str]) -> None:
        """Have the listed files of the current contents stay, but for those of contents that changed."""
        self.tables.executemany("INSERT OR IGNORE INTO sure VALUES (?)", ((one,) for one in current))
        self.tables.executemany("DELETE FROM sure WHERE content_hash = ?", ((one,) for one in changed))
        self.tables.execute("UPDATE listed SET state = 'stays' WHERE content_hash IN sure")
        self.tables.execute(
            "UPDATE present SET settled = 1 WHERE name IN (SELECT name FROM listed WHERE state = 'stays')"
        )
        shared = self.tables.execute(
            """SELECT tail FROM listed WHERE state = 'stays' AND tail NOT LIKE '%"others": []%'"""
        )
        for (tail,) in shared:
            self._add_others(entry_with_tail("", tail))

    def one(self, query: str, *values: object) -> object:
        """The first value of the first row; None where there is no row."""
        row = self.tables.execute(f"{query} LIMIT 1", values).fetchone()
        return None if row is None else row[0]

    def listed(self, name: str) -> Entry | None:
        """The listed file of that name, if it is of a content."""
        tail = self.one("SELECT tail FROM listed WHERE name = ?", name)
        return None if tail is None else entry_with_tail(name, str(tail))

    def listed_sha256(self, name: str) -> str:
        """What the manifest says of the bytes of a file; empty where it does not list it."""
        found = self.one("SELECT sha256 FROM listed WHERE name = ?", name)
        return str(found or self.one("SELECT listed_sha256 FROM extra WHERE name = ?", name) or "")

    def may_hold(self, file: Entry) -> Iterator[str]:
        """The names under which the folder may have the bytes of a file already, and may keep them."""
        if self.is_fresh:
            return
        if self.naming.is_usable(file.name):
            holder = self.listed(file.name)
            is_continued = holder is not None and is_continued_by(holder, file)
            if is_continued or self.one("SELECT 1 FROM present WHERE name = ? AND is_plain", file.name):
                yield from self._unsettled("name = ?", file.name)
            elif not self.one("SELECT 1 FROM taken WHERE folded = ? AND is_present", folded(file.name)):
                return  # its own name can be had: no other will do
            if is_continued:
                return
        yield from self._unsettled("hash16 = ?", file.content_hash[:16])

    def want(self, wanted: Wanted, settled: str = "") -> int:
        """Take in a file that is to be there; its number, from 1. At the end comes `no_more`.

        `settled` is the name under which the folder has these very bytes for this content; empty where it has
        not.
        """
        file, place = wanted.file, wanted.place
        self.is_in_order = self.is_in_order and self._last <= place
        self._last = place
        own = file.name if file.name and self.naming.is_usable(file.name) else ""
        said = (file.content_hash, file.source, file.source_id, place[0], place[3])
        self._wanted += 1
        self._batch.append(
            (self._wanted, own, *said, settled or None, bool(settled), wanted.gone_since, entry_tail(file))
        )
        if len(self._batch) >= _AT_ONCE:
            self.no_more()
        if settled:
            self.tables.execute("UPDATE present SET settled = 1 WHERE name = ?", (settled,))
            self.tables.execute("UPDATE listed SET state = 'taken' WHERE name = ?", (settled,))
        if file.others:
            self._add_others(file)
        return self._wanted

    def no_more(self) -> None:
        """Keep what was wanted, so that it can be asked for."""
        self.tables.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._batch)
        self._batch.clear()

    def want_extra(self, name: str, sha256: str) -> None:
        """Take in a file that is of no content."""
        self.tables.execute(
            "INSERT INTO extra VALUES (?, NULL, ?) ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256",
            (name, sha256),
        )

    def first_free_number(self) -> int:
        """The least number above those of what is wanted."""
        return self._wanted + 1

    def lines(self, *, with_left_over: bool = False) -> Iterator[str]:
        """The lines of the manifest, once all have names; of what is left over too, if that stays."""
        query = f"{_FILES} UNION ALL {_EXTRAS} ORDER BY name"
        found = self.tables.execute(query, (_kept(with_left_over),))
        return (line_of(name, tail) for name, tail in found)

    def entries(self, *, with_left_over: bool = False) -> Iterator[Entry]:
        """The entries of these, but for files that are of no content."""
        found = self.tables.execute(f"{_FILES} ORDER BY name", (_kept(with_left_over),))
        return (entry_with_tail(name, tail) for name, tail in found)

    def files(self, *, with_left_over: bool) -> int:
        """How many lines the manifest has."""
        query = f"SELECT count(*) FROM ({_FILES} UNION ALL {_EXTRAS})"  # noqa: S608 constants
        return int(str(self.one(query, _kept(with_left_over))))

    def unchanged(self) -> int:
        """How many files of contents are left as they are."""
        settled = self.one("SELECT count(*) FROM wanted WHERE settled")
        return int(str(settled)) + int(str(self.one("SELECT count(*) FROM listed WHERE state = 'stays'")))

    def to_be_placed(self) -> Iterator[Placement]:
        """What the folder lacks."""
        found = self.tables.execute(
            # the tail begins with it: "sha256": "...
            "SELECT id, name, substr(tail, 12, 64), "
            "EXISTS (SELECT 1 FROM present WHERE present.name = wanted.name) "
            "FROM wanted WHERE NOT settled ORDER BY id"
        )
        return map(Placement._make, found)

    def there(self, state: State) -> Iterator[str]:
        """The names of the listed files of that state which are there."""
        found = self.tables.execute(
            "SELECT name FROM listed JOIN present USING (name) WHERE state = ? AND is_plain ORDER BY name",
            (state,),
        )
        return (name for (name,) in found)

    def unwanted_extras(self) -> Iterator[str]:
        """The names of listed files that are of no content, and are not wanted any more."""
        found = self.tables.execute("SELECT name FROM extra WHERE sha256 IS NULL ORDER BY name")
        return (name for (name,) in found)

    def changed(self) -> dict[str, str]:
        """By name the SHA-256 of each file that is wanted and is not listed so."""
        return {name: _sha256_in(tail) for name, tail in self.tables.execute(_CHANGED)}

    def changed_lines(self) -> Iterator[str]:
        """The lines of a manifest that lists these alone."""
        return (line_of(name, tail) for name, tail in self.tables.execute(_CHANGED))

    def told(self) -> Iterator[tuple[Entry, State, bool, str]]:
        """The listed files that are not as they were, or are newly gone.

        What becomes of each, whether it is of the same content still, and since when that is gone.
        """
        self.tables.execute("CREATE INDEX IF NOT EXISTS wanted_name ON wanted (name)")
        found = self.tables.execute(
            "SELECT listed.name, listed.tail, state, wanted.content_hash IS listed.content_hash AS is_same, "
            "gone_since FROM listed LEFT JOIN wanted ON wanted.name = listed.name "
            "WHERE NOT is_same OR (gone_since <> '' AND NOT is_gone) ORDER BY listed.name"
        )
        for name, tail, state, is_same, gone_since in found:
            yield entry_with_tail(name, tail), State(state), bool(is_same), gone_since or ""

    def successor(self, entry: Entry, content_hash: str) -> tuple[str, str]:
        """Name and content of the wanted file that has the document of a listed one, or its content.

        The document has that content now, if it is known.
        """
        by_document = "SELECT name, content_hash FROM wanted WHERE source = ? AND source_id = ? ORDER BY name"
        by_content = "SELECT name, content_hash FROM wanted WHERE content_hash = ? ORDER BY name"
        tries = (
            (by_document, entry.document),
            (by_content, (content_hash,)),
            (by_content, (entry.content_hash,)),
        )
        for query, values in tries:
            row = self.tables.execute(f"{query} LIMIT 1", values).fetchone()
            if row is not None:
                return str(row[0]), str(row[1])
        return "", content_hash

    def has_waiting(self) -> bool:
        """Whether a file with a name of its own has another one."""
        return self.one("SELECT 1 FROM wanted WHERE own NOT IN ('', name)") is not None

    def is_present(self, name: str) -> bool:
        """Whether a plain file of that name lies in the folder."""
        return self.one("SELECT 1 FROM present WHERE name = ? AND is_plain", name) is not None

    def is_blocked(self, name: str) -> bool:
        """Whether a folder, a link or the like has that name."""
        return self.one("SELECT 1 FROM present WHERE name = ? AND NOT is_plain", name) is not None

    def is_taken(self, name: str) -> bool:
        """Whether something has that name, or one that some file system takes for it."""
        return self.one("SELECT 1 FROM taken WHERE folded = ?", folded(name)) is not None

    def _found(self) -> None:
        self.tables.execute("UPDATE present SET hash16 = NULL WHERE number IS NULL OR NOT is_plain")
        self.tables.execute("CREATE INDEX present_hash16 ON present (hash16) WHERE hash16 IS NOT NULL")
        self.tables.execute(
            "INSERT INTO taken SELECT folded(name), 1 FROM present WHERE true "
            "ON CONFLICT (folded) DO UPDATE SET is_present = 1"
        )
        self.is_fresh = self.is_fresh and not self.one("SELECT 1 FROM present")

    def _listed(self, entry: Entry) -> tuple[object, ...]:
        number = self.naming.number_of(entry.name)
        is_numbered = number is not None and self.naming.numbered(number, entry.content_hash) == entry.name
        said = (entry.name, entry.sha256, entry.content_hash, entry.source, entry.source_id)
        return (*said, number, is_numbered, entry.gone, entry_tail(entry))

    def _unsettled(self, condition: str, value: str) -> Iterator[str]:
        found = self.tables.execute(f"{_UNSETTLED} AND {condition} ORDER BY name", (value,)).fetchall()
        return (name for (name,) in found)

    def _add_others(self, file: Entry) -> None:
        others = (other[:2] for other in file.others)
        self.tables.executemany("INSERT OR IGNORE INTO other VALUES (?, ?)", others)


def is_continued_by(entry: Entry, file: Entry) -> bool:
    """Whether the file may have the listed one's name, if it is its own: it is of the same works."""
    return has_same_content(entry, file) or shares_a_document(entry, file)


def has_same_content(one: Entry, other: Entry) -> bool:
    """Whether both are of one content."""
    return one.content_hash == other.content_hash


def shares_a_document(one: Entry, other: Entry) -> bool:
    """Whether a document is in both."""
    return not one.documents.isdisjoint(other.documents)


_UNSETTLED = "SELECT name FROM present WHERE NOT settled AND is_plain"
_FILES = "SELECT name, tail FROM wanted UNION ALL SELECT name, tail FROM listed WHERE state IN ('stays', ?)"
_EXTRAS = """SELECT name, '"sha256": "' || sha256 || '"}' FROM extra WHERE sha256 IS NOT NULL"""
_CHANGED = (
    "SELECT name, tail FROM wanted WHERE NOT settled UNION ALL "
    """SELECT name, '"sha256": "' || sha256 || '"}' FROM extra WHERE sha256 IS NOT listed_sha256 """
    "AND sha256 IS NOT NULL ORDER BY name"
)


def _sha256_in(tail: str) -> str:
    return entry_with_tail("", tail).sha256


def _kept(with_left_over: bool) -> State | None:
    return State.LEFT_OVER if with_left_over else None


def _hash16_in(name: str) -> str | None:
    match = _HASH16.search(name)
    return match[1] if match else None


def _is_text(name: str) -> bool:
    """Whether a name on a disk is text at all; none of ours is not."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)
