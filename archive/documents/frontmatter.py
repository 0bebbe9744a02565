"""The corpus' file format: front matter, body, link, link back to the category.

UTF-8, LF, no newline at the end. `parse` also reads what the site owner's script publishes: titles that
are not escaped, empty dates, empty links.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from archive.documents.model import SHANGHAI, Document
from archive.errors import DocumentError

_HOME = "//finews.withounder.com/"
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?P<yaml>.*?)(?<=\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_RETURN = re.compile(
    r"\n\n\[返回(?P<name>[^\n]{0,300})\]\((?P<url>[^\n]{0,3000})\)｜\[返回首页\]\("
    + re.escape(_HOME)
    + r"\)\s*\Z"
)
_LINK = re.compile(r"\n\n<(?P<link>[^\n<>]*)>\s*\Z")
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d\Z)")
# What YAML 1.1 may not hold unescaped (its c-printable), the line breaks, and the byte order mark.
_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_UNSAFE_PLAIN = re.compile(r"\A[\s\-?:,\[\]{}#&*!|>'\"%@`]|: |:\Z| #|\s\Z|\A\Z")
_MAX_FRONT_MATTER = 64 * 1024
"""Characters. The largest front matter of the corpus has under 1,000."""


def render(document: Document) -> str:
    """The document's file, without a newline at its end; `parse` gives the same document back."""
    lines = [
        "---",
        "layout: post",
        f"title: {_quoted(document.title)}",
        f"date: {_date(document.published)}".rstrip(),
        f"categories: {_scalar(document.slug)}",
        f"tags: {_tags(document.tags)}",
        *([f"lost: {document.lost}"] if document.lost else []),
        "---",
        document.body,
    ]
    parts = ["\n".join(lines)]
    if document.link is not None:
        parts.append(f"<{document.link}>")
    if document.return_url is not None:
        parts.append(f"[返回{document.outlet}新闻]({document.return_url})｜[返回首页]({_HOME})")
    return "\n\n".join(parts)


def parse(text: str) -> Document:
    """Read a front-matter file.

    Raises `DocumentError` where there is no front matter, or where its date is none.
    """
    head = _FRONT_MATTER.match(text, 1 if text.startswith("\ufeff") else 0)
    if head is None:
        raise DocumentError("no front matter: a document begins with a line of three hyphens and ends it so")
    fields = _fields(head["yaml"])
    body, link, name, return_url = _split_body(text[head.end() :])
    tags = tuple(_texts(fields.get("tags")))
    return Document(
        title=" ".join(_texts(fields.get("title"))),
        published=parse_date(" ".join(_texts(fields.get("date")))),
        slug=" ".join(_texts(fields.get("categories", fields.get("category")))),
        outlet=(tags[0] if name is None and tags else name or "").removesuffix("新闻"),
        tags=tags,
        body=body,
        link=link,
        return_url=return_url,
        lost=_count(" ".join(_texts(fields.get("lost")))),
    )


def parse_date(text: str) -> datetime | None:
    """A front matter's date; Shanghai time where it names no zone; None where it is empty.

    Raises `DocumentError` for text that is no date.
    """
    text = text.strip()
    if not text or re.fullmatch(r"[+-]\d{4}", text):  # the owner's script writes " +0800" after nothing
        return None
    try:
        found = datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text[:100])).replace(microsecond=0)
    except ValueError:
        found = None
    if (
        found is None or not 1000 <= found.year < 9000
    ):  # also keeps clear of what no other time zone could express
        raise DocumentError(f"date {text[:40]!r} is none; expected YYYY-MM-DD HH:MM:SS +0800")
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _count(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _fields(front_matter: str) -> Mapping[str, Any]:
    if len(front_matter) > _MAX_FRONT_MATTER:
        raise DocumentError(f"front matter of {len(front_matter)} characters: more than {_MAX_FRONT_MATTER}")
    try:
        fields = yaml.load(front_matter, yaml.BaseLoader)  # noqa: S506 BaseLoader makes nothing but text
    except (yaml.YAMLError, RecursionError):
        return _fields_as_published(front_matter)
    if not isinstance(fields, dict):
        raise DocumentError("front matter that is no mapping of keys to values")
    return fields


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


def _split_body(text: str) -> tuple[str, str | None, str | None, str | None]:
    """Body, link, and name and address of the link back, from what follows the front matter."""
    name = return_url = link = None
    # The two trailing paragraphs are looked for at the end only: a body may hold anything, also their like.
    if back := _RETURN.search(text, max(text.rfind("\n\n[返回"), 0)):
        name, return_url, text = back["name"], back["url"], text[: back.start()]
    if at_end := _LINK.search(text, max(text.rfind("\n\n<"), 0)):
        link, text = at_end["link"], text[: at_end.start()]
    return text, link, name, return_url


def _date(published: datetime | None) -> str:
    if published is None:
        return ""
    local = published.astimezone(SHANGHAI)
    return f"{local.year:04}-{local:%m-%d %H:%M:%S} +0800"


def _tags(tags: tuple[str, ...]) -> str:
    return _scalar(tags[0]) if len(tags) == 1 else f"[{', '.join(map(_quoted, tags))}]"


def _scalar(text: str) -> str:
    """The text as the corpus writes it, bare; in quotation marks where YAML would read it otherwise."""
    return _quoted(text) if _UNSAFE_PLAIN.search(text) or _MUST_ESCAPE.search(text) else text


def _quoted(text: str) -> str:
    """YAML's double-quoted style, escaping no more than must be."""
    return f'"{_MUST_ESCAPE.sub(lambda match: _ESCAPES.get(match[0]) or _hex(match[0]), text)}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _hex(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"
