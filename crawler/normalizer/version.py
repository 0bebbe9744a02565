"""Which rules made a document: noted with each, so that it can be read again by newer ones."""

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports from this package
    from crawler.sources.declaration import Declaration

VERSION = "1"
"""Raised by hand with each change of what comes out of a page, a file or an answer, however small.

`tests/crawler/normalizer/test_version.py` fails where something else comes out under the same number.
"""
_OF_DOCUMENTS = {"title", "hosts", "article", "document"}
"""What of a source file says how documents are made; the rest says how the site is asked."""


def is_newer(version: str) -> bool:
    """Whether a document's version is of a later normalizer; one that is unknown here is."""
    number = version.partition("+")[0]
    return number != "" and (not number.isdecimal() or int(number) > int(VERSION))


@lru_cache(maxsize=64)
def version_of(rules: "Declaration") -> str:
    """The version of documents that a source file has made, as ``1+5f3a90c1``: with a digest of its rules."""
    told = rules.model_dump(mode="json", include=_OF_DOCUMENTS)
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return f"{VERSION}+{digest[:8]}"
