"""What an export did."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Counts of files; the manifest itself is not counted."""

    written: int
    """New in the folder."""
    replaced: int
    """Gave way to newer bytes, under the same name or under the name of their new content."""
    unchanged: int
    """Left alone: neither their bytes nor their times were touched."""
    deleted: int
    """Pruned: listed in the manifest before, and no longer among what was exported."""
    files: int
    """Listed in the manifest now."""
    tombstones: int = 0
    """Of a delta: what was told of files of its base."""
    stamp: str = field(default="", compare=False)
    """By which it is seen later that nobody has touched the folder (`archive.exports.stamp`)."""
