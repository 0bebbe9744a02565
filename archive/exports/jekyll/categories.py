"""Categories of a Jekyll tree: the folders of their posts, and the pages that list these.

A slug is anything that a site has written there. Most are a name for a folder and for a file; those of which
Jekyll or a file system would make something else get a hash in their place, and are told by `listed_at`.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from urllib.parse import quote

from archive.documents.frontmatter import quoted
from archive.exports.file_names import folded

FLASHES = "emnews"
"""The slug of the flashes, whose page is not among the others."""
CATEGORY = "category"
_LONGEST = 200
"""Bytes of a name, and of a path that is made of a slug; file systems take 255."""
# Of ASCII's signs none that paths, Jekyll's templates of these, or its filter of files take for their own.
_WORD = re.compile(r"[^\W_](?:[\w()&+,=·（），、！《》“”-]|\.(?=[\w(]))*")
_LIKE_A_FILE = re.compile(r"\.[A-Za-z]+\Z")


def folder_of(slug: str) -> str | None:
    """The path that Jekyll makes of the slug for the posts' pages; None where that could not be relied on."""
    words = slug.split(" ")
    is_plain = (
        all(_WORD.fullmatch(word) and not _LIKE_A_FILE.search(word) for word in words)
        and len({*words}) == len(words)
        and len(slug.lower().encode()) <= _LONGEST
        and words[0].lower() != CATEGORY
    )
    return "/".join(word.lower() for word in words) if is_plain else None


def hashed(slug: str) -> str:
    """A name in the place of the slug."""
    return f"d{sha256(slug.encode()).hexdigest()[:15]}"


def listed_at(slug: str) -> str:
    """The path of the page that lists a category, not escaped: where links back lead, if that can be."""
    if slug == FLASHES:
        return f"/{FLASHES}/"
    is_path = len(slug.encode()) <= _LONGEST and not any(
        segment in {"", ".", ".."} or segment.endswith(".html") or not segment.isprintable()
        for segment in slug.split("/")
    )
    return f"/{CATEGORY}/{slug if is_path else hashed(slug)}.html"


def category_pages(slugs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files that make the categories' pages: each follows from its slug.

    Only where two slugs are one name to some file system, the second has another name.
    """
    taken: set[str] = set()
    for slug in sorted(set(slugs)):
        name = _file_name(slug)
        if folded(name) in taken:
            name = f"{CATEGORY}/{hashed(slug)}.html"
        taken.add(folded(name))
        yield name, _page(slug, name).encode()


def _file_name(slug: str) -> str:
    if slug == FLASHES:
        return f"{FLASHES}/index.html"
    return f"{CATEGORY}/{hashed(slug) if folder_of(slug) is None else slug}.html"


def _page(slug: str, name: str) -> str:
    """The front matter by which its layout lists the posts: those that have its words, or say its path."""
    path = listed_at(slug)
    lines = [
        "---",
        "layout: category",
        f"title: {quoted(slug)}",
        f"category: {quoted(slug)}",
        f"lists: {quoted(path if folder_of(slug) is None else slug)}",
        *([] if f"/{name}".removesuffix("index.html") == path else [f"permalink: {quoted(_escaped(path))}"]),
        "---",
    ]
    return "\n".join(lines) + "\n"


def _escaped(path: str) -> str:
    """The path as Jekyll unescapes it. In what is not escaped, it would look for ``..`` and ``./``."""
    return f"{quote(path.removesuffix('.html'), safe='/()').replace('.', '%2E')}.html"
