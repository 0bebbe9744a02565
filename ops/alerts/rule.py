"""What a rule is, and the rules that come with the program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scheduler.rhythm import ALARM

FRESHNESS: Final = frozenset(
    {"minutes_since_new", "minutes_since_complete", "intervals_since_complete", "documents_overdue"}
    | {"disk_free_mib"}
)
"""The stats of a source, or of the machine, that belong to no run."""
WORDS: Final = frozenset({"outcome", "state"})
"""The stats of a run that are words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert is due where a stat compares so with the threshold, in so many runs in a row."""

    name: str
    stat: str
    compare: str
    threshold: float | str
    runs: int = 1
    """Whole runs of a source; 1 for a stat of freshness."""
    sources: tuple[str, ...] = ()
    """Of which sources; none means all."""
    unless: tuple[str, ...] = ()
    """Rules which, while they hold for the same source, explain this one: it opens no incident then."""
    meaning: str = ""
    """In a line, what is the matter."""
    advice: str = ""
    """The command to type next, with ``{run}`` and ``{source}``; empty for the usual one."""
    origin: str = "built in"

    @property
    def is_over_runs(self) -> bool:
        """Whether it is about runs, rather than about freshness."""
        return self.stat not in FRESHNESS

    @property
    def condition(self) -> str:
        """When it holds, as ``rejected >= 20 in 3 runs``."""
        wanted = self.threshold if isinstance(self.threshold, str) else f"{self.threshold:g}"
        in_a_row = f" in {self.runs} runs" if self.runs > 1 else ""
        return f"{self.stat} {self.compare} {wanted}{in_a_row}"

    def is_for(self, source: str) -> bool:
        """Whether it is about this source; a source without a name is the machine."""
        return not self.sources or source in self.sources


def _ended(outcome: str, name: str = "", *, runs: int = 1, meaning: str, advice: str = "") -> Rule:
    return Rule(name or outcome, "outcome", "==", outcome, runs, meaning=meaning, advice=advice)


_BY_RUNS = (
    _ended(
        "nothing-parsed",
        "layout-changed",
        meaning="pages came and none could be read: has the layout changed?",
        advice="archive rejections --run {run}",
    ),
    _ended("storage", meaning="the store or its disk cannot be used", advice="archive doctor"),
    _ended("crashed", meaning="a crawl broke off and did not say why"),
    _ended("time-limit", meaning="a crawl took longer than it may, and was stopped"),
    _ended("memory-limit", meaning="a crawl took more memory than it may, and was stopped"),
    _ended(
        "unreachable",
        runs=3,
        meaning="the site does not answer, or refuses to",
        advice="archive doctor {source}",
    ),
    Rule(
        "window-overflow",
        "window_overflow",
        ">=",
        1,
        meaning="posts may have come and gone unseen: crawls are too far apart",
        advice="archive runs --source {source}",
    ),
    Rule(
        "share-api-down",
        "share_unserved",
        ">=",
        3,
        runs=3,
        meaning="the share API fails; the pages serve in its place",
    ),
)
_EXPLAINING = tuple(rule.name for rule in _BY_RUNS if rule.stat == "outcome")
BUILT_IN: Final = (
    *_BY_RUNS,
    Rule(
        "late",
        "intervals_since_complete",
        ">=",
        4,
        unless=_EXPLAINING,
        meaning="no run was complete for several times the interval: do crawls begin at all?",
        advice="archive runs --source {source}",
    ),
    Rule(
        "silent",
        "documents_overdue",
        ">=",
        ALARM,
        unless=(*_EXPLAINING, "late"),
        meaning="far fewer new documents than the source has at such a time",
        advice="archive doctor {source}",
    ),
    Rule(
        "disk-low",
        "disk_free_mib",
        "<",
        1024,
        meaning="the disk of the archive is nearly full",
        advice="archive doctor",
    ),
)
_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in BUILT_IN}


def built_in(name: str) -> Rule | None:
    """The rule of that name that comes with the program."""
    return _BY_NAME.get(name)
