"""What a crawl is asked to do."""

from dataclasses import dataclass, field

from crawler.mirrors import Mirrors

USER_AGENT = "finews-archive/0.1 (archiver of public financial news; honours robots.txt)"


@dataclass(frozen=True, slots=True)
class Politeness:
    """How hard a live host may be asked; a mirror on loopback is asked as fast as it answers."""

    delay: float = 1.0
    """Seconds between two requests to one host."""
    concurrency: int = 2
    """Requests to one host at a time."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl of one source."""

    source: str
    mirrors: Mirrors = field(default_factory=Mirrors)
    categories: tuple[str, ...] = ()
    """Slugs: only these categories; none means the whole site."""
    full: bool = False
    """Fetch known posts again."""
    limit: int | None = None
    """Posts to fetch at the most."""
    politeness: Politeness = field(default_factory=Politeness)
    user_agent: str = USER_AGENT
