"""The rule: what may be the matter with a document, in words, and how grave it is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from archive.store.quality import Examined

Test = Callable[[Examined], str]
"""What shows that the rule holds of a document; empty where it does not."""


class Weight(StrEnum):
    """How grave it is, the gravest first."""

    FAULT = "fault"
    """Something of the document is wrong or lost."""
    DOUBT = "doubt"
    """It may be right; somebody should look."""
    NOTE = "note"
    """It is so, and good to know."""

    @property
    def rank(self) -> int:
        """For sorting: 0 for the gravest."""
        return list(Weight).index(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be the matter with documents."""

    name: str
    weight: Weight
    says: str
    """What is the matter with them, behind the words *documents with*; in 32 columns, a terminal's rest."""
    how: str
    """When it holds, exactly."""
    test: Test | None = None
    """Decides it for one document alone; None where that takes all of them."""
    reads_text: bool = True
