"""Which file of a seeds folder holds what: decided here, over plain values, and performed by `seeds`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST, folded, is_numbered_for, is_usable, number_of, numbered

Order = tuple[float, str, str, int]
"""Published (seconds since 1970; infinite without a date), source, source_id, place among its content."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that the folder is to have. The name of `file` is its own; empty where any will do."""

    file: Entry
    order: Order
    settled: str = ""
    """The name under which the folder has these very bytes for this content; empty where it has not."""


@dataclass(frozen=True, slots=True)
class SeedsPlan:
    """What becomes of each file."""

    names: tuple[str, ...]
    """For each wanted file, in the order given, the name that it gets."""
    superseded: tuple[Entry, ...]
    """Files whose documents are in other files now."""
    leftover: tuple[Entry, ...]
    """Files whose documents are not wanted any more: kept, unless pruning is asked for."""


def plan_seeds(wanted: Sequence[Wanted], listed: Iterable[Entry], foreign: Collection[str]) -> SeedsPlan:
    """Decide the names, from what is wanted, what the manifest lists, and whose names are not ours to take.

    1. What lies where it belongs stays there.
    2. A file with a name of its own gets it, if the name is usable and neither somebody else's nor equal
       to it on a file system that ignores case. When two want one name, the one that has it keeps it;
       then the earlier published gets it.
    3. The rest are numbered, the earliest published first. A content that had a number keeps it, and so
       does a document whose content changed, if nothing else has its old content. Others take the next
       number: one more than the highest that the manifest, the foreign files or the names of rule 2 have.
       Numbers that an interrupted export has given already are passed over.

    So in an empty folder the names follow from what is wanted alone, in whatever order it is given.
    """
    names = _Names(wanted, {entry.name: entry for entry in listed}, foreign)
    names.keep_settled()
    names.grant_wishes()
    names.continue_numbers()
    names.number_the_rest()
    given = tuple(names.given[index] for index in range(len(wanted)))
    return SeedsPlan(given, *names.left_behind())


class _Names:
    """The names given so far."""

    def __init__(
        self, wanted: Sequence[Wanted], listed: Mapping[str, Entry], foreign: Collection[str]
    ) -> None:
        self.given: dict[int, str] = {}
        self._wanted = wanted
        self._listed = listed
        self._foreign = foreign
        self._free = set(listed)
        """Listed names that no wanted file has yet."""
        self._taken = {folded(name) for name in (*listed, *foreign, MANIFEST)}
        self._in_order = sorted(range(len(wanted)), key=lambda index: wanted[index].order)
        self._contents = {want.file.content_hash for want in wanted}

    def keep_settled(self) -> None:
        for index, want in enumerate(self._wanted):
            if want.settled:
                self._give(index, want.settled)

    def grant_wishes(self) -> None:
        wishing = [index for index in self._waiting() if is_usable(self._wanted[index].file.name)]
        for same in (_same_content, _share_a_document):
            for index in wishing:
                file = self._wanted[index].file
                if file.name in self._free and same(self._listed[file.name], file):
                    self._give(index, file.name)
        for index in wishing:
            name = self._wanted[index].file.name
            if index not in self.given and folded(name) not in self._taken:
                self._give(index, name)

    def continue_numbers(self) -> None:
        by_content: dict[str, list[Entry]] = {}
        by_document: dict[tuple[str, str], Entry] = {}
        for name, entry in sorted(self._listed.items()):
            if not is_numbered_for(name, entry.content_hash):
                continue
            by_content.setdefault(entry.content_hash, []).append(entry)
            if entry.content_hash not in self._contents:
                by_document[entry.document] = entry
        for index in self._waiting():
            file = self._wanted[index].file
            same = [entry for entry in by_content.get(file.content_hash, ()) if entry.name in self._free]
            if same:
                self._give(index, same[0].name)
            elif before := by_document.pop(file.document, None):
                self._renumber(index, before)

    def number_the_rest(self) -> None:
        used = {number_of(name) for name in self.given.values()}
        wishes = (name for index, name in self.given.items() if name == self._wanted[index].file.name)
        known = (number_of(name) for name in (*self._listed, *self._foreign, *wishes))
        highest = max((number for number in known if number is not None), default=-1)
        numbers = (number for number in count(highest + 1) if number not in used)
        for index in self._waiting():
            self._give(index, numbered(next(numbers), self._wanted[index].file.content_hash))

    def left_behind(self) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """The listed files that nobody has now: those with a successor, and the others."""
        documents = {document for want in self._wanted for document in want.file.documents}
        superseded: list[Entry] = []
        leftover: list[Entry] = []
        for name in sorted(self._free):
            entry = self._listed[name]
            moved_on = entry.content_hash in self._contents or entry.document in documents
            (superseded if moved_on else leftover).append(entry)
        return tuple(superseded), tuple(leftover)

    def _waiting(self) -> list[int]:
        return [index for index in self._in_order if index not in self.given]

    def _renumber(self, index: int, before: Entry) -> None:
        """The name with the old number and the new hash, if nobody has it."""
        number = number_of(before.name)
        name = numbered(number or 0, self._wanted[index].file.content_hash)
        if before.name in self._free and folded(name) not in self._taken:
            self._give(index, name)

    def _give(self, index: int, name: str) -> None:
        self.given[index] = name
        self._taken.add(folded(name))
        self._free.discard(name)


def is_continued_by(entry: Entry, file: Entry) -> bool:
    """Whether the file may have the listed one's name, if it is its own: it is of the same works."""
    return _same_content(entry, file) or _share_a_document(entry, file)


def _same_content(one: Entry, other: Entry) -> bool:
    return one.content_hash == other.content_hash


def _share_a_document(one: Entry, other: Entry) -> bool:
    return not one.documents.isdisjoint(other.documents)
