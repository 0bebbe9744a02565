"""What a source file may say, checked by pydantic.

Each key has a description, and in words what is allowed: `crawler.sources.loading` ends its messages with
that, and docs/source-files.md is made of both.
"""

import re
from typing import Annotated, Any, Self
from urllib.parse import urljoin, urlsplit

import soupsieve
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from archive.errors import UsageError
from crawler.normalizer.bounds import MAX_ADDRESS
from crawler.sources.address_pattern import pattern_of

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_LONGEST = 500
"""Characters of anything in a source file."""


def _key(default: Any, help_: str, allowed: str, **limits: Any) -> Any:
    """A key; `allowed` ends the message for a value that is not. ``...`` is no default: it must be there."""
    return Field(default, description=help_, json_schema_extra={"allowed": allowed}, **limits)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host name")
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_plain = parts.scheme in {"http", "https"} and parts.hostname and not parts.port
        is_plain = is_plain and parts.username is None and not parts.fragment
    except ValueError:
        is_plain = False
    if not is_plain or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is no address")
    return parts._replace(netloc=parts.hostname or "", path=parts.path or "/").geturl()


def _selector(text: str) -> str:
    try:
        soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, NotImplementedError, ValueError) as error:
        raise ValueError(f"{text!r} is no CSS selector ({str(error).splitlines()[0]})") from None
    return text


def _expression(text: str) -> str:
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression ({error})") from None
    if compiled.groups != 1:
        raise ValueError(f"{text!r} must have one pair of round brackets, around what is wanted")
    return text


def _pattern(text: str) -> str:
    pattern_of(text)
    return text


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("there is nothing between the quotation marks")
    if not text.isprintable() or len(text) > _LONGEST:
        raise ValueError(f"{text[:60]!r} has several lines, or more than {_LONGEST} characters")
    return text


def _word(text: str) -> str:
    if " " in text:
        raise ValueError(f"{text!r} has a space")
    return text


def _tag(text: str) -> str:
    if "{" in text.replace("{outlet}", ""):
        raise ValueError(f"{text!r} has a name in braces that is not {{outlet}}")
    return text


def _several(value: Any) -> Any:
    """A list may be written as the one thing that is in it."""
    return tuple(value) if isinstance(value, list) else (value,)


def _rule(value: Any) -> Any:
    """A rule may be written as its selector alone."""
    return {"select": value} if isinstance(value, str) else value


Line = Annotated[str, AfterValidator(_one_line)]
Selector = Annotated[Line, AfterValidator(_selector)]
_Several = BeforeValidator(_several)
_SOME = Field(min_length=1)
Lines = Annotated[tuple[Line, ...], _Several, _SOME]
Selectors = Annotated[tuple[Selector, ...], _Several, _SOME]
Addresses = Annotated[tuple[Annotated[Line, AfterValidator(_address)], ...], _Several, _SOME]
Hosts = Annotated[tuple[Annotated[Line, AfterValidator(_host)], ...], _Several, _SOME]
Patterns = Annotated[tuple[Annotated[Line, AfterValidator(_pattern)], ...], _Several, _SOME]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TextRule(_Table):
    """Where a text stands: in the elements that `select` finds, or in a part of their text."""

    select: Selector = _key(..., "The elements in question.", 'a CSS selector, such as "h1"')
    after: Lines = _key(
        (),
        "Labels: what is wanted stands behind one, up to the next label, a wide space or a bar.",
        'a label without its colon, such as "来源", or a list of such',
    )
    attribute: str = _key("", "The attribute to take, in place of the text.", 'its name, such as "datetime"')
    pattern: Annotated[str, AfterValidator(_expression)] | None = _key(
        None,
        "A regular expression, for what labels cannot say.",
        "a regular expression with one pair of round brackets around what is wanted",
    )


Rules = Annotated[tuple[Annotated[TextRule, BeforeValidator(_rule)], ...], _Several, _SOME]
_RULES = (
    'a CSS selector such as "h1", or a table such as { select = ".info", after = "来源" }, or a list of '
    "these, of which the first that finds something counts"
)
_SELECTOR = 'a CSS selector such as ".list a"'
_SELECTORS = (
    'a CSS selector such as "#content" or ".part1, .part2", or a list of such, of which the first that finds '
    "something counts"
)
_ALL_SELECTORS = 'a CSS selector such as ".ad", or a list of such'
_ADDRESSES = "an address that begins with http:// or https:// and has no port, or a list of such"


class ListRules(_Table):
    """Pages that list articles, the newest first."""

    start: Addresses = _key(..., "The first page of each list; every crawl asks them.", _ADDRESSES)
    entry: Selector = _key(..., "What stands there once for each article.", _SELECTOR)
    link: Selector = _key("a[href]", "Within an entry, the link to the article.", _SELECTOR)
    title: Rules | None = _key(
        None,
        "Within an entry, the title, where lists have it whole: one that changes has its article read again.",
        _RULES,
    )
    published: Rules | None = _key(
        None, "Within an entry, the day: lists are not followed beyond the window.", _RULES
    )
    next: Selector | None = _key(None, "The link to the next page.", _SELECTOR)
    most_pages: int = _key(
        50, "How many pages of a list are read at the most.", "a whole number from 1 to 1000", ge=1, le=1000
    )


class FeedRules(_Table):
    """Feeds, RSS or Atom, whatever their version."""

    start: Addresses = _key(
        ...,
        "The feeds; every crawl asks them. Only links are taken: articles are read from their pages.",
        _ADDRESSES,
    )


class ArticleRules(_Table):
    """What is an article, and where its parts stand on its page."""

    address: Patterns = _key(
        ...,
        "Which addresses are articles. `*` stands for anything but a slash, `**` for anything, `{id}` for "
        "what identifies the article within the source.",
        'what stands behind the host, such as "/news/*/{id}.html" or "/read?id={id}", or a list of such',
    )
    title: Rules = _key(..., "The title.", _RULES)
    published: Rules | None = _key(
        None,
        "When it was published: a day, or a day and a time, in China's time unless a zone is named.",
        _RULES,
    )
    outlet: Rules | None = _key(None, "Who published it first.", _RULES)
    author: Rules | None = _key(None, "Who wrote it.", _RULES)
    body: Selectors = _key(
        ..., "The element that holds the text, or several: all that one selector finds.", _SELECTORS
    )
    cut: Selectors = _key((), "What within it is not the article: advertisements, buttons.", _ALL_SELECTORS)
    ends_before: Lines = _key(
        (),
        "How the paragraph begins before which the article ends. Colons may be of either width.",
        'a text such as "责任编辑：", or a list of such',
    )


class DocumentRules(_Table):
    """What the documents say where the pages do not."""

    outlet: Line | None = _key(
        None, "The outlet where a page names none; without this, the title of the source.", "a name"
    )
    slug: Annotated[Line, AfterValidator(_word)] | None = _key(
        None,
        "`categories` of all documents; without this, the outlet's name in pinyin.",
        "a word without spaces",
    )
    tags: Annotated[tuple[Annotated[Line, AfterValidator(_tag)], ...], _Several] = _key(
        (),
        "`tags` of all documents, `{outlet}` standing for the name; without this, `{outlet}新闻`.",
        "a tag or a list of tags",
    )


class WindowRules(_Table):
    """For how long articles are of interest."""

    days: int = _key(
        7,
        "For how many days an article is looked at again, and how far back lists with days are followed.",
        "a whole number from 1 to 3650",
        ge=1,
        le=3650,
    )
    posts_leave: bool = _key(
        False, "Whether articles leave the site, or its feed, after that time.", "true or false"
    )


class PolitenessRules(_Table):
    """How hard the site may be asked. Where the settings are more polite, they hold."""

    delay: float = _key(
        1.0, "Seconds between two requests.", "a number from 0 to 3600", ge=0, le=3600, allow_inf_nan=False
    )
    concurrency: int = _key(2, "Requests to one host at a time.", "a whole number from 1 to 16", ge=1, le=16)


class ScheduleRules(_Table):
    """How often a crawl is worth while."""

    every_minutes: int = _key(
        60, "Minutes from one crawl to the next.", "a whole number from 1 to 44640", ge=1, le=44640
    )


class Declaration(_Table):
    """A source file."""

    title: Line = _key(..., "The site's name.", "a name")
    hosts: Hosts = _key(
        ...,
        "The hosts that pages are fetched from; nothing else is ever asked.",
        'a host name in lower case such as "www.example.cn", or a list of such',
    )
    lists: ListRules | None = _key(
        None, "Pages that list articles, the newest first.", "a table [list]", alias="list"
    )
    feed: FeedRules | None = _key(None, "RSS or Atom.", "a table [feed]")
    article: ArticleRules = _key(..., "What is an article, and where its parts stand.", "a table [article]")
    document: DocumentRules = _key(
        DocumentRules(), "What documents say where pages do not.", "a table [document]"
    )
    window: WindowRules = _key(WindowRules(), "For how long articles are of interest.", "a table [window]")
    politeness: PolitenessRules = _key(
        PolitenessRules(), "How hard the site may be asked.", "a table [politeness]"
    )
    schedule: ScheduleRules = _key(ScheduleRules(), "How often a crawl is worth while.", "a table [schedule]")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.lists and not self.feed:
            raise ValueError(
                "there is neither a table [list] nor a table [feed]: nothing would name articles"
            )
        for start in self.starts:
            if urlsplit(start).hostname not in self.hosts:
                raise ValueError(
                    f"list.start or feed.start: {start} is not on one of hosts ({', '.join(self.hosts)})"
                )
        return self

    @property
    def starts(self) -> tuple[str, ...]:
        """The pages that every crawl asks."""
        return (self.lists.start if self.lists else ()) + (self.feed.start if self.feed else ())

    def list_named(self, name: str) -> str:
        """The first page of the list with that name: its address' path, without the slashes around it.

        Raises `UsageError` that names the lists there are.
        """
        starts = self.lists.start if self.lists else ()
        names = {start.split("/", 3)[-1].strip("/"): start for start in starts}
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise UsageError(f"--category {name!r:.60}: {self.title} has no such list; there are: {known}")
        return names[name]

    def article_at(self, href: str, base: str = "") -> tuple[str, str] | None:
        """Canonical address and source_id of the article that a link on the page `base` leads to.

        None where it leads elsewhere. All articles have the scheme of the first start page.
        """
        if len(href) > MAX_ADDRESS:
            return None
        try:
            address = urljoin(base, href.strip())
            host = urlsplit(address).hostname
            if host not in self.hosts or urlsplit(address).port not in {None, 80, 443}:
                return None
        except ValueError:
            return None
        scheme = urlsplit(self.starts[0]).scheme
        for pattern in self.article.address:
            if found := pattern_of(pattern).match(address):
                canonical = f"{scheme}://{host}{found.path}"
                return (canonical, found.source_id) if len(canonical) <= MAX_ADDRESS else None
        return None
