"""Near duplicates, as far as they are known."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archive.similarity.sketch import VERSION

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.selection import Selection


def near_known(store: "Store", selection: "Selection") -> Mapping[str, str] | None:
    """The selected contents that say nearly what an earlier one says, each with how nearly, and which.

    None while some of them were never looked at: making that up for a whole corpus takes minutes, and is
    asked for by `archive duplicates`.
    """
    from ops.duplicates.finding import near_duplicates  # noqa: PLC0415 only where it comes to that

    if len(store.sketches.missing(VERSION, selection)):
        return None
    return {
        one.content_hash: f"{one.similarity:.2f} like content {group.members[0].content_hash[:16]}"
        for group in near_duplicates(store, selection).groups
        for one in group.members[1:]
    }
