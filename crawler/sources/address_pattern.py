"""Address patterns: which addresses of a site are articles, and what identifies each of them.

``/hy/*/{id}.html`` and ``/read?id={id}`` are such. ``*`` stands for anything but a slash, ``**`` for
anything, ``{id}`` for what identifies the article. Parameters that a pattern does not name are no part of
an address.
"""

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from crawler.normalizer.generic.web_addresses import escaped

_PART = re.compile(r"(\*\*|\*|\{[^{}]*\})")
_ID = "{id}"
_WILD = {"**": ".*", "*": "[^/]*", _ID: "([^/]+)"}
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Match:
    """What a pattern makes of an address: its identity, and path and query as they are canonically."""

    source_id: str
    path: str


class AddressPattern:
    """One pattern, ready to be compared with addresses. Raises `ValueError`, in words, for what is none."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        if not pattern.startswith("/"):
            raise ValueError(f"{pattern!r} does not begin with a slash; it is the address behind the host")
        if "#" in pattern:
            raise ValueError(f"{pattern!r} has a #, and what stands behind it is never sent to a site")
        path, _, query = pattern.partition("?")
        parameters = [part.partition("=") for part in query.split("&")] if query else []
        if wrong := [part for part in _PART.findall(pattern) if part not in _WILD]:
            raise ValueError(f"{pattern!r} has {wrong[0]}; the only name between braces is {_ID}")
        if pattern.count(_ID) != 1:
            raise ValueError(f"{pattern!r} must have {_ID} once: it is what tells one article from another")
        if re.search(r"\*\{|\}\*", pattern):
            raise ValueError(f"{pattern!r} has a * right beside {_ID}: nothing says where it ends")
        if any(not name or not value for name, _, value in parameters):
            raise ValueError(f"{pattern!r} must have parameters of the form name={_ID} behind the ?")
        self._path = _compiled(path)
        self._parameters = {name: _compiled(value) for name, _, value in parameters}

    def match(self, address: str) -> Match | None:
        """The match with an absolute address; None where the pattern does not fit."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        found = self._path.fullmatch(unquote(parts.path) or "/")
        given = _parameters(parts.query) if self._parameters else {}
        values = {
            name: pattern.fullmatch(unquote(given.get(name, "")))
            for name, pattern in self._parameters.items()
        }
        if found is None or not all(values.values()):
            return None
        ids = [one for match in (found, *values.values()) if match for one in match.groups()]
        if not ids or len(ids[0]) > _LONGEST_ID or not ids[0].isprintable():
            return None
        query = "&".join(f"{escaped(name)}={escaped(given[name], '?/')}" for name in self._parameters)
        canonical = escaped(parts.path or "/")
        return Match(ids[0], f"{canonical}?{query}" if query else canonical)


def _parameters(query: str) -> dict[str, str]:
    """The parameters by name, as they are written; of several of one name the first."""
    parts = (part.partition("=") for part in reversed(query.split("&")))
    return {unquote(name): value for name, _, value in parts}


@cache
def pattern_of(text: str) -> AddressPattern:
    """The pattern that a text describes. Raises `ValueError`, in words, for one that is none."""
    return AddressPattern(text)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(part) or re.escape(part) for part in _PART.split(pattern)), re.DOTALL)
