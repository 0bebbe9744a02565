"""Queries: what a user asks for, and whether a text has it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archive.errors import UsageError
from archive.search.words import BREAK, PUNCTUATION, ROW, WIDE, folded, tokens

LONGEST = 1000
"""Characters of a query: a long headline is looked for by pasting it; a whole article is not."""
MOST = 64
"""Words of a query."""
_ITEM = re.compile(r'(?P<without>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_BLANK = re.compile(r"[^\S\n]")
_PART = re.compile(rf"({ROW})|([^\W{WIDE}]+)|({PUNCTUATION})|\s+")
_GAP = rf" *(?:\n|[^\w\s{WIDE}])[^\w{WIDE}]*"
"""What parts wide characters."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand one behind the other: a word of the query, or what is in quotation marks."""

    said: str = field(compare=False)
    tokens: tuple[str, ...]
    """As `archive.search.tokens` makes them."""
    is_open: bool
    """Whether the last token is the beginning of one: a single wide character."""

    @classmethod
    def of(cls, said: str) -> "Phrase | None":
        """The phrase; None for nothing but punctuation."""
        said = _BLANK.sub(" ", said)
        found = tokens(said).split()
        while found and found[0] == BREAK:
            del found[0]
        while found and found[-1] == BREAK:
            del found[-1]
        if not found:
            return None
        is_wide = len(found[-1]) == 1 and re.match(f"[{WIDE}]", found[-1]) is not None
        if is_wide and len(found) > 1 and re.fullmatch(f"[{WIDE}]{{2}}", found[-2]):
            return cls(said, tuple(found[:-1]), is_open=False)
        return cls(said, tuple(found), is_open=is_wide)

    def places(self, text: str, start: int = 0) -> Iterator[tuple[int, int]]:
        """Where a folded text has it, from `start` on: first character, and that behind the last."""
        return (match.span() for match in self._pattern.finditer(text, start))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """White space parts nothing, punctuation does; and between wide characters the end of a block."""
        text = folded(self.said)
        parts = [match for match in _PART.finditer(text) if match[1] or match[2] or match[3]]
        while parts[0][3]:
            del parts[0]
        while parts[-1][3]:
            del parts[-1]
        pattern = ""
        for before, part in zip([None, *parts], parts, strict=False):
            if part[3]:
                continue
            if before is not None:
                pattern += _between(before, part, text)
            row = " *".join(part[1].replace(" ", "")) if part[1] else ""
            pattern += row or rf"(?<![^\W{WIDE}]){re.escape(part[2])}(?![^\W{WIDE}])"
        return re.compile(pattern)


def _between(before: re.Match[str], part: re.Match[str], text: str) -> str:
    if before[3]:
        is_wide = part[1] and before.start() and re.match(f"[{WIDE}]", text[before.start() - 1])
        return _GAP if is_wide else PUNCTUATION
    return _GAP if before[1] and part[1] else r"\s*"


@dataclass(frozen=True, slots=True)
class Query:
    """All of `required`, of each one alternative or more, and none of `excluded`."""

    required: tuple[tuple[Phrase, ...], ...]
    excluded: tuple[Phrase, ...]

    @classmethod
    def parse(cls, text: str) -> "Query":
        """Read what a user has written: words, "phrases", -excluded, one OR another.

        Nothing else means anything: all other signs are punctuation, those of full width as well. Raises
        `UsageError` for a query that is too long, asks for no word, has a quotation mark that is not closed,
        or an OR that is not between two words.
        """
        if len(text) > LONGEST:
            raise UsageError(f"the query has {len(text)} characters; {LONGEST} at the most are looked for")
        if text.count('"') % 2:
            raise UsageError(f'the query {text[:40]!r} has a quotation mark (") that no other closes')
        required: list[list[Phrase]] = []
        excluded: list[Phrase] = []
        for phrase, is_excluded, is_alternative in _items(text):
            if is_excluded:
                excluded.append(phrase)
            elif is_alternative:
                required[-1].append(phrase)
            else:
                required.append([phrase])
        if len(excluded) + sum(map(len, required)) > MOST:
            raise UsageError(f"the query has more than {MOST} words; put quotation marks around phrases")
        if not required:
            raise UsageError(_nothing(text, excluded))
        each_once = dict.fromkeys(tuple(dict.fromkeys(one)) for one in required)
        return cls(tuple(each_once), tuple(dict.fromkeys(excluded)))

    @property
    def wanted(self) -> Iterator[Phrase]:
        """The phrases that are to be found, alternatives among them."""
        return (phrase for one in self.required for phrase in one)

    def matches(self, *texts: str) -> bool:
        """Whether a document with these texts, which are not folded yet, is found."""
        plain = [folded(text) for text in texts]
        return self._has_all(plain) and not any(_has(plain, phrase) for phrase in self.excluded)

    def has_all(self, text: str) -> bool:
        """Whether all that is required is in this text alone."""
        return self._has_all([folded(text)])

    def _has_all(self, plain: Sequence[str]) -> bool:
        return all(any(_has(plain, phrase) for phrase in one) for one in self.required)


def _has(plain: Sequence[str], phrase: Phrase) -> bool:
    return any(next(phrase.places(text), None) for text in plain)


def _items(text: str) -> Iterator[tuple[Phrase, bool, bool]]:
    """The phrases, each with whether it is excluded, and whether it is an alternative to that before it."""
    found = [item for item in _ITEM.finditer(text) if _phrase(item)]
    joins = {place for place, item in enumerate(found) if _is_or(item)}
    for place in sorted(joins):
        _check_sides(found, place)
    for place, item in enumerate(found):
        phrase = _phrase(item)
        if phrase and place not in joins:
            yield phrase, item["without"] is not None, place - 1 in joins


def _is_or(item: re.Match[str]) -> bool:
    return item["plain"] == "OR" and not item["without"]


def _check_sides(found: list[re.Match[str]], place: int) -> None:
    """Refuse an OR that has no word before it or behind it."""
    for side, other in (("before", place - 1), ("behind", place + 1)):
        item = found[other] if 0 <= other < len(found) else None
        if item is None or item["without"] or _is_or(item):
            what = "nothing" if item is None else f"{item[0][:40]!r}, which is no word to be found,"
            number = sum(map(_is_or, found[: place + 1]))
            raise UsageError(
                f"the query has {what} {side} its OR number {number}; OR takes one of two words, and the "
                'word itself is written "OR"'
            )


def _phrase(item: re.Match[str]) -> Phrase | None:
    return Phrase.of(item["plain"] if item["quoted"] is None else item["quoted"])


def _nothing(text: str, excluded: Iterable[Phrase]) -> str:
    if not text.strip():
        return "the query is empty; name a word to look for"
    if any(excluded):
        return f"the query {text[:40]!r} only excludes; name a word to look for as well"
    return f"the query {text[:40]!r} has no letter, digit or Chinese character to look for"
