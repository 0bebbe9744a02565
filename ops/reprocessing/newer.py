"""Documents that a newer normalizer made than this program has: to read them by this one is to go back."""

from typing import TYPE_CHECKING

from archive.store.quality import Grouping
from crawler.normalizer.version import VERSION, is_newer

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.selection import Selection


def made_by_newer(store: "Store", selection: "Selection") -> str:
    """What to say of the documents of the selection that are so; empty where there are none."""
    with store.quality.survey(selection) as survey:
        made = {version: count for (version,), count in survey.counts(Grouping.NORMALIZER).items()}
    newer = {version: count for version, count in made.items() if is_newer(version)}
    if not newer:
        return ""
    documents, versions = sum(newer.values()), ", ".join(sorted(newer))
    return (
        f"{documents} documents were made by a newer normalizer ({versions[:200]}) than this program's "
        f"({VERSION}), which would take them back to what it makes; update the program"
    )
