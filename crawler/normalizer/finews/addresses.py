"""The addresses of finews: which is what, and how to get from one to the other."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from crawler.normalizer.bounds import MAX_ADDRESS

SITE = "finews.withounder.com"
SHARE_HOST = "finews.zning.xyz"
UPSTREAM_HOST = "choicewzp1.eastmoney.com"
"""Whose proxy the share host is: older posts link to it."""
HOME = f"https://{SITE}/"
FEED = f"https://{SITE}/feed.xml"
FLASHES = "emnews"
"""The slug of the category of flash news, the one category whose page is not under ``/category/``."""

_POST_PATH = re.compile(
    r"/(?:[^/]+/)+(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d)/(?P<stem>[^/]+)\.html", re.ASCII
)
_CODE = re.compile(r"(?:[?&]infoCode=|/a/)(?P<code>[0-9A-Za-z]{4,64})(?![0-9A-Za-z])")
_SHARED = re.compile(
    r"(?:/NewsShare\.html\?(?:.*&)?infoCode|/GetNewsText\.do\?(?:.*&)?id)=(?P<code>[0-9A-Za-z]{4,64})(?![0-9A-Za-z])"
)
_STEM = re.compile(r"[0-9A-Za-z]{4,64}")
_ARTICLE_CODE = re.compile(r"(?:NW)?(?P<number>[0-9]{18})")


def is_post(address: str) -> bool:
    """Whether the address is one of a post at finews, by the shape of its path."""
    parts = urlsplit(address)
    return parts.hostname == SITE and _POST_PATH.fullmatch(unquote(parts.path)) is not None


def post_address(href: str) -> str | None:
    """The canonical address of the post that a link in a list leads to; None where it leads elsewhere."""
    if len(href) > MAX_ADDRESS:
        return None
    try:
        address = urljoin(HOME, href.strip())
        parts = urlsplit(address)
        if not is_post(address):
            return None
    except ValueError:
        return None
    canonical = f"https://{SITE}{quote(unquote(parts.path), safe=_PATH_SAFE)}"
    return canonical if len(canonical) <= MAX_ADDRESS else None


def post_day(address: str) -> str:
    """The day in a post's path, YYYY-MM-DD, in Shanghai; empty where there is none."""
    found = _post_path(address)
    return f"{found['year']}-{found['month']}-{found['day']}" if found else ""


def code_in_link(link: str) -> str | None:
    """The article's code in its share link, or in a flash's own address at its outlet."""
    found = _CODE.search(link)
    return found["code"] if found else None


def code_in_address(address: str) -> str | None:
    """The article's code in the address of its post."""
    found = _post_path(address)
    return found["stem"] if found and _STEM.fullmatch(found["stem"]) else None


def contradict(linked: str | None, addressed: str | None) -> bool:
    """Whether two codes are surely those of two articles.

    Only codes of the outlets' own form are compared, and those without their prefix: links of other
    forms exist, and say nothing of the address that a post was given.
    """
    one, other = (_ARTICLE_CODE.fullmatch(code or "") for code in (linked, addressed))
    return bool(one and other and one["number"] != other["number"])


def category_address(slug: str) -> str:
    """The page that lists a category, from its slug as written (the path of its posts is another thing)."""
    if slug == FLASHES:
        return f"{HOME}{FLASHES}/"
    return f"{HOME}category/{quote(slug, safe=_SEGMENT_SAFE)}.html"


def slug_of(return_url: str) -> str:
    """The slug as a link back has it: ``//HOST/category/SLUG.html``, ``//HOST/SLUG/``."""
    path = return_url.removeprefix("https:").removeprefix("http:").removeprefix("//")
    path = path.partition("/")[2].removeprefix("category/")
    return path.removesuffix("/").removesuffix(".html")


def share_api_address(code: str) -> str:
    """Where the share page of a code gets its text from; older links' upstream host has the same paths."""
    return f"http://{SHARE_HOST}/NewsData/GetNewsText.do?id={quote(code, safe='')}"


def code_in_share_address(address: str) -> str | None:
    """The code in the address of a share page, or in that where it gets its text from, at either host."""
    try:
        parts = urlsplit(address)
        is_shared = parts.hostname in {SHARE_HOST, UPSTREAM_HOST}
    except ValueError:
        return None
    found = _SHARED.search(f"{parts.path}?{parts.query}") if is_shared else None
    return found["code"] if found else None


def _post_path(address: str) -> re.Match[str] | None:
    try:
        return _POST_PATH.fullmatch(unquote(urlsplit(address).path))
    except ValueError:
        return None


_SEGMENT_SAFE = "!$&'()*+,;=:@~"
_PATH_SAFE = "/" + _SEGMENT_SAFE
