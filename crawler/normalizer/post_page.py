"""A post's page, as the site generator makes it.

The layout puts the rendered body, unescaped, into a ``meta`` element of the head as well, where the
attribute breaks at the first quotation mark and the article spills out before the page begins. So the
page is not parsed from its start: its article is looked for by the heading that the layout writes.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from bs4 import BeautifulSoup

from archive.documents.frontmatter import parse_date
from archive.errors import DocumentError
from crawler.normalizer.addresses import FLASHES, code_in_address, code_in_link, post_day, slug_of
from crawler.normalizer.decode import decode
from crawler.normalizer.kramdown import source_of
from crawler.normalizer.rejected import Reason, Rejected

_HEADING = re.compile(
    r"<section[^>]*>\s*<small>\s*\(GMT\+8[^)<]*\)\s*(?P<date>[^<]*)</small>\s*<h1[^>]*>(?P<title>.*?)</h1>",
    re.DOTALL,
)
_TAGS = re.compile(r"<small>\s*tags:(?P<tags>.*?)</small>\s*\Z", re.DOTALL)
_TAG = re.compile(r"<em>(?P<name>.*?)</em>", re.DOTALL)
_BACK = re.compile(r"<p>(?P<back>(?:(?!</?p>).)*)</p>\s*\Z", re.DOTALL)
_LINK = re.compile(r'<p>(?:<a href="(?P<address>[^"]*)">[^<]*</a>|&lt;(?P<unlinked>[^<>]*?)&gt;)</p>\s*\Z')
_UNRENDERED_BACK = re.compile(r"\[(?P<text>返回.*?)\]\((?P<url>//.*?)\)｜", re.DOTALL)
_DIGEST = re.compile(r"\s*<blockquote>\s*<p>(?P<digest>.*?)</p>\s*</blockquote>\s*", re.DOTALL)
_NO_TAG_FOLLOWS = re.compile(r"&lt;(?![A-Za-z/!?])|&gt;")
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "--"})


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
    code = code_in_link(link or "") or code_in_address(address)
    if code is None:
        raise Rejected(Reason.NO_CODE, f"share link {link!r}")
    slug = slug_of(return_url)
    if not slug:
        raise Rejected(Reason.NO_RETURN_LINK, f"a link back to {return_url!r}")
    digest, body = _body(section, slug)
    tag = _tag_as_written(f"{name}新闻", em_elements)
    return PostPage(
        address=address,
        code=code,
        title=heading["title"],
        published=_published(heading["date"], address),
        slug=slug,
        outlet=tag.removesuffix("新闻"),
        tag=tag,
        digest=digest,
        body=body,
        link=link,
        return_url=return_url,
    )


def _article(page: str) -> tuple[re.Match[str], str]:
    """The heading that the layout wrote, and what follows it within the section."""
    headings = list(_HEADING.finditer(page))
    end = page.rfind("</section>")
    if not headings:
        reason = Reason.TRUNCATED if "</html>" not in page else Reason.NO_ARTICLE
        raise Rejected(reason, f"{len(page)} characters without a post's heading")
    # An article may hold the like of a heading itself; as the body stands in the page twice, once before
    # and once after the true heading, the true one is the one in the middle.
    heading = headings[(len(headings) - 1) // 2]
    if end < heading.end():
        raise Rejected(Reason.TRUNCATED, f"the page ends after {len(page)} characters, within the article")
    return heading, page[heading.end() : end].strip()


def _without_tags(section: str) -> tuple[str, str]:
    """The section without the tags under the post, and these, one ``em`` element for each word."""
    found = _TAGS.search(section, max(section.rfind("<small>"), 0))
    return (section[: found.start()].rstrip(), found["tags"]) if found else (section, "")


def _without_return_link(section: str) -> tuple[str, str, str]:
    """The section without its last paragraph, and what that says: the outlet's name, the link back."""
    found = _BACK.search(section, max(section.rfind("<p>"), 0))
    paragraph = found["back"] if found else ""
    for anchor in BeautifulSoup(paragraph, "html.parser").find_all("a", href=True):
        text = anchor.get_text()
        if found and text.startswith("返回") and text != "返回首页":
            return section[: found.start()].rstrip(), _name(text), _single_line(str(anchor["href"]))
    # A name or slug with an unpaired parenthesis is no link to kramdown: the page then shows it as it was.
    if found and (shown := _UNRENDERED_BACK.search(unescape(paragraph))):
        return section[: found.start()].rstrip(), _name(shown["text"]), _single_line(shown["url"])
    raise Rejected(Reason.NO_RETURN_LINK, f"last paragraph {paragraph[:80]!r}")


def _without_link(section: str) -> tuple[str, str | None]:
    """The section without the share link's paragraph, and that link: empty for ``<>``, None for none."""
    found = _LINK.search(section, max(section.rfind("<p>"), 0))
    if found is None:
        return section, None
    link = found["address"] if found["address"] is not None else found["unlinked"]
    return section[: found.start()].rstrip(), _single_line(unescape(link))


def _name(text: str) -> str:
    return _single_line(text.removeprefix("返回").removesuffix("新闻"))


def _single_line(text: str) -> str:
    return " ".join(text.split())


def _tag_as_written(tag: str, em_elements: str) -> str:
    """The tag without kramdown's typography, which the list of tags under the post does not have."""
    written = " ".join(match["name"] for match in _TAG.finditer(em_elements))
    return written if written.translate(_TYPOGRAPHIC) == tag.translate(_TYPOGRAPHIC) else tag


def _body(rendered: str, slug: str) -> tuple[str | None, str]:
    """Digest and HTML; only flashes have a digest, a quotation before the article."""
    quotation = _DIGEST.match(rendered) if slug == FLASHES else None
    if quotation is None:
        return None, source_of(rendered)
    digest = _NO_TAG_FOLLOWS.sub(lambda match: unescape(match[0]), source_of(quotation["digest"]))
    return digest, source_of(rendered[quotation.end() :])


def _published(text: str, address: str) -> datetime | None:
    for candidate in (f"{text.strip()} +0800" if text.strip() else "", post_day(address)):
        try:
            if published := parse_date(candidate):
                return published
        except DocumentError:
            continue
    return None
