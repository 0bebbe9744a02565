"""Partitions: which file of a folder has a record.

One file a day of publication, in China's time. Outlets correct what they published within days, and the
archive looks at a post again for three: so what changes between two exports is in the newest files, and only
these are written again, and fetched again by those who mirror the folder. A month would be 60,000 documents
and 300 MB for each refresh; an hour, or a category, would be tens of thousands of small files, each of which
a reader of Parquet has to open. 1,000,000 documents at 2,000 a day are 500 files of some 7 MB, and a year
never has more than 366.
"""

import re
from datetime import datetime

from archive.documents import SHANGHAI

FOLDER = "documents"
UNDATED = "undated"
"""The partition of documents that have no time of publication; it sorts behind all days."""
_NAME = re.compile(rf"{FOLDER}/([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{UNDATED})\.(jsonl|jsonl\.zst|parquet)")


def day_of(published: datetime | None) -> str:
    """The partition: a day as in ``2022-01-22``."""
    return UNDATED if published is None else published.astimezone(SHANGHAI).date().isoformat()


def file_name(day: str, suffix: str) -> str:
    """The name of the day's file, with its folder."""
    return f"{FOLDER}/{day}{suffix}"


def day_in(name: str) -> str:
    """The day whose file has that name; empty where it is no such name."""
    match = _NAME.fullmatch(name)
    return match[1] if match else ""
