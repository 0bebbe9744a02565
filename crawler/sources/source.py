"""A source as the crawler needs it, whether it was declared in a file or has a spider of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from archive.documents import Fidelity
from archive.store.values import PageKind
from crawler.decisions import Window
from crawler.normalizer.finews.addresses import FEED, HOME, SHARE_HOST, SITE, code_in_address
from crawler.normalizer.generic.web_addresses import GENERIC, web_id
from crawler.sources.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Politeness:
    """How hard a live host may be asked; a mirror on loopback is asked as fast as it answers."""

    delay: float = 0.0
    """Seconds between two requests to one host, at the least."""
    concurrency: int = 16
    """Requests to one host at a time, at the most."""


@dataclass(frozen=True, slots=True)
class Source:
    """One site: where it is, how it is asked, what identifies its articles."""

    name: str
    title: str
    hosts: frozenset[str]
    """Where addresses may lead; nothing else is ever fetched."""
    roots: tuple[tuple[str, PageKind], ...]
    """Pages that every crawl asks; the first shows what is newest."""
    source_id_in: Callable[[str], str | None]
    """The source_id of the article at an address; None where the address does not tell."""
    window: Window = field(default_factory=Window)
    politeness: Politeness = field(default_factory=Politeness)
    best: Fidelity = Fidelity.PAGE
    """The best that its pages can give: a document of less is asked for whole until it has that."""
    most_pages: int = 1
    """Pages of one list that are read at the most."""
    every_minutes: int = 60
    """How often a crawl is worth while."""
    declaration: Declaration | None = None


FINEWS = Source(
    name="finews",
    title="finews 财经新闻",
    hosts=frozenset((SITE, SHARE_HOST)),
    roots=((HOME, PageKind.LIST), (FEED, PageKind.FEED)),
    source_id_in=code_in_address,
    best=Fidelity.SOURCE,
    every_minutes=10,
)
"""The one source with a spider of its own: articles are in two places, and the home page is no plain list."""


def declared_source(name: str, declaration: Declaration) -> Source:
    """The source that a file declares."""

    def source_id_in(address: str) -> str | None:
        found = declaration.article_at(address)
        return found[1] if found else None

    lists = declaration.lists.start if declaration.lists else ()
    feeds = declaration.feed.start if declaration.feed else ()
    return Source(
        name=name,
        title=declaration.title,
        hosts=frozenset(declaration.hosts),
        roots=(*((one, PageKind.LIST) for one in lists), *((one, PageKind.FEED) for one in feeds)),
        source_id_in=source_id_in,
        window=Window(timedelta(days=declaration.window.days), posts_leave=declaration.window.posts_leave),
        politeness=Politeness(declaration.politeness.delay, declaration.politeness.concurrency),
        most_pages=declaration.lists.most_pages if declaration.lists else 1,
        every_minutes=declaration.schedule.every_minutes,
        declaration=declaration,
    )


def web_source(addresses: tuple[str, ...]) -> Source:
    """The source of pages that no declared source owns: these addresses, and nothing else.

    A host with ``www.`` and without is one: pages send their readers from one to the other.
    """
    hosts = {urlsplit(address).hostname or "" for address in addresses}
    bare = {host.removeprefix("www.") for host in hosts}
    return Source(
        name=GENERIC,
        title="pages of any site",
        hosts=frozenset(hosts | bare | {f"www.{host}" for host in bare}),
        roots=(),
        source_id_in=web_id,
        window=Window(timedelta(0), posts_leave=False),  # nothing is looked at again unasked
        best=Fidelity.GENERIC,
    )
