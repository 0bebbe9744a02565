"""What reprocessing has found so far: how much, and by kind with some examples of each."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.rereading.rereading import Verdict
from ops.reprocessing.reading import Outcome

MOST_PROBLEMS = 50
"""Damaged records that are named; all are in the run's log."""
_MOST_GROUPS = 1_000
"""Shapes of one part at one source; what has more is no effect of a rule."""
_FEW = 8
"""Shapes that occur once are told one by one where there are no more of them."""
OTHERS = "other shapes, each of one document"


@dataclass(frozen=True, slots=True)
class Example:
    """One document of a group."""

    source_id: str
    address: str
    diff: Sequence[str]


@dataclass(slots=True)
class Group:
    """All documents of a source in which one part changed alike."""

    source: str
    what: str
    shape: str
    documents: int = 0
    examples: list[Example] = field(default_factory=list)


class Findings:
    """Counts, and groups with up to so many examples each: as much as memory holds of any number."""

    def __init__(self, most_examples: int) -> None:
        self._most = most_examples
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._shapes: Counter[tuple[str, str]] = Counter()
        self.verdicts: dict[str, Counter[Verdict]] = defaultdict(Counter)
        """How many articles of each source became what."""
        self.older = 0
        """Documents that an older normalizer made, and that are the same."""
        self.outdated = 0
        """Documents that were changed by others while they were read again: left to the next time."""
        self.problems: list[str] = []
        """The first `MOST_PROBLEMS` damaged records."""
        self.not_kept: Counter[str] = Counter()
        """Why articles could not be read again, where that is known."""

    def add(self, outcome: Outcome) -> None:
        """Take an article into account."""
        self.verdicts[outcome.source][outcome.verdict] += 1
        self.older += outcome.verdict is Verdict.SAME and outcome.is_older
        if outcome.verdict is Verdict.DAMAGED and len(self.problems) < MOST_PROBLEMS:
            self.problems.append(outcome.problem)
        if outcome.verdict is Verdict.NOT_KEPT and outcome.problem:
            self.not_kept[outcome.problem] += 1
        for one in outcome.differences:
            group = self._group(outcome.source, one.what, one.shape)
            group.documents += 1
            if len(group.examples) < self._most:
                group.examples.append(Example(outcome.source_id, outcome.address, one.diff))

    def count(self, *verdicts: Verdict) -> int:
        """How many articles became one of these."""
        return sum(counted[verdict] for counted in self.verdicts.values() for verdict in verdicts)

    @property
    def read(self) -> int:
        """How many articles were gone through."""
        return sum(counted.total() for counted in self.verdicts.values())

    @property
    def groups(self) -> list[Group]:
        """By source and part, those of most documents first; many that occur once are told as one."""
        once: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self._groups.values():
            if group.documents == 1:
                once[group.source, group.what].append(group)
        found = [group for group in self._groups.values() if group.documents > 1]
        for key, several in once.items():
            found += several if len(several) <= _FEW else [self._together(*key, several)]
        return sorted(found, key=lambda one: (one.source, one.what, -one.documents, one.shape))

    def _group(self, source: str, what: str, shape: str) -> Group:
        if (source, what, shape) not in self._groups and self._shapes[source, what] >= _MOST_GROUPS:
            shape = OTHERS
        key = (source, what, shape)
        if key not in self._groups:
            self._groups[key] = Group(source, what, shape)
            self._shapes[source, what] += 1
        return self._groups[key]

    def _together(self, source: str, what: str, several: Sequence[Group]) -> Group:
        examples = [example for group in several for example in group.examples]
        return Group(source, what, OTHERS, len(several), examples[: self._most])
