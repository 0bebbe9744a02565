"""The corpus' file format: front matter, body, link, link back to the category.

UTF-8, LF, no newline at the end. `parse` also reads what the site owner's script publishes: titles that
are not escaped, empty dates, empty links.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from archive.documents.model import SHANGHAI, Document
from archive.errors import DocumentError

_HOME = "//finews.withounder.com/"
_TO_HOME = f")｜[返回首页]({_HOME})"
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?P<yaml>.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_RETURN = re.compile(
    r"\n\n\[返回(?P<name>[^\n]{0,300})\]\((?P<url>[^\n]{0,3000})\)｜\[返回首页\]\("
    + re.escape(_HOME)
    + r"\)\s*\Z"
)
_LINK = re.compile(r"\n\n<(?P<link>[^\n<>]*)>\s*\Z")
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d\Z)")
# Year first, so that nobody takes the day for the month: 2022/1/3, 2022年1月3日 9:05, 2022-1-3 9:05 UTC.
_WRITTEN_OTHERWISE = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})日?"
    r"(?:[T\s]\s*(?P<hour>\d{1,2})[:：](?P<minute>\d\d)(?:[:：](?P<second>\d\d)(?:\.\d+)?)?)?"
    r"\s*(?P<zone>[+-]\d\d:?\d\d|Z|UTC|GMT)?",
    re.ASCII,
)
# What YAML 1.1 may not hold unescaped (its c-printable), the line breaks, and the byte order mark.
_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_UNSAFE_PLAIN = re.compile(r"\A[\s\-?:,\[\]{}#&*!|>'\"%@`]|: |:\Z| #|\s\Z|\A\Z")
# What YAML's other readers, Jekyll's too, take for a number, a date, a truth value or nothing at all.
_NO_TEXT_PLAIN = re.compile(
    r"[-+]?(?:0[bx][0-9a-f_,]+|0o[0-7_,]+|[0-9][0-9_,]*(?::[0-9]{1,2})*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\.[0-9_]+"
    r"(?:e[-+]?[0-9]+)?|\.inf|\.nan)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:t|\s+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?"
    r"|~|=|<<|null|true|false|yes|no|on|off|y|n",
    re.IGNORECASE,
)
_MAX_FRONT_MATTER = 64 * 1024
"""Characters. The largest front matter of the corpus has under 1,000."""
_MOST_IN_C = 4096
"""Characters. libyaml's binding follows nested collections on the stack of the process, and ends it where
there are some 20,000 in each other."""
_READ_OTHERWISE_IN_C = re.compile(r"[\t\ufeff\x85\u2028\u2029!?{]|^%|[|>][0-9+-]*#", re.MULTILINE)
"""For tabs, marks, rare line breaks, tags, mappings in braces, directives, and comments beside the sign of a
block scalar libyaml has other rules."""
_NUMBER = re.compile(r"[0-9]{1,9}")
_UNPUBLISHED = frozenset({"false", "no", "off"})


@dataclass(frozen=True, slots=True)
class FrontMatterFile:
    """A file with front matter as it was read: its document, and how it says what it says."""

    document: Document
    is_yaml: bool
    """Whether its front matter is YAML; what is not was read line by line."""
    date: str
    """As written; empty where there is none."""
    is_published: bool
    """False where it says that it is not: Jekyll leaves such posts out."""


def render(document: Document) -> str:
    """The document's file, without a newline at its end; `parse` gives the same document back."""
    lines = [
        "---",
        "layout: post",
        f"title: {quoted(document.title)}",
        f"date: {_date(document.published)}".rstrip(),
        f"categories: {_scalar(document.slug)}",
        f"tags: {_tags(document.tags)}",
        *([f"lost: {document.lost}"] if document.lost else []),
        *_said_outright(document),
        "---",
        document.body,
    ]
    return "\n".join(lines) + ending(document)


def ending(document: Document) -> str:
    """What its file has behind the body: the link, the link back."""
    link = "" if document.link is None else f"\n\n<{document.link}>"
    if document.return_url is None:
        return link
    return f"{link}\n\n[返回{document.outlet}新闻]({document.return_url}{_TO_HOME}"


def _said_outright(document: Document) -> list[str]:
    """What else the front matter must say, where parts of the file could be taken for others: hardly ever."""
    name = None if document.return_url is None else f"{document.outlet}新闻"
    if not _is_told_by_its_end(document):
        meant = (document.body, document.link, name, document.return_url)
        if _split_body(document.body + ending(document)) != meant:
            return [f"outlet: {quoted(document.outlet)}", f"body: {len(document.body)}"]
    return [] if _outlet(document.tags, name) == document.outlet else [f"outlet: {quoted(document.outlet)}"]


def _is_told_by_its_end(document: Document) -> bool:
    """Whether what stands behind the body cannot be taken for anything else: as good as always."""
    if document.link is None or "<" in document.link or ">" in document.link:
        return False
    back = f"{document.outlet}{document.return_url or ''}"
    return "](" not in back and len(back) < 300


def _outlet(tags: tuple[str, ...], name: str | None) -> str:
    """The outlet's name as the link back has it, or else the first tag."""
    return (tags[0] if name is None and tags else name or "").removesuffix("新闻")


def parse(text: str) -> Document:
    """The document in a front-matter file. Raises `DocumentError` as `read_file` does."""
    return read_file(text).document


def read_file(text: str) -> FrontMatterFile:
    """Read a front-matter file.

    Raises `DocumentError` where there is no front matter, or where its date is none.
    """
    head = _FRONT_MATTER.match(text, 1 if text.startswith("\ufeff") else 0)
    if head is None:
        raise DocumentError("no front matter: a document begins with a line of three hyphens and ends it so")
    fields, is_yaml = _fields(head["yaml"])
    date = " ".join(_texts(fields.get("date"))).strip()
    tags = tuple(_texts(fields.get("tags")))
    outlet = fields.get("outlet")
    parts = _parts_outright(text[head.end() :], fields.get("body"), outlet)
    body, link, name, return_url = parts or _split_body(text[head.end() :])
    document = Document(
        title=" ".join(_texts(fields.get("title"))),
        published=parse_date(date),
        slug=" ".join(_texts(fields.get("categories")) or _texts(fields.get("category"))),
        outlet=outlet if isinstance(outlet, str) else _outlet(tags, name),
        tags=tags,
        body=body,
        link=link,
        return_url=return_url,
        lost=_count(" ".join(_texts(fields.get("lost")))),
    )
    is_published = " ".join(_texts(fields.get("published"))).lower() not in _UNPUBLISHED
    return FrontMatterFile(document, is_yaml, date, is_published)


def parse_date(text: str) -> datetime | None:
    """A front matter's date; Shanghai time where it names no zone; None where it is empty.

    Besides the format's own, dates are read that can mean one day only: ``2022/1/3``, ``2022年1月3日 9:05``,
    ``2022-01-03T09:05:00Z``. Raises `DocumentError` for text that is no date.
    """
    text = text.strip()
    if is_empty_date(text):
        return None
    found = _iso_date(text[:100]) or _iso_date(_as_iso(text[:100]))
    if (
        found is None or not 1000 <= found.year < 9000
    ):  # also keeps clear of what no other time zone could express
        raise DocumentError(f"date {text[:40]!r} is none; expected YYYY-MM-DD HH:MM:SS +0800")
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def is_empty_date(text: str) -> bool:
    """Whether a date was published empty: the owner's script writes `` +0800`` after nothing."""
    return not text.strip() or re.fullmatch(r"[+-]\d{4}", text.strip()) is not None


def _iso_date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text)).replace(microsecond=0)
    except ValueError:
        return None


def _as_iso(text: str) -> str:
    """The date as ISO 8601 has it; empty where it is written in no way known here."""
    found = _WRITTEN_OTHERWISE.fullmatch(text)
    if found is None:
        return ""
    day = f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}"
    time = f"{found['hour'] or '0':0>2}:{found['minute'] or '00'}:{found['second'] or '00'}"
    zone = found["zone"] or ""
    return f"{day}T{time}{'Z' if zone in ('UTC', 'GMT') else zone}"


def _count(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _fields(front_matter: str) -> tuple[Mapping[str, Any], bool]:
    """The fields, and whether the front matter is YAML."""
    if len(front_matter) > _MAX_FRONT_MATTER:
        raise DocumentError(f"front matter of {len(front_matter)} characters: more than {_MAX_FRONT_MATTER}")
    try:
        fields = yaml.load(front_matter, _loader_for(front_matter))  # noqa: S506 it makes nothing but text
    except (yaml.YAMLError, RecursionError):
        return _fields_as_published(front_matter), False
    if not isinstance(fields, dict):
        raise DocumentError("front matter that is no mapping of keys to values")
    return fields, True


def _loader_for(front_matter: str) -> type[yaml.BaseLoader | yaml.CBaseLoader]:
    """libyaml's loader, nine times as fast, where it is there and reads all of this as PyYAML's own does."""
    if len(front_matter) > _MOST_IN_C or _READ_OTHERWISE_IN_C.search(front_matter):
        return yaml.BaseLoader
    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _fields_as_published(front_matter: str) -> Mapping[str, str]:
    """The owner's script writes titles between quotation marks without escaping those inside."""
    fields = {}
    for line in front_matter.split("\n"):
        key, colon, value = line.partition(":")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if colon and re.fullmatch(r"\w+", key):
            fields[key] = value
    if "title" not in fields:
        raise DocumentError("front matter that is neither YAML nor lines of keys and values with a title")
    return fields


def _texts(value: Any) -> list[str]:
    """A YAML scalar, or a list of them, as texts; what is nested deeper is no field of ours."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return [value] if isinstance(value, str) and value else []


_Parts = tuple[str, str | None, str | None, str | None]


def _split_body(text: str) -> _Parts:
    """Body, link, and name and address of the link back, from what follows the front matter."""
    name = return_url = link = None
    # The two trailing paragraphs are looked for at the end only: a body may hold anything, also their like.
    if back := _RETURN.search(text, max(text.rfind("\n\n[返回"), 0)):
        name, return_url, text = back["name"], back["url"], text[: back.start()]
    if at_end := _LINK.search(text, max(text.rfind("\n\n<"), 0)):
        link, text = at_end["link"], text[: at_end.start()]
    return text, link, name, return_url


def _parts_outright(text: str, length: Any, outlet: Any) -> _Parts | None:
    """The same, where the front matter says how long the body is; None where it does not, or it is not so."""
    if not (isinstance(length, str) and _NUMBER.fullmatch(length) and isinstance(outlet, str)):
        return None
    body, rest = text[: int(length)], text[int(length) :].rstrip()
    link, back, url = rest.partition(f"\n\n[返回{outlet}新闻](")
    is_link = not link or (link.startswith("\n\n<") and link.endswith(">"))
    is_back = not back or url.endswith(_TO_HOME)
    if len(body) < int(length) or not (is_link and is_back):
        return None
    name, return_url = (f"{outlet}新闻", url.removesuffix(_TO_HOME)) if back else (None, None)
    return body, link[3:-1] if link else None, name, return_url


def _date(published: datetime | None) -> str:
    if published is None:
        return ""
    local = published.astimezone(SHANGHAI)
    return f"{local.year:04}-{local:%m-%d %H:%M:%S} +0800"


def _tags(tags: tuple[str, ...]) -> str:
    return _scalar(tags[0]) if len(tags) == 1 and tags[0] else f"[{', '.join(map(quoted, tags))}]"


def _scalar(text: str) -> str:
    """The text as the corpus writes it, bare; in quotation marks where YAML would read it otherwise."""
    is_unsafe = _UNSAFE_PLAIN.search(text) or _MUST_ESCAPE.search(text) or _NO_TEXT_PLAIN.fullmatch(text)
    return quoted(text) if is_unsafe else text


def quoted(text: str) -> str:
    """YAML's double-quoted style, escaping no more than must be."""
    return f'"{_MUST_ESCAPE.sub(lambda match: _ESCAPES.get(match[0]) or _hex(match[0]), text)}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _hex(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"
