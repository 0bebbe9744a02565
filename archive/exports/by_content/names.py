"""Which file of a folder gets which name: rules over the tables of a plan."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from archive.exports.by_content.plan import Plan, State, has_same_content, shares_a_document
from archive.exports.entry import Entry
from archive.exports.file_names import folded
from archive.exports.manifest import entry_with_tail

_BEYOND = 10**8
"""Numbers are not counted on from here, though read up to ten times as far: so all that are given can be."""


def give_names(plan: Plan) -> None:
    """Give each wanted file its name, and say what becomes of each that is listed.

    1. What lies where it belongs stays there.
    2. A file with a name of its own gets it, if the name is usable and neither somebody else's nor equal
       to it on a file system that ignores case. When two want one name, the one that has it keeps it;
       then the earlier published gets it.
    3. The rest are numbered, the earliest published first. A content that had a number keeps it, and so
       does a document whose content changed, if nothing else has its old content. Others take the next
       number: one more than the highest that the manifest, the foreign files or the names of rule 2 have,
       but for those of nine digits. Numbers that anything has already are passed over.

    So in an empty folder the names follow from what is wanted alone, in whatever order it is given.
    """
    naming = _Naming(plan)
    naming.grant_wishes()
    naming.continue_numbers()
    naming.number_the_rest()
    naming.leave_behind()


class _Naming:
    """The names given so far are in the plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._tables = plan, plan.tables
        order = "id" if plan.is_in_order else "moment, source, source_id, place, id"
        waiting = "SELECT id FROM wanted WHERE name IS NULL"
        self._tables.execute("CREATE TABLE waiting (place INTEGER PRIMARY KEY, id INTEGER)")
        self._tables.execute(f"INSERT INTO waiting (id) {waiting} ORDER BY {order}")
        self._has_listed = plan.one("SELECT 1 FROM listed") is not None
        if self._has_listed:
            self._tables.execute("CREATE INDEX wanted_content ON wanted (content_hash)")
            self._tables.execute("CREATE INDEX wanted_document ON wanted (source, source_id)")

    def grant_wishes(self) -> None:
        if self._has_listed:
            for is_same in (has_same_content, shares_a_document):
                self._continue_wishes(is_same)
        for number, own in self._waiting("own", where="wanted.own <> ''"):
            if self._claim(own):
                self._give(number, own)

    def continue_numbers(self) -> None:
        if not self._has_listed:
            return
        for number, content_hash, source, source_id in self._waiting("content_hash", "source", "source_id"):
            same = self._plan.one(
                "SELECT name FROM listed WHERE content_hash = ? AND is_numbered AND state = 'free' "
                "ORDER BY name",
                content_hash,
            )
            if same:
                self._give(number, str(same))
            else:
                self._continue_document(number, content_hash, source, source_id)

    def number_the_rest(self) -> None:
        numbers = self._next_numbers()
        numbered = self._plan.naming.numbered
        self._tables.executemany(
            "UPDATE wanted SET name = ? WHERE id = ?",
            (
                (numbered(next(numbers), content_hash), number)
                for number, content_hash in self._waiting("content_hash")
            ),
        )

    def leave_behind(self) -> None:
        """Tell apart the listed files that nobody has now: those with a successor, and the others."""
        if not self._has_listed:
            return
        self._tables.execute("""
            UPDATE listed SET state = iif(
                EXISTS (SELECT 1 FROM wanted WHERE wanted.content_hash = listed.content_hash)
                OR EXISTS (SELECT 1 FROM wanted
                           WHERE wanted.source = listed.source AND wanted.source_id = listed.source_id)
                OR EXISTS (SELECT 1 FROM other
                           WHERE other.source = listed.source AND other.source_id = listed.source_id)
                OR EXISTS (SELECT 1 FROM listed AS one WHERE one.state = 'stays'
                           AND one.source = listed.source AND one.source_id = listed.source_id),
                'superseded',
                iif(EXISTS (SELECT 1 FROM present WHERE present.name = listed.name AND is_plain),
                    'left over', 'lost')
            )
            WHERE state = 'free'
        """)

    def _waiting(self, *columns: str, where: str = "true") -> Iterator[Any]:
        """Those without a name, in order: their numbers, and these columns."""
        named = ", ".join(("id", *(f"wanted.{column}" for column in columns)))
        where = f"WHERE wanted.name IS NULL AND {where} ORDER BY waiting.place"
        return iter(
            self._tables.execute(f"SELECT {named} FROM waiting CROSS JOIN wanted USING (id) {where}")  # noqa: S608
        )

    def _continue_wishes(self, is_same: Callable[[Entry, Entry], bool]) -> None:
        """Have those keep a name who are of the same as the file that has it."""
        where = "own IN (SELECT name FROM listed WHERE state = 'free')"
        for number, own, tail in self._waiting("own", "tail", where=where):
            if self._is_free(own):
                holder = self._plan.listed(own)
                if holder is not None and is_same(holder, entry_with_tail(own, tail)):
                    self._give(number, own)

    def _continue_document(self, number: int, content_hash: str, source: str, source_id: str) -> None:
        """Give a file the number that its document had with a content that nobody has any more.

        The first one that is of the document gets it, or nobody.
        """
        before = self._plan.one(
            """SELECT name FROM listed
                WHERE source = ? AND source_id = ? AND is_numbered
                AND NOT is_passed_on
                AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.content_hash = listed.content_hash)
                ORDER BY name DESC""",
            *(source, source_id),
        )
        if before is None:
            return
        passed_on = "UPDATE listed SET is_passed_on = 1 WHERE source = ? AND source_id = ?"
        self._tables.execute(passed_on, (source, source_id))
        place = self._plan.naming.number_of(str(before)) or 0
        name = self._plan.naming.numbered(place, content_hash)
        if self._is_free(str(before)) and self._claim(name):
            self._give(number, name)

    def _next_numbers(self) -> Iterator[int]:
        highest = self._plan.one(
            """SELECT max(number) FROM (
                SELECT number FROM listed
                UNION ALL SELECT number FROM present WHERE NOT settled
                UNION ALL SELECT number_of(name) FROM wanted WHERE name = own
            ) WHERE number < ?""",
            _BEYOND,
        )
        first = int(str(highest)) + 1 if highest is not None else 0
        used: set[int] = set()
        if not self._plan.is_fresh:
            given = """SELECT number FROM (
                SELECT number FROM listed
                UNION ALL SELECT number FROM present
                UNION ALL SELECT number_of(name) FROM wanted WHERE name IS NOT NULL
            ) WHERE number >= ?"""
            used.update(number for (number,) in self._tables.execute(given, (first,)))
        return (number for number in count(first) if number not in used)

    def _is_free(self, name: str) -> bool:
        return self._plan.one("SELECT state FROM listed WHERE name = ?", name) == State.FREE

    def _claim(self, name: str) -> bool:
        """Take a name, if no file has it, whether of ours or not."""
        claimed = self._tables.execute("INSERT OR IGNORE INTO taken VALUES (?, 0)", (folded(name),))
        return claimed.rowcount == 1

    def _give(self, number: int, name: str) -> None:
        self._tables.execute("UPDATE wanted SET name = ? WHERE id = ?", (name, number))
        if self._has_listed:
            self._tables.execute("UPDATE listed SET state = 'taken' WHERE name = ?", (name,))
