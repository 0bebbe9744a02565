"""What people name documents by, besides what the store knows them by: the names of exported files."""

import re
from typing import TYPE_CHECKING

from archive.errors import NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.store import Store
    from archive.store.history import Revised
    from archive.store.values import Stored

_MOST_NAMED = 5
_HASH_PREFIX = re.compile(r"[0-9a-f]{4,64}", re.IGNORECASE)
_EXPORTED = re.compile(r"(?:.*/)?\d{3,}_(?P<hash>[0-9a-f]{16})\.txt")
"""The name of an exported file, which has the beginning of its content's hash."""


def document_named(store: "Store", *names: str) -> "Stored | None":
    """The document that any of the names is of; None where there is none.

    Raises `UsageError`, naming them, where there are several.
    """
    found = store.history.named(names, _MOST_NAMED + 1)
    if not found:
        found = store.history.named(_hashes(names), _MOST_NAMED + 1)
    if len(found) > 1:
        named = ", ".join(f"{one.found.source}:{one.found.source_id}" for one in found[:_MOST_NAMED])
        more = " and more" if len(found) > _MOST_NAMED else ""
        raise UsageError(f"{names[0][:100]!r} names several documents: {named}{more}; give one of these")
    return found[0] if found else None


def the_document(store: "Store", name: str) -> "Stored":
    """The document of that name. Raises `NotFound`, and `UsageError` where there are several."""
    found = document_named(store, name)
    if found is None:
        raise NotFound(f"no document {name[:100]!r}; give an id, an address, a content hash or a file's name")
    return found


def revision_named(document: str, revisions: "Sequence[Revised]", name: str) -> int:
    """The place of the revision of that number, from 1, or whose content hash begins so: the last of several.

    Raises `NotFound`, and `UsageError` where the hashes of several contents begin so.
    """
    is_number = name.isascii() and name.isdigit() and len(name) < 10
    if is_number and 1 <= int(name) <= len(revisions):
        return int(name) - 1
    is_hash = _HASH_PREFIX.fullmatch(name) is not None
    begun = [
        place for place, one in enumerate(revisions) if is_hash and one.content_hash.startswith(name.lower())
    ]
    if len({revisions[place].content_hash for place in begun}) > 1:
        raise UsageError(
            f"{name[:100]!r} begins the hashes of several contents of {document}; give its number"
        )
    if not begun:
        raise NotFound(
            f"no revision {name[:100]!r} of {document}, which has {len(revisions)}; give a number or the "
            f"beginning of a content hash, `archive history {document}` lists them"
        )
    return begun[-1]


def _hashes(names: "Iterable[str]") -> list[str]:
    return [exported["hash"] for name in names if (exported := _EXPORTED.fullmatch(name))]
