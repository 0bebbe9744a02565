"""What an import found: how much was read, what was broken and how that was treated, what was not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.normalizer.files.treated import TREATED, Treatment

EXAMPLES = 50
"""Files not read that are named; all of them are in the run's log, and kept as rejections."""
COLUMNS = ("what", "files", "how it was treated", "the first")


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that was not imported, and why; `reason` is a name to count by."""

    path: Path
    reason: str
    detail: str


@dataclass(slots=True)
class Treated:
    """How many files were treated so, and the first of them."""

    files: int
    example: Path


@dataclass(slots=True)
class Findings:
    """What an import has found so far; as much as is worth remembering of any number of files."""

    not_read: list[NotRead] = field(default_factory=list)
    """The first `EXAMPLES`."""
    treated: dict[Treatment, Treated] = field(default_factory=dict)

    def add(self, path: Path, treatments: tuple[Treatment, ...]) -> None:
        """Take a file into account that was read."""
        for treatment in treatments:
            if known := self.treated.get(treatment):
                known.files += 1
            else:
                self.treated[treatment] = Treated(1, path)

    def add_not_read(self, problem: NotRead) -> None:
        """Take a file into account that was not."""
        if len(self.not_read) < EXAMPLES:
            self.not_read.append(problem)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    run_id: int
    counters: Mapping[str, int]
    findings: Findings

    @property
    def not_read(self) -> int:
        """How many files were not read."""
        return self.counters["rejected"]

    @property
    def read(self) -> int:
        """How many files were read, or are known."""
        return self.counters["found"] - self.not_read


def treated_rows(findings: Findings) -> list[list[str]]:
    """For each kind of treatment a row for `COLUMNS`, the most frequent first."""
    return [
        [treatment, str(treated.files), TREATED[treatment], str(treated.example)]
        for treatment, treated in _most_frequent_first(findings)
    ]


def report_json(report: ImportReport) -> dict[str, Any]:
    """The report as `archive import --json` promises it."""
    reasons = {
        name.removeprefix("rejected:"): count
        for name, count in sorted(report.counters.items())
        if name.startswith("rejected:")
    }
    return {
        "run": report.run_id,
        "found": report.counters["found"],
        "read": report.read,
        "counters": dict(report.counters),
        "treated": [
            {
                "kind": treatment,
                "files": treated.files,
                "treatment": TREATED[treatment],
                "example": str(treated.example),
            }
            for treatment, treated in _most_frequent_first(report.findings)
        ],
        "not_read": {
            "files": report.not_read,
            "reasons": reasons,
            "examples": [
                {"path": str(one.path), "reason": one.reason, "detail": one.detail}
                for one in report.findings.not_read
            ],
        },
    }


def _most_frequent_first(findings: Findings) -> list[tuple[Treatment, Treated]]:
    return sorted(findings.treated.items(), key=lambda one: (-one[1].files, one[0]))
