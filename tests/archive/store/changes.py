"""What an export is told of changes, asked for at one moment."""

from archive.store import Store
from archive.store.selection import Selection


def last_change(store: Store) -> int:
    with store.exports.reading() as state:
        return state.change()


def restated_since(store: Store, number: int) -> frozenset[str]:
    """The contents of which an export may say anything else than at the change of that number."""
    with store.exports.reading() as state:
        found = state.changed_since(number, most=10**6)
    assert found is not None
    return found


def current(store: Store, selection: Selection) -> frozenset[str]:
    """The contents that are current for a selected document."""
    with store.exports.reading() as state:
        return frozenset(state.selected(selection))
