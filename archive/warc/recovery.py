"""How a run left a file: a pure decision over what the ledger and the disk have of it."""

from enum import Enum

from archive.store.values import WarcFile


class Condition(Enum):
    """How a file was left."""

    UNMADE = "unmade"
    """The run was killed while it made the file: nothing is in it."""
    SOUND = "sound"
    """All that is committed is there; what is beyond was never committed."""
    MISSING = "missing, though the store has captures in it; restore a copy of it"
    SHORT = "shorter than what the store has of it; restore a copy of it"
    FOREIGN = "does not begin as it was begun; restore a copy of it"


def condition_of(file: WarcFile, size: int | None, head_sha256: str) -> Condition:
    """How the file was left; `size` is None where it is not there, `head_sha256` is over its first bytes.

    A power cut while a file is made can leave its head of the right length, but empty.
    """
    is_empty = file.length == file.head_length
    if size is None:
        return Condition.UNMADE if is_empty else Condition.MISSING
    if head_sha256 != file.head_sha256:
        return Condition.UNMADE if is_empty and size <= file.head_length else Condition.FOREIGN
    return Condition.SOUND if size >= file.length else Condition.SHORT
