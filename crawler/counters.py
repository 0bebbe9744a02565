"""What a crawl run counts."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from archive.store.values import Effect

ALWAYS = (
    "requests not_modified new changed unchanged duplicates gone rejected failed bytes "
    "found fetched known stored"
).split()
"""Counted in every run, though it be 0; `new` includes `duplicates`, whose content another document has."""

_EFFECTS = {
    Effect.NEW: ("new", "stored"),
    Effect.DUPLICATE: ("new", "duplicates", "stored"),
    Effect.CHANGED: ("changed", "stored"),
    Effect.UNCHANGED: ("unchanged",),
    Effect.GONE: ("gone",),
}


class Counters:
    """Counts by name, from any thread; reasons beside their kind: ``failed`` and ``failed:http-500``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter(dict.fromkeys(ALWAYS, 0))

    def add(self, name: str, amount: int = 1) -> None:
        """Count."""
        with self._lock:
            self._counts[name] += amount

    def add_once(self, name: str) -> bool:
        """Count; whether it was for the first time."""
        with self._lock:
            self._counts[name] += 1
            return self._counts[name] == 1

    def add_reason(self, kind: str, reason: str) -> None:
        """Count one of its kind, and one of its kind for this reason."""
        with self._lock:
            self._counts[kind] += 1
            self._counts[f"{kind}:{reason}"] += 1

    def add_effects(self, effects: Iterable[Effect | None]) -> None:
        """Count what storing did, once it is committed."""
        with self._lock:
            for effect in effects:
                for name in _EFFECTS[effect] if effect else ():
                    self._counts[name] += 1

    def snapshot(self) -> Mapping[str, int]:
        """All counts at this moment."""
        with self._lock:
            return dict(self._counts)
