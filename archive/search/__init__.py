"""Search: how texts and queries are read, apart from any database."""

from archive.search.query import Phrase, Query
from archive.search.words import BREAK, tokens

__all__ = ["BREAK", "Phrase", "Query", "tokens"]
