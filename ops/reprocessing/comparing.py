"""Comparing two sequences, within bounds: somebody may have made a page for it to take hours. Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

_MOST_STEPS = 5_000_000
"""Of difflib at the worst: some seconds. Two texts of 2,000 different lines each take 4,000,000."""
Opcode = tuple[str, int, int, int, int]


def common(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """How much both begin with, and how much both end with behind that."""
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n] != after[n]), most)
    behind = next((n for n in range(most - first) if before[-1 - n] != after[-1 - n]), most - first)
    return first, behind


def changes(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[Opcode] | None:
    """What is not equal, as difflib has it; None where it would take too long to say.

    Where most of both stands at the same places, it is compared place by place.
    """
    if len(before) == len(after):
        differing = [n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        if 2 * len(differing) <= len(before):
            return [("replace", n, n + 1, n, n + 1) for n in differing]
    first, behind = common(before, after)
    old, new = before[first : len(before) - behind], after[first : len(after) - behind]
    times = Counter(new)
    if sum(times[one] for one in old) * min(len(old), len(new)) > _MOST_STEPS:
        return None
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        (what, a + first, b + first, c + first, d + first) for what, a, b, c, d in found if what != "equal"
    ]
