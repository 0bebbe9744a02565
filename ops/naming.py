"""What people name documents by, besides what the store knows them by: the names of exported files."""

import re
from typing import TYPE_CHECKING

from archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.store import Store
    from archive.store.values import Stored

_MOST_NAMED = 5
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


def _hashes(names: "Iterable[str]") -> list[str]:
    return [exported["hash"] for name in names if (exported := _EXPORTED.fullmatch(name))]
