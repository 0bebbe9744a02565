"""A post's page, as the site generator makes it.

The layout puts the rendered body, unescaped, into a ``meta`` element of the head as well, where the
attribute breaks at the first quotation mark and the article spills out before the page begins. So the
page is not parsed from its start: its article is looked for by the heading that the layout writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.documents.frontmatter import parse_date
from archive.errors import DocumentError
from crawler.normalizer.bounds import check_bounds
from crawler.normalizer.decode import decode
from crawler.normalizer.finews.addresses import (
    FLASHES,
    code_in_address,
    code_in_link,
    contradict,
    post_day,
    slug_of,
)
from crawler.normalizer.finews.kramdown import source_of
from crawler.normalizer.markup import href_in, shown, unescaped
from crawler.normalizer.rejected import Reason, Rejected

_HEADING = re.compile(r"<section[^<>]*>\s*<small>\s*\(GMT\+8[^)<]*\)(?P<date>[^<]*)</small>\s*<h1[^<>]*>")
_HEADING_END = "</h1>"
_TAGS = re.compile(r"<small>\s*tags:(?P<tags>.*?)</small>\s*\Z", re.DOTALL)
_ANCHOR = re.compile(r"<a\s[^<>]*>")
_LINK = re.compile(r'<a href="(?P<address>[^"]*)">[^<]*</a>|&lt;(?P<unlinked>[^<>]*)&gt;')
_DIGEST = re.compile(r"\s*<blockquote>\s*<p>(?P<digest>.*?)</p>\s*</blockquote>\s*", re.DOTALL)
_NO_TAG_FOLLOWS = re.compile(r"&lt;(?![A-Za-z/!?])|&gt;")
_MAX_DATE = 40
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "--"})


@dataclass(frozen=True, slots=True)
class _Heading:
    """The heading that the layout writes; the article begins at `end` of the page."""

    date: str
    title: str
    end: int


@dataclass(frozen=True, slots=True)
class PostPage:
    """What a post's page says. `digest` is None but for flashes; `body` is the article's HTML without it."""

    address: str
    code: str
    title: str
    published: datetime | None
    slug: str
    outlet: str
    tag: str
    digest: str | None
    body: str
    link: str | None
    return_url: str


def read_post(data: bytes, address: str) -> PostPage:
    """Read the page of a post, given its canonical address.

    Raises `Rejected`. A title or a share link that the site published empty is kept as it is; for a date
    that it published empty the day in the address stands in.
    """
    heading, section = _article(decode(data))
    section, em_elements = _without_tags(section)
    section, name, return_url = _without_return_link(section)
    section, link = _without_link(section)
    code = _code(link, address)
    slug = slug_of(return_url)
    if not slug:
        raise Rejected(Reason.NO_RETURN_LINK, f"a link back to {return_url!r}")
    digest, body = _body(section, slug)
    tag = _tag_as_written(f"{name}新闻", em_elements)
    check_bounds(title=heading.title, slug=slug, outlet=name, link=link)
    return PostPage(
        address=address,
        code=code,
        title=heading.title,
        published=_published(heading.date, address),
        slug=slug,
        outlet=tag.removesuffix("新闻"),
        tag=tag,
        digest=digest,
        body=body,
        link=link,
        return_url=return_url,
    )


def _code(link: str | None, address: str) -> str:
    linked, addressed = code_in_link(link or ""), code_in_address(address)
    if contradict(linked, addressed):
        raise Rejected(Reason.WRONG_ARTICLE, f"the share link of {linked} at the address of {addressed}")
    if code := linked or addressed:
        return code
    raise Rejected(Reason.NO_CODE, f"share link {link!r}")


def _headings(page: str) -> Iterator[_Heading]:
    position = 0
    while found := _HEADING.search(page, position):
        end = page.find(_HEADING_END, found.end())
        if end < 0:
            return
        position = end + len(_HEADING_END)
        yield _Heading(found["date"], page[found.end() : end], position)


def _article(page: str) -> tuple[_Heading, str]:
    """The heading that the layout wrote, and what follows it within the section."""
    headings = list(_headings(page))
    end = page.rfind("</section>")
    if not headings:
        reason = Reason.TRUNCATED if "</html>" not in page else Reason.NO_ARTICLE
        raise Rejected(reason, f"{len(page)} characters without a post's heading")
    # An article may hold the like of a heading itself; as the body stands in the page twice, once before
    # and once after the true heading, the true one is the one in the middle.
    heading = headings[(len(headings) - 1) // 2]
    if end < heading.end:
        raise Rejected(Reason.TRUNCATED, f"the page ends after {len(page)} characters, within the article")
    return heading, page[heading.end : end].strip()


def _without_tags(section: str) -> tuple[str, str]:
    """The section without the tags under the post, and these, one ``em`` element for each word."""
    found = _TAGS.search(section, max(section.rfind("<small>"), 0))
    return (section[: found.start()].rstrip(), found["tags"]) if found else (section, "")


def _last_paragraph(section: str) -> tuple[str, str]:
    """The section without the paragraph at its very end, and what stands in that; empty without one."""
    before, _, paragraph = section.rpartition("<p>")
    paragraph, end_tag, after = paragraph.partition("</p>")
    return (before.rstrip(), paragraph) if end_tag and not after.strip() else (section, "")


def _without_return_link(section: str) -> tuple[str, str, str]:
    """The section without its last paragraph, and what that says: the outlet's name, the link back."""
    before, paragraph = _last_paragraph(section)
    for name, url in (*_anchors(paragraph), *_unrendered(paragraph)):
        if name.startswith("返回") and name != "返回首页":
            return before, _name(name), _single_line(url)
    raise Rejected(Reason.NO_RETURN_LINK, f"last paragraph {paragraph[:80]!r}")


def _anchors(paragraph: str) -> Iterator[tuple[str, str]]:
    """Text and address of each link."""
    for link in paragraph.split("</a>")[:-1]:
        opened = _ANCHOR.search(link)
        if opened and (href := href_in(opened[0])) is not None:
            yield shown(link[opened.end() :]), unescaped(href)


def _unrendered(paragraph: str) -> Iterator[tuple[str, str]]:
    """A name or slug with an unpaired parenthesis is no link to kramdown: the page shows it as it was."""
    _, opened, rest = unescaped(paragraph).partition("[返回")
    name, middle, rest = rest.partition("](//")
    url, end, _ = rest.partition(")｜")
    if opened and middle and end:
        yield f"返回{name}", f"//{url}"


def _without_link(section: str) -> tuple[str, str | None]:
    """The section without the share link's paragraph, and that link: empty for ``<>``, None for none."""
    before, paragraph = _last_paragraph(section)
    found = _LINK.fullmatch(paragraph)
    if found is None:
        return section, None
    link = found["address"] if found["address"] is not None else found["unlinked"]
    return before, _single_line(unescaped(link))


def _name(text: str) -> str:
    return _single_line(text.removeprefix("返回").removesuffix("新闻"))


def _single_line(text: str) -> str:
    return " ".join(text.split())


def _tag_as_written(tag: str, em_elements: str) -> str:
    """The tag without kramdown's typography, which the list of tags under the post does not have."""
    elements = em_elements.split("<em>")[1:]
    written = " ".join(element.partition("</em>")[0] for element in elements)
    return written if written.translate(_TYPOGRAPHIC) == tag.translate(_TYPOGRAPHIC) else tag


def _body(rendered: str, slug: str) -> tuple[str | None, str]:
    """Digest and HTML; only flashes have a digest, a quotation before the article."""
    quotation = _DIGEST.match(rendered) if slug == FLASHES else None
    if quotation is None:
        return None, source_of(rendered)
    digest = _NO_TAG_FOLLOWS.sub(lambda match: unescaped(match[0]), source_of(quotation["digest"]))
    return digest, source_of(rendered[quotation.end() :])


def _published(text: str, address: str) -> datetime | None:
    text = text.strip()
    for candidate in (f"{text} +0800" if 0 < len(text) <= _MAX_DATE else "", post_day(address)):
        try:
            if published := parse_date(candidate):
                return published
        except DocumentError:
            continue
    return None
